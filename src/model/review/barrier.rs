//! A point of no return that isn't the last step: from there on, a failure can't be taken back.

use super::code::{Code, WithPlace};
use super::places::steps;
use super::rules::Review;
use crate::model::Inverse;
use crate::syntax::Finding;

const BARRIER: Code = Code::warning(
    "runbook::check::early_point_of_no_return",
    "An irreversible step is followed by steps that can fail. What comes after it is undone, but the rollback stops at \
     it and the run halts with its effects in place (exit 7). Move it to the end, or behind everything that can fail.",
);
pub(super) const CODES: [Code; 1] = [BARRIER];

pub(super) fn review(review: &Review<'_>) -> Vec<Finding> {
    let steps = steps(review.runbook);
    let mut findings = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let next = steps.iter().skip(index + 1).find(|next| !matches!(next.inverse, Inverse::Irreversible { .. }));
        if let (Inverse::Irreversible { .. }, Some(next)) = (&step.inverse, next) {
            let id = &step.id.value;
            findings.push(
                BARRIER
                    .at(
                        step.id.span,
                        format!("`{id}` is a point of no return, but not the last step"),
                        "no way back past this",
                        "move it behind the steps that can fail, or give it an inverse",
                    )
                    .and(next.id.span, "if this fails, the run halts with effects in place"),
            );
        }
    }
    findings
}
