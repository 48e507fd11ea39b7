//! `http` and `sql`: what is asked, and what is sent with it.

use super::lowering::{Lower, Reported};
use super::text::Secrets;
use crate::model::{Action, Binding, HttpBody, HttpRequest, JsonField, Literal, ModelError, Part, Template};
use crate::syntax::reader::shortened;
use crate::syntax::{Entry, Node, Property, Spanned, Value};

/// The methods that there are.
const METHODS: [(&str, &str); 7] = [
    ("GET", "GET"),
    ("HEAD", "HEAD"),
    ("POST", "POST"),
    ("PUT", "PUT"),
    ("PATCH", "PATCH"),
    ("DELETE", "DELETE"),
    ("OPTIONS", "OPTIONS"),
];

impl Lower<'_> {
    pub(super) fn http(&mut self, node: &Node) -> Option<Action> {
        let method = self.keep(node.required_argument(0, "a method")).and_then(|entry| {
            self.keep(entry.choice(&METHODS)).map(|method| Spanned::new(method.to_owned(), entry.span))
        });
        let method = method?;
        let url = self.keep(node.required_argument(1, "a URL")).and_then(|entry| self.keep(entry.text()));
        let url = url.and_then(|url| self.url(&url, &["http://", "https://"], Secrets::Refused));
        let headers: Vec<(String, Template)> =
            node.children_named("header").filter_map(|child| self.header(child)).collect();
        let body = self.body(node);
        let link_local = node.child("link-local").and_then(|child| self.word(child, "`allow`", &[("allow", true)]));
        Some(Action::Http(Box::new(HttpRequest {
            method,
            url: url?,
            headers,
            body: body.ok()?,
            follow: Self::is_flagged(node, "follow"),
            link_local: link_local.unwrap_or(false),
        })))
    }

    /// A URL that begins with one of these schemes, or with a value.
    fn url(&mut self, text: &Spanned<String>, schemes: &[&str], secrets: Secrets) -> Option<Template> {
        let template = self.template(text, secrets)?;
        let fits = match template.parts.first() {
            Some(Part::Text(first)) => schemes.iter().any(|scheme| first.starts_with(scheme)),
            Some(Part::Value(_)) => true,
            None => false,
        };
        if fits {
            return Some(template);
        }
        let error = ModelError::NotAUrl { found: shortened(&text.value), schemes: schemes.join(", ") };
        self.report(error.at(text.span));
        None
    }

    fn header(&mut self, node: &Node) -> Option<(String, Template)> {
        let name = self.keep(node.required_argument(0, "a name")).and_then(|entry| self.header_name(entry));
        let value = self.keep(node.required_argument(1, "a value")).and_then(|entry| self.keep(entry.text_or_number()));
        let value = value.and_then(|text| self.template(&text, Secrets::Allowed));
        Some((name?, value?))
    }

    /// The name of a header: letters, digits and hyphens.
    pub(super) fn header_name(&mut self, entry: Entry<'_>) -> Option<String> {
        let name = self.keep(entry.text())?;
        let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if name.value.is_empty() || !name.value.chars().all(is_token) {
            self.report(ModelError::HeaderName { name: shortened(&name.value) }.at(name.span));
            return None;
        }
        Some(name.value)
    }

    /// What a request sends; `None` for nothing.
    fn body(&mut self, node: &Node) -> Result<Option<HttpBody>, Reported> {
        let mut bodies =
            node.children().iter().filter(|child| matches!(child.name.value.as_str(), "json" | "body" | "form"));
        let Some(first) = bodies.next() else { return Ok(None) };
        if let Some(second) = bodies.find(|second| second.name.value != first.name.value) {
            self.exclusive(second.name.span, &first.name, &ModelError::SecondBody);
            return Err(Reported);
        }
        let body = match first.name.value.as_str() {
            "json" => self.fields(first).map(HttpBody::Json),
            "form" => self
                .fields(first)
                .map(|fields| HttpBody::Form(fields.into_iter().map(|field| (field.name, field.value)).collect())),
            _ => self.raw_body(first),
        };
        body.map(Some).ok_or(Reported)
    }

    fn fields(&mut self, node: &Node) -> Option<Vec<JsonField>> {
        if node.properties.is_empty() {
            self.report(ModelError::NoContent.at(node.name.span));
            return None;
        }
        let field = |lower: &mut Self, property: &Property| {
            let entry = Entry::from(property);
            let value = lower.template(&entry.spelled(), Secrets::Allowed)?;
            Some(JsonField { name: property.name.value.clone(), value, literal: literal(entry.value) })
        };
        node.properties.iter().map(|property| field(self, property)).collect()
    }

    fn raw_body(&mut self, node: &Node) -> Option<HttpBody> {
        let kind = self.keep_optional(node.property("type").map(|entry| entry.text())).ok()?;
        let kind = match kind {
            Some(kind) => Some(self.template(&kind, Secrets::Refused)?),
            None => None,
        };
        match (node.argument(0), node.property("file")) {
            (Some(text), None) => {
                let text = self.keep(text.text())?;
                Some(HttpBody::Text { text: self.template(&text, Secrets::Allowed)?, kind })
            }
            (None, Some(file)) => Some(HttpBody::File { path: self.filled(file, "a path")?, kind }),
            (Some(_), Some(file)) => {
                self.report(ModelError::TwoContents.at(file.span));
                None
            }
            (None, None) => {
                self.report(ModelError::NoContent.at(node.name.span));
                None
            }
        }
    }

    pub(super) fn sql(&mut self, node: &Node) -> Option<Action> {
        let url = self.keep(node.required_argument(0, "a URL")).and_then(|entry| self.keep(entry.text()));
        let url = url.and_then(|url| self.database_url(&url));
        let statement = self.keep(node.required_argument(1, "a statement")).and_then(|entry| self.keep(entry.text()));
        let statement = statement.filter(|text| self.statement(text));
        let bindings: Vec<Binding> = node.children_named("bind").flat_map(|child| self.bindings(child)).collect();
        let (url, statement) = (url?, statement?);
        if statement.value.trim().is_empty() {
            self.report(ModelError::EmptyText { what: "a statement".to_owned() }.at(statement.span));
            return None;
        }
        Some(Action::Sql { url, statement, bindings })
    }

    /// A secret is only the password of a database on a network: `postgres://user:{{secret.x}}@host/…`.
    fn database_url(&mut self, text: &Spanned<String>) -> Option<Template> {
        let template = self.url(text, &["sqlite:", "postgres://", "postgresql://"], Secrets::Allowed)?;
        for (position, part) in template.parts.iter().enumerate() {
            let Part::Value(reference) = part else { continue };
            let Some(secret) = reference.name.strip_prefix("secret.") else { continue };
            let before = super::text::with_stand_ins(&Template {
                parts: template.parts.get(..position).unwrap_or_default().to_vec(),
                span: template.span,
            });
            let after = template.parts.get(position + 1);
            let in_user_part =
                before.split_once("://").is_some_and(|(_, user)| user.contains(':') && !user.contains(['@', '/', '?']));
            if !(in_user_part && matches!(after, Some(Part::Text(next)) if next.starts_with('@'))) {
                let span = self.within(text.span, &reference.name);
                self.report(ModelError::SecretHere { name: secret.to_owned() }.at(span));
                return None;
            }
        }
        Some(template)
    }

    fn bindings(&mut self, node: &Node) -> Vec<Binding> {
        if node.arguments.is_empty() && node.properties.is_empty() {
            self.report(ModelError::NoContent.at(node.name.span));
        }
        let positional = node.arguments.iter().map(|argument| (None, Entry::from(argument)));
        let named = node.properties.iter().map(|property| (Some(property.name.value.clone()), Entry::from(property)));
        positional
            .chain(named)
            .filter_map(|(name, entry)| {
                let value = self.template(&entry.spelled(), Secrets::Allowed)?;
                Some(Binding { name, value, literal: literal(entry.value) })
            })
            .collect()
    }
}

/// How a value was written.
pub(super) fn literal(value: &Value) -> Literal {
    match value {
        Value::Text { .. } => Literal::Text,
        Value::Integer(_) | Value::Decimal(_) => Literal::Number,
        Value::Flag(_) => Literal::Flag,
        Value::Null => Literal::Null,
    }
}
