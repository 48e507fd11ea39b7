//! How what one expectation accepts stands to what another one accepts.

use super::looser::within;
use crate::model::{Comparison, SubjectKind, SubjectName};

/// An expectation as the judge takes it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expecting<'m> {
    pub subject: SubjectName,
    /// Whether the subject has an argument, as `json "$.status"`.
    pub has_argument: bool,
    /// What is written; `None`: what is always expected where nothing is written.
    pub comparison: Option<&'m Comparison>,
}

/// The older one → the newer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    /// Both accept the same.
    Same,
    /// What the older one accepts the newer one does, too.
    Looser,
    /// What the newer one accepts the older one does, too.
    Tighter,
    /// Nobody can tell from the texts.
    Unclear,
}

impl Relation {
    pub fn between(old: Expecting<'_>, new: Expecting<'_>) -> Self {
        match (within(old, new), within(new, old)) {
            (true, true) => Self::Same,
            (true, false) => Self::Looser,
            (false, true) => Self::Tighter,
            (false, false) => Self::Unclear,
        }
    }
}

impl Expecting<'_> {
    pub(super) fn kind(self) -> SubjectKind {
        self.subject.kind()
    }
}
