//! Differences as one JSON object, for machines.

use std::collections::BTreeMap;

use serde_json::json;

use crate::model::compare::{Class, Difference};
use crate::report::escape_json;

/// `{"changes": […], "counts": {CLASS: NUMBER}, "failing": […]}` on one line: all differences, the
/// riskiest first, how many there are of each class, and the classes that make the command fail.
#[must_use]
pub fn differences_json(differences: &[Difference], failing: &[Class]) -> String {
    let mut counts: BTreeMap<Class, usize> = BTreeMap::new();
    for difference in differences {
        *counts.entry(difference.class).or_default() += 1;
    }
    let counts: serde_json::Map<_, _> =
        counts.iter().map(|(class, count)| (class.word().to_owned(), json!(count))).collect();
    let object = json!({ "changes": differences, "counts": counts, "failing": failing });
    escape_json(&object.to_string()) + "\n"
}
