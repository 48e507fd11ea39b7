//! The record: everything that a run's events say, folded. The engine decides from it, resume
//! starts from it, and a report may read it instead of the events. Folding the same events always
//! gives the same record, live or from the journal.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::{
    Answer, Attempt, AttemptEnd, AttemptEnded, AttemptKey, Direction, EngineStarted, Event, LookEnded, LostLock,
    Occasion, Outcome, Question, Reply, RollbackRecord, RunStarted, Stamped, UnitRecord, Verdict, Wish,
};
use crate::plan::StateBefore;

/// Everything that a run's events say.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// The head of the run; `None` before its first event.
    pub head: Option<Arc<RunStarted>>,
    /// When the run started.
    pub started: Timestamp,
    /// The engine that has the run now, and when it took it; `None` before the first one.
    pub engine: Option<(EngineStarted, Timestamp)>,
    /// How many engines took the run.
    pub engines: u32,
    /// What became of each unit, in the order of the outline.
    pub units: Vec<UnitRecord>,
    /// The first unit that isn't done on the way out; the number of units when all are.
    pub frontier: usize,
    /// The steps that started and the `on-rollback`s that were passed, in that order.
    pub passed_order: Vec<usize>,
    /// Captured and preserved values.
    pub values: BTreeMap<String, String>,
    /// The phases that began.
    pub phases_started: BTreeSet<String>,
    /// The phases that ended.
    pub phases_ended: BTreeSet<String>,
    /// The locks that are held.
    pub locks: BTreeSet<String>,
    /// A lock that this engine has lost: nothing new starts until another one has it again.
    pub lost_lock: Option<LostLock>,
    /// How many attempts and looks are running.
    pub running: BTreeSet<(usize, Direction)>,
    /// The way back; `None` on the way out.
    pub rollback: Option<RollbackRecord>,
    /// What an interruption wants now, and who asked.
    pub wish: Option<(Wish, String)>,
    /// Every answer that still holds.
    pub replies: Vec<(Question, Reply, Timestamp)>,
    /// What was done must still hold before the next forward step: another engine took the run, or it
    /// stood still.
    pub stood_still: bool,
    /// The last verdict; `None` while an engine has the run.
    pub verdict: Option<Verdict>,
    /// When the last event happened.
    pub last: Timestamp,
}

