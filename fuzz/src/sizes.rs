//! Numbers with units: no text makes `parse_quantity` panic, what it accepts is a number that can be
//! compared and written to a journal, and whole numbers of bytes are exact.

use runbook::model::{Dimension, Quantity, parse_quantity};

/// A text that may be a number with a unit.
pub fn body(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let answer = parse_quantity(text);
    if let Ok(quantity) = answer {
        assert!(quantity.number.is_finite(), "{text:?} is {}", quantity.number);
        let written = serde_json::to_string(&quantity).unwrap();
        let read: Quantity = serde_json::from_str(&written).unwrap();
        assert_eq!(read.dimension, quantity.dimension);
        // What JSON's reader is allowed to lose is the last bit.
        let lost = (read.number - quantity.number).abs();
        assert!(lost <= quantity.number.abs() * f64::EPSILON, "{text:?} is written as {written}");
        assert_eq!(parse_quantity(&format!("  {text} ")), answer, "blanks around {text:?} change it");
    }
    if let Some((number, dimension)) = whole(text) {
        assert_eq!(answer, Ok(Quantity { number, dimension }), "{text:?}");
    }
}

/// A whole number below 10¹² with a unit of bytes or none, read the slow way.
#[allow(clippy::cast_precision_loss, reason = "below 2⁵³ nothing is lost")]
fn whole(text: &str) -> Option<(f64, Dimension)> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text.get(..digits).filter(|digits| (1..=12).contains(&digits.len()))?.parse().ok()?;
    let sizes = [("B", 1), ("kB", 1000), ("KiB", 1024)];
    let unit = &text[digits..];
    if unit.is_empty() {
        return Some((number as f64, Dimension::Count));
    }
    let (_, size) = sizes.into_iter().find(|(name, _)| *name == unit)?;
    Some(((number * size) as f64, Dimension::Bytes))
}
