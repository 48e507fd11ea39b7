//! What stands inside a phase.

use std::sync::Arc;
use std::time::Duration;

use super::{Activity, Selection, Template};
use crate::syntax::{Span, Spanned};

/// One thing inside a phase, in the order of execution.
#[derive(Debug, Clone)]
pub enum Item {
    /// `check`.
    Check(Arc<Check>),
    /// `step`.
    Step(Arc<Step>),
    /// `on-rollback`.
    OnRollback(Arc<OnRollback>),
    /// `checkpoint`.
    Checkpoint(Box<Checkpoint>),
    /// `manual ID "instruction" by="…"`.
    Manual(Arc<Manual>),
    /// `wait "5m"`.
    Wait(Wait),
    /// `parallel {…}`.
    Parallel(Parallel),
}

/// `check ID "title" {…}`: only looks.
#[derive(Debug, Clone)]
pub struct Check {
    /// Kebab-case, unique in the runbook.
    pub id: Spanned<String>,
    /// The second argument; the id where it is missing.
    pub title: Template,
    /// What it observes and expects.
    pub activity: Activity,
    /// `on-failure rollback|halt|warn`.
    pub on_failure: CheckFailure,
    /// `escalate`: its failure also calls people.
    pub escalate: bool,
    /// `diagnose {…}`.
    pub diagnose: Vec<Activity>,
    /// `when …`; `None`: always.
    pub when: Option<Box<Condition>>,
    /// `why "…"`.
    pub why: Option<String>,
    /// The whole node.
    pub span: Span,
}

/// What a failed check leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CheckFailure {
    /// Everything is taken back.
    #[default]
    Rollback,
    /// The run stops with its effects.
    Halt,
    /// It is counted and the run goes on.
    Warn,
}

/// `step ID "title" {…}`: changes something.
#[derive(Debug, Clone)]
pub struct Step {
    /// Kebab-case, unique in the runbook.
    pub id: Spanned<String>,
    /// The second argument; the id where it is missing.
    pub title: Template,
    /// What it does and expects.
    pub activity: Activity,
    /// How it is undone, or why it isn't.
    pub inverse: Inverse,
    /// `applied {…}`: is the whole effect there?
    pub applied: Option<Box<Applied>>,
    /// `idempotent`: again, also over half of itself, is safe.
    pub idempotent: bool,
    /// `atomic`: a failed attempt leaves nothing.
    pub atomic: bool,
    /// `on-failure rollback|halt`.
    pub on_failure: StepFailure,
    /// `escalate`: its failure also calls people.
    pub escalate: bool,
    /// `diagnose {…}`.
    pub diagnose: Vec<Activity>,
    /// `when …`; `None`: always.
    pub when: Option<Box<Condition>>,
    /// `why "…"`.
    pub why: Option<String>,
    /// The whole node.
    pub span: Span,
}

/// What a failed step leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StepFailure {
    /// Everything is taken back.
    #[default]
    Rollback,
    /// The run stops with its effects.
    Halt,
}

/// How a step is undone.
#[derive(Debug, Clone)]
pub enum Inverse {
    /// `inverse {…}`.
    Written(Box<WrittenInverse>),
    /// The action's own inverse, absolute: the state captured before the step.
    Derived,
    /// `inverse none because="…"`.
    None {
        /// Why there is nothing to undo.
        because: String,
    },
    /// `irreversible because="…"`: the point of no return.
    Irreversible {
        /// Why there is no way back.
        because: String,
    },
}

/// `inverse "title" valid-for="1h" loses="…" {…}`.
#[derive(Debug, Clone)]
pub struct WrittenInverse {
    /// What it does; `None`: the step's title says enough.
    pub title: Option<Template>,
    /// For how long after the step's end it may run by itself; `None`: for ever.
    pub valid_for: Option<Duration>,
    /// What the way back costs; `None`: nothing.
    pub loses: Option<String>,
    /// What it does and expects.
    pub activity: Activity,
    /// `on-failure halt|continue`.
    pub on_failure: InverseFailure,
    /// The whole node.
    pub span: Span,
}

/// What a failed inverse leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InverseFailure {
    /// The rollback pauses there.
    #[default]
    Halt,
    /// The rollback goes on and is incomplete.
    Continue,
}

/// `applied [until=STEP] {…}`: read-only.
#[derive(Debug, Clone)]
pub struct Applied {
    /// What it observes and expects.
    pub activity: Activity,
    /// The later step that takes the effect back; `None`: it stays.
    pub until: Option<Spanned<String>>,
    /// The whole node.
    pub span: Span,
}

/// `on-rollback ID "title" {…}`: runs only when a rollback passes it.
#[derive(Debug, Clone)]
pub struct OnRollback {
    /// Kebab-case, unique in the runbook.
    pub id: Spanned<String>,
    /// The second argument; the id where it is missing.
    pub title: Template,
    /// What it does and expects.
    pub activity: Activity,
    /// `on-failure halt|continue`.
    pub on_failure: InverseFailure,
    /// `when …`; `None`: always.
    pub when: Option<Box<Condition>>,
    /// `why "…"`.
    pub why: Option<String>,
    /// The whole node.
    pub span: Span,
}

/// `checkpoint ID "title" {…}`: what must be equally true after the way back.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    /// Kebab-case, unique in the runbook.
    pub id: Spanned<String>,
    /// The second argument; the id where it is missing.
    pub title: Template,
    /// Its checks, in order.
    pub checks: Vec<Check>,
    /// Its preserved values, in order; they are taken after the checks.
    pub preserves: Vec<Preserve>,
    /// `when …`; `None`: always.
    pub when: Option<Box<Condition>>,
    /// `why "…"`.
    pub why: Option<String>,
    /// The whole node.
    pub span: Span,
}

/// `preserve NAME "title" {…}`: a value that must be the same after the way back.
#[derive(Debug, Clone)]
pub struct Preserve {
    /// `[a-z][a-z0-9_]*`: also the name of the value.
    pub name: Spanned<String>,
    /// The second argument; the name where it is missing.
    pub title: Template,
    /// What it observes and expects.
    pub activity: Activity,
    /// Which part of the observation is the value.
    pub select: Selection,
    /// The whole node.
    pub span: Span,
}

/// `manual ID "instruction" by="…"`: a person's confirmation.
#[derive(Debug, Clone)]
pub struct Manual {
    /// Kebab-case, unique in the runbook.
    pub id: Spanned<String>,
    /// What the person confirms.
    pub instruction: Template,
    /// Who; `None`: the operator.
    pub by: Option<Template>,
    /// `when …`; `None`: always.
    pub when: Option<Box<Condition>>,
    /// The whole node.
    pub span: Span,
}

/// `wait "5m"`.
#[derive(Debug, Clone)]
pub struct Wait {
    /// How long.
    pub duration: Duration,
    /// The whole node.
    pub span: Span,
}

/// `parallel {…}`: every child is a branch.
#[derive(Debug, Clone)]
pub struct Parallel {
    /// Checks and steps only.
    pub branches: Vec<Item>,
    /// The whole node.
    pub span: Span,
}

/// `when NAME is=VALUE`: all comparisons hold.
#[derive(Debug, Clone)]
pub struct Condition {
    /// The value's name.
    pub name: Spanned<String>,
    /// How it is compared.
    pub comparison: super::Comparison,
    /// The whole node.
    pub span: Span,
}
