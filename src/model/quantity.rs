//! Numbers with units: `2GB`, `45s`, `0.1%`. A number without a unit is a dimension of its own, so
//! that comparing seconds with bytes is an error and never a verdict.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a number measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dimension {
    /// A plain number.
    Count,
    /// Per cent.
    Percent,
    /// Bytes.
    Bytes,
    /// Seconds.
    Seconds,
}

/// A number and what it measures, in the dimension's base unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Quantity {
    /// In base units: per cent, bytes, seconds.
    pub number: f64,
    /// What it measures.
    pub dimension: Dimension,
}

/// Why a text isn't a quantity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// There is no number at its start, or something follows the unit.
    #[error("`{0}` isn't exactly one number")]
    NotANumber(String),
    /// The unit isn't known.
    #[error("`{unit}` isn't a unit; known are % B kB MB GB TB KiB MiB GiB TiB ms s m h d")]
    UnknownUnit {
        /// What stands behind the number.
        unit: String,
    },
    /// A duration needs a unit of time.
    #[error("`{0}` isn't a duration; write it with a unit, such as \"30s\", \"5m\" or \"1h30m\"")]
    NotADuration(String),
}

/// The units, with their dimension and size in base units.
const UNITS: [(&str, Dimension, f64); 15] = [
    ("%", Dimension::Percent, 1.0),
    ("B", Dimension::Bytes, 1.0),
    ("kB", Dimension::Bytes, 1e3),
    ("MB", Dimension::Bytes, 1e6),
    ("GB", Dimension::Bytes, 1e9),
    ("TB", Dimension::Bytes, 1e12),
    ("KiB", Dimension::Bytes, 1024.0),
    ("MiB", Dimension::Bytes, 1_048_576.0),
    ("GiB", Dimension::Bytes, 1_073_741_824.0),
    ("TiB", Dimension::Bytes, 1_099_511_627_776.0),
    ("ms", Dimension::Seconds, 0.001),
    ("s", Dimension::Seconds, 1.0),
    ("m", Dimension::Seconds, 60.0),
    ("h", Dimension::Seconds, 3600.0),
    ("d", Dimension::Seconds, 86_400.0),
];

/// Reads exactly one number with an optional unit; blanks around it and before the unit are allowed.
///
/// # Errors
/// The text is empty, isn't one number, or has an unknown unit.
pub fn parse_quantity(text: &str) -> Result<Quantity, QuantityError> {
    let trimmed = text.trim();
    let (number, unit) = split_number(trimmed).ok_or_else(|| QuantityError::NotANumber(shorten(trimmed)))?;
    let unit = unit.trim_start();
    if unit.is_empty() {
        return Ok(Quantity { number, dimension: Dimension::Count });
    }
    if unit.contains(char::is_whitespace) || unit.starts_with(|first: char| first.is_ascii_digit()) {
        return Err(QuantityError::NotANumber(shorten(trimmed)));
    }
    UNITS
        .iter()
        .find(|(word, _, _)| *word == unit)
        .map(|(_, dimension, size)| Quantity { number: number * size, dimension: *dimension })
        .ok_or_else(|| QuantityError::UnknownUnit { unit: shorten(unit) })
        // What the unit makes infinite would be above everything, and has no form in JSON.
        .and_then(|quantity| {
            if quantity.number.is_finite() { Ok(quantity) } else { Err(QuantityError::NotANumber(shorten(trimmed))) }
        })
}

/// Reads a duration such as `500ms`, `45s`, `5m`, `1h30m`, `8d`; a bare number isn't one.
///
/// # Errors
/// The text is empty, has no unit of time, or is negative.
pub fn parse_duration(text: &str) -> Result<Duration, QuantityError> {
    let refused = || QuantityError::NotADuration(shorten(text.trim()));
    let mut rest = text.trim();
    let mut seconds = 0.0;
    if rest.is_empty() {
        return Err(refused());
    }
    while !rest.is_empty() {
        // Not even a part may be negative, and be it nothing: the sum would hide it.
        let (number, behind) =
            split_number(rest).filter(|(number, _)| number.is_sign_positive()).ok_or_else(refused)?;
        let unit_end = behind.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(behind.len());
        let (unit, next) = behind.split_at(unit_end);
        let (_, _, size) = UNITS
            .iter()
            .find(|(word, dimension, _)| *word == unit && *dimension == Dimension::Seconds)
            .ok_or_else(refused)?;
        seconds += number * size;
        rest = next;
    }
    Duration::try_from_secs_f64(seconds).map_err(|_| refused())
}

