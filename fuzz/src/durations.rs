//! Durations: no text makes `parse_duration` panic, what it accepts has the shape of a duration and
//! the length that whole numbers give, and what is rendered of it is short.

use runbook::model::{parse_duration, render_duration};

/// A text that may be a duration.
pub fn body(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let answer = parse_duration(text);
    if let Ok(duration) = answer {
        let shape = |c: char| c.is_ascii_digit() || ".-+_eEmshd".contains(c);
        assert!(text.trim().chars().all(shape), "{text:?} is no duration");
        assert!(!text.trim().starts_with('-') || duration.is_zero(), "{text:?} isn't negative");
        let rendered = render_duration(duration);
        assert!(!rendered.is_empty() && rendered.len() <= 28, "{text:?} is rendered as {rendered:?}");
    }
    if let Some(milliseconds) = whole(text) {
        let duration = answer.unwrap_or_else(|why| panic!("{text:?} is refused: {why}"));
        let difference = duration.as_millis().abs_diff(milliseconds);
        // A sum of seconds in f64 is exact to far less than a millisecond here.
        assert!(difference <= 1, "{text:?} is {milliseconds} ms, not {duration:?}");
    }
}

/// The milliseconds of a duration of whole numbers below a million, read the slow way.
fn whole(text: &str) -> Option<u128> {
    let mut rest = text;
    let mut sum = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|digits| (1..=6).contains(digits))?;
        let number: u128 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let units = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];
        let (unit, size) = units.into_iter().find(|(unit, _)| rest.starts_with(unit))?;
        rest = &rest[unit.len()..];
        sum += number * size;
    }
    (!text.is_empty()).then_some(sum)
}
