//! What a case puts in the way of a run from outside of it: a window that has closed, a time before it
//! opens, a lock that another run holds.
//!
//! What is decided then is `decide`'s. Invariant: nobody waits for a time here; the clock of a walk is set.

use jiff::Timestamp;

use super::walk::Walk;
use crate::engine::decide::abreast;
use crate::model::test_file::{Happens, TestCase, Told};
use crate::plan::Plan;
use crate::syntax::Span;

/// What stands in the way of a run.
#[derive(Debug, Default)]
pub(super) struct Hindrance {
    /// Somebody begins it at a time of its own.
    begins: bool,
    /// What it comes to too late.
    late: Vec<Late>,
    /// The locks that it can't have.
    locks: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Late {
    Unit(usize),
    Phase(usize),
}

impl Late {
    /// What a case names; a unit goes before a phase of the same name.
    fn named(plan: &Plan, name: &str) -> Option<Self> {
        let phase = || plan.phases.iter().position(|phase| phase.id == name).map(Self::Phase);
        plan.index(name).map(Self::Unit).or_else(phase)
    }

    fn phase(self, plan: &Plan) -> Option<usize> {
        match self {
            Self::Unit(unit) => plan.unit(unit).map(|unit| unit.phase),
            Self::Phase(phase) => Some(phase),
        }
    }
}

impl Hindrance {
    pub fn of(plan: &Plan, case: &TestCase) -> Self {
        let named: Option<Vec<String>> =
            case.locks_held.as_ref().map(|names| names.iter().map(|name| name.value.clone()).collect());
        let locks = match named {
            Some(all) if all.is_empty() => locks_of(plan),
            named => named.unwrap_or_default(),
        };
        let late = too_late(case).filter_map(|told| Late::named(plan, &told.unit)).collect();
        Self { begins: case.begins.is_some(), late, locks }
    }

    /// What time it is at least where the run has come to: the window of its phase has just closed there.
    pub fn not_before(&self, walk: &Walk<'_>) -> Option<Timestamp> {
        let unit = walk.plan.unit(walk.record.frontier)?;
        let phase = walk.plan.phases.get(unit.phase)?;
        let is_late = if walk.record.phases_started.contains(&phase.id) {
            abreast(unit, walk.record.frontier).any(|index| self.late.contains(&Late::Unit(index)))
        } else {
            self.late.contains(&Late::Phase(unit.phase))
        };
        phase.window.filter(|_| is_late).map(|(_, closes)| closes)
    }

    /// Who has a lock; `None`: nobody.
    pub fn keeps_out(&self, lock: &str) -> Option<String> {
        let held = self.locks.iter().any(|held| held == lock);
        held.then(|| format!("another run holds the lock {lock}, as the case says"))
    }

    /// Whether a run that waits for a time goes on then. One that was begun too early has only been refused
    /// its beginning: what comes of the next one is another case.
    pub fn is_resumed(&self, walk: &Walk<'_>) -> bool {
        !self.begins || !walk.record.phases_started.is_empty()
    }
}

/// What a case says that can't be of this plan, with the place.
pub(super) fn impossible(plan: &Plan, case: &TestCase) -> Vec<(Span, String)> {
    let mut found = Vec::new();
    for told in too_late(case) {
        let phase = Late::named(plan, &told.unit).and_then(|late| plan.phases.get(late.phase(plan)?));
        if let Some(phase) = phase.filter(|phase| phase.window.is_none()) {
            found.push((told.span, format!("phase {} has no window: nothing in it is too late", phase.id)));
        }
    }
    let locks = locks_of(plan);
    for name in case.locks_held.iter().flatten().filter(|name| !locks.contains(&name.value)) {
        found.push((name.span, format!("the run takes no such lock; it takes {}", locks.join(", "))));
    }
    found
}

fn too_late(case: &TestCase) -> impl Iterator<Item = &Told> {
    case.told.iter().filter(|told| told.happens == Happens::TooLate)
}

/// Every lock that a run of it takes.
fn locks_of(plan: &Plan) -> Vec<String> {
    let mut locks: Vec<String> = plan.phases.iter().flat_map(|phase| phase.locks.iter().cloned()).collect();
    locks.sort();
    locks.dedup();
    locks
}
