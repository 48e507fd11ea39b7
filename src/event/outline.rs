//! What there is to do, as reports show it: written once at the start of a run, so that a report
//! needs nothing but events.

use serde::{Deserialize, Serialize};

/// What there is to do.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
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
}

/// A phase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutlinePhase {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
}

/// A unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// What it does, as a line that a person could copy; values not known yet are in «».
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub line: String,
    /// What its inverse does, likewise; empty where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub back: String,
    /// For a `service start` or `stop`: the unit, and whether it stops.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<(String, bool)>,
}

/// What a unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The unit with this id; `None` for an unknown one.
    #[must_use]
    pub fn unit(&self, id: &str) -> Option<&OutlineUnit> {
        self.units.iter().find(|unit| unit.id == id)
    }

    /// The title of a unit; the id where it is unknown.
    #[must_use]
    pub fn title<'a>(&'a self, id: &'a str) -> &'a str {
        self.unit(id).map_or(id, |unit| &unit.title)
    }
}
