//! Sums of estimates against the budget of a phase or the runbook. (One action's estimate against its
//! own budget is lowering's.)

use std::time::Duration;

use super::code::Code;
use super::places::{Part, as_step, item_places, phase_items};
use super::rules::Review;
use crate::model::{Item, Phase, PhaseStart, RunBudget, render_duration};
use crate::syntax::{Finding, Span};

const SUM: Code = Code::warning(
    "runbook::check::sum_over_budget",
    "The estimates and waits together are longer than the budget of the phase or the runbook; of parallel branches the \
     longest counts.",
);
const NO_ESTIMATE: Code = Code::warning(
    "runbook::check::no_estimate",
    "The runbook has a budget, but some steps have no estimate and count as nothing in the sum. Write budget \"2m\" \
     estimate=\"45s\" in each of them.",
);
pub(super) const CODES: [Code; 2] = [SUM, NO_ESTIMATE];

pub(super) fn review(review: &Review<'_>) -> Vec<Finding> {
    let runbook = review.runbook;
    let at_t: Vec<&Phase> = runbook.phases.iter().filter(|phase| holds_at_top(phase)).collect();
    let mut findings = compare(&runbook.budget, &at_t, "the runbook's");
    for phase in &runbook.phases {
        findings.extend(compare(&phase.budget, &[phase], "the phase's"));
    }
    findings
}

/// Whether what stands at the top (window, budget, lock) holds for a phase.
pub(super) fn holds_at_top(phase: &Phase) -> bool {
    matches!(phase.at, None | Some(PhaseStart::Relative(0)))
}

fn compare(budget: &RunBudget, phases: &[&Phase], whose: &str) -> Vec<Finding> {
    let Some(total) = budget.total else { return Vec::new() };
    let items = || phases.iter().flat_map(|phase| &phase.items);
    let expected: Duration = items().map(expected_time).sum();
    let mut findings = Vec::new();
    if expected > total {
        let (expected, total) = (render_duration(expected), render_duration(total));
        findings.push(SUM.at(
            budget.span,
            format!("the estimates add up to {expected}, over {whose} budget of {total}"),
            format!("{total} here"),
            "raise the budget, or take time out of the steps",
        ));
    }
    let unknown: Vec<&str> = phases
        .iter()
        .flat_map(|phase| phase_items(phase))
        .filter_map(as_step)
        .filter(|step| step.activity.budget.estimate.is_none())
        .map(|step| step.id.value.as_str())
        .collect();
    if !unknown.is_empty() {
        findings.push(no_estimate(budget.span, whose, &unknown));
    }
    findings
}

fn no_estimate(span: Span, whose: &str, unknown: &[&str]) -> Finding {
    const NAMED: usize = 8;
    let mut names = unknown.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    if unknown.len() > NAMED {
        names.push_str(", …");
    }
    let (number, have, count) = match unknown.len() {
        1 => ("1 step".to_owned(), "has", "counts"),
        more => (format!("{more} steps"), "have", "count"),
    };
    NO_ESTIMATE.at(
        span,
        format!("{number} {have} no estimate and {count} as nothing in {whose} budget: {names}"),
        "compared with estimates",
        "write budget \"2m\" estimate=\"45s\" in each step",
    )
}

/// How long an item is expected to take on the way out; of parallel branches the longest.
pub(super) fn expected_time(item: &Item) -> Duration {
    match item {
        Item::Wait(wait) => wait.duration,
        Item::Parallel(parallel) => parallel.branches.iter().map(expected_time).max().unwrap_or_default(),
        Item::OnRollback(_) | Item::Manual(_) => Duration::ZERO,
        Item::Check(_) | Item::Step(_) | Item::Checkpoint(_) => item_places(item)
            .iter()
            .filter(|place| matches!(place.part, Part::Check | Part::Step(_) | Part::Preserve(_)))
            .filter_map(|place| place.activity.budget.estimate)
            .sum(),
    }
}
