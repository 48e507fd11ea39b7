//! What has a name of its own in a runbook: its head, each input, each phase, each step.

use schemars::JsonSchema;
use serde::Serialize;

use super::fact::Fact;
use crate::model::Action;
use crate::syntax::Span;

/// One thing with a name.
#[derive(Debug)]
pub(super) struct Unit<'m> {
    pub kind: UnitKind,
    /// Its id; of what has none something that tells it from its like.
    pub id: String,
    /// The place in the list of what it stands in; `None` at the top.
    pub container: Option<usize>,
    pub facts: Vec<Fact<'m>>,
    /// All actions, of whatever part.
    pub actions: Vec<&'m Action>,
    /// Its whole node, or as much of it as the model knows.
    pub span: Span,
    /// Whether it is a step that can't be undone.
    pub irreversible: bool,
}

/// What kind of a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words of the language itself")]
pub enum UnitKind {
    Runbook,
    Input,
    Secret,
    Let,
    File,
    Phase,
    Check,
    Step,
    OnRollback,
    Checkpoint,
    Preserve,
    Manual,
    Wait,
    Parallel,
}

impl UnitKind {
    /// The word in KDL.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Runbook => "runbook",
            Self::Input => "input",
            Self::Secret => "secret",
            Self::Let => "let",
            Self::File => "file",
            Self::Phase => "phase",
            Self::Check => "check",
            Self::Step => "step",
            Self::OnRollback => "on-rollback",
            Self::Checkpoint => "checkpoint",
            Self::Preserve => "preserve",
            Self::Manual => "manual",
            Self::Wait => "wait",
            Self::Parallel => "parallel",
        }
    }

    /// Whether the author gave it a name that people know it by.
    pub(super) fn is_named(self) -> bool {
        !matches!(self, Self::Runbook | Self::Wait | Self::Parallel)
    }

    /// Whether others stand in it.
    pub(super) fn holds_others(self) -> bool {
        matches!(self, Self::Phase | Self::Checkpoint | Self::Parallel)
    }

    /// Whether it is executed, so that its place matters.
    pub(super) fn is_executed(self) -> bool {
        !matches!(self, Self::Runbook | Self::Input | Self::Secret | Self::Let | Self::File)
    }
}