impl Record {
    /// The record of these events.
    #[must_use]
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Stamped>) -> Self {
        let mut record = Self::default();
        for event in events {
            record.fold(event);
        }
        record
    }

    /// The number of a unit; `None` for an unknown id.
    #[must_use]
    pub fn index(&self, unit: &str) -> Option<usize> {
        self.head.as_ref()?.outline.index(unit)
    }

    /// What became of a unit; `None` for an unknown id.
    #[must_use]
    pub fn unit(&self, id: &str) -> Option<&UnitRecord> {
        self.units.get(self.index(id)?)
    }

    /// The answer to a question that still holds; `None`: not answered.
    #[must_use]
    pub fn reply(&self, question: &Question) -> Option<Reply> {
        self.replies.iter().rev().find(|(asked, _, _)| asked == question).map(|(_, reply, _)| *reply)
    }

    /// The run's id; empty before its first event.
    #[must_use]
    pub fn run(&self) -> &str {
        self.head.as_ref().map_or("", |head| &head.run)
    }

    /// Whether it can be resumed: its engine died, or it stopped before its end.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.head.is_some() && self.verdict.as_ref().is_none_or(|verdict| !verdict.is_final())
    }

    /// Whether any step has started an effect.
    #[must_use]
    pub fn has_effects(&self) -> bool {
        self.units.iter().any(UnitRecord::may_have_effect)
    }

    /// Adds one event.
    pub fn fold(&mut self, stamped: &Stamped) {
        let at = stamped.at;
        self.last = at;
        match &stamped.event {
            Event::RunStarted(head) => self.begin(head, at),
            Event::EngineStarted(engine) => self.take_over(engine, at),
            Event::LockTaken { name, .. } => drop(self.locks.insert(name.clone())),
            Event::LockLost { name, why } => {
                self.lost_lock = Some(LostLock { name: name.clone(), why: why.clone() });
            }
            Event::LockReturned { name } => drop(self.locks.remove(name)),
            Event::PhaseStarted { phase } => drop(self.phases_started.insert(phase.clone())),
            Event::PhaseEnded { phase } => drop(self.phases_ended.insert(phase.clone())),
            Event::UnitSkipped { unit, because } => self.change(unit, |it| it.skipped = Some(because.clone())),
            Event::AppliedAsked { unit, occasion, answer, .. } => self.fold_answer(unit, *occasion, *answer),
            Event::StepRefused { unit, why } => self.change(unit, |it| it.refused = Some(why.as_str().into())),
            Event::AttemptStarted { key, before } => self.fold_start(key, before.clone(), at),
            Event::AttemptEnded(end) => self.fold_end(end, at),
            Event::LookStarted { unit, .. } => {
                if let Some(index) = self.index(unit) {
                    self.running.insert((index, Direction::Look));
                }
            }
            Event::LookEnded(end) => self.fold_look(end),
            Event::EvidenceCollected { unit, .. } => self.change(unit, |it| it.diagnosed = true),
            Event::OnRollbackPassed { unit } => {
                self.change(unit, |it| it.passed = true);
                self.passed_order.extend(self.index(unit));
            }
            Event::WaitStarted { unit, until } => self.change(unit, |it| it.waits_until = Some(*until)),
            Event::WaitEnded { unit } => self.change(unit, |it| it.passed = true),
            Event::RollbackStarted { cause, undo, to_stretch } => {
                let undo = undo.iter().filter_map(|unit| self.index(unit));
                self.rollback = Some(RollbackRecord::new(cause.clone(), *to_stretch, at, undo));
                // The wish that turned the run round is fulfilled; a later one means to pause.
                self.wish = None;
                // What held before a step went forward proves nothing about the way back.
                self.units.iter_mut().for_each(|unit| unit.verified = None);
            }
            Event::InverseSkipped { unit, left_to_a_person, .. } => {
                self.change(unit, |it| it.inverse_skipped = Some(*left_to_a_person));
            }
            Event::Answered { question, reply, .. } => self.fold_reply(question, *reply, at),
            Event::LeftAlone => {
                if let Some((engine, _)) = &mut self.engine {
                    engine.attended = false;
                }
            }
            Event::StoodStill { .. } => self.stand_still(),
            Event::Interrupted { by, wish } => self.wish = Some((*wish, by.clone())),
            Event::RunEnded { verdict } => self.verdict = Some(verdict.clone()),
            Event::Asked { .. } | Event::Escalated { .. } | Event::Noted { .. } => {}
        }
        while self.units.get(self.frontier).is_some_and(UnitRecord::is_done) {
            self.frontier += 1;
        }
        if let (Some(rollback), Some(head)) = (&mut self.rollback, &self.head) {
            rollback.count(&self.passed_order, &self.units, &head.outline);
        }
    }

    fn begin(&mut self, head: &Arc<RunStarted>, at: Timestamp) {
        self.started = at;
        self.units = vec![UnitRecord::default(); head.outline.units.len()];
        self.head = Some(Arc::clone(head));
    }

    /// A new engine asks everything anew: what it was told before, and what failed only for looking,
    /// may be otherwise now.
    fn take_over(&mut self, engine: &EngineStarted, at: Timestamp) {
        self.engine = Some((engine.clone(), at));
        self.engines += 1;
        let stopped = self.verdict.take().is_some();
        self.wish = None;
        self.lost_lock = None;
        self.running.clear();
        self.stood_still = self.engines > 1;
        if let Some(rollback) = &mut self.rollback {
            rollback.recount();
        }
        if self.engines > 1 {
            self.replies.clear();
            for unit in &mut self.units {
                if let Some(attempt) = unit.forward.last_mut() {
                    attempt.reopened = attempt.failed() && stopped;
                }
                // What was so before the first step is never asked again.
                unit.asked.retain(|(occasion, _)| *occasion == Occasion::Rehearsing);
                unit.failed_look = None;
                unit.refused = None;
                unit.verified = None;
                unit.inverse_skipped = None;
            }
        }
    }

    /// What was asked before it went on may be otherwise now.
    fn stand_still(&mut self) {
        self.stood_still = true;
        self.replies.retain(|(question, _, _)| !matches!(question, Question::NoLongerHolds(_)));
        for unit in &mut self.units {
            unit.asked.retain(|(occasion, _)| *occasion != Occasion::Resuming);
            unit.verified = None;
        }
    }

    fn fold_answer(&mut self, unit: &str, occasion: Occasion, answer: Answer) {
        self.change(unit, |it| it.asked.push((occasion, answer)));
        if occasion == Occasion::Settling && answer == Answer::Yes {
            self.settle(unit, Outcome::Applied);
        }
        if occasion == Occasion::Undoing && answer == Answer::No {
            self.change(unit, UnitRecord::settle_inverse);
        }
    }

    fn fold_start(&mut self, key: &AttemptKey, before: Option<StateBefore>, at: Timestamp) {
        let Some(index) = self.index(&key.unit) else { return };
        self.running.insert((index, key.direction));
        let engine = self.engines;
        let before = before.map(Box::new);
        let attempt = Attempt { started: at, before, ended: None, settled: None, engine, reopened: false };
        let Some(unit) = self.units.get_mut(index) else { return };
        match key.direction {
            Direction::Forward => {
                self.stood_still = false;
                if unit.forward.is_empty() {
                    self.passed_order.push(index);
                }
                note(&mut unit.forward, attempt);
            }
            Direction::Back => {
                // The next one is asked about anew.
                unit.asked.retain(|(occasion, _)| *occasion != Occasion::Undoing);
                note(&mut unit.back, attempt);
            }
            Direction::Look => {}
        }
    }

    fn fold_end(&mut self, end: &AttemptEnded, at: Timestamp) {
        let Some(index) = self.index(&end.key.unit) else { return };
        self.running.remove(&(index, end.key.direction));
        self.values.extend(end.captures.clone());
        let Some(unit) = self.units.get_mut(index) else { return };
        let attempts = match end.key.direction {
            Direction::Forward => &mut unit.forward,
            Direction::Back => &mut unit.back,
            Direction::Look => return,
        };
        let number = usize::try_from(end.key.number).unwrap_or(usize::MAX);
        if let Some(attempt) = number.checked_sub(1).and_then(|place| attempts.get_mut(place)) {
            let (outcome, failure) = (end.outcome, end.failure.clone().map(Box::new));
            attempt.ended = Some((at, AttemptEnd { outcome, failure, recovered: end.recovered }));
        }
    }

    fn fold_look(&mut self, end: &LookEnded) {
        let Some(index) = self.index(&end.unit) else { return };
        self.running.remove(&(index, Direction::Look));
        let Some(unit) = self.units.get_mut(index) else { return };
        if end.verifying {
            unit.verified = Some(end.failure.is_none());
            return;
        }
        unit.warned = end.warned;
        unit.passed = end.failure.is_none() || end.warned;
        unit.failed_look = (!unit.passed).then(|| Box::new(end.clone()));
        self.values.extend(end.captures.clone());
    }

    fn fold_reply(&mut self, question: &Question, reply: Reply, at: Timestamp) {
        self.replies.push((question.clone(), reply, at));
        match (question, reply) {
            (Question::Settle(unit), Reply::Applied) => self.settle(unit, Outcome::Applied),
            (Question::Settle(unit), Reply::NotApplied) => self.settle(unit, Outcome::NotApplied),
            (Question::Confirm(unit), Reply::Yes) => self.change(unit, |it| it.passed = it.forward.is_empty()),
            _ => {}
        }
    }

    fn settle(&mut self, unit: &str, outcome: Outcome) {
        self.change(unit, |it| it.settle(outcome));
        if let Some(rollback) = &mut self.rollback {
            rollback.recount();
        }
    }

    fn change(&mut self, unit: &str, change: impl FnOnce(&mut UnitRecord)) {
        if let Some(record) = self.index(unit).and_then(|index| self.units.get_mut(index)) {
            change(record);
        }
    }
}

/// Most units have one attempt in a direction; a list that grows makes room for four.
fn note(attempts: &mut Vec<Attempt>, attempt: Attempt) {
    if attempts.is_empty() {
        attempts.reserve_exact(1);
    }
    attempts.push(attempt);
}
