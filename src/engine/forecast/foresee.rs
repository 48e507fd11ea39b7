//! The forecast of a plan: one walk to its end finds out what would run and when, a second one stops
//! at each unit and goes on from there to the end of its failure.

use std::borrow::Cow;

use jiff::Timestamp;

use super::assumed::Assumed;
use super::described::{Walked, describe, holds};
use super::matrix::Matrix;
use super::walk::{Attendance, Walk};
use crate::engine::moves::Move;
use crate::event::{Direction, Failing, FailureRow, Forecast, Outline, Question};
use crate::plan::{Plan, Unit};

/// Somebody is there, and has agreed to everything. No window is watched, since nobody knows when it will be.
pub(super) const EVERYBODY: Attendance = Attendance { attended: true, past_no_return: true, any_time: true };

/// Where a plan comes from.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// The runbook's file, as it was named.
    pub file: &'a str,
    /// SHA-256 of its bundle.
    pub digest: &'a str,
}

/// What a plan would do. It performs nothing and asks nobody, not even a clock.
#[must_use]
pub fn foresee(plan: &Plan, origin: Origin<'_>) -> Forecast {
    let outline = Outline::of(plan);
    let decidable = without_unknowable_conditions(plan);
    let mut walk = Walk::begin(&decidable, outline.clone(), start(plan), EVERYBODY);
    let walked = to_the_end(walk.clone());
    let mut matrix = Matrix::new(&decidable, &walked.undoable);
    let mut assumed = Assumed::default();
    let mut rows: Vec<FailureRow> = Vec::new();
    loop {
        let next = walk.next();
        if let Some(index) = starts(&decidable, &next) {
            rows.extend(matrix.rows(&walk, &next, index));
        }
        if walk.make(next, &mut assumed).is_some() {
            break;
        }
    }
    // A repeated attempt of a unit isn't a new place to fail at.
    rows.sort_by_key(|row| row.unit);
    describe(plan, &outline, walked, rows, origin)
}

/// Everything that may become of every step: it fails, it has no answer, the engine dies in the middle of
/// it and somebody asks for the way back; and of all else that may fail. The ranges are of
/// [`Forecast::undoable`].
#[must_use]
pub fn every_failure(plan: &Plan, forecast: &Forecast) -> Vec<FailureRow> {
    let decidable = without_unknowable_conditions(plan);
    let mut walk = Walk::begin(&decidable, Outline::of(plan), start(plan), EVERYBODY);
    let mut matrix = Matrix::new(&decidable, &forecast.undoable);
    let (mut assumed, mut rows) = (Assumed::default(), Vec::new());
    loop {
        let next = walk.next();
        if let Some(index) = starts(&decidable, &next) {
            let acts = matches!(next, Move::Attempt { .. });
            let ways: &[Failing] =
                if acts { &[Failing::Fails, Failing::NoAnswer, Failing::Crash] } else { &[Failing::Fails] };
            rows.extend(ways.iter().map(|failing| matrix.row(&walk, &next, index, *failing)));
        }
        if walk.make(next, &mut assumed).is_some() {
            return rows;
        }
    }
}

/// One walk on which all is as expected.
pub(super) fn to_the_end(mut walk: Walk<'_>) -> Walked {
    let mut walked = Walked::new(walk.plan.units.len(), walk.now);
    let mut assumed = Assumed::default();
    loop {
        let next = walk.next();
        walked.see(&walk, &next);
        if walk.make(next, &mut assumed).is_some() {
            break;
        }
    }
    let undoable = |index: &usize| walk.plan.unit(*index).is_some_and(Unit::has_way_back);
    walked.undoable = walk.record.passed_order.iter().copied().filter(undoable).collect();
    walked.end(&walk);
    walked
}

/// The unit that begins with a move, and may fail.
pub(super) fn starts(plan: &Plan, next: &Move) -> Option<usize> {
    match next {
        Move::Attempt { unit, direction: Direction::Forward, number: 1 } | Move::Look { unit, verifying: false } => {
            Some(*unit)
        }
        Move::Ask(Question::Confirm(id)) => plan.index(id),
        Move::Attempt { .. }
        | Move::Look { .. }
        | Move::BeginPhase(_)
        | Move::EndPhase(_)
        | Move::Skip(..)
        | Move::AskApplied(..)
        | Move::Pass(_)
        | Move::BeginWait(_)
        | Move::EndWait(_)
        | Move::Refuse(..)
        | Move::Diagnose(_)
        | Move::BeginRollback { .. }
        | Move::SkipInverse { .. }
        | Move::Ask(_)
        | Move::Await
        | Move::Sleep(_)
        | Move::End(_) => None,
    }
}

/// When the walk begins: the first moment that the plan names, or no moment in particular.
pub(super) fn start(plan: &Plan) -> Timestamp {
    let named = plan.phases.iter().flat_map(|phase| phase.at.into_iter().chain(phase.window.map(|(opens, _)| opens)));
    named.min().unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The same plan, in which everything runs whose condition depends on a value that nobody knows yet.
fn without_unknowable_conditions(plan: &Plan) -> Cow<'_, Plan> {
    let is_unknowable = |unit: &Unit| unit.when.as_deref().is_some_and(|when| holds(plan, when).is_none());
    if !plan.units.iter().any(is_unknowable) {
        return Cow::Borrowed(plan);
    }
    let mut decidable = plan.clone();
    for unit in &mut decidable.units {
        if is_unknowable(unit) {
            unit.when = None;
        }
    }
    Cow::Owned(decidable)
}
