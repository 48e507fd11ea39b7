//! What a check reports: an error or a warning at a place, with what to write instead. Each layer
//! has its own enum of errors; each of those becomes a finding, and findings are all that is shown.

use super::source::Span;

/// One error or warning about the text of a runbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// `runbook::layer::name`: what `runbook explain` documents.
    pub code: &'static str,
    /// Whether the runbook is rejected.
    pub severity: Severity,
    /// What is wrong, in one line, present tense.
    pub message: String,
    /// Where; the first is the main one. Each with *what is wrong here* (may be empty).
    pub labels: Vec<(Span, String)>,
    /// What to write instead; `None` where nothing can be said.
    pub help: Option<String>,
}

/// How bad a finding is. The order is the order of severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Legal but weak.
    Warning,
    /// The runbook is rejected.
    Error,
}
