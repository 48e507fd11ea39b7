//! Downtime: from a `service stop` to the end of the same unit's `service start`, against the
//! downtime of the budget.

use std::time::Duration;

use super::budgets::{expected_time, holds_at_top};
use super::code::{Code, WithPlace};
use super::places::as_step;
use super::rules::Review;
use crate::model::{Action, Item, Phase, RunBudget, ServiceVerb, Template, render_duration};
use crate::syntax::{Finding, Span};

const DOWNTIME: Code = Code::warning(
    "runbook::check::downtime_over_budget",
    "The estimates from a `service stop` to the end of the same unit's `service start` add up to more than \
     downtime= allows. Do what you can before the stop, or raise the downtime.",
);
pub(super) const CODES: [Code; 1] = [DOWNTIME];

pub(super) fn review(review: &Review<'_>) -> Vec<Finding> {
    let runbook = review.runbook;
    let at_t: Vec<&Phase> = runbook.phases.iter().filter(|phase| holds_at_top(phase)).collect();
    let mut findings = compare(&runbook.budget, &at_t);
    for phase in &runbook.phases {
        findings.extend(compare(&phase.budget, &[phase]));
    }
    findings
}

fn compare(budget: &RunBudget, phases: &[&Phase]) -> Vec<Finding> {
    let Some(allowed) = budget.downtime else { return Vec::new() };
    let items: Vec<&Item> = phases.iter().flat_map(|phase| &phase.items).collect();
    let mut findings = Vec::new();
    for (index, item) in items.iter().enumerate() {
        for (verb, unit, stop) in changes(item) {
            if verb != ServiceVerb::Stop {
                continue;
            }
            let is_start = |item: &&Item| {
                changes(item).iter().any(|(verb, other, _)| *verb == ServiceVerb::Start && other.parts == unit.parts)
            };
            // Never started again: it isn't down but gone.
            let Some(length) = items.iter().skip(index).position(is_start) else { continue };
            let down: Duration = items.iter().skip(index).take(length + 1).map(|item| expected_time(item)).sum();
            if down > allowed {
                let (down, allowed) = (render_duration(down), render_duration(allowed));
                findings.push(
                    DOWNTIME
                        .at(
                            budget.span,
                            format!("the service is expected to be down for {down}, longer than the {allowed} allowed"),
                            format!("{allowed} here"),
                            "do what you can before the stop, or raise the downtime",
                        )
                        .and(stop, "down from here"),
                );
            }
        }
    }
    findings
}

/// What the steps of an item do to units.
fn changes(item: &Item) -> Vec<(ServiceVerb, &Template, Span)> {
    let branches = match item {
        Item::Parallel(parallel) => parallel.branches.iter().collect(),
        Item::Check(_)
        | Item::Step(_)
        | Item::OnRollback(_)
        | Item::Checkpoint(_)
        | Item::Manual(_)
        | Item::Wait(_) => {
            vec![item]
        }
    };
    branches
        .into_iter()
        .filter_map(as_step)
        .filter_map(|step| match &step.activity.action {
            Action::ServiceChange { verb, unit: Some(unit) } => Some((*verb, unit, step.activity.action_span)),
            _ => None,
        })
        .collect()
}
