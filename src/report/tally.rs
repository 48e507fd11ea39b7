//! What the record doesn't keep and a report shows: how long each unit took, how many expectations
//! held, when it all began and ended.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::downtime::Downtime;
use super::times::between;
use crate::event::{Direction, Event, Outline, Record, Stamped};

/// A run's events, counted.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// The fold of the events.
    pub(super) record: Record,
    /// Seconds that each unit took on the way out, all attempts together, by its number.
    pub(super) seconds: BTreeMap<usize, f64>,
    /// How long services were down.
    pub(super) downtime: Downtime,
    /// How many checks and preserved values passed on the way out.
    pub(super) passed: usize,
    /// Those that failed and only warned.
    pub(super) warned: Vec<String>,
    /// Those that failed on the way out.
    pub(super) failed: Vec<String>,
    /// How many held again after a rollback, and how many didn't.
    pub(super) verified: (usize, usize),
    /// How often people were called.
    pub(super) calls: usize,
    /// Seconds that engines had the run; what lies between them (parked, halted) isn't the run's.
    pub(super) active: f64,
    last: Option<Timestamp>,
}

impl Tally {
    /// The tally of these events.
    #[must_use]
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Stamped>) -> Self {
        let mut tally = Self::default();
        for event in events {
            tally.hear(event);
        }
        tally
    }

    pub(super) fn outline(&self) -> Option<&Outline> {
        self.record.head.as_ref().map(|head| &head.outline)
    }

    /// A unit worked for some seconds more.
    fn took(&mut self, unit: &str, seconds: f64) {
        if let Some(number) = self.outline().and_then(|outline| outline.index(unit)) {
            *self.seconds.entry(number).or_default() += seconds;
        }
    }

    /// Counts one event.
    pub fn hear(&mut self, stamped: &Stamped) {
        let takes_over = matches!(&stamped.event, Event::EngineStarted(_));
        if let Some(last) = self.last.filter(|_| !takes_over) {
            self.active += between(last, stamped.at);
        }
        self.last = Some(stamped.at);
        self.record.fold(stamped);
        if let Some(head) = &self.record.head {
            self.downtime.hear(stamped, &head.outline);
        }
        match &stamped.event {
            Event::AttemptEnded(end) if end.key.direction == Direction::Forward => {
                self.took(&end.key.unit, end.seconds);
            }
            // On the way out it only says that the run may go on.
            Event::LookEnded(end) if end.verifying && self.record.rollback.is_none() => {}
            Event::LookEnded(end) if end.verifying => match &end.failure {
                None => self.verified.0 += 1,
                Some(_) => self.verified.1 += 1,
            },
            Event::LookEnded(end) => {
                self.took(&end.unit, end.seconds);
                self.failed.retain(|failed| *failed != end.unit);
                match (&end.failure, end.warned) {
                    (None, _) => self.passed += 1,
                    (Some(_), true) => self.warned.push(end.unit.clone()),
                    (Some(_), false) => self.failed.push(end.unit.clone()),
                }
            }
            Event::Escalated { .. } => self.calls += 1,
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
            | Event::AttemptStarted { .. }
            | Event::AttemptEnded(_)
            | Event::LookStarted { .. }
            | Event::EvidenceCollected { .. }
            | Event::OnRollbackPassed { .. }
            | Event::WaitStarted { .. }
            | Event::WaitEnded { .. }
            | Event::RollbackStarted { .. }
            | Event::InverseSkipped { .. }
            | Event::Asked { .. }
            | Event::Answered { .. }
            | Event::LeftAlone
            | Event::StoodStill { .. }
            | Event::Interrupted { .. }
            | Event::Noted { .. }
            | Event::RunEnded { .. } => {}
        }
    }
}
