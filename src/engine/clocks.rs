//! The soft clocks: when people are called because something takes too long. They end nothing; the
//! hard limit of an attempt is enforced where it runs.

use std::time::Duration;

use tokio::time::Instant;

use super::driver::Engine;
use crate::event::{Direction, OutlineUnit};
use crate::model::{Activity, render_duration};

impl Engine {
    /// Calls people when this takes longer than its estimate allows.
    pub(super) fn watch_the_time(&mut self, unit: &str, activity: &Activity) {
        let Some(estimate) = activity.budget.estimate else { return };
        let after = Duration::try_from_secs_f64(estimate.as_secs_f64() * activity.budget.escalate_after);
        let Ok(after) = after else { return };
        let (limit, expected) = (render_duration(after), render_duration(estimate));
        let why = format!("it takes longer than {limit}; the estimate was {expected}");
        self.overdue.insert(Instant::now() + after, (Some(unit.to_owned()), why));
    }

    /// Calls people when the run takes longer than the runbook's budget; a resumed one has what the
    /// engines before it left.
    pub(super) fn watch_the_run(&mut self) {
        let Some(budget) = self.plan.runbook.budget.total else { return };
        let elapsed = Duration::try_from(self.now().duration_since(self.record.started)).unwrap_or_default();
        let why = format!("the run takes longer than its budget of {}", render_duration(budget));
        self.overdue.insert(Instant::now() + budget.saturating_sub(elapsed), (None, why));
    }

    /// Downtime begins with a `service stop` and ends with the `service start` of the same unit:
    /// calls people when it is longer than the runbook allows.
    pub(super) fn watch_the_downtime(&mut self, index: usize, way: Direction) {
        let Some(budget) = self.plan.runbook.budget.downtime.filter(|_| way == Direction::Forward) else { return };
        let Some((service, true)) = self.service_of(index) else { return };
        let why = format!("{service} is down for longer than {}", render_duration(budget));
        self.overdue.insert(Instant::now() + budget, (Some(downtime_of(&service)), why));
    }

    /// Ends the clock of a unit that runs again.
    pub(super) fn end_downtime(&mut self, index: usize, way: Direction) {
        let Some((service, stops)) = self.service_of(index) else { return };
        // A `stop` that was undone runs again, just as a `start` that was done.
        if stops == (way == Direction::Back) {
            let about = downtime_of(&service);
            self.overdue.retain(|_, (unit, _)| unit.as_deref() != Some(about.as_str()));
        }
    }

    fn service_of(&self, index: usize) -> Option<(String, bool)> {
        let outline = &self.record.head.as_ref()?.outline;
        outline.units.get(index).and_then(|unit: &OutlineUnit| unit.service.clone())
    }
}

/// What the clock of a unit's downtime is about; no step has an id with a blank.
fn downtime_of(service: &str) -> String {
    format!("downtime of {service}")
}
