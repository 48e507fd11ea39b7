//! What is assumed of a run that nobody makes: everything is as expected and takes as long as it is
//! estimated to, but for one unit that fails.
//!
//! It leaves to the walk what follows from that. Invariant: it assumes nothing of values: what a
//! condition says of a value that nobody knows is settled before the walk begins.

use std::collections::BTreeMap;

use super::walk::{Foresight, Walk};
use crate::event::{
    Answer, AttemptEnded, AttemptKey, Direction, Failing, Failure, FailureKind, LookEnded, Occasion, Outcome, Purpose,
    Question, Reply,
};
use crate::model::Activity;
use crate::plan::Unit;

/// Everything is as expected, but for one unit.
#[derive(Default)]
pub(super) struct Assumed {
    /// The unit that fails, and how; `None`: all is as expected.
    pub failing: Option<(usize, Failing)>,
    /// The units that were undone, in this order.
    pub undone: Vec<usize>,
    /// The units that were verified afterwards.
    pub verified: Vec<usize>,
}

impl Assumed {
    fn failure(&self, index: usize) -> Option<(Outcome, Failure)> {
        let (_, failing) = self.failing.filter(|(failing, _)| *failing == index)?;
        let (outcome, kind) = match failing {
            Failing::Fails => (Outcome::Applied, FailureKind::Refused),
            Failing::NoAnswer | Failing::Crash => (Outcome::Unknown, FailureKind::Unknown),
        };
        Some((outcome, Failure { kind, why: String::new() }))
    }
}

impl Foresight for Assumed {
    fn attempt(&mut self, walk: &Walk<'_>, index: usize, key: &AttemptKey) -> AttemptEnded {
        let forward = key.direction == Direction::Forward;
        let activity = walk.plan.unit(index).and_then(|unit| if forward { unit.activity() } else { way_back(unit) });
        if !forward {
            self.undone.push(index);
        }
        let failed = self.failure(index).filter(|_| forward);
        AttemptEnded {
            key: key.clone(),
            outcome: failed.as_ref().map_or(Outcome::Applied, |(outcome, _)| *outcome),
            failure: failed.map(|(_, failure)| failure),
            judgements: Vec::new(),
            captures: BTreeMap::new(),
            seconds: activity.and_then(expected_seconds).unwrap_or(0.0),
            tail: Vec::new(),
            recovered: false,
        }
    }

    fn look(&mut self, walk: &Walk<'_>, index: usize, verifying: bool) -> LookEnded {
        let unit = walk.plan.unit(index);
        if verifying {
            self.verified.push(index);
        }
        let failure = self.failure(index).filter(|_| !verifying).map(|(_, failure)| failure);
        LookEnded {
            unit: walk.id(index),
            verifying,
            warned: failure.is_some() && unit.is_some_and(Unit::only_warns),
            failure,
            judgements: Vec::new(),
            captures: BTreeMap::new(),
            seconds: unit.and_then(Unit::activity).and_then(expected_seconds).unwrap_or(0.0),
            tail: Vec::new(),
        }
    }

    fn applied(&mut self, _: &Walk<'_>, _: usize, occasion: Occasion) -> Answer {
        match occasion {
            // It is there to be applied, and an irreversible step that started has done something.
            // What is foreseen is a run, and no rehearsal of one.
            Occasion::Before | Occasion::Rehearsing | Occasion::Rehearsed => Answer::No,
            Occasion::Settling | Occasion::Resuming | Occasion::Barrier | Occasion::Undoing => Answer::Yes,
        }
    }

    fn reply(&mut self, walk: &Walk<'_>, question: &Question) -> Option<Reply> {
        let asked = walk.plan.index(question.unit());
        match question {
            Question::Confirm(_) if self.failing.is_some_and(|(failing, _)| asked == Some(failing)) => Some(Reply::No),
            Question::Confirm(_) | Question::PastNoReturn(_) | Question::NoLongerHolds(_) => Some(Reply::Yes),
            // What only a person can decide on the way back is said to be a person's.
            Question::Settle(_) | Question::Expired(_) | Question::ManualInverse(_) => None,
        }
    }

    fn crashes(&mut self, walk: &Walk<'_>, key: &AttemptKey) -> Option<Purpose> {
        let (failing, how) = self.failing?;
        let crashes = how == Failing::Crash && key.direction == Direction::Forward;
        (crashes && walk.plan.index(&key.unit) == Some(failing)).then_some(Purpose::Rollback)
    }
}

/// What undoes a unit: its written inverse; for a derived one its own activity says how long it takes.
pub(super) fn way_back(unit: &Unit) -> Option<&Activity> {
    unit.written_back().or(unit.activity())
}

/// The expected seconds; `None`: not estimated.
pub(super) fn expected_seconds(activity: &Activity) -> Option<f64> {
    activity.budget.estimate.map(|estimate| estimate.as_secs_f64())
}
