//! `allow`: a warning that the author has seen and accepts, with the reason beside what it is about.
//! An error is never accepted. Invariant: what is allowed is said in the text, so a diff shows it.

use crate::syntax::{Finding, Span, Spanned};

/// `allow CODE because="…"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    /// The code of the warning, as it is shown in brackets.
    pub code: Spanned<String>,
    /// Why it is accepted; never empty.
    pub because: String,
    /// The node that it stands in: it holds for what begins and ends there.
    pub node: Span,
    /// The whole `allow`.
    pub span: Span,
}

/// A warning that is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedFinding {
    /// The warning.
    pub finding: Finding,
    /// Why it is accepted.
    pub because: String,
}

impl Allowance {
    /// Whether it is about this finding.
    #[must_use]
    pub fn holds_for(&self, finding: &Finding) -> bool {
        let is_inside = |span: &Span| {
            span.file == self.node.file && self.node.start() <= span.start() && span.end() <= self.node.end()
        };
        finding.code == self.code.value && finding.labels.first().is_some_and(|(span, _)| is_inside(span))
    }
}
