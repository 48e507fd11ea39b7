//! What a walk found out and what the plan says, put together as a forecast.
//!
//! It leaves to reports how that is shown. Invariant: of a value that nobody knows before the run it says
//! after which unit it is known, and never what it may be.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::assumed::expected_seconds;
use super::foresee::Origin;
use super::walk::Walk;
use crate::engine::judge::Judge;
use crate::engine::moves::Move;
use crate::event::{
    AwaitedValue, BackKind, Direction, FORECAST_FORMAT, FailureRow, Forecast, ForecastBack, ForecastCheckpoint,
    ForecastDowntime, ForecastHead, ForecastLease, ForecastPhase, ForecastTimes, ForecastUnit, ForecastWindow, Outline,
    OutlineUnit, Question, Would,
};
use crate::model::review::{names_in_condition, names_used};
use crate::model::{Action, Activity, Condition, Inverse, Template};
use crate::plan::{Plan, Unit, UnitKind, attempts_budget, back_budget, in_full};

/// What a walk to the end found out.
pub(super) struct Walked {
    /// The units that can be undone, in the order of their starts.
    pub undoable: Vec<usize>,
    /// The seconds from the start of the stretch to the start of each unit.
    after: Vec<f64>,
    /// When the stretch began.
    began: Timestamp,
    stretch: usize,
    /// The seconds of the stretches before.
    seconds: f64,
}

impl Walked {
    pub fn new(units: usize, now: Timestamp) -> Self {
        Self { undoable: Vec::new(), after: vec![0.0; units], began: now, stretch: 0, seconds: 0.0 }
    }

    /// A move is about to be made.
    pub fn see(&mut self, walk: &Walk<'_>, next: &Move) {
        let index = match next {
            Move::BeginPhase(number) => {
                let Some(phase) = walk.plan.phases.get(*number) else { return };
                if phase.stretch != self.stretch || *number == 0 {
                    self.seconds += between(self.began, walk.now);
                    self.began = phase.at.map_or(walk.now, |at| at.max(walk.now));
                    self.stretch = phase.stretch;
                }
                return;
            }
            Move::Attempt { unit, direction: Direction::Forward, number: 1 }
            | Move::Look { unit, verifying: false }
            | Move::Skip(unit, _)
            | Move::Pass(unit)
            | Move::BeginWait(unit) => Some(*unit),
            Move::Ask(Question::Confirm(id)) => walk.plan.index(id),
            _ => None,
        };
        if let Some(after) = index.and_then(|index| self.after.get_mut(index)) {
            *after = rounded(between(self.began, walk.now));
        }
    }

    pub fn end(&mut self, walk: &Walk<'_>) {
        self.seconds += between(self.began, walk.now);
    }
}

/// To whole milliseconds, so that what is read back is what was written.
pub(super) fn rounded(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}

fn between(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64().max(0.0)
}

/// Whether a condition holds before the run; `None`: that depends on what nobody knows yet.
pub(super) fn holds(plan: &Plan, condition: &Condition) -> Option<bool> {
    Judge::default().condition_holds(condition, &plan.values).ok()
}

/// The forecast.
pub(super) fn describe(
    plan: &Plan,
    outline: &Outline,
    walked: Walked,
    matrix: Vec<FailureRow>,
    origin: Origin<'_>,
) -> Forecast {
    let made = made_by(plan);
    let units: Vec<_> = plan
        .units
        .iter()
        .zip(&outline.units)
        .zip(&walked.after)
        .enumerate()
        .map(|(index, ((unit, outlined), after))| unit_of(plan, index, unit, outlined, *after, &made))
        .collect();
    let times = times(plan, outline, &units, walked.seconds);
    Forecast {
        format: FORECAST_FORMAT,
        head: head(plan, origin),
        inputs: plan.inputs.clone(),
        secrets: plan.runbook.secrets.iter().map(|secret| secret.name.value.clone()).collect(),
        leases: leases(plan),
        phases: phases(plan),
        units,
        checkpoints: plan
            .checkpoints
            .iter()
            .map(|it| ForecastCheckpoint { id: it.id.clone(), title: it.title.clone(), units: it.units.clone() })
            .collect(),
        undoable: walked.undoable,
        matrix,
        times,
        rehearsed: None,
    }
}

