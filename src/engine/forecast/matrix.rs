//! The failure matrix: for each unit what is decided if it fails there, one row after the other.
//!
//! A row is walked as a live engine would go it. The inverses in the middle of a long way back, at which
//! nothing is to be decided, are taken as held in one go: otherwise a plan of a thousand steps would be
//! half a million moves. Invariant: they are those that `decide` listed when it turned round, in its order.
//! And a row that only adds one inverse to the row before isn't walked at all: [`Below`] says when.

use std::ops::Range;
use std::time::Duration;

use super::assumed::{Assumed, expected_seconds, way_back};
use super::below::Below;
use super::described::rounded;
use super::walk::Walk;
use crate::engine::moves::Move;
use crate::engine::way_back::needs_a_person;
use crate::event::{Attempt, AttemptEnd, Failing, FailureRow, IncompleteReason, Outcome, RowEnd, Verdict};
use crate::model::{CheckFailure, StepFailure};
use crate::plan::{Plan, Unit, UnitKind, attempts_budget, back_budget};

/// So many inverses at the end of a way back are always decided one by one.
const DECIDED: usize = 4;

/// Makes rows.
pub(super) struct Matrix<'a> {
    plan: &'a Plan,
    /// The place of each unit among those that can be undone.
    places: Vec<Option<usize>>,
    /// The last row of a unit that only looks, and what it depends on.
    last: Option<(Like, FailureRow)>,
    /// The way back from the last step that started.
    below: Below,
}

/// What the row of a unit that only looks depends on.
#[derive(PartialEq, Eq)]
struct Like {
    passed: usize,
    checkpoints: usize,
    stretch: usize,
    on_failure: Option<CheckFailure>,
}

impl<'a> Matrix<'a> {
    pub fn new(plan: &'a Plan, undoable: &[usize]) -> Self {
        let mut places = vec![None; plan.units.len()];
        for (place, index) in undoable.iter().enumerate() {
            if let Some(slot) = places.get_mut(*index) {
                *slot = Some(place);
            }
        }
        Self { plan, places, last: None, below: Below::of(plan) }
    }

    /// The rows of a unit that is about to start.
    pub fn rows(&mut self, walk: &Walk<'_>, next: &Move, index: usize) -> Vec<FailureRow> {
        let Some(unit) = self.plan.unit(index) else { return Vec::new() };
        let like = self.like(walk, index, unit);
        if let Some((_, row)) = self.last.as_ref().filter(|(last, _)| like.as_ref() == Some(last)) {
            return vec![FailureRow { unit: index, ..row.clone() }];
        }
        let fails = self.row(walk, next, index, Failing::Fails);
        self.last = like.map(|like| (like, fails.clone()));
        let mut rows = vec![fails];
        // Whoever answers that it failed may have left nothing; without an answer nobody knows.
        if unit.step().is_some_and(|step| step.atomic || step.activity.retry.is_some()) {
            let row = self.row(walk, next, index, Failing::NoAnswer);
            let same = rows.iter().any(|first| FailureRow { failing: row.failing, ..first.clone() } == row);
            rows.extend((!same).then_some(row));
        }
        rows
    }

    fn like(&self, walk: &Walk<'_>, index: usize, unit: &Unit) -> Option<Like> {
        let on_failure = match &unit.kind {
            UnitKind::Check(check) => Some(check.on_failure),
            UnitKind::Preserve(_) => None,
            UnitKind::Step(_) | UnitKind::OnRollback(_) | UnitKind::Manual(_) | UnitKind::Wait(_) => return None,
        };
        let checkpoints = self.plan.checkpoints.partition_point(|checkpoint| checkpoint.units.end <= index);
        let stretch = self.plan.stretch(index);
        let like = Like { passed: walk.record.passed_order.len(), checkpoints, stretch, on_failure };
        unit.parallel.is_none().then_some(like)
    }

    /// The row of a unit that fails in one way.
    pub fn row(&mut self, walk: &Walk<'_>, next: &Move, index: usize, failing: Failing) -> FailureRow {
        let place = self.places.get(index).copied().flatten();
        let row =
            self.below.with(walk, index, place, failing).unwrap_or_else(|| self.walked(walk, next, index, failing));
        self.below.see(self.plan, place, &row);
        FailureRow { about: rounded(row.about), at_most: rounded(row.at_most), ..row }
    }

    /// Whether a row stands upon the one before.
    #[cfg(test)]
    pub(super) fn stands(&self, walk: &Walk<'_>, index: usize, failing: Failing) -> bool {
        self.below.with(walk, index, self.places.get(index).copied().flatten(), failing).is_some()
    }

    /// The row as a live engine would go it; its seconds aren't rounded.
    pub(super) fn walked(&self, walk: &Walk<'_>, next: &Move, index: usize, failing: Failing) -> FailureRow {
        let mut assumed = Assumed { failing: Some((index, failing)), ..Assumed::default() };
        let unit = self.plan.unit(index);
        if unit.is_some_and(wish_is_to_go_on) {
            return self.told(index, failing, &assumed, (RowEnd::GoesOn, None, 0));
        }
        let mut walk = walk.clone();
        let mut next = Some(next.clone());
        let verdict = loop {
            let turns = next.take().unwrap_or_else(|| walk.next());
            let listed = match &turns {
                Move::BeginRollback { undo, .. } => undo.clone(),
                _ => Vec::new(),
            };
            if let Some(verdict) = walk.make(turns, &mut assumed) {
                break verdict;
            }
            take_as_held(&mut walk, &listed, &mut assumed.undone);
        };
        let ended = self.ended(&walk, &verdict);
        self.told(index, failing, &assumed, (ended.0, ended.1, verdict.code()))
    }

