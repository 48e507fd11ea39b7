//! A run that was driven to its end or to where it stopped: what it came to, and the view of it. One
//! invariant: its engine lock is held until this is dropped, so that nobody goes on with it meanwhile.

use std::sync::Arc;

use super::listening::Listening;
use super::{Exit, Terminal};
use crate::engine::EngineError;
use crate::event::{Record, Verdict};
use crate::journal::EngineLock;
use crate::plan::Plan;

/// A run that was driven to its end or to where it stopped.
pub struct Driven {
    pub verdict: Result<Verdict, EngineError>,
    pub record: Record,
    pub plan: Arc<Plan>,
    pub listening: Listening,
    /// What panics said, masked.
    pub panics: Vec<String>,
    /// Nobody else has the run until its end is shown.
    #[expect(dead_code, reason = "it is held")]
    pub lock: EngineLock,
}

impl Driven {
    /// Takes the view down and shows the end of the run.
    pub fn close(&self, terminal: &Terminal) {
        self.listening.close(&self.plan, &self.record, self.verdict.as_ref().err(), terminal);
        for said in &self.panics {
            terminal.error(&format!("internal error: {said}"), None);
        }
    }

    /// Takes the view down.
    pub fn leave(&self) {
        self.listening.leave();
    }

    /// The exit code of the run.
    pub fn exit(&self) -> Exit {
        match &self.verdict {
            Ok(verdict) => Exit::from(verdict),
            Err(EngineError::Left) => Exit::Halted,
            Err(EngineError::Store(_) | EngineError::Panicked) => Exit::Internal,
        }
    }
}

impl From<&Verdict> for Exit {
    fn from(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Succeeded { .. } => Self::Success,
            Verdict::RolledBack { .. } => Self::RolledBack,
            Verdict::Incomplete { .. } | Verdict::Unsettled { .. } => Self::Unsettled,
            Verdict::Refused { .. } => Self::Refused,
            Verdict::Parked { .. } => Self::Parked,
            Verdict::Halted { .. } | Verdict::Abandoned { .. } => Self::Halted,
        }
    }
}
