//! Times as people read them.

use std::time::Duration;

use jiff::Timestamp;

use crate::model::render_duration;

/// Seconds in words; what is negative or no number counts as nothing.
pub(super) fn seconds(seconds: f64) -> String {
    if seconds > 0.0 && seconds < 0.05 {
        return "0.0s".to_owned();
    }
    render_duration(Duration::try_from_secs_f64(seconds).unwrap_or_default())
}

/// The seconds between two moments; 0 where a clock was put back.
pub(super) fn between(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64().max(0.0)
}

/// `08:00:05`, in UTC.
pub(super) fn clock(at: Timestamp) -> String {
    at.strftime("%H:%M:%S").to_string()
}

/// `2026-06-10 08:00`, in UTC.
pub(super) fn day_and_minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

/// `08:00:05 UTC`, with the day where it isn't that of `now`.
pub(super) fn moment(at: Timestamp, now: Timestamp) -> String {
    let day = |moment: Timestamp| moment.strftime("%Y-%m-%d").to_string();
    if day(at) == day(now) { format!("{} UTC", clock(at)) } else { format!("{} {} UTC", day(at), clock(at)) }
}
