//! Texts with `{{name}}` and `{{name | filter}}` in them. The braces, names and filters are read
//! here, when the runbook is checked; rendering only looks values up.

use std::collections::BTreeMap;

use minijinja::{Environment, Value as FilterValue, value::Kwargs};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::syntax::Span;

/// A text with values in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Template {
    /// The parts, in order; empty for an empty text.
    pub parts: Vec<Part>,
    /// Where the text stands.
    pub span: Span,
}

/// One part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Text as it is.
    Text(String),
    /// A value.
    Value(Box<Reference>),
}

/// `{{name | filter}}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// `version`, `secret.api_key`, `run.id`, `run.started`.
    pub name: String,
    /// The whole expression between the braces, where it has filters.
    pub expression: Option<String>,
}

/// What values are known, by name: `version`, `secret.api_key`, `run.id`.
pub type Values = BTreeMap<String, String>;

/// How a value is written into its surroundings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escape {
    /// As it is.
    None,
    /// Percent-encoded, except where it begins the text.
    Url,
    /// Escaped for a regex.
    Regex,
}

/// What is wrong with a template, or with a value for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// `{{` without `}}`.
    #[error("`{{{{` is never closed")]
    Unclosed,
    /// The braces hold something that isn't a name with filters.
    #[error("`{{{{{0}}}}}` isn't a name with filters")]
    NotAReference(String),
    /// The filter isn't one of ours, or its arguments don't fit.
    #[error("{0}")]
    Filter(String),
    /// The value isn't known.
    #[error("`{0}` has no value")]
    Undefined(String),
}

/// What may stand in a path or query of a URL without being encoded.
const URL_PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl Template {
    /// Reads a text; without `{{` it is one part.
    ///
    /// # Errors
    /// Braces that are never closed or hold no name, or an unknown filter.
    pub fn parse(text: &str, span: Span) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find("{{") {
            let (before, behind) = rest.split_at(open);
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            let inner = behind.strip_prefix("{{").unwrap_or(behind);
            let close = inner.find("}}").ok_or(TemplateError::Unclosed)?;
            let (expression, next) = inner.split_at(close);
            parts.push(Part::Value(Box::new(Reference::parse(expression)?)));
            rest = next.strip_prefix("}}").unwrap_or(next);
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        parts.shrink_to_fit();
        Ok(Self { parts, span })
    }

    /// A text without values.
    #[must_use]
    pub fn literal(text: &str, span: Span) -> Self {
        let parts = if text.is_empty() { Vec::new() } else { vec![Part::Text(text.to_owned())] };
        Self { parts, span }
    }

    /// The values that it names, in order.
    pub fn references(&self) -> impl Iterator<Item = &Reference> {
        self.parts.iter().filter_map(|part| match part {
            Part::Value(reference) => Some(&**reference),
            Part::Text(_) => None,
        })
    }

    /// The text, if it has no values in it; the empty text for an empty template.
    #[must_use]
    pub fn as_literal(&self) -> Option<String> {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => Some(text.as_str()),
                Part::Value(_) => None,
            })
            .collect()
    }

    /// Puts the values in.
    ///
    /// # Errors
    /// A value isn't known, or a filter refuses it.
    pub fn render(&self, values: &Values, escape: Escape) -> Result<String, TemplateError> {
        self.render_with(escape, |reference| reference.evaluate(values))
    }

    /// Puts the values in, each changed by `escape`.
    ///
    /// # Errors
    /// A value isn't known, or a filter refuses it.
    pub fn render_escaped(&self, values: &Values, escape: impl Fn(&str) -> String) -> Result<String, TemplateError> {
        self.render_with(Escape::None, |reference| reference.evaluate(values).map(|value| escape(&value)))
    }

    /// Puts the values in; what isn't known stays as `«name»`: for plans and reports.
    #[must_use]
    pub fn render_known(&self, values: &Values) -> String {
        self.render_with(Escape::None, |reference| {
            Ok::<_, std::convert::Infallible>(
                reference.evaluate(values).unwrap_or_else(|_| format!("«{}»", reference.name)),
            )
        })
        .unwrap_or_else(|never| match never {})
    }

    fn render_with<E>(&self, escape: Escape, value: impl Fn(&Reference) -> Result<String, E>) -> Result<String, E> {
        let mut text = String::new();
        let is_database = matches!(self.parts.first(), Some(Part::Text(first)) if first.starts_with("sqlite:"));
        for (index, part) in self.parts.iter().enumerate() {
            match part {
                Part::Text(piece) => text.push_str(piece),
                Part::Value(reference) => {
                    let value = value(reference)?;
                    match escape {
                        Escape::None => text.push_str(&value),
                        Escape::Url if index == 0 || is_database => text.push_str(&value),
                        Escape::Url => text.extend(utf8_percent_encode(&value, URL_PLAIN)),
                        Escape::Regex => text.push_str(&regex::escape(&value)),
                    }
                }
            }
        }
        Ok(text)
    }
}

