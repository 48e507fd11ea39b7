//! `applied until=STEP`: the step that takes the effect back must come later.

use super::code::{Code, WithPlace};
use super::places::steps;
use super::rules::Review;
use crate::syntax::Finding;
use crate::syntax::suggest::closest;

const UNTIL: Code = Code::error(
    "runbook::check::until",
    "`applied until=STEP` names the later step that takes this effect back, so that `resume` no longer asks for it \
     once that step is done. The step must exist and come after this one.",
);
pub(super) const CODES: [Code; 1] = [UNTIL];

pub(super) fn review(review: &Review<'_>) -> Vec<Finding> {
    let steps = steps(review.runbook);
    let position = |id: &str| steps.iter().position(|step| step.id.value == id);
    let mut findings = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let Some(until) = step.applied.as_ref().and_then(|applied| applied.until.as_ref()) else { continue };
        let name = &until.value;
        match position(name) {
            Some(other) if other > index => {}
            Some(other) => findings.extend(steps.get(other).map(|other| {
                UNTIL
                    .at(
                        until.span,
                        format!("`{name}` doesn't come after `{}`", step.id.value),
                        "not a later step",
                        "name the later step that takes the effect back, or take `until` out",
                    )
                    .and(other.id.span, "it stands here")
            })),
            None => {
                let later = steps.iter().skip(index + 1).map(|step| step.id.value.as_str());
                let help = closest(name, later).map_or_else(
                    || "name a later step, or take `until` out".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                findings.push(UNTIL.at(until.span, format!("there is no step `{name}`"), "not a step", help));
            }
        }
    }
    findings
}