    fn ended(&self, walk: &Walk<'_>, verdict: &Verdict) -> (RowEnd, Option<usize>) {
        match verdict {
            Verdict::Succeeded { .. } | Verdict::Parked { .. } => (RowEnd::GoesOn, None),
            Verdict::RolledBack { verified: true, .. } => (RowEnd::RolledBackVerified, None),
            Verdict::RolledBack { verified: false, .. } => (RowEnd::RolledBack, None),
            Verdict::Refused { .. } => (RowEnd::Refused, None),
            Verdict::Halted { barrier: Some(barrier), .. } => (RowEnd::HaltedAtNoReturn, self.plan.index(barrier)),
            Verdict::Halted { barrier: None, back_to: Some(_), .. } => (RowEnd::HaltedAtStretch, None),
            Verdict::Halted { .. } | Verdict::Abandoned { .. } => (RowEnd::Halted, None),
            Verdict::Unsettled { unit } => (RowEnd::Unsettled, self.plan.index(unit)),
            Verdict::Incomplete { why, .. } => match why {
                IncompleteReason::Undecided { unit } | IncompleteReason::InverseFailed { unit } => {
                    (RowEnd::Undecided, self.plan.index(unit))
                }
                IncompleteReason::LeftToAPerson
                | IncompleteReason::Paused
                | IncompleteReason::LockLost { .. }
                | IncompleteReason::NotVerified { .. } => {
                    let left = |index: &&usize| {
                        walk.record.units.get(**index).is_some_and(|done| done.inverse_skipped == Some(true))
                    };
                    (RowEnd::LeftToAPerson, walk.record.passed_order.iter().rev().find(left).copied())
                }
            },
        }
    }

    /// The row of what was found out.
    fn told(
        &self,
        unit: usize,
        failing: Failing,
        assumed: &Assumed,
        (ends, stops_at, exit): (RowEnd, Option<usize>, u8),
    ) -> FailureRow {
        let mut row = FailureRow {
            unit,
            failing,
            undo: self.range(&assumed.undone),
            spared: self.spared(&assumed.undone),
            verify: self.checkpoints(&assumed.verified),
            about: 0.0,
            unestimated: 0,
            at_most: 0.0,
            ends,
            stops_at,
            exit,
        };
        let back = assumed.undone.iter().filter_map(|index| self.plan.unit(*index));
        let back = back.map(|unit| (way_back(unit).and_then(expected_seconds), back_budget(unit)));
        let looks = assumed.verified.iter().filter_map(|index| self.plan.unit(*index)?.activity());
        let looks = looks.map(|activity| (expected_seconds(activity), attempts_budget(activity)));
        for (estimate, budget) in back.chain(looks) {
            row.about += estimate.unwrap_or(0.0);
            row.unestimated += usize::from(estimate.is_none());
            row.at_most += budget.as_secs_f64();
        }
        row
    }

    fn range(&self, undone: &[usize]) -> Range<usize> {
        let place = |index: Option<&usize>| index.and_then(|index| self.places.get(*index).copied().flatten());
        match (place(undone.last()), place(undone.first())) {
            (Some(from), Some(last)) => from..last + 1,
            _ => 0..0,
        }
    }

    /// What lies in the range of the undone and isn't among them: atomic steps that left nothing.
    fn spared(&self, undone: &[usize]) -> Vec<usize> {
        let range = self.range(undone);
        if range.len() == undone.len() {
            return Vec::new();
        }
        let within = |place: &Option<usize>| place.is_some_and(|place| range.contains(&place));
        let spared = self.places.iter().enumerate().filter(|(_, place)| within(place)).map(|(index, _)| index);
        spared.filter(|index| !undone.contains(index)).collect()
    }

    fn checkpoints(&self, verified: &[usize]) -> Range<usize> {
        let number = |index: Option<&usize>| self.plan.unit(*index?)?.checkpoint;
        match (number(verified.first()), number(verified.last())) {
            (Some(first), Some(last)) => first..last + 1,
            _ => 0..0,
        }
    }
}

/// Whether its failure is only counted.
fn wish_is_to_go_on(unit: &Unit) -> bool {
    match &unit.kind {
        UnitKind::Check(check) => match check.on_failure {
            CheckFailure::Warn => true,
            CheckFailure::Rollback | CheckFailure::Halt => false,
        },
        UnitKind::Step(step) => match step.on_failure {
            StepFailure::Rollback | StepFailure::Halt => false,
        },
        UnitKind::OnRollback(_) | UnitKind::Preserve(_) | UnitKind::Manual(_) | UnitKind::Wait(_) => false,
    }
}

/// Takes the inverses of a way back as held, up to one that a person has to be asked about; the last
/// ones are left to be decided.
fn take_as_held(walk: &mut Walk<'_>, undo: &[usize], undone: &mut Vec<usize>) {
    for index in undo.iter().take(undo.len().saturating_sub(DECIDED)).copied() {
        let (now, engine) = (walk.now, walk.record.engines);
        let (Some(unit), Some(done)) = (walk.plan.unit(index), walk.record.units.get_mut(index)) else { return };
        if needs_a_person(unit, done, now) {
            return;
        }
        let seconds = way_back(unit).and_then(expected_seconds).unwrap_or(0.0);
        let ended = now.saturating_add(Duration::try_from_secs_f64(seconds).unwrap_or_default()).unwrap_or(now);
        let end = AttemptEnd { outcome: Outcome::Applied, failure: None, recovered: false };
        done.back.push(Attempt {
            started: now,
            before: None,
            ended: Some((ended, end)),
            settled: None,
            engine,
            reopened: false,
        });
        undone.push(index);
        walk.now = ended;
    }
}
