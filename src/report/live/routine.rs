//! What of a long run is counted below and not told above: what begins, and what goes well. Nothing
//! that a person may have to act on is one of these.

use crate::event::{Event, Outline};

/// From so many units on a run is long: told one by one they would push everything else off the
/// screen.
const LONG: usize = 100;

/// Whether a run is long.
pub(super) fn is_long(outline: &Outline) -> bool {
    outline.units.len() >= LONG
}

/// Whether an event is only counted.
pub(super) fn is_routine(event: &Event) -> bool {
    match event {
        Event::AttemptStarted { key, .. } => key.number == 1,
        Event::AttemptEnded(end) => end.failure.is_none() && !end.recovered,
        Event::LookEnded(end) => end.failure.is_none(),
        Event::LookStarted { .. } | Event::UnitSkipped { .. } | Event::OnRollbackPassed { .. } => true,
        Event::RunStarted(_)
        | Event::EngineStarted(_)
        | Event::LockTaken { .. }
        | Event::LockLost { .. }
        | Event::LockReturned { .. }
        | Event::PhaseStarted { .. }
        | Event::PhaseEnded { .. }
        | Event::AppliedAsked { .. }
        | Event::StepRefused { .. }
        | Event::EvidenceCollected { .. }
        | Event::WaitStarted { .. }
        | Event::WaitEnded { .. }
        | Event::RollbackStarted { .. }
        | Event::InverseSkipped { .. }
        | Event::Asked { .. }
        | Event::Answered { .. }
        | Event::Escalated { .. }
        | Event::LeftAlone
        | Event::StoodStill { .. }
        | Event::Interrupted { .. }
        | Event::Noted { .. }
        | Event::RunEnded { .. } => false,
    }
}
