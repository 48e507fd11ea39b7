//! How long services were down: from the start of a `service stop` to the end of the same unit's
//! `service start`, on the way out or, by their inverses, on the way back.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::times::between;
use crate::event::{AttemptKey, Direction, Event, Outcome, Outline, Stamped};
use crate::plan::StateBefore;

/// The downtime of a run so far. Units that are down together count once.
#[derive(Debug, Clone, Default)]
pub(super) struct Downtime {
    /// The units that are down, and since when.
    down: BTreeMap<String, Timestamp>,
    /// When the first of those that are down now went down.
    since: Option<Timestamp>,
    seconds: f64,
    measured: bool,
}

impl Downtime {
    pub fn hear(&mut self, stamped: &Stamped, outline: &Outline) {
        let service = |unit: &str| outline.unit(unit).and_then(|unit| unit.service.clone());
        match &stamped.event {
            Event::AttemptStarted { key, before } => {
                let Some((name, stops)) = service(&key.unit) else { return };
                if goes_down(key, stops) && !was_down_before(before.as_ref()) {
                    self.goes_down(name, stamped.at);
                }
            }
            Event::AttemptEnded(end) => {
                let Some((name, stops)) = service(&end.key.unit) else { return };
                let down = goes_down(&end.key, stops);
                let first = end.key.direction == Direction::Forward && end.key.number == 1;
                let never_went = down && first && end.outcome == Outcome::NotApplied;
                if never_went || (!down && end.failure.is_none()) {
                    self.comes_up(&name, stamped.at);
                }
            }
            Event::RunStarted(_)
            | Event::EngineStarted(_)
            | Event::LockTaken { .. }
            | Event::LockLost { .. }
            | Event::LockReturned { .. }
            | Event::PhaseStarted { .. }
            | Event::PhaseEnded { .. }
            | Event::UnitSkipped { .. }
            | Event::AppliedAsked { .. }
            | Event::StepRefused { .. }
            | Event::LookStarted { .. }
            | Event::LookEnded(_)
            | Event::EvidenceCollected { .. }
            | Event::OnRollbackPassed { .. }
            | Event::WaitStarted { .. }
            | Event::WaitEnded { .. }
            | Event::RollbackStarted { .. }
            | Event::InverseSkipped { .. }
            | Event::Asked { .. }
            | Event::Answered { .. }
            | Event::Escalated { .. }
            | Event::LeftAlone
            | Event::StoodStill { .. }
            | Event::Interrupted { .. }
            | Event::Noted { .. }
            | Event::RunEnded { .. } => {}
        }
    }

    /// The seconds until now; `None` where no service was stopped.
    pub fn seconds(&self, now: Timestamp) -> Option<f64> {
        let open = self.since.map_or(0.0, |since| between(since, now));
        self.measured.then_some(self.seconds + open)
    }

    /// The units that are down now.
    pub fn still_down(&self) -> Vec<&str> {
        self.down.keys().map(String::as_str).collect()
    }

    fn goes_down(&mut self, name: String, at: Timestamp) {
        self.measured = true;
        self.down.entry(name).or_insert(at);
        self.since.get_or_insert(at);
    }

    fn comes_up(&mut self, name: &str, at: Timestamp) {
        if self.down.remove(name).is_some() && self.down.is_empty() {
            self.seconds += self.since.take().map_or(0.0, |since| between(since, at));
        }
    }
}

/// A stop on the way out, or a start that is taken back.
fn goes_down(key: &AttemptKey, stops: bool) -> bool {
    match key.direction {
        Direction::Forward => stops,
        Direction::Back => !stops,
        Direction::Look => false,
    }
}

fn was_down_before(before: Option<&StateBefore>) -> bool {
    match before {
        Some(StateBefore::Unit { was_active, .. }) => !was_active,
        Some(StateBefore::File { .. } | StateBefore::Daemon | StateBefore::Kube(_)) | None => false,
    }
}
