//! Whether a step may start: whether it still fits into its window, and when a retry is due.

use jiff::Timestamp;

use crate::event::Record;
use crate::model::{Action, Retry, render_duration};
use crate::plan::{Plan, retry_delay};

/// When the next attempt is due.
#[must_use]
pub fn retry_at(ended: Timestamp, retry: Retry, tried: usize) -> Timestamp {
    ended.saturating_add(retry_delay(retry, tried)).unwrap_or(ended)
}

/// Why a step must not start now; `None`: it fits into its window, or has none.
#[must_use]
pub fn no_longer_fits(plan: &Plan, record: &Record, index: usize, now: Timestamp) -> Option<String> {
    if record.may_start_any_time() {
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

/// What a derived action changes, for telling two steps on one unit or path apart.
#[must_use]
pub fn target(action: &Action) -> Option<String> {
    let text = |template: &crate::model::Template| template.render_known(&crate::model::Values::new());
    if let Action::ServiceChange { unit, .. } = action {
        return unit.as_ref().map(|unit| format!("unit {}", text(unit)));
    }
    action.changed_file().map(|path| format!("path {}", text(path)))
}
