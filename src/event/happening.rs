//! Every event there is: one owned, serialisable enum, the same live and in the journal. Kinds are
//! past tense. Events name units by their id and never hold a secret or a whole output.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::format::first_format;
use super::{
    Answer, AttemptKey, Cause, Judgement, LeaseTaken, Occasion, Outcome, Question, Reply, RunStarted, SkipReason,
    Verdict,
};
use crate::plan::StateBefore;

/// An event and when it happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Stamped {
    /// When, by the wall clock of the engine's host.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub event: Event,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The run exists. Always the first.
    RunStarted(Arc<RunStarted>),
    /// An engine took the run: the first one, or one that resumes it or takes it back.
    EngineStarted(EngineStarted),
    /// A lock was taken.
    LockTaken {
        /// Its name.
        name: String,
        /// How far it reaches, in words.
        reach: String,
        /// Where it is held in a cluster; `None`: it isn't.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lease: Option<LeaseTaken>,
    },
    /// A lock isn't the run's any more: from here on nothing new starts, in either direction.
    LockLost {
        /// Its name.
        name: String,
        /// Why, in one line.
        why: String,
    },
    /// A lock was given back.
    LockReturned {
        /// Its name.
        name: String,
    },
    /// A phase began.
    PhaseStarted {
        /// Its id.
        phase: String,
    },
    /// Everything in a phase is done.
    PhaseEnded {
        /// Its id.
        phase: String,
    },
    /// A unit was passed over.
    UnitSkipped {
        /// Its id.
        unit: String,
        /// Why.
        because: SkipReason,
    },
    /// *Is the whole effect there?* was answered.
    AppliedAsked {
        /// The step's id.
        unit: String,
        /// On which occasion.
        occasion: Occasion,
        /// The answer.
        answer: Answer,
        /// What it rests on.
        judgements: Vec<Judgement>,
        /// Why there is no answer; `None` where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        trouble: Option<String>,
    },
    /// A step was refused before it started, so that there is nothing to undo.
    StepRefused {
        /// The step's id.
        unit: String,
        /// Why, in the operator's words.
        why: String,
    },
    /// The intent to act: durable before the effect.
    AttemptStarted {
        /// Which attempt.
        key: AttemptKey,
        /// What a derived action found before it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<StateBefore>,
    },
    /// An attempt to act ended.
    AttemptEnded(Box<AttemptEnded>),
    /// A check or a preserved value was begun.
    LookStarted {
        /// Its id.
        unit: String,
        /// Whether after a rollback.
        verifying: bool,
    },
    /// A check or a preserved value was judged.
    LookEnded(Box<LookEnded>),
    /// Evidence was collected after a failure.
    EvidenceCollected {
        /// The failed unit's id.
        unit: String,
        /// What was looked at, and what it showed.
        evidence: Vec<Evidence>,
    },
    /// The run passed an `on-rollback` on its way out.
    OnRollbackPassed {
        /// Its id.
        unit: String,
    },
    /// A wait began.
    WaitStarted {
        /// Its id.
        unit: String,
        /// When it ends.
        #[schemars(with = "String", extend("format" = "date-time"))]
        until: Timestamp,
    },
    /// A wait ended.
    WaitEnded {
        /// Its id.
        unit: String,
    },
    /// The run turned round.
    RollbackStarted {
        /// The first cause.
        cause: Cause,
        /// The steps that will be undone and the `on-rollback`s that will be passed, in this order.
        undo: Vec<String>,
        /// The stretch it goes back to the start of.
        to_stretch: usize,
    },
    /// A step's inverse was passed over.
    InverseSkipped {
        /// The step's id.
        unit: String,
        /// Why.
        because: String,
        /// Whether a person still has to do it.
        left_to_a_person: bool,
    },
    /// A person was asked.
    Asked {
        /// What.
        question: Question,
    },
    /// A person answered.
    Answered {
        /// What was asked.
        question: Question,
        /// The answer.
        reply: Reply,
        /// Who.
        by: String,
        /// Why, where a reason was given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// People are called: printed and journaled until there are channels.
    Escalated {
        /// What about.
        unit: Option<String>,
        /// Why, in one line.
        why: String,
    },
    /// Nobody can be asked any more: the terminal was closed. The run goes on unattended.
    LeftAlone,
    /// The machine was suspended, or nothing was done for a quarter of an hour: what was done must still
    /// hold before the next forward step.
    StoodStill {
        /// For how long.
        seconds: u64,
        /// Whether the machine was suspended.
        suspended: bool,
    },
    /// A signal, a person or a lock that can't be had stopped the run.
    Interrupted {
        /// What did: `Ctrl-C`, `SIGTERM`, `anna asked for the way back`, `the lock x is held: …`.
        by: String,
        /// What is wanted now.
        wish: Wish,
    },
    /// Something worth a line that changes no decision.
    Noted {
        /// One line.
        text: String,
    },
    /// The run ended, or stopped in a state that can be resumed.
    RunEnded {
        /// How.
        verdict: Verdict,
    },
}

