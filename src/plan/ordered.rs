//! The plan: everything that a run may do, flattened into units in the order of execution. A unit
//! is the smallest thing that the engine starts: a check, a step, a preserved value, a wait. The
//! way back is the same list read from its end.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::{ById, KeptFiles, PlannedLease};
use crate::model::{
    Action, Activity, Check, CheckFailure, Condition, Inverse, Manual, OnRollback, Preserve, Runbook, Step, Values,
};

/// A runbook with its inputs put in, ordered.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What the author wrote.
    pub runbook: Arc<Runbook>,
    /// The runbook's title, values put in.
    pub title: String,
    /// Every input with its value.
    pub inputs: Values,
    /// Inputs and derived values; also `run.id` and `run.started` in a run.
    pub values: Values,
    /// The phases, in order.
    pub phases: Vec<PlannedPhase>,
    /// The units of all phases, in order.
    pub units: Vec<Unit>,
    /// The checkpoints, in order.
    pub checkpoints: Vec<PlannedCheckpoint>,
    /// Which of the phases' locks are held in a cluster, too; sorted by name.
    pub leases: Vec<PlannedLease>,
    /// The run's copies of what its actions call and read; empty where there is no run.
    pub kept: KeptFiles,
    /// The numbers of the units by their ids.
    pub(super) by_id: ById,
    pub(super) times_to_safe: Vec<Duration>,
}

/// A phase of a plan.
#[derive(Debug, Clone)]
pub struct PlannedPhase {
    /// Its id.
    pub id: String,
    /// Its title, values put in.
    pub title: String,
    /// Not before this moment; `None`: right after the phase before.
    pub at: Option<Timestamp>,
    /// Steps start only in it; `None`: at any time.
    pub window: Option<(Timestamp, Timestamp)>,
    /// The locks that it needs.
    pub locks: Vec<String>,
    /// Which stretch it belongs to: a rollback goes back to the start of its stretch.
    pub stretch: usize,
    /// Its units.
    pub units: Range<usize>,
}

/// A checkpoint of a plan.
#[derive(Debug, Clone)]
pub struct PlannedCheckpoint {
    /// Its id.
    pub id: String,
    /// Its title, values put in.
    pub title: String,
    /// Its checks and preserved values.
    pub units: Range<usize>,
}

/// The smallest thing that the engine starts.
#[derive(Debug, Clone)]
pub struct Unit {
    /// The id in events: of a check or step its own, of a preserved value `CHECKPOINT/NAME`, of a
    /// wait `wait-N`.
    pub id: String,
    /// Its title, as far as values are known.
    pub title: String,
    /// The number of its phase.
    pub phase: usize,
    /// What it is.
    pub kind: UnitKind,
    /// The `parallel` that it is a branch of.
    pub parallel: Option<Range<usize>>,
    /// The number of the checkpoint that it belongs to.
    pub checkpoint: Option<usize>,
    /// Its condition; `None`: always.
    pub when: Option<Box<Condition>>,
}

/// What a unit is.
#[derive(Debug, Clone)]
pub enum UnitKind {
    /// Only looks.
    Check(Arc<Check>),
    /// Changes something.
    Step(Arc<Step>),
    /// Runs only when a rollback passes it.
    OnRollback(Arc<OnRollback>),
    /// Takes a value that must be the same after the way back.
    Preserve(Arc<Preserve>),
    /// A person confirms.
    Manual(Arc<Manual>),
    /// Time passes.
    Wait(Duration),
}

impl Plan {
    /// The number of a unit; `None` for an unknown id.
    #[must_use]
    pub fn index(&self, id: &str) -> Option<usize> {
        self.by_id.find(id, self.units.len(), |number| self.units.get(number).map_or("", |unit| unit.id.as_str()))
    }

    /// The unit with this number; `None` past the end.
    #[must_use]
    pub fn unit(&self, index: usize) -> Option<&Unit> {
        self.units.get(index)
    }

