//! A `$name` in a script that is nearly the name of a value: `sh -eu` would stop at it in the middle
//! of the release.

use std::collections::BTreeSet;

use super::code::Code;
use super::known::known_names;
use super::places::places;
use super::rules::Review;
use crate::model::script::{names_assigned_in_script, names_in_script, scripts_of};
use crate::syntax::Finding;
use crate::syntax::suggest::closest;

const MISSPELLED: Code = Code::warning(
    "runbook::check::script_name",
    "A script uses a variable that it doesn't set and that is spelled almost like a value of the runbook. Scripts are \
     given the values that they name, and `sh -eu` fails at a variable that isn't set.",
);
pub(super) const CODES: [Code; 1] = [MISSPELLED];

/// Shorter names are near to everything.
const SHORTEST: usize = 4;

pub(super) fn review(review: &Review<'_>) -> Vec<Finding> {
    let names: Vec<String> = known_names(review.runbook).into_keys().collect();
    let known: BTreeSet<&str> = names.iter().map(|name| name.trim_start_matches("secret.")).collect();
    let mut findings = Vec::new();
    for place in places(review.runbook) {
        let environment = &place.activity.surroundings.env;
        for script in scripts_of(&place.activity.action) {
            let own = names_assigned_in_script(script);
            for name in names_in_script(script) {
                let is_set = own.contains(&name) || environment.iter().any(|(other, _)| *other == name);
                let is_ours = name.len() >= SHORTEST && !name.contains(|c: char| c.is_ascii_uppercase());
                if is_set || !is_ours || known.contains(name.as_str()) || review.is_declared(&name) {
                    continue;
                }
                if let Some(near) = closest(&name, known.iter().copied()) {
                    findings.push(MISSPELLED.at(
                        review.narrow(place.activity.action_span, "$", &name),
                        format!("the script doesn't set `{name}`, and no value is named so"),
                        "not set",
                        format!("did you mean ${near}?"),
                    ));
                }
            }
        }
    }
    findings
}
