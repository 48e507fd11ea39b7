//! Whether a step may start: whether it still fits into its window, when a retry is due, and what
//! must still hold before a resumed run goes on.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::event::Record;
use crate::model::{Action, Retry, render_duration};
use crate::plan::{Plan, UnitKind, retry_delay};

/// When the next attempt is due.
#[must_use]
pub fn retry_at(ended: Timestamp, retry: Retry, tried: usize) -> Timestamp {
    ended.saturating_add(retry_delay(retry, tried)).unwrap_or(ended)
}

/// Why a step must not start now; `None`: it fits into its window, or has none.
#[must_use]
pub fn no_longer_fits(plan: &Plan, record: &Record, index: usize, now: Timestamp) -> Option<String> {
    if record.engine.as_ref().is_some_and(|(engine, _)| engine.outside_window.is_some()) {
        return None;
    }
    let (_, closes) = plan.phase_of(index)?.window?;
    let needed = plan.time_to_safe(index);
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
    if let Action::ServiceChange { unit, .. } = action {
        return unit.as_ref().map(|unit| format!("unit {}", text(unit)));
    }
    action.changed_file().map(|path| format!("path {}", text(path)))
}