    /// The stretch of a unit; 0 past the end.
    #[must_use]
    pub fn stretch(&self, index: usize) -> usize {
        self.units.get(index).and_then(|unit| self.phases.get(unit.phase)).map_or(0, |phase| phase.stretch)
    }

    /// From the start of a unit to the moment when everything is as before again, at worst: what must
    /// fit into the window. Zero past the end.
    #[must_use]
    pub fn time_to_safe(&self, index: usize) -> Duration {
        self.times_to_safe.get(index).copied().unwrap_or_default()
    }

    /// Whether its way out starts a process, which needs a supervisor.
    #[must_use]
    pub fn has_processes(&self) -> bool {
        self.units
            .iter()
            .filter_map(Unit::activity)
            .any(|activity| matches!(activity.action, Action::Run(_) | Action::Script(_) | Action::Pipe { .. }))
    }

    /// The phase of a unit; `None` past the end.
    #[must_use]
    pub fn phase_of(&self, index: usize) -> Option<&PlannedPhase> {
        self.units.get(index).and_then(|unit| self.phases.get(unit.phase))
    }
}

impl Unit {
    /// What it does; `None` for a person's confirmation and a wait.
    #[must_use]
    pub fn activity(&self) -> Option<&Activity> {
        match &self.kind {
            UnitKind::Check(check) => Some(&check.activity),
            UnitKind::Step(step) => Some(&step.activity),
            UnitKind::OnRollback(on_rollback) => Some(&on_rollback.activity),
            UnitKind::Preserve(preserve) => Some(&preserve.activity),
            UnitKind::Manual(_) | UnitKind::Wait(_) => None,
        }
    }

    /// The step that it is; `None` for all else.
    #[must_use]
    pub fn step(&self) -> Option<&Arc<Step>> {
        match &self.kind {
            UnitKind::Step(step) => Some(step),
            UnitKind::Check(_)
            | UnitKind::OnRollback(_)
            | UnitKind::Preserve(_)
            | UnitKind::Manual(_)
            | UnitKind::Wait(_) => None,
        }
    }

    /// What undoes it: its written inverse, the action of an `on-rollback`; `None` for a derived
    /// inverse and for what isn't undone.
    #[must_use]
    pub fn written_back(&self) -> Option<&Activity> {
        match &self.kind {
            UnitKind::Step(step) => match &step.inverse {
                Inverse::Written(inverse) => Some(&inverse.activity),
                Inverse::Derived | Inverse::None { .. } | Inverse::Irreversible { .. } => None,
            },
            UnitKind::OnRollback(on_rollback) => Some(&on_rollback.activity),
            UnitKind::Check(_) | UnitKind::Preserve(_) | UnitKind::Manual(_) | UnitKind::Wait(_) => None,
        }
    }

    /// Whether a rollback has something to do for it.
    #[must_use]
    pub fn has_way_back(&self) -> bool {
        match &self.kind {
            UnitKind::Step(step) => match step.inverse {
                Inverse::Written(_) | Inverse::Derived => true,
                Inverse::None { .. } | Inverse::Irreversible { .. } => false,
            },
            UnitKind::OnRollback(_) => true,
            UnitKind::Check(_) | UnitKind::Preserve(_) | UnitKind::Manual(_) | UnitKind::Wait(_) => false,
        }
    }

    /// Whether it is the point of no return.
    #[must_use]
    pub fn is_irreversible(&self) -> bool {
        self.step().is_some_and(|step| matches!(step.inverse, Inverse::Irreversible { .. }))
    }

    /// Whether it is a check whose failure is only a warning.
    #[must_use]
    pub fn only_warns(&self) -> bool {
        match &self.kind {
            UnitKind::Check(check) => check.on_failure == CheckFailure::Warn,
            UnitKind::Step(_)
            | UnitKind::OnRollback(_)
            | UnitKind::Preserve(_)
            | UnitKind::Manual(_)
            | UnitKind::Wait(_) => false,
        }
    }
}
