//! How a run ends, what a person is asked on the way, and the exit code that follows.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why a run turned round or stopped: the first cause, which every report names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cause {
    /// The unit that failed; `None` when a person or a signal asked.
    pub unit: Option<String>,
    /// In one line.
    pub why: String,
}

/// How a run ended or stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Verdict {
    /// Every step is done and every check passed.
    Succeeded {
        /// How many checks failed with `on-failure warn`.
        warnings: usize,
    },
    /// Every inverse held.
    RolledBack {
        /// Whether a checkpoint proves it; `false`: there was nothing to verify it by.
        verified: bool,
        /// The first cause.
        cause: Cause,
    },
    /// The way back stopped, or is not what it should be.
    Incomplete {
        /// Why.
        why: IncompleteReason,
        /// The first cause.
        cause: Cause,
        /// The inverses that are still to run, in this order.
        remaining: Vec<String>,
    },
    /// A person must say what became of a step.
    Unsettled {
        /// The step.
        unit: String,
    },
    /// Nothing was changed.
    Refused {
        /// Why.
        cause: Cause,
    },
    /// Waits as planned.
    Parked {
        /// Until when; `None`: for a person.
        #[schemars(with = "Option<String>")]
        until: Option<Timestamp>,
        /// For what.
        why: String,
    },
    /// Stopped before its end with effects in place.
    Halted {
        /// Why.
        cause: Cause,
        /// The irreversible step that a rollback stopped at.
        barrier: Option<String>,
        /// The phase to whose start a rollback went; what came before it stays. `None`: it went
        /// nowhere, or stopped at a barrier.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        back_to: Option<String>,
    },
    /// A person gave the run up; its effects stay and its lock is free.
    Abandoned {
        /// Why.
        reason: String,
    },
}

/// Why a way back isn't complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "because")]
pub enum IncompleteReason {
    /// An inverse failed.
    InverseFailed {
        /// The step.
        unit: String,
    },
    /// A person must decide about an inverse: expired, or no longer what was written.
    Undecided {
        /// The step.
        unit: String,
    },
    /// A lock was lost.
    LockLost {
        /// Its name.
        lock: String,
        /// Why, in one line.
        why: String,
    },
    /// A person paused it.
    Paused,
    /// Inverses are left to a person.
    LeftToAPerson,
    /// The system isn't as it was before.
    NotVerified {
        /// What failed.
        unit: String,
    },
}

/// What only a person can decide.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "about", content = "unit")]
pub enum Question {
    /// A `manual` confirmation, or a step whose action is `manual`.
    Confirm(String),
    /// The next step is irreversible.
    PastNoReturn(String),
    /// What became of a step whose outcome is unknown.
    Settle(String),
    /// An inverse is past its `valid-for`.
    Expired(String),
    /// The inverse is a person's work.
    ManualInverse(String),
    /// What was done no longer holds.
    NoLongerHolds(String),
}

/// What a person answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// Yes: done, go on, run it.
    Yes,
    /// No: not done, stop.
    No,
    /// It is done: take it as applied.
    Applied,
    /// It is not done: run it again.
    NotApplied,
    /// Take everything back.
    Rollback,
    /// Pass over it.
    Skip,
}

/// The exit codes: the state that the system is in.
pub mod exit {
    /// Succeeded.
    pub const SUCCEEDED: u8 = 0;
    /// Rolled back.
    pub const ROLLED_BACK: u8 = 1;
    /// The command line is wrong.
    pub const USAGE: u8 = 2;
    /// The file was rejected.
    pub const REJECTED: u8 = 3;
    /// A person must settle or repair.
    pub const PERSON: u8 = 4;
    /// Refused; nothing was changed.
    pub const REFUSED: u8 = 5;
    /// Parked as planned.
    pub const PARKED: u8 = 6;
    /// Stopped before its end, effects remain.
    pub const HALTED: u8 = 7;
    /// Internal or journal error.
    pub const INTERNAL: u8 = 70;
}

impl Verdict {
    /// The exit code.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Self::Succeeded { .. } => exit::SUCCEEDED,
            Self::RolledBack { .. } => exit::ROLLED_BACK,
            Self::Incomplete { .. } | Self::Unsettled { .. } => exit::PERSON,
            Self::Refused { .. } => exit::REFUSED,
            Self::Parked { .. } => exit::PARKED,
            Self::Halted { .. } | Self::Abandoned { .. } => exit::HALTED,
        }
    }

    /// Whether nothing is left to do: the run can be neither resumed nor rolled back.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Self::Succeeded { .. } | Self::RolledBack { .. } | Self::Refused { .. } | Self::Abandoned { .. } => true,
            Self::Incomplete { .. } | Self::Unsettled { .. } | Self::Parked { .. } | Self::Halted { .. } => false,
        }
    }
}

impl Question {
    /// The unit that it is about.
    #[must_use]
    pub fn unit(&self) -> &str {
        match self {
            Self::Confirm(unit)
            | Self::PastNoReturn(unit)
            | Self::Settle(unit)
            | Self::Expired(unit)
            | Self::ManualInverse(unit)
            | Self::NoLongerHolds(unit) => unit,
        }
    }
}
