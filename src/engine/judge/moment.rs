//! `after` and `before`: moments, as RFC 3339 writes them.

use jiff::Timestamp;
use serde_json::Value;

use super::seen::Seen;
use super::weighed::Weighed;
use crate::model::{Matcher, render_duration};

/// RFC 3339 in UTC; a fraction of a second only where there is one, so that a moment that was
/// captured is neither before nor after itself.
pub(super) fn rendered(time: Timestamp) -> String {
    time.to_string()
}

/// Reads RFC 3339; the seconds may be missing.
pub(super) fn parse(text: &str) -> Result<Timestamp, String> {
    text.trim().parse().map_err(|_| {
        format!("`{}` isn't a time; write it as 2026-06-10T08:00:00Z", super::excerpt::beginning(text.trim()))
    })
}

/// Judges `after` and `before`.
pub(super) fn weigh_moment(seen: &Seen<'_>, matcher: Matcher, wanted: &str) -> Weighed {
    match (moment_of(seen), parse(wanted)) {
        (Ok(actual), Ok(expected)) => {
            let holds = if matcher == Matcher::After { actual > expected } else { actual < expected };
            let weighed = Weighed::judged(holds, seen.shown());
            if holds { weighed } else { weighed.noted(distance(actual, expected)) }
        }
        (Err(why), _) | (_, Err(why)) => Weighed::in_error(seen.shown(), why),
    }
}

/// The moment that a value is. The error says why it is none.
pub(super) fn moment_of(seen: &Seen<'_>) -> Result<Timestamp, String> {
    match seen {
        Seen::Time(time) => Ok(*time),
        Seen::Text(text) => parse(text.whole()?),
        Seen::Json(Value::String(text)) => parse(text),
        Seen::Null => Err(super::seen::NO_ROW.to_owned()),
        Seen::Number(_) | Seen::Flag(_) | Seen::Json(_) => {
            Err("it isn't a time; after and before compare times".to_owned())
        }
    }
}

fn distance(actual: Timestamp, expected: Timestamp) -> String {
    let apart = render_duration(actual.duration_since(expected).unsigned_abs());
    match actual.cmp(&expected) {
        std::cmp::Ordering::Less => format!("it is {apart} earlier"),
        std::cmp::Ordering::Equal => "it is the same moment".to_owned(),
        std::cmp::Ordering::Greater => format!("it is {apart} later"),
    }
}