impl Reference {
    fn parse(expression: &str) -> Result<Self, TemplateError> {
        let refused = || TemplateError::NotAReference(expression.chars().take(60).collect());
        let trimmed = expression.trim();
        let (name, filters) = match trimmed.split_once('|') {
            Some((name, _)) => (name.trim(), true),
            None => (trimmed, false),
        };
        let bare = name.strip_prefix("secret.").or_else(|| name.strip_prefix("run.")).unwrap_or(name);
        if !is_value_name(bare) {
            return Err(refused());
        }
        let reference = Self { name: name.to_owned(), expression: filters.then(|| trimmed.to_owned()) };
        if filters {
            let environment = filter_environment();
            let compiled =
                environment.compile_expression(trimmed).map_err(|error| TemplateError::Filter(error.to_string()))?;
            if compiled.undeclared_variables(true).len() != 1 {
                return Err(refused());
            }
            reference.check_filters(&environment)?;
        }
        Ok(reference)
    }

    /// An unknown filter shows only when it is applied; so it is applied to a text that all accept.
    fn check_filters(&self, environment: &Environment<'_>) -> Result<(), TemplateError> {
        match self.apply(environment, "2000-01-01T00:00:00Z") {
            Err(TemplateError::Filter(message)) if message.contains("unknown filter") => {
                Err(TemplateError::Filter(format!("{message}; known are {}", FILTERS.join(", "))))
            }
            Err(error) => Err(error),
            Ok(_) => Ok(()),
        }
    }

    fn evaluate(&self, values: &Values) -> Result<String, TemplateError> {
        let value = values.get(&self.name).ok_or_else(|| TemplateError::Undefined(self.name.clone()))?;
        if self.expression.is_none() { Ok(value.clone()) } else { self.apply(&filter_environment(), value) }
    }

    fn apply(&self, environment: &Environment<'_>, value: &str) -> Result<String, TemplateError> {
        let Some(expression) = &self.expression else { return Ok(value.to_owned()) };
        let filter_error = |error: minijinja::Error| TemplateError::Filter(error.to_string());
        let compiled = environment.compile_expression(expression).map_err(filter_error)?;
        let value = FilterValue::from(value.to_owned());
        let context = match self.name.split_once('.') {
            Some((group, name)) => {
                FilterValue::from(BTreeMap::from([(group.to_owned(), BTreeMap::from([(name.to_owned(), value)]))]))
            }
            None => FilterValue::from(BTreeMap::from([(self.name.clone(), value)])),
        };
        compiled.eval(context).map(|result| result.to_string()).map_err(filter_error)
    }
}

/// The filters of the language.
pub const FILTERS: [&str; 7] = ["replace", "lower", "upper", "trim", "unix", "basename", "dirname"];

fn filter_environment() -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    environment.add_filter("replace", |text: &str, from: &str, to: &str| text.replace(from, to));
    environment.add_filter("lower", |text: &str| text.to_lowercase());
    environment.add_filter("upper", |text: &str| text.to_uppercase());
    environment.add_filter("trim", |text: &str| text.trim().to_owned());
    environment.add_filter("unix", unix_seconds);
    environment
        .add_filter("basename", |text: &str| camino::Utf8Path::new(text).file_name().unwrap_or_default().to_owned());
    environment.add_filter("dirname", |text: &str| {
        camino::Utf8Path::new(text).parent().map(ToString::to_string).unwrap_or_default()
    });
    environment
}

/// `{{time | unix}}`: whole seconds since 1970.
#[expect(clippy::needless_pass_by_value, reason = "a filter is given its options whole")]
fn unix_seconds(text: &str, options: Kwargs) -> Result<i64, minijinja::Error> {
    options.assert_all_used()?;
    text.parse::<jiff::Timestamp>().map(jiff::Timestamp::as_second).map_err(|_| {
        minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, format!("`{text}` isn't an RFC 3339 time"))
    })
}

/// Whether a text is a name of a value: `[a-z][a-z0-9_]*`.
#[must_use]
pub fn is_value_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(text: &str, escape: Escape) -> String {
        let values = Values::from([
            ("version".into(), "0.3.0".into()),
            ("q".into(), "a b&c".into()),
            ("t".into(), "2026-06-10T08:00:00Z".into()),
            ("secret.key".into(), "s3".into()),
        ]);
        match Template::parse(text, Span::default()).map(|template| template.render(&values, escape)) {
            Ok(Ok(text)) => text,
            Ok(Err(error)) | Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn values_and_filters_are_put_in() {
        assert_eq!(render("v{{version}}-{{ version | replace('.', '_') }}", Escape::None), "v0.3.0-0_3_0");
        assert_eq!(render("@{{t | unix}}", Escape::None), "@1781078400");
        assert_eq!(render("Bearer {{secret.key | upper}}", Escape::None), "Bearer S3");
        assert_eq!(render("", Escape::None), "");
    }

    #[test]
    fn a_url_encodes_values_except_where_one_begins_it_or_is_a_database_path() {
        assert_eq!(render("http://x/?q={{q}}", Escape::Url), "http://x/?q=a%20b%26c");
        assert_eq!(render("{{q}}/health", Escape::Url), "a b&c/health");
        assert_eq!(render("sqlite:{{q}}", Escape::Url), "sqlite:a b&c");
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(render("{{version", Escape::None), "error: `{{` is never closed");
        assert_eq!(render("{{Version}}", Escape::None), "error: `{{Version}}` isn't a name with filters");
        assert_eq!(render("{{nothing}}", Escape::None), "error: `nothing` has no value");
        assert!(render("{{version | shout}}", Escape::None).contains("known are replace, lower"));
        assert!(render("{{version | unix}}", Escape::None).contains("isn't an RFC 3339 time"));
    }
}
