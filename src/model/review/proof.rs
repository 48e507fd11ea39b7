//! What proves that the release worked, and what proves that the way back did.

use super::code::Code;
use super::places::{as_step, phase_items};
use super::rules::Review;
use crate::model::{Inverse, Item};
use crate::syntax::Finding;

const WAY_BACK: Code = Code::warning(
    "runbook::check::unverified_way_back",
    "No checkpoint stands before the first step that can be undone. After a rollback the checkpoints passed before it \
     are verified again, and their preserved values must be equal; without one a rollback ends as *nothing to verify \
     it by*. Put a checkpoint with checks and `preserve` above the first step.",
);
const RELEASE: Code = Code::warning(
    "runbook::check::unverified_release",
    "No check and no checkpoint stands after the last step, so the run succeeds without looking at what it did.",
);
pub(super) const CODES: [Code; 2] = [WAY_BACK, RELEASE];

pub(super) fn review(review: &Review<'_>) -> Vec<Finding> {
    let items: Vec<&Item> = review.runbook.phases.iter().flat_map(phase_items).collect();
    let mut findings = Vec::new();
    let undone = items.iter().position(|item| {
        as_step(item).is_some_and(|step| matches!(step.inverse, Inverse::Written(_) | Inverse::Derived))
    });
    if let Some(first) = undone
        && !items.iter().take(first).any(|item| verifies_way_back(item))
        && let Some(step) = items.get(first).and_then(|item| as_step(item))
    {
        findings.push(WAY_BACK.at(
            step.id.span,
            "nothing proves that a rollback has brought everything back",
            "the first step that can be undone, with no checkpoint above it",
            "put a checkpoint with checks and `preserve` above it: it is verified again after the way back",
        ));
    }
    if let Some(last) = items.iter().rposition(|item| as_step(item).is_some())
        && !items.iter().skip(last + 1).any(|item| looks(item))
        && let Some(step) = items.get(last).and_then(|item| as_step(item))
        && step.applied.is_none()
        && step.activity.expectations.is_empty()
    {
        findings.push(RELEASE.at(
            step.id.span,
            "nothing looks at what the release did",
            "the last step, with no check behind it",
            "put a check or a checkpoint after it, or give it expectations",
        ));
    }
    findings
}

fn verifies_way_back(item: &Item) -> bool {
    match item {
        Item::Checkpoint(checkpoint) => !checkpoint.checks.is_empty() || !checkpoint.preserves.is_empty(),
        Item::Check(_) | Item::Step(_) | Item::OnRollback(_) | Item::Manual(_) | Item::Wait(_) | Item::Parallel(_) => {
            false
        }
    }
}

fn looks(item: &Item) -> bool {
    match item {
        Item::Check(_) | Item::Manual(_) => true,
        Item::Checkpoint(checkpoint) => !checkpoint.checks.is_empty() || !checkpoint.preserves.is_empty(),
        Item::Step(_) | Item::OnRollback(_) | Item::Wait(_) | Item::Parallel(_) => false,
    }
}
