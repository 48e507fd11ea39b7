//! A forecast: what a plan would do, in order, and what would happen at each place if it failed there.
//! The engine makes it without performing anything, reports show it, and as JSON it is what
//! `runbook plan --format json` prints.
//!
//! It never says that something is well which nobody has looked at: it says `would-run`, `would-wait`,
//! `would-skip` or `unknowable`.
//!
//! Invariant: its size is that of the plan, however long the ways back are. What a way back undoes is a
//! range of one list, [`Forecast::undoable`], read from its end.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::probed::{DryRun, Probed};
use super::{OutlineUnit, Took};

/// The format of a forecast as JSON; it grows when something in it changes its meaning.
pub const FORECAST_FORMAT: u32 = 1;

/// What a plan would do.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Forecast {
    /// [`FORECAST_FORMAT`].
    pub format: u32,
    /// What stands at the head of the runbook.
    pub head: ForecastHead,
    /// Every input with its value.
    pub inputs: BTreeMap<String, String>,
    /// The names of the secrets that are fetched before the first effect.
    pub secrets: Vec<String>,
    /// Which of the phases' locks are held in a cluster, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leases: Vec<ForecastLease>,
    /// The phases, in order.
    pub phases: Vec<ForecastPhase>,
    /// The units of all phases, in order.
    pub units: Vec<ForecastUnit>,
    /// The checkpoints, in order.
    pub checkpoints: Vec<ForecastCheckpoint>,
    /// The numbers of the units that a way back has something to do for, in the order of their starts:
    /// read from its end, it is the whole way back. A unit that would be skipped isn't in it.
    pub undoable: Vec<usize>,
    /// The failure matrix: what happens if a unit fails, in the order of the units. The row with
    /// `fails` stands for every failure of its unit that has no row of its own.
    pub matrix: Vec<FailureRow>,
    /// Sums of time.
    pub times: ForecastTimes,
    /// What is on record about its way back, as a sentence; `None`: nobody asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rehearsed: Option<String>,
}

/// The head of the runbook, values put in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ForecastHead {
    /// The runbook's id.
    pub runbook: String,
    /// Its title.
    pub title: String,
    /// The runbook's file, as it was named.
    pub file: String,
    /// SHA-256 of the bundle.
    pub digest: String,
    /// The version that is released.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// `summary "…"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// `owner "…"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Who decides on a rollback.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback_by: Option<String>,
}

/// A phase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ForecastPhase {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Which stretch it belongs to: a rollback goes back to the start of its stretch.
    pub stretch: usize,
    /// Not before this moment; `None`: right after the phase before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub at: Option<Timestamp>,
    /// The window in which its steps start; `None`: at any time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<ForecastWindow>,
    /// The locks that it needs.
    pub locks: Vec<String>,
    /// Its units: a range of [`Forecast::units`].
    pub units: Range<usize>,
}

/// A lock that is held in a cluster, too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ForecastLease {
    /// The lock's name.
    pub lock: String,
    /// The name of the Lease that it is there.
    pub name: String,
    /// Which cluster, and where in it, as far as that is known.
    pub cluster: String,
}

/// A window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ForecastWindow {
    /// Its first moment.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub opens: Timestamp,
    /// Its last.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub closes: Timestamp,
}

/// A checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ForecastCheckpoint {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its checks and preserved values: a range of [`Forecast::units`].
    pub units: Range<usize>,
}

/// A unit: what it is, and what would become of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ForecastUnit {
    /// What it is: id, title, kind, the line it runs, estimate, budget of one attempt, time to safe.
    #[serde(flatten)]
    pub unit: OutlineUnit,
    /// What it does, whole; empty where its line says it all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub script: String,
    /// What would become of it.
    pub would: Would,
    /// Why it wouldn't simply run, in one line: what it waits for, why it would be skipped, what
    /// nobody can know yet. Empty where it would run.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub because: String,
    /// The values that it uses and that nobody knows before the run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub awaits: Vec<AwaitedValue>,
    /// The branches of the `parallel` that it is one of: a range of [`Forecast::units`]; `None`: it
    /// runs alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parallel: Option<Range<usize>>,
    /// How many attempts it has at the most; 1 for all that isn't retried, 0 for a person and a wait.
    pub attempts: u32,
    /// When it would start, in seconds from the start of its stretch, by the estimates.
    pub after: f64,
    /// The last moment at which it may start so that everything can be taken back before the window
    /// closes; `None`: it isn't a step, or there is no window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub latest: Option<Timestamp>,
    /// Whether its effect is looked for first: a step that is applied already would be skipped.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub asks_applied: bool,
    /// How it is undone; `None`: nothing is to be undone, as it only looks or waits.
    // `back` is what the unit says of itself, in words.
    #[serde(rename = "way_back", default, skip_serializing_if = "Option::is_none")]
    pub back: Option<ForecastBack>,
    /// What past runs took; `None`: there is none, or nobody asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<Took>,
    /// What a probe of the system as it is now brought; `None`: nobody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probed: Option<Probed>,
    /// What the server says of the change without keeping it (`--probe`); `None`: it wasn't asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<DryRun>,
}

/// What would become of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Would {
    /// It would run; what comes of it nobody knows.
    WouldRun,
    /// It would wait: for a time, or for a person.
    WouldWait,
    /// It would be passed over: its condition doesn't hold.
    WouldSkip,
    /// Whether it would run depends on a value that nobody knows before the run.
    Unknowable,
}

/// A value that nobody knows before the run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct AwaitedValue {
    /// Its name.
    pub name: String,
    /// The unit after which it is known; empty: once the run has started.
    pub after: String,
}

