//! Texts with `{{name}}` and `{{name | filter}}` in them. The braces, names and filters are read
//! here, when the runbook is checked; rendering only looks values up.

use std::borrow::Cow;
use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::filter::Filter;
use crate::syntax::Span;

/// No text becomes longer than this by the values in it, in bytes.
const LONGEST: usize = 16 * 1024 * 1024;

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
    /// What is made of the value, in order; empty for the value itself, always so for a secret.
    pub filters: Vec<Filter>,
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
    /// The filter isn't one of ours, its arguments don't fit, or it refuses the value.
    #[error("{0}")]
    Filter(String),
    /// What a filter makes of a secret is another text, which nothing would mask.
    #[error("`{0}` is a secret, and what a filter makes of it couldn't be masked: use it as it is")]
    FilteredSecret(String),
    /// The values make the text too long.
    #[error("with its values in it, the text is longer than {} MiB", LONGEST >> 20)]
    TooLong,
    /// A whole number is needed.
    #[error("`{text}` isn't a whole number")]
    NotANumber {
        /// What came.
        text: String,
    },
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
    /// A value isn't known, a filter refuses it, or the text becomes too long.
    pub fn render(&self, values: &Values, escape: Escape) -> Result<String, TemplateError> {
        self.render_with(escape, |reference| reference.evaluate(values), |_| Err(TemplateError::TooLong))
    }

    /// Puts the values in, each changed by `escape`.
    ///
    /// # Errors
    /// As [`Template::render`].
    pub fn render_escaped(&self, values: &Values, escape: impl Fn(&str) -> String) -> Result<String, TemplateError> {
        let value = |reference: &Reference| reference.evaluate(values).map(|value| Cow::Owned(escape(&value)));
        self.render_with(Escape::None, value, |_| Err(TemplateError::TooLong))
    }

    /// Puts the values in; what isn't known stays as `«name»`: for plans and reports. What is too
    /// long ends in `…`.
    #[must_use]
    pub fn render_known(&self, values: &Values) -> String {
        let value = |reference: &Reference| {
            let known = reference.evaluate(values).ok().map(|value| Cow::Owned(value.into_owned()));
            Ok::<_, std::convert::Infallible>(known.unwrap_or_else(|| Cow::Owned(format!("«{}»", reference.name))))
        };
        self.render_with(Escape::None, value, |text| Ok(text + "…")).unwrap_or_else(|never| match never {})
    }

    fn render_with<'v, E>(
        &self,
        escape: Escape,
        value: impl Fn(&Reference) -> Result<Cow<'v, str>, E>,
        too_long: impl Fn(String) -> Result<String, E>,
    ) -> Result<String, E> {
        let mut text = String::new();
        let is_database = matches!(self.parts.first(), Some(Part::Text(first)) if first.starts_with("sqlite:"));
        for (index, part) in self.parts.iter().enumerate() {
            match part {
                Part::Text(piece) => text.push_str(piece),
                Part::Value(reference) => {
                    let value = value(reference)?;
                    if text.len() + value.len() > LONGEST {
                        return too_long(text);
                    }
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
            Some((name, filters)) => (name.trim(), Some(filters)),
            None => (trimmed, None),
        };
        let bare = name.strip_prefix("secret.").or_else(|| name.strip_prefix("run.")).unwrap_or(name);
        if !is_value_name(bare) {
            return Err(refused());
        }
        let filters = match filters {
            None => Vec::new(),
            Some(_) if name.starts_with("secret.") => return Err(TemplateError::FilteredSecret(name.to_owned())),
            Some(filters) => Filter::parse_all(filters).ok_or_else(refused)?.map_err(TemplateError::Filter)?,
        };
        Ok(Self { name: name.to_owned(), filters })
    }

    fn evaluate<'v>(&self, values: &'v Values) -> Result<Cow<'v, str>, TemplateError> {
        let value = values.get(&self.name).ok_or_else(|| TemplateError::Undefined(self.name.clone()))?;
        let start = Cow::Borrowed(value.as_str());
        self.filters.iter().try_fold(start, |value, filter| {
            let filtered =
                filter.apply(&value).map_err(|why| TemplateError::Filter(format!("{}: {why}", self.name)))?;
            Ok(Cow::Owned(filtered))
        })
    }
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
        assert_eq!(render("Bearer {{secret.key}}", Escape::None), "Bearer s3");
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
        assert!(render("{{version | unix}}", Escape::None).contains("an RFC 3339 time, and this isn't one"));
        assert!(render("{{version | lower ~ 'x'}}", Escape::None).contains("isn't a name with filters"));
    }

    #[test]
    fn a_secret_takes_no_filter_since_nothing_would_mask_what_comes_of_it() {
        assert!(render("{{secret.key | upper}}", Escape::None).contains("couldn't be masked"));
    }

    #[test]
    fn values_in_values_never_make_a_text_without_end() {
        let mut values = Values::from([("a".to_owned(), "x".repeat(1 << 20))]);
        let wide = Template::parse(&"{{a}}".repeat(17), Span::default()).unwrap();
        assert_eq!(wide.render(&values, Escape::None), Err(TemplateError::TooLong));
        assert!(wide.render_known(&values).len() <= (16 << 20) + 3);
        values.insert("a".to_owned(), "x".to_owned());
        assert_eq!(wide.render(&values, Escape::None).as_deref(), Ok("x".repeat(17).as_str()));
    }
}
