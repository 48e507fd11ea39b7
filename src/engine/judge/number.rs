//! `above`, `below`, `at-least`, `at-most`, and what numbers look like. Another dimension, or a text
//! that isn't exactly one number, is an error.

use serde_json::Value;

use super::seen::Seen;
use super::weighed::Weighed;
use crate::model::{Dimension, Matcher, Quantity, parse_quantity, render_duration};

/// From here on not every whole number can be told from its neighbour.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Judges the four matchers of order. `total` is what a percentage of a disk is of.
pub(super) fn weigh_order(seen: &Seen<'_>, matcher: Matcher, wanted: &str, total: Option<Quantity>) -> Weighed {
    let numbers = quantity_of(seen).and_then(|actual| {
        let expected = parse_quantity(wanted).map_err(|error| error.to_string())?;
        let percent = as_percent(actual, expected, total)?;
        let shown = percent
            .map_or_else(|| seen.shown(), |of_total| format!("{} ({})", self::shown(of_total), self::shown(actual)));
        Ok((percent.unwrap_or(actual), expected, shown))
    });
    match numbers {
        Ok((actual, expected, shown)) => match compare(actual, expected) {
            Ok(order) => Weighed::judged(fits(matcher, order), shown),
            Err(why) => Weighed::in_error(shown, why),
        },
        Err(why) => Weighed::in_error(seen.shown(), why),
    }
}

fn fits(matcher: Matcher, order: std::cmp::Ordering) -> bool {
    match matcher {
        Matcher::Above => order.is_gt(),
        Matcher::Below => order.is_lt(),
        Matcher::AtLeast => order.is_ge(),
        Matcher::AtMost => order.is_le(),
        Matcher::Is
        | Matcher::IsNot
        | Matcher::Contains
        | Matcher::Lacks
        | Matcher::Matches
        | Matcher::LacksMatch
        | Matcher::Like
        | Matcher::After
        | Matcher::Before
        | Matcher::Empty
        | Matcher::Exists
        | Matcher::OneOf => false,
    }
}

/// How two numbers of one dimension compare. The error says why they can't be compared.
pub(super) fn compare(actual: Quantity, expected: Quantity) -> Result<std::cmp::Ordering, String> {
    if actual.dimension != expected.dimension {
        return Err(format!(
            "{} can't be compared with {}{}",
            dimension_words(actual.dimension),
            dimension_words(expected.dimension),
            unit_hint(actual.dimension, expected.dimension),
        ));
    }
    let (actual, expected) = (settle(actual), settle(expected));
    match actual.partial_cmp(&expected) {
        Some(order) if order.is_eq() && actual.abs() >= EXACT => {
            Err("the numbers are too large to be told apart; compare them as text".to_owned())
        }
        Some(order) => Ok(order),
        None => Err("it isn't a number".to_owned()),
    }
}

/// Bytes are whole; `1.1GB` is a product that may miss by a hair.
fn settle(quantity: Quantity) -> f64 {
    match quantity.dimension {
        Dimension::Bytes => quantity.number.round(),
        Dimension::Count | Dimension::Percent | Dimension::Seconds => quantity.number,
    }
}

/// The number that a value is. The error says why it is none.
pub(super) fn quantity_of(seen: &Seen<'_>) -> Result<Quantity, String> {
    match seen {
        Seen::Number(quantity) => Ok(*quantity),
        Seen::Text(text) => parse_quantity(text.whole()?).map_err(|error| error.to_string()),
        Seen::Json(Value::String(text)) => parse_quantity(text).map_err(|error| error.to_string()),
        Seen::Json(Value::Number(number)) => number
            .as_f64()
            .map(|number| Quantity { number, dimension: Dimension::Count })
            .ok_or_else(|| format!("`{number}` isn't a number that can be compared")),
        Seen::Json(node) => Err(format!("it is {}, not a number", super::json::kind(node))),
        Seen::Time(_) => Err("it is a time; compare it with after or before".to_owned()),
        Seen::Flag(_) => Err("it is yes or no, not a number".to_owned()),
        Seen::Null => Err(super::seen::NO_ROW.to_owned()),
    }
}

/// A part of a disk, in per cent of the whole; `None` where no percentage is asked for.
fn as_percent(actual: Quantity, expected: Quantity, total: Option<Quantity>) -> Result<Option<Quantity>, String> {
    match (expected.dimension, actual.dimension, total) {
        (Dimension::Percent, Dimension::Bytes, Some(total)) if total.number > 0.0 => {
            Ok(Some(Quantity { number: 100.0 * actual.number / total.number, dimension: Dimension::Percent }))
        }
        (Dimension::Percent, Dimension::Bytes, Some(_)) => {
            Err("the total is 0, and nothing can be a percentage of it".to_owned())
        }
        _ => Ok(None),
    }
}

/// A number plainly, in the base unit of its dimension; bytes as a whole number.
pub(super) fn plain_quantity(quantity: Quantity) -> String {
    plain(settle(quantity))
}

/// A number plainly: the shortest text that is this number.
pub(super) fn plain(number: f64) -> String {
    // Negative zero would show its sign.
    format!("{}", number + 0.0)
}

/// What a person reads of a number.
pub(super) fn shown(quantity: Quantity) -> String {
    match quantity.dimension {
        Dimension::Count => plain(quantity.number),
        Dimension::Percent => format!("{}%", plain((quantity.number * 1e4).round() / 1e4)),
        Dimension::Bytes => shown_bytes(quantity),
        Dimension::Seconds => shown_seconds(quantity),
    }
}

fn shown_bytes(quantity: Quantity) -> String {
    let exact = plain_quantity(quantity);
    let units = [("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)];
    match units.iter().find(|(_, size)| quantity.number.abs() >= *size) {
        Some((unit, size)) => {
            let rounded = plain((quantity.number / size * 100.0).round() / 100.0);
            format!("{rounded}{unit} ({exact}B)")
        }
        None => format!("{exact}B"),
    }
}

/// A rounded duration alone could show `1d` as not below `24h`.
fn shown_seconds(quantity: Quantity) -> String {
    let exact = format!("{}s", plain((quantity.number * 1e3).round() / 1e3));
    match std::time::Duration::try_from_secs_f64(quantity.number) {
        Ok(duration) if duration.as_secs() >= 60 => format!("{} ({exact})", render_duration(duration)),
        Ok(_) | Err(_) => exact,
    }
}

/// A count of bytes, for a sentence.
pub(super) fn bytes_words(bytes: u64) -> String {
    if bytes == 1 { "1 byte".to_owned() } else { format!("{bytes} bytes") }
}

/// What a dimension measures, for a sentence.
pub(super) fn dimension_words(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Count => "a number without a unit",
        Dimension::Percent => "a percentage",
        Dimension::Bytes => "a number of bytes",
        Dimension::Seconds => "a length of time",
    }
}

fn unit_hint(actual: Dimension, expected: Dimension) -> &'static str {
    match (actual, expected) {
        (Dimension::Bytes, Dimension::Count) => "; write it with its unit, such as \"2GB\"",
        (Dimension::Seconds, Dimension::Count) => "; write it with its unit, such as \"30s\"",
        (Dimension::Percent, Dimension::Count) => "; write it with its unit, such as \"80%\"",
        (Dimension::Count, Dimension::Bytes | Dimension::Seconds | Dimension::Percent) => "; write it without a unit",
        _ => "",
    }
}
