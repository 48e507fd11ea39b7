//! An action with all that surrounds it: how it runs, what must come back, how long it may take.
//! A check, a step, an inverse, an `applied`, a `preserve` each have one. The `defaults` that hold
//! for it are already merged in.

use std::sync::Arc;
use std::time::Duration;

use super::{Action, Expectation, KubeTarget, Subject, Template};
use crate::syntax::{Span, Spanned};

/// An action and what surrounds it.
#[derive(Debug, Clone)]
pub struct Activity {
    /// What is done or looked at.
    pub action: Action,
    /// The action's node.
    pub action_span: Span,
    /// How it runs.
    pub surroundings: Arc<Surroundings>,
    /// What must come back, in order.
    pub expectations: Vec<Expectation>,
    /// What is kept, in order.
    pub captures: Vec<Capture>,
    /// How long one attempt may take.
    pub budget: Budget,
    /// `poll …`: look again until it holds.
    pub poll: Option<Box<Poll>>,
    /// `retry …`: act again.
    pub retry: Option<Box<Retry>>,
}

/// How an action runs.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// `cd`: where it runs; `None`: the runbook's folder.
    pub cd: Option<Template>,
    /// `env NAME=…`, in order; a later one replaces an earlier one of the same name.
    pub env: Vec<(String, Template)>,
    /// `shell`: what runs a script.
    pub shell: Shell,
    /// `stdin "…"`; `None`: nothing to read.
    pub stdin: Option<Template>,
    /// `as USER`; `None`: whoever runs the engine.
    pub user: Option<Spanned<Template>>,
    /// `kubernetes {…}`: which cluster; `None`: nothing says so.
    pub kubernetes: Option<Arc<KubeTarget>>,
    /// `interactive`: the terminal is handed over.
    pub interactive: bool,
    /// `leak allow`: processes may stay behind.
    pub leak: Leak,
}

/// What runs a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shell {
    /// `sh -eu`.
    #[default]
    Sh,
    /// `bash -eu -o pipefail`.
    Bash,
}

/// What becomes of processes that a step leaves behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Leak {
    /// They are ended, and the step fails.
    #[default]
    Deny,
    /// They stay: the step starts a daemon.
    Allow,
}

/// `budget "2m" estimate="45s" escalate-after="2x"`.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// The hard limit of one attempt.
    pub limit: Duration,
    /// The expected time; `None`: not estimated.
    pub estimate: Option<Duration>,
    /// After how many times the estimate to escalate; 2 unless written.
    pub escalate_after: f64,
    /// The node that says so; the default range where nothing does (5 minutes).
    pub span: Span,
}

/// `poll within="60s" every="2s" hold=3`; its `estimate=` is the budget's.
#[derive(Debug, Clone, Copy)]
pub struct Poll {
    /// For how long; it is the budget.
    pub within: Duration,
    /// How long between two looks; 1 s unless written.
    pub every: Duration,
    /// How many times in a row; 1 unless written.
    pub hold: u32,
}

/// `retry 3 delay="2s" backoff=2.0`.
#[derive(Debug, Clone, Copy)]
pub struct Retry {
    /// How many attempts in all, at least 2... the first one included.
    pub attempts: u32,
    /// How long before the second; 1 s unless written.
    pub delay: Duration,
    /// By what the delay grows; 1.0 unless written.
    pub backoff: f64,
}

/// `capture NAME SUBJECT [arg] [matches=…] [default=…]`.
#[derive(Debug, Clone)]
pub struct Capture {
    /// `[a-z][a-z0-9_]*`.
    pub name: Spanned<String>,
    /// Which part of the observation.
    pub selection: Selection,
    /// What it is when there is nothing to keep; `None`: then the step fails.
    pub default: Option<Template>,
    /// The whole node.
    pub span: Span,
}

/// `select SUBJECT [arg] [matches=…]`: one text out of an observation.
#[derive(Debug, Clone)]
pub struct Selection {
    /// Which part.
    pub subject: Subject,
    /// A regex whose first group (or whole match) is the value; `None`: the whole subject.
    pub matches: Option<Spanned<String>>,
    /// Where it is written; the action's place for a default selection.
    pub span: Span,
}
