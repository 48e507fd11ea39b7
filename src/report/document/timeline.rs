//! When what happens by the estimates, in seconds from the start of each stretch: for a drawing, and
//! for a table where nothing can be drawn. What has no estimate takes no time here, and is named.

use std::time::Duration;

use jiff::Timestamp;

use super::prose::Place;
use super::telling::Telling;
use crate::model::{Action, ServiceVerb};
use crate::plan::{Unit, UnitKind, attempts_budget};

/// When what happens.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    /// The stretches, in order: what runs without a pause.
    pub stretches: Vec<Stretch>,
    /// The runbook's budget in seconds; `None`: not limited.
    pub budget: Option<f64>,
    /// The budget of downtime in seconds; `None`: not limited.
    pub downtime_budget: Option<f64>,
}

/// What runs without a pause.
#[derive(Debug, Clone, Default)]
pub struct Stretch {
    /// When it begins; `None`: when somebody starts it.
    pub at: Option<Timestamp>,
    /// The window; `None`: at any time.
    pub window: Option<(Timestamp, Timestamp)>,
    /// Its phases: id, title, and its part of the bars.
    pub phases: Vec<Span>,
    /// One bar for each unit that takes time, in order.
    pub bars: Vec<Bar>,
    /// How many seconds it takes by the estimates.
    pub total: f64,
    /// Services that are down: the service, from when to when.
    pub downtimes: Vec<Downtime>,
    /// The numbers of steps without an estimate.
    pub unestimated: usize,
}

/// A phase on the time line.
#[derive(Debug, Clone)]
pub struct Span {
    /// The phase's title.
    pub title: String,
    /// When it begins.
    pub start: f64,
    /// When it ends.
    pub end: f64,
    /// All budgets of its units together.
    pub at_most: f64,
    /// How many steps are in it.
    pub steps: usize,
    /// How many other units.
    pub checks: usize,
}

/// A unit on the time line.
#[derive(Debug, Clone)]
pub struct Bar {
    /// `2.3`.
    pub number: String,
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// When it starts.
    pub start: f64,
    /// How long it takes; `None`: not estimated.
    pub estimate: Option<f64>,
    /// How long it may take, all attempts together; `None`: not limited.
    pub at_most: Option<f64>,
    /// Whether it changes something.
    pub changes: bool,
    /// Whether it can't be taken back.
    pub no_return: bool,
}

/// How long a service is down.
#[derive(Debug, Clone, PartialEq)]
pub struct Downtime {
    /// The unit of the system.
    pub service: String,
    /// When it is stopped.
    pub from: f64,
    /// When it runs again.
    pub to: f64,
}

impl Timeline {
    /// The times of a plan.
    pub(super) fn of(told: &Telling<'_>) -> Self {
        let plan = told.plan;
        let mut stretches: Vec<Stretch> = Vec::new();
        let mut here = None;
        for phase in &plan.phases {
            if here != Some(phase.stretch) {
                here = Some(phase.stretch);
                stretches.push(Stretch { at: phase.at, window: phase.window, ..Stretch::default() });
            }
            let Some(stretch) = stretches.last_mut() else { continue };
            let start = stretch.total;
            let mut at_most = 0.0;
            let (mut steps, mut checks) = (0, 0);
            let mut branches_end = start;
            for index in phase.units.clone() {
                let Some(unit) = plan.unit(index) else { continue };
                if let Some(branches) = &unit.parallel
                    && branches.start == index
                {
                    branches_end = stretch.total;
                }
                stretch.add(told, index, unit, &mut branches_end);
                at_most += unit.activity().map_or(0.0, |activity| attempts_budget(activity).as_secs_f64());
                if unit.step().is_some() { steps += 1 } else { checks += 1 }
            }
            let title = phase.title.clone();
            stretch.phases.push(Span { title, start, end: stretch.total, at_most, steps, checks });
        }
        let seconds = |budget: Option<Duration>| budget.map(|budget| budget.as_secs_f64());
        let budget = plan.runbook.budget;
        Self { stretches, budget: seconds(budget.total), downtime_budget: seconds(budget.downtime) }
    }
}

impl Stretch {
    /// Adds a unit; branches begin together, and the longest of them is what they take.
    fn add(&mut self, told: &Telling<'_>, index: usize, unit: &Unit, branches_begin: &mut f64) {
        let (estimate, at_most) = match &unit.kind {
            UnitKind::Wait(wait) => (Some(wait.as_secs_f64()), Some(wait.as_secs_f64())),
            UnitKind::OnRollback(_) => return,
            UnitKind::Check(_) | UnitKind::Step(_) | UnitKind::Preserve(_) | UnitKind::Manual(_) => {
                let activity = unit.activity();
                let estimate = activity.and_then(|it| it.budget.estimate).map(|estimate| estimate.as_secs_f64());
                (estimate, activity.map(|activity| attempts_budget(activity).as_secs_f64()))
            }
        };
        let start = if unit.parallel.is_some() { *branches_begin } else { self.total };
        let end = start + estimate.unwrap_or(0.0);
        if estimate.is_none() && unit.step().is_some() {
            self.unestimated += 1;
        }
        self.bars.push(Bar {
            number: told.number_of(Place::Unit(index)).to_owned(),
            id: unit.id.clone(),
            title: unit.title.clone(),
            start,
            estimate,
            at_most,
            changes: unit.step().is_some(),
            no_return: unit.is_irreversible(),
        });
        self.total = self.total.max(end);
        self.service(told, unit, start, end);
    }

    fn service(&mut self, told: &Telling<'_>, unit: &Unit, start: f64, end: f64) {
        let Some(Action::ServiceChange { verb, unit: Some(name) }) = unit.step().map(|step| &step.activity.action)
        else {
            return;
        };
        let service = name.render_known(&told.values);
        match verb {
            // Until it is started it has no end.
            ServiceVerb::Stop => self.downtimes.push(Downtime { service, from: start, to: f64::INFINITY }),
            ServiceVerb::Start => {
                let open = self.downtimes.iter_mut().find(|down| down.service == service && down.to.is_infinite());
                if let Some(down) = open {
                    down.to = end;
                }
            }
            ServiceVerb::Restart
            | ServiceVerb::Reload
            | ServiceVerb::Enable
            | ServiceVerb::Disable
            | ServiceVerb::DaemonReload => {}
        }
    }
}
