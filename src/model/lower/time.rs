//! Durations, budgets, polls and retries: everything has an end.

use std::time::Duration;

use super::lowering::Lower;
use super::surroundings::Defaults;
use crate::model::vocabulary::Place;
use crate::model::{Budget, ModelError, Poll, Retry, parse_duration};
use crate::syntax::reader::shortened;
use crate::syntax::{Entry, Node, Span, Value};

/// The limit where nothing says otherwise.
const USUAL_LIMIT: Duration = Duration::from_mins(5);
/// When to escalate unless said otherwise: after so many estimates.
const USUAL_ESCALATION: f64 = 2.0;
/// More attempts than this are a loop and not a retry.
const MOST_ATTEMPTS: u32 = 100;

impl Lower<'_> {
    /// A duration with its unit.
    pub(super) fn duration(&mut self, entry: Entry<'_>) -> Option<Duration> {
        if let Value::Integer(_) | Value::Decimal(_) = entry.value {
            self.report(ModelError::NoUnit { number: shortened(entry.spelling) }.at(entry.span));
            return None;
        }
        let text = self.keep(entry.text())?;
        let duration =
            parse_duration(&text.value).map_err(|error| ModelError::Quantity { why: error.to_string() }.at(text.span));
        self.keep(duration)
    }

    /// The budget of an activity: its own, else the default, else 5 minutes.
    pub(super) fn budget(&mut self, node: &Node, defaults: &Defaults) -> Budget {
        match node.child("budget") {
            Some(child) => self.written_budget(child),
            None => defaults.budget.unwrap_or_else(usual_budget),
        }
    }

    /// `budget "2m" estimate="45s" escalate-after="2x"`.
    pub(super) fn written_budget(&mut self, node: &Node) -> Budget {
        let limit = self.keep(node.required_argument(0, "a duration")).and_then(|entry| self.positive(entry));
        let estimate = self.estimate(node, limit);
        let escalate_after = node.property("escalate-after").and_then(|entry| self.factor(entry));
        Budget {
            limit: limit.unwrap_or(USUAL_LIMIT),
            estimate,
            escalate_after: escalate_after.unwrap_or(USUAL_ESCALATION),
            span: node.span,
        }
    }

    /// `estimate="45s"` of a `budget` or a `poll`, within its limit.
    pub(super) fn estimate(&mut self, node: &Node, limit: Option<Duration>) -> Option<Duration> {
        let entry = node.property("estimate")?;
        let estimate = self.duration(entry)?;
        if limit.is_some_and(|limit| estimate > limit) {
            self.report(ModelError::EstimateOverBudget.at(entry.span));
        }
        Some(estimate)
    }

    /// `2x`.
    fn factor(&mut self, entry: Entry<'_>) -> Option<f64> {
        let text = entry.spelled();
        let factor = text.value.strip_suffix('x').and_then(|number| number.parse::<f64>().ok());
        let factor = factor.filter(|factor| factor.is_finite() && *factor > 0.0);
        if factor.is_none() {
            self.report(ModelError::NotAFactor { found: shortened(&text.value) }.at(text.span));
        }
        factor
    }

    /// A duration that isn't nothing.
    fn positive(&mut self, entry: Entry<'_>) -> Option<Duration> {
        let duration = self.duration(entry)?;
        if duration.is_zero() {
            self.report(ModelError::NoTime.at(entry.span));
            return None;
        }
        Some(duration)
    }

    /// `poll …` of a node, only where looking again is looking; `None` without one.
    pub(super) fn poll(&mut self, parent: &Node, place: Place) -> Option<Poll> {
        let node = parent.child("poll")?;
        if let Some(budget) = parent.child("budget") {
            self.exclusive(budget.name.span, &node.name, &ModelError::PollAndBudget);
        }
        let looks = matches!(place, Place::Check | Place::Applied | Place::Preserve)
            || Self::actions_of(parent).next().is_none_or(|action| action.name.value == "service");
        if !looks {
            self.report(ModelError::PollActs.at(node.name.span));
            return None;
        }
        let within = self.keep(node.required_property("within"));
        let within = within.and_then(|entry| self.positive(entry));
        let every = node.property("every").map(|entry| self.positive(entry));
        let hold = node.property("hold").map(|entry| self.keep(entry.whole_number(1..=1000)));
        Some(Poll {
            within: within?,
            every: every.unwrap_or(Some(Duration::from_secs(1)))?,
            hold: hold.unwrap_or(Some(1))?,
        })
    }

    /// `retry 3 delay="2s" backoff=2.0`; `None` without one.
    pub(super) fn retry(&mut self, parent: &Node, place: Place) -> Option<Retry> {
        let node = parent.child("retry")?;
        if place == Place::Check {
            self.report(ModelError::RetryOfCheck.at(node.name.span));
            return None;
        }
        let entry = self.keep(node.required_argument(0, "how many attempts in all"))?;
        let attempts = self.keep(entry.whole_number(2..=MOST_ATTEMPTS));
        let delay = node.property("delay").map(|entry| self.duration(entry));
        let backoff = node.property("backoff").map(|entry| self.backoff(entry));
        Some(Retry {
            attempts: attempts?,
            delay: delay.unwrap_or(Some(Duration::from_secs(1)))?,
            backoff: backoff.unwrap_or(Some(1.0))?,
        })
    }

    /// A factor from 1 to 10: a delay never shrinks, and doesn't grow beyond sense.
    fn backoff(&mut self, entry: Entry<'_>) -> Option<f64> {
        let number = self.keep(entry.number())?;
        if !(1.0..=10.0).contains(&number) {
            self.report(entry.wrong_kind("a number from 1 to 10"));
            return None;
        }
        Some(number)
    }
}

fn usual_budget() -> Budget {
    Budget { limit: USUAL_LIMIT, estimate: None, escalate_after: USUAL_ESCALATION, span: Span::default() }
}