fn head(plan: &Plan, origin: Origin<'_>) -> ForecastHead {
    let runbook = &plan.runbook;
    let text = |template: &Option<Template>| template.as_ref().map(|it| it.render_known(&plan.values));
    ForecastHead {
        runbook: runbook.id.value.clone(),
        title: plan.title.clone(),
        file: origin.file.to_owned(),
        digest: origin.digest.to_owned(),
        release: runbook.release.as_ref().map(|release| release.version.render_known(&plan.values)),
        summary: text(&runbook.summary),
        owner: text(&runbook.owner),
        rollback_by: text(&runbook.rollback_by),
    }
}

fn phases(plan: &Plan) -> Vec<ForecastPhase> {
    let phases = plan.phases.iter().map(|phase| ForecastPhase {
        id: phase.id.clone(),
        title: phase.title.clone(),
        stretch: phase.stretch,
        at: phase.at,
        window: phase.window.map(|(opens, closes)| ForecastWindow { opens, closes }),
        locks: phase.locks.clone(),
        units: phase.units.clone(),
    });
    phases.collect()
}

fn leases(plan: &Plan) -> Vec<ForecastLease> {
    let leases = plan.leases.iter().map(|lease| ForecastLease {
        lock: lease.lock.clone(),
        name: lease.name(),
        cluster: lease.place(&plan.values),
    });
    leases.collect()
}

/// Which unit makes a value.
fn made_by(plan: &Plan) -> BTreeMap<&str, &str> {
    let mut made = BTreeMap::new();
    for unit in &plan.units {
        let applied = unit.step().and_then(|step| step.applied.as_ref()).map(|applied| &applied.activity);
        for activity in applied.into_iter().chain(unit.activity()) {
            made.extend(activity.captures.iter().map(|capture| (capture.name.value.as_str(), unit.id.as_str())));
        }
        if let UnitKind::Preserve(preserve) = &unit.kind {
            made.insert(preserve.name.value.as_str(), unit.id.as_str());
        }
    }
    made
}

fn unit_of(
    plan: &Plan,
    index: usize,
    unit: &Unit,
    outlined: &OutlineUnit,
    after: f64,
    made: &BTreeMap<&str, &str>,
) -> ForecastUnit {
    let activity = unit.activity();
    let own = activity.map(|it| it.captures.iter().map(|capture| capture.name.value.clone()).collect::<Vec<_>>());
    let awaits = awaited(plan, activity.map(names_used).into_iter().flatten(), made);
    let own = own.unwrap_or_default();
    let awaits = awaits.into_iter().filter(|value| value.after != unit.id || !own.contains(&value.name)).collect();
    let (would, because) = would(plan, unit, made);
    let closes = plan.phase_of(index).and_then(|phase| phase.window).map(|(_, closes)| closes);
    let latest = closes.filter(|_| unit.step().is_some());
    ForecastUnit {
        unit: outlined.clone(),
        script: activity.map(|activity| script(plan, activity)).unwrap_or_default(),
        would,
        because,
        awaits,
        parallel: unit.parallel.clone(),
        attempts: activity.map_or(0, |activity| activity.retry.as_deref().map_or(1, |retry| retry.attempts)),
        after,
        latest: latest.map(|closes| closes.saturating_sub(plan.time_to_safe(index)).unwrap_or(closes)),
        asks_applied: unit.step().is_some_and(|step| step.applied.is_some()),
        back: back(plan, unit),
        history: None,
        probed: None,
        dry_run: None,
    }
}

/// The values of these names that nobody knows before the run.
fn awaited(plan: &Plan, names: impl IntoIterator<Item = String>, made: &BTreeMap<&str, &str>) -> Vec<AwaitedValue> {
    let unknown = names.into_iter().filter(|name| !plan.values.contains_key(name));
    let awaited = unknown.filter_map(|name| {
        let after = match name.as_str() {
            "run.id" | "run.started" => String::new(),
            other => (*made.get(other)?).to_owned(),
        };
        Some(AwaitedValue { name, after })
    });
    awaited.collect()
}

