//! Every estimate of a runbook with the range that it stands in, and the finding that says that past
//! runs took otherwise. What they took, and when an estimate is off, is for others to know: a review
//! reads no history. Invariant: what nobody estimated isn't here.

use std::time::Duration;

use super::code::{Code, WithPlace};
use super::places::phase_items;
use crate::model::{Activity, Check, Inverse, Item, Runbook, Step, render_duration};
use crate::syntax::{Finding, Sources, Span};

const OFF: Code = Code::warning(
    "runbook::check::estimate_off",
    "Past runs took much more or less than the estimate says: the median of at least three of them is over one and a \
     half times of it, or under half of it, and more than two seconds away. Budgets, windows and the time to safe are \
     planned with estimates. Write what the runs took, or find out what has become slower. Only `check --history` \
     looks at past runs; rehearsals don't count.",
);
pub(super) const CODES: [Code; 1] = [OFF];

/// Whether a code is only found with --history.
pub(super) fn is_of_history(code: &Code) -> bool {
    *code == OFF
}

/// What an estimate is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Estimated {
    /// A check.
    Check,
    /// A step.
    Step,
    /// The inverse of a step, or an `on-rollback`.
    Inverse,
}

/// An estimate.
#[derive(Debug, Clone)]
pub struct Estimate<'a> {
    /// The id of the unit.
    pub unit: &'a str,
    /// What of it.
    pub of: Estimated,
    /// The expected time.
    pub time: Duration,
    id: Span,
    budget: Span,
}

/// Every estimate of a runbook, in the order of the text.
#[must_use]
pub fn estimates(runbook: &Runbook) -> Vec<Estimate<'_>> {
    runbook.phases.iter().flat_map(phase_items).flat_map(of_item).collect()
}

fn of_item(item: &Item) -> Vec<Estimate<'_>> {
    match item {
        Item::Check(check) => check_estimate(check).into_iter().collect(),
        Item::Checkpoint(checkpoint) => checkpoint.checks.iter().filter_map(check_estimate).collect(),
        Item::Step(step) => step_estimates(step),
        Item::OnRollback(back) => {
            estimate(&back.id.value, back.id.span, Estimated::Inverse, &back.activity).into_iter().collect()
        }
        Item::Manual(_) | Item::Wait(_) | Item::Parallel(_) => Vec::new(),
    }
}

fn check_estimate(check: &Check) -> Option<Estimate<'_>> {
    estimate(&check.id.value, check.id.span, Estimated::Check, &check.activity)
}

fn step_estimates(step: &Step) -> Vec<Estimate<'_>> {
    let own = estimate(&step.id.value, step.id.span, Estimated::Step, &step.activity);
    let back = match &step.inverse {
        Inverse::Written(inverse) => estimate(&step.id.value, step.id.span, Estimated::Inverse, &inverse.activity),
        Inverse::Derived | Inverse::None { .. } | Inverse::Irreversible { .. } => None,
    };
    own.into_iter().chain(back).collect()
}

fn estimate<'a>(unit: &'a str, id: Span, of: Estimated, activity: &Activity) -> Option<Estimate<'a>> {
    let time = activity.budget.estimate?;
    Some(Estimate { unit, of, time, id, budget: activity.budget.span })
}

impl Estimate<'_> {
    /// The finding that it is off: past runs took this in the median and at most, so many of them.
    #[must_use]
    pub fn off(&self, sources: &Sources, median: Duration, most: Duration, runs: usize) -> Finding {
        let what = match self.of {
            Estimated::Check | Estimated::Step => self.unit.to_owned(),
            Estimated::Inverse => format!("the way back of {}", self.unit),
        };
        let (time, took) = (render_duration(self.time), render_duration(median));
        let message = format!(
            "{what} is estimated at {time} and took {took} in the median of {runs} runs, {} in 95 of 100",
            render_duration(most)
        );
        let seconds = median.as_secs().max(1);
        let help = format!("write estimate=\"{seconds}s\", or find out why it takes so long or so short now");
        OFF.at(self.span(sources), message, format!("past runs took {took}"), help).and(self.id, "this one")
    }

    /// The value of `estimate=` in its node; the whole node where it isn't found.
    fn span(&self, sources: &Sources) -> Span {
        let text = sources.text(self.budget);
        let value = text.find("estimate=").and_then(|at| {
            let start = at + "estimate=".len();
            let quoted = text.get(start..)?.strip_prefix('"')?;
            Some((start, start + quoted.find('"')? + 2))
        });
        value.map_or(self.budget, |(start, end)| self.budget.part(start..end))
    }
}