/// How a unit is undone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ForecastBack {
    /// In which way.
    pub kind: BackKind,
    /// What it is called, or why there is none; empty: the unit's title says enough.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// What the inverse does, whole; empty where its line says it all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub script: String,
    /// The expected seconds; `None`: not estimated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate: Option<f64>,
    /// The hard limit in seconds, all attempts together; 0 where there is no way back.
    pub budget: f64,
    /// For how many seconds after the step it may run by itself; `None`: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_for: Option<f64>,
    /// Whether a person does it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_hand: bool,
}

/// In which way a unit is undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BackKind {
    /// By its written inverse, or it is an `on-rollback`.
    Written,
    /// By putting back the state that was found before it.
    Derived,
    /// Not at all: there is nothing to undo.
    None,
    /// Not at all: it is the point of no return.
    Irreversible,
}

/// What happens if a unit fails.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FailureRow {
    /// The number of the unit.
    pub unit: usize,
    /// How it fails.
    pub failing: Failing,
    /// What is undone: a range of [`Forecast::undoable`], from its end to its start. Empty: nothing.
    pub undo: Range<usize>,
    /// The units of that range that aren't undone, since an atomic attempt that failed left nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spared: Vec<usize>,
    /// The checkpoints that are verified afterwards: a range of [`Forecast::checkpoints`].
    pub verify: Range<usize>,
    /// About how many seconds that takes, by the estimates.
    pub about: f64,
    /// How many of those inverses and checks have no estimate, and count as nothing.
    pub unestimated: usize,
    /// How many seconds it takes at worst, by the budgets.
    pub at_most: f64,
    /// How it ends, if everything on the way back holds.
    pub ends: RowEnd,
    /// The unit at which the way back stops; `None`: it goes to its end, or there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stops_at: Option<usize>,
    /// The exit code.
    pub exit: u8,
}

/// How a unit fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Failing {
    /// It answers that it failed, or not as expected, or a person says no.
    Fails,
    /// There is no answer: its budget is spent, it was killed, the connection is lost.
    NoAnswer,
    /// The engine dies in the middle of it, and somebody asks for the way back; in no matrix, but in what
    /// `runbook test` drives through.
    Crash,
}

/// How a run ends that failed at a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RowEnd {
    /// The failure is counted, and the run goes on.
    GoesOn,
    /// Nothing was changed.
    Refused,
    /// Everything is taken back, and a checkpoint proves it.
    RolledBackVerified,
    /// Everything is taken back, and nothing is there to verify it by.
    RolledBack,
    /// It stops with its effects in place.
    Halted,
    /// What came after a point of no return is taken back; then it stops with effects in place.
    HaltedAtNoReturn,
    /// It goes back to the start of its stretch; what earlier phases did stays.
    HaltedAtStretch,
    /// A person has to do an inverse.
    LeftToAPerson,
    /// A person has to decide on an inverse that is past its time.
    Undecided,
    /// A person has to settle what became of a step.
    Unsettled,
}

/// Sums of time, in seconds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ForecastTimes {
    /// All that has an estimate, and the waits; of parallel branches the longest.
    pub estimated: f64,
    /// The steps that have no estimate and count as nothing.
    pub unestimated: Vec<String>,
    /// The runbook's budget; `None`: not limited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<f64>,
    /// How long each service is down, from its `stop` to the end of its `start`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub downtimes: Vec<ForecastDowntime>,
    /// The runbook's budget of downtime; `None`: not limited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub downtime_budget: Option<f64>,
    /// How many steps there are.
    pub steps: usize,
    /// How many of them can be undone.
    pub undoable_steps: usize,
}

/// How long a service is down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ForecastDowntime {
    /// The unit of the system.
    pub service: String,
    /// The number of the unit that stops it.
    pub stopped_by: usize,
    /// The number of the unit that starts it again.
    pub started_by: usize,
    /// About how many seconds, by the estimates.
    pub about: f64,
}

impl Forecast {
    /// What a row undoes, in this order: the last one that started first.
    #[must_use]
    pub fn undone<'a>(&'a self, row: &'a FailureRow) -> impl DoubleEndedIterator<Item = &'a ForecastUnit> {
        let range = self.undoable.get(row.undo.clone()).unwrap_or_default();
        let numbers = range.iter().rev().filter(|number| !row.spared.contains(number));
        numbers.filter_map(|number| self.units.get(*number))
    }

    /// What is lost by a row's way back, in its order; empty: nothing.
    pub fn losses<'a>(&'a self, row: &'a FailureRow) -> impl Iterator<Item = &'a str> {
        self.undone(row).filter_map(|unit| unit.unit.loses.as_deref())
    }

    /// The checkpoints that a row verifies afterwards, in order.
    #[must_use]
    pub fn verified(&self, row: &FailureRow) -> &[ForecastCheckpoint] {
        self.checkpoints.get(row.verify.clone()).unwrap_or_default()
    }

    /// The rows of a unit; the one with `fails` first.
    pub fn rows_of(&self, unit: usize) -> impl Iterator<Item = &FailureRow> {
        let first = self.matrix.partition_point(|row| row.unit < unit);
        self.matrix.iter().skip(first).take_while(move |row| row.unit == unit)
    }

    /// The units behind which there is no way back.
    pub fn points_of_no_return(&self) -> impl Iterator<Item = &ForecastUnit> {
        let irreversible =
            |unit: &&ForecastUnit| unit.back.as_ref().is_some_and(|it| it.kind == BackKind::Irreversible);
        self.units.iter().filter(irreversible)
    }
}
