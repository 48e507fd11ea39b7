//! Time and safety: how long the way back would take, whether a step still fits into its window,
//! when a retry is due, and what must still hold before a resumed run goes on.

use std::collections::HashSet;
use std::time::Duration;

use jiff::Timestamp;

use crate::event::Record;
use crate::model::{Action, Activity, Retry, render_duration};
use crate::plan::{Plan, UnitKind};

/// How long an activity may take with all its attempts.
#[must_use]
pub fn attempts_budget(activity: &Activity) -> Duration {
    let Some(retry) = activity.retry else { return activity.budget.limit };
    let pauses = (1..retry.attempts).map(|tried| retry_delay(retry, tried as usize)).sum::<Duration>();
    activity.budget.limit.saturating_mul(retry.attempts).saturating_add(pauses)
}

/// How long the engine waits after this many attempts.
#[must_use]
pub fn retry_delay(retry: Retry, tried: usize) -> Duration {
    let exponent = i32::try_from(tried.saturating_sub(1)).unwrap_or(i32::MAX);
    let seconds = retry.delay.as_secs_f64() * retry.backoff.powi(exponent);
    Duration::try_from_secs_f64(seconds.clamp(0.0, 86_400.0)).unwrap_or(retry.delay)
}

/// When the next attempt is due.
#[must_use]
pub fn retry_at(ended: Timestamp, retry: Retry, tried: usize) -> Timestamp {
    ended.saturating_add(retry_delay(retry, tried)).unwrap_or(ended)
}

/// How long undoing one unit may take: its written inverse, or the step's own budget for a derived
/// one; nothing where there is no way back.
#[must_use]
pub fn back_budget(plan: &Plan, index: usize) -> Duration {
    let Some(unit) = plan.unit(index).filter(|unit| unit.has_way_back()) else { return Duration::ZERO };
    unit.written_back().or(unit.activity()).map_or(Duration::ZERO, attempts_budget)
}

/// From the start of a step to the moment when everything is as before again, at worst: its budget,
/// its inverse, every inverse and `on-rollback` before it down to the barrier or the start of the
/// stretch, and the checkpoints that are verified after.
#[must_use]
pub fn time_to_safe(plan: &Plan, index: usize) -> Duration {
    let stretch = plan.stretch(index);
    let own = plan.unit(index).and_then(|unit| unit.activity()).map_or(Duration::ZERO, attempts_budget);
    let mut total = own.saturating_add(back_budget(plan, index));
    for earlier in (0..index).rev() {
        let Some(unit) = plan.unit(earlier).filter(|_| plan.stretch(earlier) == stretch) else { break };
        if unit.is_irreversible() {
            break;
        }
        let verified = unit.checkpoint.is_some();
        let looks = unit.activity().filter(|_| verified).map_or(Duration::ZERO, attempts_budget);
        total = total.saturating_add(back_budget(plan, earlier)).saturating_add(looks);
    }
    total
}

/// Why a step must not start now; `None`: it fits into its window, or has none.
#[must_use]
pub fn no_longer_fits(plan: &Plan, record: &Record, index: usize, now: Timestamp) -> Option<String> {
    if record.engine.as_ref().is_some_and(|(engine, _)| engine.outside_window.is_some()) {
        return None;
    }
    let (_, closes) = plan.phase_of(index)?.window?;
    let needed = time_to_safe(plan, index);
    let latest = closes.saturating_sub(needed).unwrap_or(closes);
    (now > latest).then(|| {
        let needed = render_duration(needed);
        format!("it no longer fits: it and the way back may take {needed}, and the window closes at {closes}")
    })
}

/// The done steps whose effect must still be there before the run goes on: of several on one unit or
/// path only the last, and none that a later done step takes back.
#[must_use]
pub fn to_probe(plan: &Plan, record: &Record, before: usize) -> Vec<usize> {
    let mut seen = HashSet::new();
    let mut probes = Vec::new();
    for index in (0..before).rev() {
        let (Some(unit), Some(done)) = (plan.unit(index), record.units.get(index)) else { continue };
        let UnitKind::Step(step) = &unit.kind else { continue };
        if done.forward.is_empty() || !done.is_done() || done.is_undone() {
            continue;
        }
        let target = target(&step.activity.action);
        if target.is_some_and(|target| !seen.insert(target)) {
            continue;
        }
        let taken_back = step.applied.as_ref().and_then(|applied| applied.until.as_ref()).is_some_and(|until| {
            record.unit(&until.value).is_some_and(|later| later.is_done() && !later.forward.is_empty())
        });
        if !taken_back && (step.applied.is_some() || done.before().is_some()) {
            probes.push(index);
        }
    }
    probes.reverse();
    probes
}

/// What a derived action changes, for telling two steps on one unit or path apart.
fn target(action: &Action) -> Option<String> {
    let text = |template: &crate::model::Template| template.render_known(&crate::model::Values::new());
    match action {
        Action::ServiceChange { unit, .. } => unit.as_ref().map(|unit| format!("unit {}", text(unit))),
        Action::Write { path, .. } | Action::Link { path, .. } | Action::Copy { to: path, .. } => {
            Some(format!("path {}", text(path)))
        }
        Action::Replace(replacement) => Some(format!("path {}", text(&replacement.path))),
        Action::Run(_)
        | Action::Script(_)
        | Action::Pipe { .. }
        | Action::Http(_)
        | Action::Sql { .. }
        | Action::File { .. }
        | Action::Disk(_)
        | Action::Port(_)
        | Action::Process(_)
        | Action::Service(_)
        | Action::Manual(_) => None,
    }
}
