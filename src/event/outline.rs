//! What there is to do, as reports show it: written once at the start of a run, so that a report
//! needs nothing but events.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{Action, Inverse, ServiceVerb};
use crate::plan::{ById, Plan, Unit, UnitKind, in_one_line};

/// What there is to do.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Outline {
    /// The phases, in order.
    pub phases: Vec<OutlinePhase>,
    /// The units of all phases, in order.
    pub units: Vec<OutlineUnit>,
    /// The runbook's budget in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<f64>,
    /// The runbook's budget of downtime in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub downtime: Option<f64>,
    /// Who decides on a rollback.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback_by: Option<String>,
    /// For looking a unit up; not part of what it says.
    #[serde(skip)]
    pub by_id: ById,
}

/// A phase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutlinePhase {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Which stretch it belongs to: a rollback goes back to the start of its stretch.
    #[serde(default)]
    pub stretch: usize,
}

/// A unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutlineUnit {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The number of its phase.
    pub phase: usize,
    /// What it is.
    pub kind: OutlineKind,
    /// The checkpoint that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<String>,
    /// The expected seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate: Option<f64>,
    /// The hard limit of an attempt in seconds; 0 where there is none (a person, a wait).
    pub budget: f64,
    /// The time to safe in seconds: from its start to the moment when everything is as before again, at
    /// worst.
    #[serde(default)]
    pub to_safe: f64,
    /// What it does, as a line that a person could copy; values not known yet are in «».
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub line: String,
    /// What its inverse does, likewise; empty where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub back: String,
    /// What is lost by taking it back; `None`: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loses: Option<String>,
    /// For a `service start` or `stop`: the unit, and whether it stops.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<(String, bool)>,
}

/// What a unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OutlineKind {
    /// A check.
    Check,
    /// A step with a way back.
    Step,
    /// A step with nothing to undo.
    StepWithoutInverse,
    /// The point of no return.
    Irreversible,
    /// An `on-rollback`.
    OnRollback,
    /// A preserved value.
    Preserve,
    /// A person's confirmation.
    Manual,
    /// A wait.
    Wait,
}

impl Outline {
    /// The number of the unit with this id; `None` for an unknown one.
    #[must_use]
    pub fn index(&self, id: &str) -> Option<usize> {
        self.by_id.find(id, self.units.len(), |number| self.units.get(number).map_or("", |unit| unit.id.as_str()))
    }

    /// The unit with this id; `None` for an unknown one.
    #[must_use]
    pub fn unit(&self, id: &str) -> Option<&OutlineUnit> {
        self.units.get(self.index(id)?)
    }

    /// The title of a unit; the id where it is unknown.
    #[must_use]
    pub fn title<'a>(&'a self, id: &'a str) -> &'a str {
        self.unit(id).map_or(id, |unit| &unit.title)
    }
}

impl Outline {
    /// What there is to do in a plan.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let phases = plan.phases.iter().map(|phase| OutlinePhase {
            id: phase.id.clone(),
            title: phase.title.clone(),
            stretch: phase.stretch,
        });
        Self {
            phases: phases.collect(),
            units: plan.units.iter().zip(0..).map(|(unit, index)| OutlineUnit::of(plan, unit, index)).collect(),
            budget: plan.runbook.budget.total.map(|budget| budget.as_secs_f64()),
            downtime: plan.runbook.budget.downtime.map(|budget| budget.as_secs_f64()),
            rollback_by: plan.runbook.rollback_by.as_ref().map(|who| who.render_known(&plan.values)),
            by_id: ById::default(),
        }
    }
}

impl OutlineUnit {
    fn of(plan: &Plan, unit: &Unit, index: usize) -> Self {
        let activity = unit.activity();
        let service = activity.and_then(|activity| match &activity.action {
            Action::ServiceChange { verb: ServiceVerb::Stop, unit: Some(name) } => Some((name, true)),
            Action::ServiceChange { verb: ServiceVerb::Start, unit: Some(name) } => Some((name, false)),
            _ => None,
        });
        Self {
            id: unit.id.clone(),
            title: unit.title.clone(),
            phase: unit.phase,
            kind: kind(unit),
            checkpoint: unit.checkpoint.and_then(|number| plan.checkpoints.get(number)).map(|it| it.id.clone()),
            estimate: activity.and_then(|it| it.budget.estimate).map(|estimate| estimate.as_secs_f64()),
            budget: activity.map_or(0.0, |activity| activity.budget.limit.as_secs_f64()),
            to_safe: plan.time_to_safe(index).as_secs_f64(),
            line: activity.map(|activity| in_one_line(activity, &plan.values)).unwrap_or_default(),
            back: unit.written_back().map(|back| in_one_line(back, &plan.values)).unwrap_or_default(),
            loses: loses(unit),
            service: service.map(|(name, stops)| (name.render_known(&plan.values), stops)),
        }
    }
}

fn loses(unit: &Unit) -> Option<String> {
    match &unit.step()?.inverse {
        Inverse::Written(inverse) => inverse.loses.clone(),
        Inverse::Derived | Inverse::None { .. } | Inverse::Irreversible { .. } => None,
    }
}

fn kind(unit: &Unit) -> OutlineKind {
    match &unit.kind {
        UnitKind::Check(_) => OutlineKind::Check,
        UnitKind::Step(_) if unit.is_irreversible() => OutlineKind::Irreversible,
        UnitKind::Step(_) if unit.has_way_back() => OutlineKind::Step,
        UnitKind::Step(_) => OutlineKind::StepWithoutInverse,
        UnitKind::OnRollback(_) => OutlineKind::OnRollback,
        UnitKind::Preserve(_) => OutlineKind::Preserve,
        UnitKind::Manual(_) => OutlineKind::Manual,
        UnitKind::Wait(_) => OutlineKind::Wait,
    }
}
