//! `expect SUBJECT [arg] matcher=value`: one line, one promise.

use super::{Escape, Template, TemplateError, Values};
use crate::syntax::Span;

/// One expectation.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// Which part of the observation.
    pub subject: Subject,
    /// What must hold for it.
    pub comparison: Comparison,
    /// The whole node: what a failure shows.
    pub span: Span,
}

/// Which part of an observation: `stdout`, `json "$.status"`, `header etag`.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The subject's name.
    pub name: SubjectName,
    /// The JSON path, or the header's name; `None` for all others.
    pub argument: Option<Template>,
}

/// Every subject that an observation may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words of the language itself")]
pub enum SubjectName {
    Exit,
    Stdout,
    Stderr,
    Output,
    Duration,
    Status,
    Header,
    Body,
    Json,
    Value,
    Count,
    Exists,
    Path,
    Size,
    Age,
    Modified,
    Sha256,
    Mode,
    Owner,
    Gzip,
    Free,
    Used,
    Total,
    Active,
    Sub,
    Result,
    Enabled,
    Since,
    Listening,
    Answer,
    Available,
    Ready,
    Updated,
    Replicas,
    Revision,
}

/// How a subject is compared.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The matcher.
    pub matcher: Matcher,
    /// What it is compared with; more than one only for `one-of`.
    pub expected: Vec<Expected>,
}

impl Comparison {
    /// An expected value as it is compared: values put in, and the word of a flag without its `#`.
    ///
    /// # Errors
    /// A value isn't known, or a filter refuses it.
    pub fn compared(&self, expected: &Expected, values: &Values) -> Result<String, TemplateError> {
        let is_regex = matches!(self.matcher, Matcher::Matches | Matcher::LacksMatch);
        let text = expected.text.render(values, if is_regex { Escape::Regex } else { Escape::None })?;
        Ok(match expected.literal {
            Literal::Flag => text.trim_start_matches('#').to_owned(),
            Literal::Text | Literal::Number | Literal::Null => text,
        })
    }
}

/// One expected value.
#[derive(Debug, Clone)]
pub struct Expected {
    /// As spelled (decoded), interpolated.
    pub text: Template,
    /// How it was written.
    pub literal: Literal,
}

/// How a value was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[expect(missing_docs, reason = "KDL's own kinds of values")]
pub enum Literal {
    Text,
    Number,
    Flag,
    Null,
}

/// Every matcher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words of the language itself")]
pub enum Matcher {
    Is,
    IsNot,
    Contains,
    Lacks,
    Matches,
    LacksMatch,
    Like,
    Above,
    Below,
    AtLeast,
    AtMost,
    After,
    Before,
    Empty,
    Exists,
    OneOf,
}

impl SubjectName {
    /// Every subject, in the order of the reference.
    pub const ALL: [Self; 35] = [
        Self::Exit,
        Self::Stdout,
        Self::Stderr,
        Self::Output,
        Self::Duration,
        Self::Status,
        Self::Header,
        Self::Body,
        Self::Json,
        Self::Value,
        Self::Count,
        Self::Exists,
        Self::Path,
        Self::Size,
        Self::Age,
        Self::Modified,
        Self::Sha256,
        Self::Mode,
        Self::Owner,
        Self::Gzip,
        Self::Free,
        Self::Used,
        Self::Total,
        Self::Active,
        Self::Sub,
        Self::Result,
        Self::Enabled,
        Self::Since,
        Self::Listening,
        Self::Answer,
        Self::Available,
        Self::Ready,
        Self::Updated,
        Self::Replicas,
        Self::Revision,
    ];

    /// The word in KDL.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Exit => "exit",
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
            Self::Output => "output",
            Self::Duration => "duration",
            Self::Status => "status",
            Self::Header => "header",
            Self::Body => "body",
            Self::Json => "json",
            Self::Value => "value",
            Self::Count => "count",
            Self::Exists => "exists",
            Self::Path => "path",
            Self::Size => "size",
            Self::Age => "age",
            Self::Modified => "modified",
            Self::Sha256 => "sha256",
            Self::Mode => "mode",
            Self::Owner => "owner",
            Self::Gzip => "gzip",
            Self::Free => "free",
            Self::Used => "used",
            Self::Total => "total",
            Self::Active => "active",
            Self::Sub => "sub",
            Self::Result => "result",
            Self::Enabled => "enabled",
            Self::Since => "since",
            Self::Listening => "listening",
            Self::Answer => "answer",
            Self::Available => "available",
            Self::Ready => "ready",
            Self::Updated => "updated",
            Self::Replicas => "replicas",
            Self::Revision => "revision",
        }
    }
}

impl Matcher {
    /// Every matcher, in the order of the reference.
    pub const ALL: [Self; 16] = [
        Self::Is,
        Self::IsNot,
        Self::Contains,
        Self::Lacks,
        Self::Matches,
        Self::LacksMatch,
        Self::Like,
        Self::Above,
        Self::Below,
        Self::AtLeast,
        Self::AtMost,
        Self::After,
        Self::Before,
        Self::Empty,
        Self::Exists,
        Self::OneOf,
    ];

    /// The word in KDL.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Is => "is",
            Self::IsNot => "is-not",
            Self::Contains => "contains",
            Self::Lacks => "lacks",
            Self::Matches => "matches",
            Self::LacksMatch => "lacks-match",
            Self::Like => "like",
            Self::Above => "above",
            Self::Below => "below",
            Self::AtLeast => "at-least",
            Self::AtMost => "at-most",
            Self::After => "after",
            Self::Before => "before",
            Self::Empty => "empty",
            Self::Exists => "exists",
            Self::OneOf => "one-of",
        }
    }
}
