//! Where a run that is a rehearsal turns round. It is said in the head of the run, so that whoever
//! goes on with it after a crash turns round at the same place.
//!
//! Invariant: the failure of a rehearsal is wanted and says so: [`Turn::cause`] is never that of
//! something that went wrong.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Cause, Record};

/// Where a rehearsal turns round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "at", content = "unit")]
pub enum Turn {
    /// When everything is done.
    End,
    /// Before this unit starts: it can't be taken back, or needs a person who isn't there.
    Before(String),
    /// Right after this step, as if it had failed; an idempotent one runs twice before that.
    After(String),
}

impl Turn {
    /// The first cause of a way back that is rehearsed.
    #[must_use]
    pub fn cause(&self) -> Cause {
        let why = match self {
            Self::End => "this is a rehearsal, and it has reached the end".to_owned(),
            Self::Before(unit) => format!("this is a rehearsal, and it goes no further than {unit}"),
            Self::After(unit) => format!("this is a rehearsal, and it fails right after {unit}"),
        };
        Cause { unit: None, why }
    }
}

impl Record {
    /// Where it turns round as a rehearsal; `None`: it is none.
    #[must_use]
    pub fn turn(&self) -> Option<&Turn> {
        self.head.as_ref()?.rehearsal.as_ref()
    }

    /// Whether windows and the starts of phases don't hold: a person said so, or it is a rehearsal.
    #[must_use]
    pub fn may_start_any_time(&self) -> bool {
        self.turn().is_some() || self.engine.as_ref().is_some_and(|(engine, _)| engine.outside_window.is_some())
    }
}
