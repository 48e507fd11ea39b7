//! A kind of finding: its code, how bad it is, and what `runbook explain` says about it.

use crate::syntax::{Finding, Severity, Span};

/// A kind of finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// `runbook::check::name`.
    pub name: &'static str,
    /// Whether it rejects the runbook.
    pub severity: Severity,
    /// What it means, why it matters and what to do; a few sentences.
    pub explanation: &'static str,
}

impl Code {
    pub(super) const fn error(name: &'static str, explanation: &'static str) -> Self {
        Self { name, severity: Severity::Error, explanation }
    }

    pub(super) const fn warning(name: &'static str, explanation: &'static str) -> Self {
        Self { name, severity: Severity::Warning, explanation }
    }

    /// A finding of this kind.
    #[must_use]
    pub fn at(
        &self,
        span: Span,
        message: impl Into<String>,
        label: impl Into<String>,
        help: impl Into<String>,
    ) -> Finding {
        Finding {
            code: self.name,
            severity: self.severity,
            message: message.into(),
            labels: vec![(span, label.into())],
            help: Some(help.into()).filter(|help: &String| !help.is_empty()),
        }
    }
}

/// A finding with one more place.
pub(super) trait WithPlace {
    /// Adds a second place and what it has to do with the finding.
    fn and(self, span: Span, label: impl Into<String>) -> Self;
}

impl WithPlace for Finding {
    fn and(mut self, span: Span, label: impl Into<String>) -> Self {
        self.labels.push((span, label.into()));
        self
    }
}
