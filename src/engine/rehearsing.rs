//! What a run does otherwise because it is a rehearsal: it asks every `applied` before its first step,
//! turns round where its head says, and asks every `applied` again after the way back. All else is as
//! in any run: nothing here observes or judges, and no failure is made up.
//!
//! One invariant: a rehearsal that hasn't turned round yet never ends well.

use std::ops::Range;

use jiff::Timestamp;

use super::decide::{Advance, abreast, after_attempt, fail, is_attended};
use super::holding::still_holds;
use super::judge::Judge;
use super::moves::Move;
use super::way_back;
use crate::event::{Answer, Direction, Occasion, Record, Turn, UnitRecord, Wish};
use crate::model::{Action, Activity};
use crate::plan::{Plan, Unit, UnitKind};

/// Where the run of a rehearsal turns round that goes furthest: at the end, or before what can't be
/// taken back, or before what only a person does or takes back, where nobody is there.
#[must_use]
pub fn first_turn(plan: &Plan, attended: bool) -> Turn {
    let is_manual = |activity: &Activity| matches!(activity.action, Action::Manual(_));
    let by_a_person = |unit: &Unit| {
        let acts = unit.step().is_some_and(|step| is_manual(&step.activity));
        acts || unit.written_back().is_some_and(is_manual)
    };
    let is_left_out = |unit: &Unit| {
        unit.when.as_deref().is_some_and(|when| Judge::default().condition_holds(when, &plan.values) == Ok(false))
    };
    let ends = |unit: &&Unit| (unit.is_irreversible() || !attended && by_a_person(unit)) && !is_left_out(unit);
    plan.units.iter().find(ends).map_or(Turn::End, |unit| Turn::Before(unit.id.clone()))
}

/// The way back where a rehearsal has come to its turn, or what is still to do for it there; `None`: it
/// isn't there yet, or this is no rehearsal.
pub(super) fn turn_round(plan: &Plan, record: &Record, now: Timestamp) -> Option<Move> {
    let turn = record.turn()?;
    let is_there = match turn {
        Turn::End => record.frontier >= plan.units.len(),
        // What may run beside it doesn't start either.
        Turn::Before(unit) => plan.index(unit).is_none_or(|index| {
            let ahead = plan.unit(record.frontier).is_none_or(|unit| abreast(unit, record.frontier).contains(&index));
            ahead || record.frontier > index
        }),
        Turn::After(step) => {
            let index = plan.index(step)?;
            let done = record.units.get(index)?;
            if let Some(second) = second_time(plan, record, index, done, now) {
                return Some(second);
            }
            done.is_done()
        }
    };
    let is_quiet = record.running.is_empty();
    is_there.then(|| if is_quiet { way_back::begin(plan, record, turn.cause()) } else { Move::Await })
}

/// An idempotent step runs once more after it has succeeded; `None`: it has, or it hasn't yet once, or
/// it doesn't claim to be idempotent.
fn second_time(plan: &Plan, record: &Record, index: usize, done: &UnitRecord, now: Timestamp) -> Option<Move> {
    let step = plan.unit(index)?.step().filter(|step| step.idempotent)?;
    let last = done.forward.last()?;
    if done.forward.iter().filter(|attempt| attempt.succeeded()).count() != 1 {
        return None;
    }
    if !record.running.is_empty() {
        return Some(Move::Await);
    }
    let again = || {
        let number = u32::try_from(done.forward.len()).unwrap_or(u32::MAX).saturating_add(1);
        Advance::Next(Move::Attempt { unit: index, direction: Direction::Forward, number })
    };
    let next = if last.succeeded() {
        still_holds(plan, record).unwrap_or_else(again)
    } else {
        after_attempt(record, index, step, done, last, Wish::Rollback, now)
    };
    Some(match next {
        Advance::Next(next) => next,
        Advance::Failed(failed) => fail(plan, record, index, failed),
    })
}

/// The next `applied` that must be asked before the first step; `None`: all were, or no step is ahead.
pub(super) fn ask_first(plan: &Plan, record: &Record, ahead: Range<usize>) -> Option<Move> {
    record.turn()?;
    let steps_ahead = || plan.units.get(ahead).is_some_and(|units| units.iter().any(|unit| unit.step().is_some()));
    if record.passed_order.iter().any(|index| has_started(record, *index)) || !steps_ahead() {
        return None;
    }
    let unasked = |(index, unit): (usize, &Unit)| {
        let asks = unit.step().is_some_and(|step| step.applied.is_some());
        let unasked = record.units.get(index).is_some_and(|done| done.answer(Occasion::Rehearsing).is_none());
        (asks && unasked).then_some(index)
    };
    let next = plan.units.iter().enumerate().find_map(|(index, unit)| unasked((index, unit)))?;
    Some(Move::AskApplied(next, Occasion::Rehearsing))
}

fn has_started(record: &Record, index: usize) -> bool {
    record.units.get(index).is_some_and(|done| !done.forward.is_empty())
}

/// Whether a rehearsal leaves a unit out: a wait, and what a person confirms where nobody is there.
pub(super) fn passes_over(record: &Record, unit: &Unit) -> bool {
    record.turn().is_some()
        && match &unit.kind {
            UnitKind::Wait(_) => true,
            UnitKind::Manual(_) => !is_attended(record),
            UnitKind::Check(_) | UnitKind::Preserve(_) | UnitKind::Step(_) | UnitKind::OnRollback(_) => false,
        }
}

/// Whether every `applied` answers as it did before the first step.
pub(super) enum AsBefore {
    /// One is still to be asked.
    Ask(Move),
    /// This step's answers otherwise.
    Changed(String),
    /// All do.
    Same,
    /// There is none to compare, or this is no rehearsal.
    Nothing,
}

/// Compares every `applied` that could be answered before the first step.
pub(super) fn as_before(plan: &Plan, record: &Record) -> AsBefore {
    let mut found = AsBefore::Nothing;
    if record.turn().is_none() {
        return found;
    }
    for (index, (unit, done)) in plan.units.iter().zip(&record.units).enumerate() {
        let Some(before @ (Answer::Yes | Answer::No)) = done.answer(Occasion::Rehearsing) else { continue };
        match done.answer(Occasion::Rehearsed) {
            None => return AsBefore::Ask(Move::AskApplied(index, Occasion::Rehearsed)),
            Some(now) if now != before => {
                if !matches!(found, AsBefore::Changed(_)) {
                    found = AsBefore::Changed(unit.id.clone());
                }
            }
            Some(_) if matches!(found, AsBefore::Nothing) => found = AsBefore::Same,
            Some(_) => {}
        }
    }
    found
}
