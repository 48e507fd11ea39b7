//! Sums of time: how long an activity may take with all its attempts, how long the way back from
//! each step may take. Budgets decide, not estimates; nothing here knows what time it is.

use std::time::Duration;

use super::ordered::{PlannedPhase, Unit};
use crate::model::{Activity, Retry};

/// How long an activity may take with all its attempts and the pauses between them.
#[must_use]
pub fn attempts_budget(activity: &Activity) -> Duration {
    let once = activity.poll.as_deref().map_or(activity.budget.limit, |poll| poll.within.max(activity.budget.limit));
    let Some(retry) = activity.retry.as_deref() else { return once };
    let pauses = (1..retry.attempts).map(|tried| retry_delay(*retry, tried as usize)).sum::<Duration>();
    once.saturating_mul(retry.attempts).saturating_add(pauses)
}

/// How long the engine waits after this many attempts; a day at the most.
#[must_use]
pub fn retry_delay(retry: Retry, tried: usize) -> Duration {
    let exponent = i32::try_from(tried.saturating_sub(1)).unwrap_or(i32::MAX);
    let seconds = retry.delay.as_secs_f64() * retry.backoff.powi(exponent);
    Duration::try_from_secs_f64(seconds.clamp(0.0, 86_400.0)).unwrap_or(retry.delay)
}

/// How long undoing one unit may take: its written inverse, or the step's own budget for a derived
/// one; nothing where there is no way back.
#[must_use]
pub fn back_budget(unit: &Unit) -> Duration {
    if !unit.has_way_back() {
        return Duration::ZERO;
    }
    unit.written_back().or(unit.activity()).map_or(Duration::ZERO, attempts_budget)
}

/// For each unit the time to safe: from its start to the moment when everything is as before again,
/// at worst. Its budget, its inverse, every inverse and `on-rollback` before it down to the barrier
/// or the start of its stretch, and the checkpoints that are verified after.
pub(super) fn times_to_safe(units: &[Unit], phases: &[PlannedPhase]) -> Vec<Duration> {
    let stretch = |unit: &Unit| phases.get(unit.phase).map_or(0, |phase| phase.stretch);
    let mut before = Duration::ZERO;
    let mut here = 0;
    units
        .iter()
        .map(|unit| {
            if stretch(unit) != here {
                here = stretch(unit);
                before = Duration::ZERO;
            }
            let own = unit.activity().map_or(Duration::ZERO, attempts_budget);
            let back = back_budget(unit);
            let verified = if unit.checkpoint.is_some() { own } else { Duration::ZERO };
            let safe = own.saturating_add(back).saturating_add(before);
            // What comes after an irreversible step goes back no further than to it.
            before = if unit.is_irreversible() {
                Duration::ZERO
            } else {
                before.saturating_add(back).saturating_add(verified)
            };
            safe
        })
        .collect()
}
