//! Whether the run stood still: the machine was suspended, or nothing was done for a quarter of an
//! hour (a wait, a question that nobody answered, a poll). It is noted as an event, so that `decide`
//! asks again whether what was done still holds, and a replay does the same.
//!
//! Invariant: the wall clock is never asked.

use std::time::Duration;

use super::driver::Engine;
use super::error::EngineError;
use super::moves::Move;
use crate::event::{Direction, Event};
use crate::perform::Uptime;

/// How long nothing may be done before everything is asked again.
const LULL: Duration = Duration::from_mins(15);
/// Clocks that are read one after the other differ by less.
const SUSPENDED: Duration = Duration::from_secs(1);

/// When the run was last at work.
#[derive(Debug, Clone, Copy)]
pub(super) struct AtWork {
    /// When it was looked at last.
    seen: Uptime,
    /// When something was done last.
    done: Uptime,
}

impl AtWork {
    pub(super) fn since(now: Uptime) -> Self {
        Self { seen: now, done: now }
    }
}

impl Engine {
    /// Notes that the run stood still, where it did since this was asked last.
    pub(super) fn notice_standstill(&mut self) -> Result<(), EngineError> {
        let now = (self.uptime)();
        let AtWork { seen, done } = self.at_work;
        self.at_work.seen = now;
        let awake = now.awake.saturating_sub(seen.awake);
        let suspended = now.all.saturating_sub(seen.all).saturating_sub(awake);
        let idle = now.all.saturating_sub(done.all);
        let goes_forward = self.record.rollback.is_none() && self.record.frontier > 0;
        if !goes_forward || (suspended < SUSPENDED && idle < LULL) {
            return Ok(());
        }
        self.at_work.done = now;
        let (seconds, suspended) =
            if suspended >= SUSPENDED { (suspended.as_secs(), true) } else { (idle.as_secs(), false) };
        self.emit(Event::StoodStill { seconds, suspended })
    }

    /// Whether this move does something on the way out, or waits for what does.
    pub(super) fn is_at_work(&self, next: &Move) -> bool {
        let forward = self.record.running.iter().any(|(_, way)| *way == Direction::Forward);
        match next {
            Move::Attempt { direction, .. } => *direction == Direction::Forward,
            Move::Await => forward,
            Move::BeginPhase(_)
            | Move::EndPhase(_)
            | Move::Skip(..)
            | Move::AskApplied(..)
            | Move::Look { .. }
            | Move::Pass(_)
            | Move::BeginWait(_)
            | Move::EndWait(_)
            | Move::Refuse(..)
            | Move::Diagnose(_)
            | Move::BeginRollback { .. }
            | Move::SkipInverse { .. }
            | Move::Ask(_)
            | Move::Sleep(_)
            | Move::End(_) => false,
        }
    }

    /// Something was done until now.
    pub(super) fn was_at_work(&mut self) {
        self.at_work.done = (self.uptime)();
    }
}
