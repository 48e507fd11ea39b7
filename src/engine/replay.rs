//! A recorded run, replayed: `decide` must make the moves that were made. What an engine did and
//! what another one would do with the same record can't drift apart unseen.

use super::decide::decide;
use super::moves::Move;
use crate::event::{Event, Record, Stamped};
use crate::plan::Plan;

/// The first event that `decide` would not have led to.
#[derive(Debug, Clone, PartialEq)]
pub struct Divergence {
    /// The number of the event, from 0.
    pub at: usize,
    /// What happened.
    pub event: Event,
    /// What `decide` says.
    pub decided: Move,
}

/// Replays a run and returns how many moves were made.
///
/// # Errors
/// The first event that doesn't follow from those before it.
pub fn replay(plan: &Plan, events: &[Stamped]) -> Result<usize, Box<Divergence>> {
    let mut record = Record::default();
    let mut moves = 0;
    for (at, stamped) in events.iter().enumerate() {
        if is_a_move(&stamped.event) {
            let decided = decide(plan, &record, stamped.at);
            if !leads_to(plan, &decided, &stamped.event) {
                return Err(Box::new(Divergence { at, event: stamped.event.clone(), decided }));
            }
            moves += 1;
        }
        record.fold(stamped);
    }
    Ok(moves)
}

/// Whether an event is what the engine did of itself, and not what came of it or from outside.
fn is_a_move(event: &Event) -> bool {
    match event {
        Event::PhaseStarted { .. }
        | Event::PhaseEnded { .. }
        | Event::UnitSkipped { .. }
        | Event::AppliedAsked { .. }
        | Event::StepRefused { .. }
        | Event::AttemptStarted { .. }
        | Event::LookStarted { .. }
        | Event::EvidenceCollected { .. }
        | Event::OnRollbackPassed { .. }
        | Event::WaitStarted { .. }
        | Event::WaitEnded { .. }
        | Event::RollbackStarted { .. }
        | Event::InverseSkipped { .. }
        | Event::Asked { .. }
        | Event::RunEnded { .. } => true,
        Event::RunStarted(_)
        | Event::EngineStarted(_)
        | Event::LockTaken { .. }
        | Event::LockLost { .. }
        | Event::LockReturned { .. }
        | Event::AttemptEnded(_)
        | Event::LookEnded(_)
        | Event::Answered { .. }
        | Event::Escalated { .. }
        | Event::LeftAlone
        | Event::StoodStill { .. }
        | Event::Interrupted { .. }
        | Event::Noted { .. } => false,
    }
}

fn leads_to(plan: &Plan, decided: &Move, event: &Event) -> bool {
    let named = |unit: &usize, id: &str| plan.index(id) == Some(*unit);
    let phase = |number: &usize, id: &str| plan.phases.get(*number).is_some_and(|phase| phase.id == id);
    match (decided, event) {
        (Move::BeginPhase(number), Event::PhaseStarted { phase: id })
        | (Move::EndPhase(number), Event::PhaseEnded { phase: id }) => phase(number, id),
        (Move::Skip(unit, why), Event::UnitSkipped { unit: id, because }) => named(unit, id) && why == because,
        (Move::AskApplied(unit, when), Event::AppliedAsked { unit: id, occasion, .. }) => {
            named(unit, id) && when == occasion
        }
        // A step whose state of before can't be read is refused instead of attempted.
        (Move::Refuse(unit, _) | Move::Attempt { unit, .. }, Event::StepRefused { unit: id, .. })
        | (Move::Look { unit, verifying: false }, Event::LookStarted { unit: id, verifying: false })
        | (Move::Look { unit, verifying: true }, Event::LookStarted { unit: id, verifying: true })
        | (Move::Diagnose(unit), Event::EvidenceCollected { unit: id, .. })
        | (Move::Pass(unit), Event::OnRollbackPassed { unit: id })
        | (Move::BeginWait(unit), Event::WaitStarted { unit: id, .. })
        | (Move::EndWait(unit), Event::WaitEnded { unit: id })
        | (Move::SkipInverse { unit, .. }, Event::InverseSkipped { unit: id, .. }) => named(unit, id),
        (Move::Attempt { unit, direction, number }, Event::AttemptStarted { key, .. }) => {
            named(unit, &key.unit) && *direction == key.direction && *number == key.number
        }
        (Move::BeginRollback { undo, .. }, Event::RollbackStarted { undo: ids, .. }) => {
            undo.len() == ids.len() && undo.iter().zip(ids).all(|(unit, id)| named(unit, id))
        }
        (Move::Ask(one), Event::Asked { question }) => one == question,
        (Move::End(one), Event::RunEnded { verdict }) => one == verdict,
        _ => false,
    }
}
