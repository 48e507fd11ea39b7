//! A run that happens only in a record: `decide` says the next move, a foresight what comes of it, and
//! the clock goes on by as much as that is said to take.
//!
//! It leaves to the foresight what the world answers and what a person says. Invariant: everything
//! that happens is an event that is folded, so that `decide` is asked what a live engine would ask it.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::engine::decide::decide;
use crate::engine::moves::Move;
use crate::engine::start::{nobody_saw, open_attempts};
use crate::event::{
    Answer, AttemptEnded, AttemptKey, Direction, EngineStarted, Event, FORMAT, LookEnded, Occasion, Outline, Purpose,
    Question, Record, Reply, RunStarted, Stamped, Verdict, Wish,
};
use crate::perform::Unseen;
use crate::plan::{Plan, StateBefore, Unit, UnitKind};

/// Says what comes of the moves of a run that nobody makes. It has two lives: an assumption for the
/// failure matrix, and a script for `runbook test`.
pub(in crate::engine) trait Foresight {
    /// How an attempt ends that starts now.
    fn attempt(&mut self, walk: &Walk<'_>, index: usize, key: &AttemptKey) -> AttemptEnded;
    /// How a look ends that starts now.
    fn look(&mut self, walk: &Walk<'_>, index: usize, verifying: bool) -> LookEnded;
    /// What *is the whole effect there?* is answered.
    fn applied(&mut self, walk: &Walk<'_>, index: usize, occasion: Occasion) -> Answer;
    /// What a person answers; `None`: nobody is there any more.
    fn reply(&mut self, walk: &Walk<'_>, question: &Question) -> Option<Reply>;
    /// What the next engine takes the run for, if this one dies in the middle of an attempt that starts
    /// now; `None`: it lives.
    fn crashes(&mut self, walk: &Walk<'_>, key: &AttemptKey) -> Option<Purpose> {
        let _ = (walk, key);
        None
    }
    /// What time it is at least when the run comes to where it is now; `None`: as late as it has become.
    fn not_before(&self, walk: &Walk<'_>) -> Option<Timestamp> {
        let _ = walk;
        None
    }
    /// Who has a lock that a phase needs, in words; `None`: nobody.
    fn keeps_out(&self, lock: &str) -> Option<String> {
        let _ = lock;
        None
    }
    /// Whether a run that waits for a time is resumed when it has come.
    fn is_resumed(&self, walk: &Walk<'_>) -> bool {
        let _ = walk;
        true
    }
    /// Hears everything that happens.
    fn hear(&mut self, event: &Event) {
        let _ = event;
    }
}

/// A run that happens only in a record.
#[derive(Clone)]
pub(in crate::engine) struct Walk<'a> {
    pub plan: &'a Plan,
    pub record: Record,
    pub now: Timestamp,
    attendance: Attendance,
    /// What runs, and when it ends.
    running: Vec<(Timestamp, Event)>,
}

/// Who is there while it runs.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Attendance {
    /// Somebody can be asked.
    pub attended: bool,
    /// Somebody has agreed to the point of no return.
    pub past_no_return: bool,
    /// Somebody has said that windows don't hold.
    pub any_time: bool,
}

impl<'a> Walk<'a> {
    /// At the start of a run at this moment.
    pub fn begin(plan: &'a Plan, outline: Outline, now: Timestamp, attendance: Attendance) -> Self {
        let mut walk = Self { plan, record: Record::default(), now, attendance, running: Vec::new() };
        walk.fold(Event::RunStarted(Arc::new(head(plan, outline))));
        walk.fold(Event::EngineStarted(engine(attendance, Purpose::Exec)));
        walk
    }

    /// What is done next.
    pub fn next(&self) -> Move {
        decide(self.plan, &self.record, self.now)
    }

    /// Goes on to the end; `None`: it would go on for ever.
    pub fn go_to_the_end(&mut self, foresight: &mut impl Foresight) -> Option<Verdict> {
        // Every unit is tried, asked and undone a bounded number of times, and each crash happens once.
        let most = self.plan.units.len().saturating_add(100).saturating_mul(400);
        (0..most).find_map(|_| {
            self.now = foresight.not_before(self).map_or(self.now, |at| at.max(self.now));
            let next = self.next();
            self.make(next, foresight)
        })
    }

    /// Makes a move; the verdict, where it was the last one.
    pub fn make(&mut self, next: Move, foresight: &mut impl Foresight) -> Option<Verdict> {
        let event = match next {
            Move::End(verdict @ Verdict::Parked { until: Some(until), .. }) if foresight.is_resumed(self) => {
                self.happen(Event::RunEnded { verdict }, foresight);
                self.now = self.now.max(until);
                self.take_over(Purpose::Resume, foresight);
                return None;
            }
            Move::End(verdict) => return Some(verdict),
            Move::Await => {
                self.await_one(foresight);
                return None;
            }
            Move::Sleep(until) => {
                self.now = self.now.max(until);
                return None;
            }
            Move::Attempt { unit, direction, number } => return self.attempt(unit, direction, number, foresight),
            Move::Look { unit, verifying } => return self.look(unit, verifying, foresight),
            Move::BeginPhase(number) => {
                let phase = self.plan.phases.get(number)?;
                self.now = phase.at.map_or(self.now, |at| at.max(self.now));
                match phase.locks.iter().find_map(|lock| foresight.keeps_out(lock)) {
                    Some(by) => Event::Interrupted { by, wish: Wish::Halt },
                    None => Event::PhaseStarted { phase: phase.id.clone() },
                }
            }
            Move::EndPhase(number) => {
                Event::PhaseEnded { phase: self.plan.phases.get(number).map(|it| it.id.clone()).unwrap_or_default() }
            }
            Move::Skip(unit, because) => Event::UnitSkipped { unit: self.id(unit), because },
            Move::AskApplied(index, occasion) => {
                let answer = foresight.applied(self, index, occasion);
                let unit = self.id(index);
                Event::AppliedAsked { unit, occasion, answer, judgements: Vec::new(), trouble: None }
            }
            Move::Pass(unit) => Event::OnRollbackPassed { unit: self.id(unit) },
            Move::BeginWait(unit) => Event::WaitStarted { unit: self.id(unit), until: self.wait_until(unit) },
            Move::EndWait(unit) => Event::WaitEnded { unit: self.id(unit) },
            Move::Refuse(unit, why) => Event::StepRefused { unit: self.id(unit), why },
            Move::Diagnose(unit) => Event::EvidenceCollected { unit: self.id(unit), evidence: Vec::new() },
            Move::BeginRollback { cause, undo, to_stretch } => {
                let undo = undo.into_iter().map(|unit| self.id(unit)).collect();
                Event::RollbackStarted { cause, undo, to_stretch }
            }
            Move::SkipInverse { unit, because, left_to_a_person } => {
                Event::InverseSkipped { unit: self.id(unit), because, left_to_a_person }
            }
            Move::Ask(question) => match foresight.reply(self, &question) {
                Some(reply) => Event::Answered { question, reply, by: String::new(), reason: None },
                None => Event::LeftAlone,
            },
        };
        self.happen(event, foresight);
        None
    }

    /// Something happens now.
    pub fn happen(&mut self, event: Event, foresight: &mut impl Foresight) {
        foresight.hear(&event);
        self.fold(event);
    }

    pub fn id(&self, index: usize) -> String {
        self.plan.unit(index).map(|unit| unit.id.clone()).unwrap_or_default()
    }

    fn fold(&mut self, event: Event) {
        self.record.fold(&Stamped { at: self.now, event });
    }

    fn attempt(
        &mut self,
        index: usize,
        direction: Direction,
        number: u32,
        foresight: &mut impl Foresight,
    ) -> Option<Verdict> {
        let key = AttemptKey { unit: self.id(index), direction, number };
        let before = self.plan.unit(index).filter(|_| direction == Direction::Forward).and_then(found_before);
        self.happen(Event::AttemptStarted { key: key.clone(), before }, foresight);
        if let Some(purpose) = foresight.crashes(self, &key) {
            self.take_over(purpose, foresight);
            return None;
        }
        let end = foresight.attempt(self, index, &key);
        self.runs_for(end.seconds, Event::AttemptEnded(Box::new(end)));
        None
    }

    fn look(&mut self, index: usize, verifying: bool, foresight: &mut impl Foresight) -> Option<Verdict> {
        self.happen(Event::LookStarted { unit: self.id(index), verifying }, foresight);
        let end = foresight.look(self, index, verifying);
        self.runs_for(end.seconds, Event::LookEnded(Box::new(end)));
        None
    }

    /// The engine is gone, and another one takes the run: of what ran nobody has seen the end.
    fn take_over(&mut self, purpose: Purpose, foresight: &mut impl Foresight) {
        self.running.clear();
        let open = open_attempts(self.plan, &self.record);
        self.happen(Event::EngineStarted(engine(self.attendance, purpose)), foresight);
        for key in open {
            self.happen(Event::AttemptEnded(Box::new(nobody_saw(key, &Unseen::default()))), foresight);
        }
        if purpose == Purpose::Rollback && self.record.rollback.is_none() {
            let by = "somebody asked for the way back".to_owned();
            self.happen(Event::Interrupted { by, wish: Wish::Rollback }, foresight);
        }
    }

    fn runs_for(&mut self, seconds: f64, end: Event) {
        let length = Duration::try_from_secs_f64(seconds).unwrap_or_default();
        self.running.push((self.now.saturating_add(length).unwrap_or(self.now), end));
    }

    /// Whatever ends first, ends.
    fn await_one(&mut self, foresight: &mut impl Foresight) {
        let first =
            self.running.iter().enumerate().min_by_key(|(place, (at, _))| (*at, *place)).map(|(place, _)| place);
        let Some(first) = first else { return };
        let (at, event) = self.running.remove(first);
        self.now = self.now.max(at);
        self.happen(event, foresight);
    }

    fn wait_until(&self, index: usize) -> Timestamp {
        let length = match self.plan.unit(index).map(|unit| &unit.kind) {
            Some(UnitKind::Wait(length)) => *length,
            Some(
                UnitKind::Check(_)
                | UnitKind::Step(_)
                | UnitKind::OnRollback(_)
                | UnitKind::Preserve(_)
                | UnitKind::Manual(_),
            )
            | None => Duration::ZERO,
        };
        self.now.saturating_add(length).unwrap_or(self.now)
    }
}

/// That there is a state of before, for actions that know how they are undone.
fn found_before(unit: &Unit) -> Option<StateBefore> {
    unit.activity().filter(|activity| activity.action.derives_inverse()).map(|_| StateBefore::Daemon)
}

fn head(plan: &Plan, outline: Outline) -> RunStarted {
    RunStarted {
        format: FORMAT,
        run: String::new(),
        runbook: plan.runbook.id.value.clone(),
        title: plan.title.clone(),
        file: String::new(),
        digest: String::new(),
        inputs: plan.inputs.clone(),
        environment: std::collections::BTreeMap::new(),
        folder: String::new(),
        clusters: Vec::new(),
        outline,
        on_failure: None,
        rehearsal: None,
    }
}

fn engine(attendance: Attendance, purpose: Purpose) -> EngineStarted {
    EngineStarted {
        purpose,
        host: String::new(),
        user: String::new(),
        pid: 0,
        boot: String::new(),
        version: String::new(),
        format: FORMAT,
        attended: attendance.attended,
        past_no_return: attendance.past_no_return,
        outside_window: attendance.any_time.then(String::new),
        back_to: None,
        skip: Vec::new(),
        reason: None,
    }
}