/// An engine that took the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EngineStarted {
    /// Why.
    pub purpose: Purpose,
    /// On which host.
    pub host: String,
    /// By which user.
    pub user: String,
    /// As which process.
    pub pid: u32,
    /// The boot of the host.
    pub boot: String,
    /// The version of runbook.
    pub version: String,
    /// The format of what it writes from here on.
    #[serde(default = "first_format")]
    pub format: u32,
    /// Whether somebody can be asked.
    pub attended: bool,
    /// `--past-no-return`.
    #[serde(default)]
    pub past_no_return: bool,
    /// `--outside-window --reason …`: the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outside_window: Option<String>,
    /// `--to PHASE`: the rollback goes back to the start of this stretch, and not only of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back_to: Option<usize>,
    /// `--skip STEP`: the steps whose inverses are passed over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skip: Vec<String>,
    /// `--reason`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Why an engine took a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// `exec`.
    Exec,
    /// `resume`.
    Resume,
    /// `rollback`.
    Rollback,
}

/// What an interrupted or failing run should do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Wish {
    /// Go on.
    Continue,
    /// Stop with effects in place, after what runs has ended.
    Halt,
    /// Take everything back.
    Rollback,
}

/// The end of an attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AttemptEnded {
    /// Which attempt.
    pub key: AttemptKey,
    /// What became of the effect.
    pub outcome: Outcome,
    /// Why it has not succeeded; `None`: it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// Every expectation, with its evidence.
    pub judgements: Vec<Judgement>,
    /// What was captured.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub captures: BTreeMap<String, String>,
    /// Seconds from its start to its end.
    pub seconds: f64,
    /// The end of its output.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tail: Vec<String>,
    /// It was settled after a crash and not seen to end by its own engine.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub recovered: bool,
}

/// Why an attempt has not succeeded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// Which kind.
    pub kind: FailureKind,
    /// In one line, in the operator's words.
    pub why: String,
}

/// Which kind of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// It never started.
    DidNotStart,
    /// It answered that it failed: a non-zero exit, an error of the database.
    Refused,
    /// It answered, and an expectation doesn't hold or can't be judged.
    Unexpected,
    /// There is no whole answer.
    Unknown,
    /// It answered as expected, but `applied` doesn't say yes (an inverse: doesn't say no).
    NotVerified,
    /// Nobody saw it end, and some of its processes run without a supervisor and can't be ended.
    StillRuns,
}

/// The end of a check, or of taking a preserved value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LookEnded {
    /// Its id.
    pub unit: String,
    /// Whether after a rollback.
    pub verifying: bool,
    /// It failed, and its `on-failure` is `warn`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub warned: bool,
    /// Why it has not passed; `None`: it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// Every expectation, with its evidence.
    pub judgements: Vec<Judgement>,
    /// What was captured; for `preserve` the value under its name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub captures: BTreeMap<String, String>,
    /// Seconds from its start to its end.
    pub seconds: f64,
    /// The end of its output.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tail: Vec<String>,
}

/// One piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// What was looked at.
    pub line: String,
    /// What it showed, bounded; the trouble where it showed nothing.
    pub shown: Vec<String>,
}
