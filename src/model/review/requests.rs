//! A POST or PATCH that is retried: the attempt before may have had its effect.

use super::code::Code;
use super::places::{Part, places};
use super::rules::Review;
use crate::model::Action;
use crate::syntax::Finding;

const RETRIED: Code = Code::warning(
    "runbook::check::retried_request",
    "A POST or PATCH is sent again when its answer is lost, though the first may have had its effect. Each attempt \
     carries the same Idempotency-Key, but only some servers honour it. Look for the effect with `applied {…}`, or \
     write the header that the server honours.",
);
pub(super) const CODES: [Code; 1] = [RETRIED];

pub(super) fn review(review: &Review<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for place in places(review.runbook) {
        if let Part::Step(step) = place.part
            && let Action::Http(request) = &place.activity.action
            && place.activity.retry.is_some()
            && step.applied.is_none()
            && matches!(request.method.value.as_str(), "POST" | "PATCH")
            && !request.headers.iter().any(|(name, _)| name.to_ascii_lowercase().contains("idempotency"))
        {
            findings.push(RETRIED.at(
                place.activity.action_span,
                format!("a retried {} may take effect twice", request.method.value),
                "sent again when its answer is lost",
                "add `applied {…}` that looks for the effect, or the header by which the server knows a repetition",
            ));
        }
    }
    findings
}