fn would(plan: &Plan, unit: &Unit, made: &BTreeMap<&str, &str>) -> (Would, String) {
    if let Some(condition) = unit.when.as_deref() {
        let name = &condition.name.value;
        match holds(plan, condition) {
            Some(true) => {}
            Some(false) => {
                let is = plan.values.get(name).map_or("unknown", String::as_str);
                return (Would::WouldSkip, format!("its `when` doesn't hold: {name} is {is}"));
            }
            None => {
                let awaits = awaited(plan, names_in_condition(condition), made);
                let known = awaits.first().map_or_else(
                    || format!("its `when {name}` can't be decided"),
                    |value| format!("its `when` needs {}, known after {}", value.name, value.after),
                );
                return (Would::Unknowable, known);
            }
        }
    }
    match &unit.kind {
        UnitKind::Manual(manual) => {
            let by = manual.by.as_ref().map_or_else(|| "a person".to_owned(), |by| by.render_known(&plan.values));
            (Would::WouldWait, format!("until {by} confirms it"))
        }
        UnitKind::Wait(length) => (Would::WouldWait, format!("for {}", crate::model::render_duration(*length))),
        UnitKind::Step(step) if matches!(step.activity.action, Action::Manual(_)) => {
            (Would::WouldWait, "until a person has done it".to_owned())
        }
        UnitKind::OnRollback(_) => (Would::WouldSkip, "only a way back runs it".to_owned()),
        UnitKind::Check(_) | UnitKind::Step(_) | UnitKind::Preserve(_) => (Would::WouldRun, String::new()),
    }
}

/// What an activity does, where one line doesn't say it all.
fn script(plan: &Plan, activity: &Activity) -> String {
    let whole = in_full(activity, &plan.values);
    if whole.lines().count() > 1 { whole } else { String::new() }
}

fn back(plan: &Plan, unit: &Unit) -> Option<ForecastBack> {
    let written = |activity: &Activity, title: String, valid_for: Option<Duration>| ForecastBack {
        kind: BackKind::Written,
        title,
        script: script(plan, activity),
        estimate: expected_seconds(activity),
        budget: attempts_budget(activity).as_secs_f64(),
        valid_for: valid_for.map(|it| it.as_secs_f64()),
        by_hand: matches!(activity.action, Action::Manual(_)),
    };
    let without = |kind, because: &str| ForecastBack {
        kind,
        title: because.to_owned(),
        script: String::new(),
        estimate: None,
        budget: 0.0,
        valid_for: None,
        by_hand: false,
    };
    match &unit.kind {
        UnitKind::Step(step) => Some(match &step.inverse {
            Inverse::Written(inverse) => {
                let title = inverse.title.as_ref().map(|title| title.render_known(&plan.values));
                written(&inverse.activity, title.unwrap_or_default(), inverse.valid_for)
            }
            Inverse::Derived => ForecastBack {
                estimate: expected_seconds(&step.activity),
                budget: back_budget(unit).as_secs_f64(),
                ..without(BackKind::Derived, "")
            },
            Inverse::None { because } => without(BackKind::None, because),
            Inverse::Irreversible { because } => without(BackKind::Irreversible, because),
        }),
        UnitKind::OnRollback(on_rollback) => Some(written(&on_rollback.activity, unit.title.clone(), None)),
        UnitKind::Check(_) | UnitKind::Preserve(_) | UnitKind::Manual(_) | UnitKind::Wait(_) => None,
    }
}

fn times(plan: &Plan, outline: &Outline, units: &[ForecastUnit], estimated: f64) -> ForecastTimes {
    let steps = || plan.units.iter().filter(|unit| unit.step().is_some());
    let lacks = |unit: &&Unit| unit.activity().is_some_and(|activity| activity.budget.estimate.is_none());
    ForecastTimes {
        estimated: rounded(estimated),
        unestimated: steps().filter(lacks).map(|unit| unit.id.clone()).collect(),
        budget: outline.budget,
        downtimes: downtimes(units),
        downtime_budget: outline.downtime,
        steps: steps().count(),
        undoable_steps: steps().filter(|unit| unit.has_way_back()).count(),
    }
}

/// From each `service stop` to the end of the same unit's `service start`.
fn downtimes(units: &[ForecastUnit]) -> Vec<ForecastDowntime> {
    let runs = |unit: &ForecastUnit| unit.would != Would::WouldSkip;
    let mut downtimes = Vec::new();
    let mut down: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, unit) in units.iter().enumerate().filter(|(_, unit)| runs(unit)) {
        match &unit.unit.service {
            Some((service, true)) => _ = down.entry(service).or_insert(index),
            Some((service, false)) => {
                let Some((stopped_by, stop)) = down.remove(service.as_str()).and_then(|it| Some((it, units.get(it)?)))
                else {
                    continue;
                };
                let about = rounded((unit.after + unit.unit.estimate.unwrap_or(0.0) - stop.after).max(0.0));
                let service = service.clone();
                downtimes.push(ForecastDowntime { service, stopped_by, started_by: index, about });
            }
            None => {}
        }
    }
    downtimes
}
