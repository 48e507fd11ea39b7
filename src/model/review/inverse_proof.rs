//! An inverse that expects nothing but exit 0 is believed, not verified.

use super::code::Code;
use super::places::{Part, places};
use super::rules::Review;
use crate::model::{Action, Activity, Inverse, Processes};
use crate::syntax::Finding;

const UNPROVEN: Code = Code::warning(
    "runbook::check::unproven_inverse",
    "An inverse expects nothing beyond exit 0, so a way back that did nothing passes. Expect something of it, or give \
     the step an `applied`: after the inverse it must say no. Actions that look for their own effect (service, write, \
     copy, link, replace) and persons need nothing more.",
);
pub(super) const CODES: [Code; 1] = [UNPROVEN];

pub(super) fn review(review: &Review<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for place in places(review.runbook) {
        if let Part::Inverse(step) = place.part
            && let Inverse::Written(inverse) = &step.inverse
            && step.applied.is_none()
            && proves_nothing(place.activity)
        {
            let id = &step.id.value;
            findings.push(UNPROVEN.at(
                inverse.activity.action_span,
                format!("nothing proves that the inverse of `{id}` has worked"),
                "expects nothing beyond its exit code",
                format!(
                    "add an `expect` to the inverse, or `applied {{…}}` to `{id}`: after the inverse it must say no"
                ),
            ));
        }
    }
    findings
}

fn proves_nothing(activity: &Activity) -> bool {
    let answers = match activity.action.processes() {
        Some(Processes::Programs { to, .. }) => to.is_none(),
        Some(Processes::Script(_)) => true,
        None => matches!(activity.action, Action::Http(_) | Action::Sql { .. }),
    };
    answers && activity.expectations.is_empty()
}
