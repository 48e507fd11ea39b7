//! The head of a runbook and its phases.

use std::time::Duration;

use camino::Utf8PathBuf;

use super::{Action, Allowance, Item, Lock, Template};
use crate::syntax::{Span, Spanned};

/// One runbook with its includes, lowered.
#[derive(Debug, Clone)]
pub struct Runbook {
    /// `runbook ID …`: kebab-case.
    pub id: Spanned<String>,
    /// The second argument of `runbook`.
    pub title: Template,
    /// `release VERSION type=…`; `None` when the runbook isn't a release.
    pub release: Option<Release>,
    /// `summary "…"`.
    pub summary: Option<Template>,
    /// `owner "…"`.
    pub owner: Option<Template>,
    /// `impact low|medium|high`.
    pub impact: Option<Impact>,
    /// `window START END` of the runbook: for phases without `at` and for `at=T`.
    pub window: Option<Window>,
    /// `budget "15m" downtime="2m"` of the runbook.
    pub budget: RunBudget,
    /// `lock "name" store=…`; `None`: the id, on this machine.
    pub lock: Option<Lock>,
    /// `rollback-by "who decides"`.
    pub rollback_by: Option<Template>,
    /// `on-interrupt halt|rollback`.
    pub on_interrupt: OnInterrupt,
    /// Every `input`, in order.
    pub inputs: Vec<Input>,
    /// Every `secret`, in order.
    pub secrets: Vec<Secret>,
    /// Every `let`, in order; each may use inputs and the lets before it.
    pub lets: Vec<Let>,
    /// The patterns of `files`, relative to the file they stand in.
    pub files: Vec<Spanned<String>>,
    /// The settings of `rehearse`; `None` without one.
    pub rehearse: Option<Rehearse>,
    /// Every `allow`, in the order of the text.
    pub allowances: Vec<Allowance>,
    /// The phases, in order.
    pub phases: Vec<Phase>,
    /// The folder of the runbook: where relative paths of actions start unless `cd` says otherwise.
    pub folder: Utf8PathBuf,
}

/// `release VERSION type=…`.
#[derive(Debug, Clone)]
pub struct Release {
    /// The version that is released.
    pub version: Template,
    /// Its type; `None` when not written.
    pub kind: Option<ReleaseType>,
}

/// The type of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words of the language itself")]
pub enum ReleaseType {
    Major,
    Minor,
    Patch,
    Hotfix,
    Custom,
}

impl ReleaseType {
    /// The word in KDL.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Major => "major",
            Self::Minor => "minor",
            Self::Patch => "patch",
            Self::Hotfix => "hotfix",
            Self::Custom => "custom",
        }
    }
}

/// How much customers notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words of the language itself")]
pub enum Impact {
    Low,
    Medium,
    High,
}

impl Impact {
    /// The word in KDL.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// What an interrupted run does when nobody can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnInterrupt {
    /// Stop with effects in place (7).
    #[default]
    Halt,
    /// Take everything back.
    Rollback,
}

/// `window START END`: steps start only in it.
#[derive(Debug, Clone)]
pub struct Window {
    /// Its first moment, RFC 3339 (seconds may be missing).
    pub start: Template,
    /// Its last moment.
    pub end: Template,
    /// The whole node.
    pub span: Span,
}

/// `budget "15m" downtime="2m"`.
#[derive(Debug, Clone, Copy, Default)]
pub struct RunBudget {
    /// How long the run or phase may take; `None`: not limited.
    pub total: Option<Duration>,
    /// How long the service may be down; `None`: not limited.
    pub downtime: Option<Duration>,
    /// The whole node; the default range without one.
    pub span: Span,
}

/// `input NAME [default] …`.
#[derive(Debug, Clone)]
pub struct Input {
    /// `[a-z][a-z0-9_]*`.
    pub name: Spanned<String>,
    /// The default, as spelled; `None`: required.
    pub default: Option<String>,
    /// `matches=`: a regex for the whole value.
    pub matches: Option<Spanned<String>>,
    /// `type=`; text unless written.
    pub kind: InputType,
    /// `help=`.
    pub help: Option<String>,
    /// `one-of …`; empty: any value.
    pub one_of: Vec<String>,
}

/// What an input's value must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the words of the language itself")]
pub enum InputType {
    #[default]
    String,
    Int,
    Number,
    Bool,
    Path,
    Version,
}

/// `secret NAME …`.
#[derive(Debug, Clone)]
pub struct Secret {
    /// `[a-z][a-z0-9_]*`.
    pub name: Spanned<String>,
    /// Where its value comes from.
    pub source: SecretSource,
}

/// Where a secret's value comes from.
#[derive(Debug, Clone)]
pub enum SecretSource {
    /// `env=NAME`: the engine's environment.
    Environment(String),
    /// `file=PATH`: without its last newline.
    File(Template),
    /// `{run …}`: standard output without its last newline.
    Run(Box<Action>),
}

/// `let NAME "…{{x}}…"`.
#[derive(Debug, Clone)]
pub struct Let {
    /// `[a-z][a-z0-9_]*`.
    pub name: Spanned<String>,
    /// The derived value.
    pub value: Template,
}

/// `rehearse {set NAME=VALUE…}`.
#[derive(Debug, Clone)]
pub struct Rehearse {
    /// The settings, in order.
    pub settings: Vec<(Spanned<String>, String)>,
    /// The whole node.
    pub span: Span,
}

/// `phase ID "title" {…}`.
#[derive(Debug, Clone)]
pub struct Phase {
    /// Kebab-case.
    pub id: Spanned<String>,
    /// The second argument; the id where it is missing.
    pub title: Template,
    /// `at=…`; `None`: right after the phase before.
    pub at: Option<PhaseStart>,
    /// The phase's own window.
    pub window: Option<Window>,
    /// The phase's own budget.
    pub budget: RunBudget,
    /// The phase's own lock.
    pub lock: Option<Lock>,
    /// What stands in it, in order of execution.
    pub items: Vec<Item>,
    /// `why "…"`.
    pub why: Option<String>,
    /// The whole node.
    pub span: Span,
}

/// When a phase may begin.
#[derive(Debug, Clone)]
pub enum PhaseStart {
    /// `at=T`, `at="T-8d"`, `at="T+2h"`: seconds from the start of the runbook's window.
    Relative(i64),
    /// A timestamp.
    Absolute(Template),
}
