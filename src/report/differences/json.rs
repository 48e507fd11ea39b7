//! Differences as one JSON object, for machines.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::compare::{Class, Difference};
use crate::report::escape_json;

/// The format of differences as JSON; it grows when something in it changes its meaning.
const DIFFERENCES_FORMAT: u32 = 1;

/// What differs between two versions.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Differences<'a> {
    /// The format of this object: 1.
    format: u32,
    /// All differences, the riskiest first.
    changes: &'a [Difference],
    /// How many there are of each class.
    #[schemars(with = "BTreeMap<String, usize>")]
    counts: BTreeMap<Class, usize>,
    /// The classes of `--fail-on` that make the command fail.
    failing: &'a [Class],
}

/// All differences on one line, and the classes that make the command fail.
#[must_use]
pub fn differences_json(differences: &[Difference], failing: &[Class]) -> String {
    let mut counts: BTreeMap<Class, usize> = BTreeMap::new();
    for difference in differences {
        *counts.entry(difference.class).or_default() += 1;
    }
    let object = Differences { format: DIFFERENCES_FORMAT, changes: differences, counts, failing };
    // It always has a JSON form: the keys of its one map are words.
    escape_json(&serde_json::to_string(&object).unwrap_or_default()) + "\n"
}