/// Renders a duration with at most two units: `45s`, `1m 30s`, `2h 5m`, `0.4s`.
#[must_use]
pub fn render_duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds < 10 && duration.subsec_millis() > 0 {
        return format!("{:.1}s", duration.as_secs_f64());
    }
    let parts = [(seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")];
    let Some(first) = parts.iter().position(|(amount, _)| *amount > 0) else { return "0s".to_owned() };
    parts
        .iter()
        .skip(first)
        .take(2)
        .filter(|(amount, _)| *amount > 0)
        .map(|(amount, unit)| format!("{amount}{unit}"))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Renders a number of bytes with one decimal: `512 B`, `1.5 MB`, `48.0 MB`.
#[must_use]
pub fn render_bytes(bytes: u64) -> String {
    let units = [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match units.iter().find(|(size, _)| bytes >= *size) {
        Some((size, unit)) => format!("{}.{} {unit}", bytes / size, bytes % size * 10 / size),
        None => format!("{bytes} B"),
    }
}

/// The number at the start of a text, and what follows it.
fn split_number(text: &str) -> Option<(f64, &str)> {
    let bytes = text.as_bytes();
    let mut end = usize::from(matches!(bytes.first(), Some(b'-' | b'+')));
    while bytes.get(end).is_some_and(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'_')) {
        end += 1;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'-' | b'+')));
        if bytes.get(end + 1 + sign).is_some_and(u8::is_ascii_digit) {
            end += 1 + sign;
            while bytes.get(end).is_some_and(u8::is_ascii_digit) {
                end += 1;
            }
        }
    }
    let (number, rest) = text.split_at(end);
    let number: f64 = number.replace('_', "").parse().ok()?;
    number.is_finite().then_some((number, rest))
}

/// The first characters of a text that may be long, for a message.
fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_scale_to_the_base_of_their_dimension() {
        let cases = [
            ("2GB", 2e9, Dimension::Bytes),
            ("2 GiB", 2_147_483_648.0, Dimension::Bytes),
            ("0.1%", 0.1, Dimension::Percent),
            ("24h", 86_400.0, Dimension::Seconds),
            ("-3", -3.0, Dimension::Count),
            ("1_000", 1000.0, Dimension::Count),
            ("1e3", 1000.0, Dimension::Count),
        ];
        for (text, number, dimension) in cases {
            assert_eq!(parse_quantity(text), Ok(Quantity { number, dimension }), "{text}");
        }
    }

    #[test]
    fn a_text_that_is_not_exactly_one_number_is_refused() {
        for text in ["", "ready", "2 of 3", "1.2.3", "2GB free", "5 parsecs", "inf", "nan", "12:30", "1e308TB"] {
            assert!(parse_quantity(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_need_a_unit_and_may_be_compound() {
        assert_eq!(parse_duration("1h30m"), Ok(Duration::from_mins(90)));
        assert_eq!(parse_duration("500ms"), Ok(Duration::from_millis(500)));
        for text in ["", "5", "5 s", "5GB", "-5s", "-5s1h", "1h-5s", "-0s8s", "s"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_render_with_at_most_two_units() {
        let cases = [(0, "0s"), (45, "45s"), (90, "1m 30s"), (7500, "2h 5m"), (3600, "1h"), (90_061, "1d 1h")];
        for (seconds, text) in cases {
            assert_eq!(render_duration(Duration::from_secs(seconds)), text);
        }
        assert_eq!(render_duration(Duration::from_millis(420)), "0.4s");
    }
}
