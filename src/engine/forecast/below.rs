//! The way back from the last step that started, and the rows that stand upon it: whoever fails right
//! after that step goes the same way back, with one inverse before it if it is a step itself. So the
//! matrix of ten thousand steps takes ten times as long as that of a thousand, and not a hundred times.
//!
//! It leaves every row to a walk in which anything is to be decided beside that: branches, atomic steps, a
//! person's work, an inverse that is past its time, another stretch. Invariant: a row from here is the row
//! that a walk would give, and a test compares them.

use super::assumed::{expected_seconds, way_back};
use super::walk::Walk;
use crate::event::{Failing, FailureRow, RowEnd};
use crate::model::{Action, CheckFailure, Inverse, Step, StepFailure};
use crate::plan::{Plan, Unit, UnitKind, back_budget};

/// The way back from the last step that started; its seconds aren't rounded.
pub(super) struct Below {
    last: Option<FailureRow>,
    /// That of the step that is about to start, which fails in several ways before it does.
    next: Option<FailureRow>,
    /// Some inverse is undone only for a while, so that it matters how long the others take.
    expires: bool,
}

impl Below {
    /// Of nothing yet.
    pub fn of(plan: &Plan) -> Self {
        let expires = |unit: &Unit| {
            unit.step().is_some_and(|step| match &step.inverse {
                Inverse::Written(inverse) => inverse.valid_for.is_some(),
                Inverse::Derived | Inverse::None { .. } | Inverse::Irreversible { .. } => false,
            })
        };
        Self { last: None, next: None, expires: plan.units.iter().any(expires) }
    }

    /// The row of a unit that fails now; `None`: it takes a walk. `place` is its own among those that can be
    /// undone.
    pub fn with(&self, walk: &Walk<'_>, index: usize, place: Option<usize>, failing: Failing) -> Option<FailureRow> {
        let started = walk.record.passed_order.last()?;
        let below = self.last.iter().chain(&self.next).find(|row| row.unit == *started)?;
        let unit = walk.plan.unit(index)?;
        if walk.plan.stretch(index) != walk.plan.stretch(below.unit) || unit.parallel.is_some() {
            return None;
        }
        let same = FailureRow { unit: index, failing, ..below.clone() };
        match &unit.kind {
            UnitKind::Check(check) => (check.on_failure == CheckFailure::Rollback).then_some(same),
            UnitKind::Preserve(_) => Some(same),
            UnitKind::Step(step) if is_plain(step) && place == Some(below.undo.end) => {
                let estimate = way_back(unit).and_then(expected_seconds);
                Some(FailureRow {
                    undo: below.undo.start..below.undo.end + 1,
                    about: below.about + estimate.unwrap_or(0.0),
                    unestimated: below.unestimated + usize::from(estimate.is_none()),
                    at_most: below.at_most + back_budget(unit).as_secs_f64(),
                    ..same
                })
            }
            UnitKind::Step(_) | UnitKind::OnRollback(_) | UnitKind::Manual(_) | UnitKind::Wait(_) => None,
        }
    }

    /// A row is made: of a step it is what the next ones may stand upon.
    pub fn see(&mut self, plan: &Plan, place: Option<usize>, row: &FailureRow) {
        let Some((unit, step)) = plan.unit(row.unit).and_then(|unit| Some((unit, unit.step()?))) else { return };
        let to_its_end = match row.ends {
            RowEnd::RolledBackVerified | RowEnd::RolledBack | RowEnd::HaltedAtNoReturn | RowEnd::HaltedAtStretch => {
                true
            }
            RowEnd::GoesOn
            | RowEnd::Refused
            | RowEnd::Halted
            | RowEnd::Undecided
            | RowEnd::LeftToAPerson
            | RowEnd::Unsettled => false,
        };
        let undone = place.is_some_and(|place| place + 1 == row.undo.end);
        let holds = !self.expires && to_its_end && undone && unit.parallel.is_none() && is_plain(step);
        if self.next.as_ref().is_none_or(|next| next.unit != row.unit) {
            self.last = self.next.take();
        }
        self.next = holds.then(|| row.clone());
    }
}

/// Whether it is undone however it failed, by nobody's hand.
fn is_plain(step: &Step) -> bool {
    let by_hand = match &step.inverse {
        Inverse::Written(inverse) => matches!(inverse.activity.action, Action::Manual(_)),
        Inverse::Derived => false,
        Inverse::None { .. } | Inverse::Irreversible { .. } => true,
    };
    !by_hand && !step.atomic && step.on_failure == StepFailure::Rollback
}

#[cfg(test)]
mod tests;
