//! What became of one unit, and of each attempt at it: the leaves of the record.

use jiff::Timestamp;

use super::{Answer, Failure, FailureKind, Known, LookEnded, Occasion, Outcome, Settling, SkipReason};
use crate::plan::StateBefore;

/// What became of one unit.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UnitRecord {
    /// Why it was passed over; `None`: it wasn't.
    pub skipped: Option<SkipReason>,
    /// A check or preserved value passed (or only warned), a wait ended, an `on-rollback` was passed,
    /// a person confirmed.
    pub passed: bool,
    /// A check failed and only warned.
    pub warned: bool,
    /// Why it failed before it started.
    pub refused: Option<Box<str>>,
    /// The last look on the way out, if it has not passed.
    pub failed_look: Option<Box<LookEnded>>,
    /// What `applied` said, by occasion; the answers of a former engine are forgotten.
    pub asked: Vec<(Occasion, Answer)>,
    /// The attempts on the way out.
    pub forward: Vec<Attempt>,
    /// The attempts on the way back.
    pub back: Vec<Attempt>,
    /// Its inverse was passed over: whether a person still has to do it.
    pub inverse_skipped: Option<bool>,
    /// Evidence was collected.
    pub diagnosed: bool,
    /// The verdict of its verification after a rollback.
    pub verified: Option<bool>,
    /// When its wait ends.
    pub waits_until: Option<Timestamp>,
}

/// One attempt to act.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// When it started.
    pub started: Timestamp,
    /// What a derived action found before it.
    pub before: Option<Box<StateBefore>>,
    /// When and how it ended; `None`: it runs, or nobody saw it end.
    pub ended: Option<(Timestamp, AttemptEnd)>,
    /// What a person or its `applied` settled its outcome to; of an inverse: that it has worked.
    pub settled: Option<Outcome>,
    /// Which engine started it, from 1.
    pub engine: u32,
    /// The run stopped after it and was resumed: its failure is no longer the last word, and it must
    /// be settled before the run goes forward.
    pub reopened: bool,
}

/// How an attempt ended: what decisions need of it. Its evidence stays in the events.
#[derive(Debug, Clone, PartialEq)]
pub struct AttemptEnd {
    /// What became of the effect.
    pub outcome: Outcome,
    /// Why it has not succeeded; `None`: it has.
    pub failure: Option<Box<Failure>>,
    /// It was settled after a crash and not seen to end by its own engine.
    pub recovered: bool,
}

impl Attempt {
    /// What became of its effect; `None` while it runs.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        self.settled.or_else(|| self.ended.as_ref().map(|(_, end)| end.outcome))
    }

    /// Whether it ended as it should, or was settled as applied.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        match self.settled {
            Some(outcome) => outcome == Outcome::Applied,
            None => self.ended.as_ref().is_some_and(|(_, end)| end.failure.is_none()),
        }
    }

    /// Whether its end is still to be found out: there is none, or some of it ran on.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let runs_on = |end: &AttemptEnd| end.failure.as_ref().is_some_and(|it| it.kind == FailureKind::StillRuns);
        self.settled.is_none() && self.ended.as_ref().is_none_or(|(_, end)| runs_on(end))
    }

    /// Whether it ended, and not as it should.
    #[must_use]
    pub fn failed(&self) -> bool {
        (self.ended.is_some() || self.settled.is_some()) && !self.succeeded()
    }
}

impl UnitRecord {
    /// Says what became of its last attempt on the way out.
    pub(super) fn settle(&mut self, outcome: Outcome) {
        if let Some(attempt) = self.forward.last_mut() {
            attempt.settled = Some(outcome);
        }
    }

    /// Says that its inverse has worked: what it takes back isn't there.
    pub(super) fn settle_inverse(&mut self) {
        if let Some(attempt) = self.back.last_mut() {
            attempt.settled = Some(Outcome::Applied);
        }
    }

    /// Whether its last inverse ended well, and its `applied` didn't say afterwards that the effect is gone.
    #[must_use]
    pub fn lacks_proof_of_undoing(&self) -> bool {
        let end = self.back.last().filter(|last| last.failed()).and_then(|last| last.ended.as_ref());
        let failure = end.and_then(|(_, end)| end.failure.as_ref());
        failure.is_some_and(|failure| failure.kind == FailureKind::NotVerified)
    }

    /// Whether there is nothing left to do for it on the way out.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.skipped.is_some() || self.passed || self.forward.last().is_some_and(Attempt::succeeded)
    }

    /// Whether an effect of ours may be there: an attempt started, and it isn't known of all that
    /// nothing happened.
    #[must_use]
    pub fn may_have_effect(&self) -> bool {
        let undo = |attempt: &Attempt| Known::on_the_way_back(attempt.outcome()).settling() == Settling::Undo;
        self.forward.iter().any(undo)
    }

    /// Whether it was passed over because its effect was there already.
    #[must_use]
    pub fn was_applied_before(&self) -> bool {
        self.skipped == Some(SkipReason::AlreadyApplied)
    }

    /// The answer of its `applied` on an occasion; `None`: not asked.
    #[must_use]
    pub fn answer(&self, occasion: Occasion) -> Option<Answer> {
        self.asked.iter().rev().find(|(asked, _)| *asked == occasion).map(|(_, answer)| *answer)
    }

    /// Whether its inverse, or the action of an `on-rollback`, held.
    #[must_use]
    pub fn is_undone(&self) -> bool {
        self.back.iter().any(Attempt::succeeded)
    }

    /// When its successful attempt ended; `None` without one.
    #[must_use]
    pub fn done_at(&self) -> Option<Timestamp> {
        self.forward.last().and_then(|attempt| attempt.ended.as_ref()).map(|(at, _)| *at)
    }

    /// What a derived action found before its first attempt that had one.
    #[must_use]
    pub fn before(&self) -> Option<&StateBefore> {
        self.forward.iter().find_map(|attempt| attempt.before.as_deref())
    }
}
