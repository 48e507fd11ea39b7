//! What the driver starts: attempts, looks, questions. Each becomes a task that brings back the
//! events it leads to.

#![expect(clippy::similar_names, reason = "a carrier and what it carried are two words of this layer")]

use std::collections::BTreeMap;
use std::rc::Rc;

use tokio::time::Instant;

use super::carry::{Carried, Carrier, Errand, is_manual};
use super::driver::{Engine, Waited};
use super::error::EngineError;
use super::keep::keep;
use crate::event::{
    Answer, Answered, AttemptEnded, AttemptKey, Direction, Event, Evidence, Failure, FailureKind, LookEnded, Occasion,
    Outcome, Question, Reply, Stamped, Wish,
};
use crate::model::{Activity, Check, CheckFailure, Step, SubjectName};
use crate::plan::{Unit, UnitKind};

/// Why no step starts on a full disk.
const NO_ROOM: &str = "there is no room left for the journal of this step and of the way back";
/// Why none starts without the run's locks.
const NO_LOCK: &str = "a lock of the run is lost";
/// Why none starts whose start can't be recorded.
const NO_RECORD: &str = "its start can't be recorded";

/// Whether people are called when this unit fails.
pub(super) fn escalates(unit: &Unit) -> bool {
    match &unit.kind {
        UnitKind::Check(check) => check.escalate,
        UnitKind::Step(step) => step.escalate,
        UnitKind::OnRollback(_) | UnitKind::Preserve(_) | UnitKind::Manual(_) | UnitKind::Wait(_) => false,
    }
}

impl Engine {
    /// Starts an attempt: what a derived action finds is captured, the intent is made durable, and
    /// only then anything happens.
    pub(super) async fn attempt(&mut self, index: usize, way: Direction, number: u32) -> Result<(), EngineError> {
        let Some(unit) = self.plan.unit(index).cloned() else { return Ok(()) };
        if way == Direction::Forward && !self.footing.store.has_room() {
            return self.emit(Event::StepRefused { unit: unit.id, why: NO_ROOM.to_owned() });
        }
        let key = AttemptKey { unit: unit.id.clone(), direction: way, number };
        let Some(activity) = activity_of(&unit, way) else { return Ok(()) };
        let restore = self.state_before(index, &unit, way);
        let errand = self.errand(key.clone(), activity, restore.clone());
        let mut before = None;
        if way == Direction::Forward && activity.action.derives_inverse() {
            match Box::pin(self.capture(index, &errand)).await? {
                Ok(found) => before = found,
                Err(why) => return self.emit(Event::StepRefused { unit: unit.id, why }),
            }
        }
        if self.notice_lost_lock()? {
            return Ok(());
        }
        self.emit(Event::AttemptStarted { key: key.clone(), before })?;
        match self.commit_intent(way) {
            // To make the intent durable may have taken long.
            Ok(true) if self.footing.locks.lost().is_some() => {
                return self.emit(Event::AttemptEnded(Box::new(not_started(key, NO_LOCK))));
            }
            Ok(true) => {}
            Ok(false) => return self.emit(Event::AttemptEnded(Box::new(not_started(key, NO_ROOM)))),
            Err(error) => {
                // Nobody can record that any more; but what never started isn't left to be undone.
                let event = Event::AttemptEnded(Box::new(not_started(key, NO_RECORD)));
                self.record.fold(&Stamped { at: self.now(), event });
                return Err(error);
            }
        }
        if is_manual(activity) || activity.surroundings.interactive {
            // Who works at the terminal begins when it is free.
            self.let_be_heard();
        }
        if is_manual(activity) && restore.is_none() {
            return Box::pin(self.attempt_by_a_person(&unit, &key, activity)).await;
        }
        self.watch_the_time(&unit.id, activity);
        self.watch_the_downtime(index, way);
        let carrier = Rc::clone(&self.carrier);
        let applied = unit.step().and_then(|step| step.applied.as_ref()).map(|applied| {
            let key = AttemptKey { direction: Direction::Look, ..key };
            self.errand(key, &applied.activity, None)
        });
        self.running.spawn_local(async move {
            let carried = carrier.carry_out(&errand).await;
            #[cfg(debug_assertions)]
            super::provoked::panic_when("carried", &errand.key.unit);
            let carried = match applied {
                // What most steps don't have takes no room in each.
                Some(applied) => Box::pin(verify(&carrier, carried, applied, way)).await,
                None => carried,
            };
            let remarks = remarks(&errand.key, &carried);
            let ended = Event::AttemptEnded(Box::new(ended(errand.key, carried)));
            std::iter::once(ended).chain(remarks).collect()
        });
        Ok(())
    }

    /// What was before: found now for the first attempt, remembered for every later one.
    async fn capture(
        &mut self,
        index: usize,
        errand: &Errand,
    ) -> Result<Result<Option<crate::plan::StateBefore>, String>, EngineError> {
        if let Some(known) = self.record.units.get(index).and_then(|done| done.before()) {
            return Ok(Ok(Some(known.clone())));
        }
        let resolved = match self.carrier.resolve(errand) {
            Ok(resolved) => resolved,
            Err(why) => return Ok(Err(why)),
        };
        let carrier = Rc::clone(&self.carrier);
        self.attend_to_end(carrier.performer.capture(&resolved)).await
    }

    fn state_before(&self, index: usize, unit: &Unit, way: Direction) -> Option<crate::plan::StateBefore> {
        let derived = way == Direction::Back && unit.written_back().is_none();
        self.record.units.get(index).filter(|_| derived).and_then(|done| done.before()).cloned()
    }

    async fn attempt_by_a_person(
        &mut self,
        unit: &Unit,
        key: &AttemptKey,
        activity: &Activity,
    ) -> Result<(), EngineError> {
        let errand = self.errand(key.clone(), activity, None);
        let text = match self.carrier.resolve(&errand).map(|resolved| resolved.action) {
            Ok(crate::plan::ResolvedAction::Manual(text)) => text,
            Ok(_) => unit.title.clone(),
            Err(why) => why,
        };
        let question = Question::Confirm(unit.id.clone());
        let paste = !activity.expectations.is_empty() || !activity.captures.is_empty();
        let began = Instant::now();
        let inverse = Question::ManualInverse(unit.id.clone());
        let said = key.direction == Direction::Back && self.record.reply(&inverse) == Some(Reply::Yes);
        let answer = if said && !paste {
            // That it is done was the answer to the question whether to run it at all.
            Some(Some((Reply::Yes, None)))
        } else {
            self.put_to_a_person(&question, &text, paste).await?
        };
        let (outcome, trouble, pasted) = match answer {
            Some(Some((Reply::Yes | Reply::Applied, pasted))) => (Outcome::Applied, None, pasted),
            Some(Some(_)) => (Outcome::NotApplied, Some("a person said no".to_owned()), None),
            Some(None) => (Outcome::Unknown, Some("the person who was asked is gone".to_owned()), None),
            None => (Outcome::Unknown, Some("interrupted before the person who was asked answered".to_owned()), None),
        };
        let seconds = began.elapsed().as_secs_f64();
        let observation = (outcome == Outcome::Applied).then(|| super::carry::pasted(pasted.as_deref().unwrap_or("")));
        let performance = crate::event::Performance { outcome, observation, trouble, seconds };
        let carried = self.carrier.conclude(&errand, performance);
        self.emit(Event::AttemptEnded(Box::new(ended(key.clone(), carried))))
    }

    /// Starts a look. It has no effect, so nothing need be durable before it.
    pub(super) fn look(&mut self, index: usize, verifying: bool) -> Result<(), EngineError> {
        let Some(unit) = self.plan.unit(index).cloned() else { return Ok(()) };
        let Some(activity) = unit.activity() else { return Ok(()) };
        let number = u32::from(verifying) + 1;
        let key = AttemptKey { unit: unit.id.clone(), direction: Direction::Look, number };
        let mut errand = self.errand(key, activity, None);
        self.emit(Event::LookStarted { unit: unit.id.clone(), verifying })?;
        self.watch_the_time(&unit.id, activity);
        let carrier = Rc::clone(&self.carrier);
        let was = match &unit.kind {
            UnitKind::Preserve(preserve) => {
                errand.preserved = Some(preserve.select.subject.name);
                self.record.values.get(&preserve.name.value).cloned()
            }
            UnitKind::Check(_)
            | UnitKind::Step(_)
            | UnitKind::OnRollback(_)
            | UnitKind::Manual(_)
            | UnitKind::Wait(_) => None,
        };
        self.running.spawn_local(async move {
            let mut carried = carrier.carry_out(&errand).await;
            let mut warned = false;
            match &unit.kind {
                UnitKind::Preserve(preserve) => {
                    keep(&carrier, &errand, preserve, &mut carried, was.filter(|_| verifying).as_deref());
                }
                UnitKind::Check(check) => warned = warns(check) && !verifying && carried.failure.is_some(),
                UnitKind::Step(_) | UnitKind::OnRollback(_) | UnitKind::Manual(_) | UnitKind::Wait(_) => {}
            }
            let tail = if carried.failure.is_some() { carried.tail() } else { Vec::new() };
            let Carried { failure, judgements, captures, seconds, .. } = carried;
            // What a verification observes must not replace what the run knows.
            let captures = if verifying { BTreeMap::new() } else { captures };
            let unit = unit.id;
            let end = LookEnded { unit, verifying, warned, failure, judgements, captures, seconds, tail };
            vec![Event::LookEnded(Box::new(end))]
        });
        Ok(())
    }

    /// Asks *is the whole effect there?*: the step's `applied`, else the derived action's own probe.
    pub(super) async fn ask_applied(&mut self, index: usize, occasion: Occasion) -> Result<(), EngineError> {
        let Some(step) = self.plan.unit(index).and_then(|unit| unit.step().cloned()) else { return Ok(()) };
        let unit = step.id.value.clone();
        let key = AttemptKey { unit: unit.clone(), direction: Direction::Look, number: 1 };
        let carrier = Rc::clone(&self.carrier);
        let event = if let Some(applied) = &step.applied {
            let errand = self.errand(key, &applied.activity, None);
            let (answer, carried) = self.attend_to_end(carrier.ask_applied(&errand)).await?;
            let trouble = carried.failure.filter(|_| answer == Answer::CannotTell).map(|failure| failure.why);
            Event::AppliedAsked { unit, occasion, answer, judgements: carried.judgements, trouble }
        } else {
            let answer = self.probe(&step, index, key).await?;
            Event::AppliedAsked { unit, occasion, answer, judgements: Vec::new(), trouble: None }
        };
        self.emit(event)
    }

    async fn probe(&mut self, step: &Step, index: usize, key: AttemptKey) -> Result<Answer, EngineError> {
        let before = self.record.units.get(index).and_then(|done| done.before()).cloned();
        let errand = self.errand(key, &step.activity, None);
        let (Some(before), Ok(resolved)) = (before, self.carrier.resolve(&errand)) else {
            return Ok(Answer::CannotTell);
        };
        let carrier = Rc::clone(&self.carrier);
        Ok(match self.attend_to_end(carrier.performer.probe(&resolved, &before)).await? {
            Some(true) => Answer::Yes,
            Some(false) => Answer::No,
            None => Answer::CannotTell,
        })
    }

    /// Collects evidence about a failed unit, before anything is undone.
    pub(super) async fn diagnose(&mut self, index: usize) -> Result<(), EngineError> {
        let Some(unit) = self.plan.unit(index).cloned() else { return Ok(()) };
        let looks: &[Activity] = match &unit.kind {
            UnitKind::Check(check) => &check.diagnose,
            UnitKind::Step(step) => &step.diagnose,
            UnitKind::OnRollback(_) | UnitKind::Preserve(_) | UnitKind::Manual(_) | UnitKind::Wait(_) => &[],
        };
        let mut evidence = Vec::new();
        let carrier = Rc::clone(&self.carrier);
        for (look, number) in looks.iter().zip(100..) {
            let key = AttemptKey { unit: unit.id.clone(), direction: Direction::Look, number };
            let errand = self.errand(key, look, None);
            let carried = self.attend_to_end(carrier.carry_out(&errand)).await?;
            let line = carrier.sources.line(look.action_span).to_owned();
            let mut shown = carried.tail();
            if let (true, Some(failure)) = (shown.is_empty(), &carried.failure) {
                shown.push(failure.why.clone());
            }
            evidence.push(Evidence { line, shown });
        }
        self.emit(Event::EvidenceCollected { unit: unit.id, evidence })
    }

    pub(super) async fn ask(&mut self, question: Question) -> Result<(), EngineError> {
        let text = self.text_of(&question);
        self.emit(Event::Asked { question: question.clone() })?;
        self.commit()?;
        let Some(answer) = self.put_to_a_person(&question, &text, false).await? else { return Ok(()) };
        let Some((reply, _)) = answer else {
            return self.emit(Event::LeftAlone);
        };
        let by = self.footing.person.name();
        self.emit(Event::Answered { question, reply, by, reason: None })
    }

    /// Asks until there is an answer, or nobody to give one (`Some(None)`), or until a signal means
    /// something else than an answer (`None`): the question is then put aside.
    async fn put_to_a_person(
        &mut self,
        question: &Question,
        text: &str,
        paste: bool,
    ) -> Result<Option<Option<Answered>>, EngineError> {
        let person = Rc::clone(&self.footing.person);
        loop {
            match self.attend(person.ask(question, text, paste)).await? {
                Waited::Done(answer) => return Ok(Some(answer)),
                Waited::Disturbed if matches!(self.record.wish, Some((Wish::Halt | Wish::Rollback, _))) => {
                    return Ok(None);
                }
                // What a person does already is left to end; nothing else begins.
                Waited::Disturbed if self.record.lost_lock.is_some() && !matches!(question, Question::Confirm(_)) => {
                    return Ok(None);
                }
                Waited::Disturbed => {}
            }
        }
    }

    fn text_of(&self, question: &Question) -> String {
        let Some(unit) = self.plan.index(question.unit()).and_then(|index| self.plan.unit(index)) else {
            return question.unit().to_owned();
        };
        match (question, &unit.kind) {
            (Question::PastNoReturn(_), UnitKind::Step(step)) => match &step.inverse {
                crate::model::Inverse::Irreversible { because } => format!("{}: {because}", unit.title),
                crate::model::Inverse::Written(_)
                | crate::model::Inverse::Derived
                | crate::model::Inverse::None { .. } => unit.title.clone(),
            },
            (Question::ManualInverse(_), UnitKind::Step(_) | UnitKind::OnRollback(_)) => {
                unit.written_back().map_or_else(
                    || unit.title.clone(),
                    |activity| match &activity.action {
                        crate::model::Action::Manual(text) => text.render_known(self.known().plain()),
                        _ => unit.title.clone(),
                    },
                )
            }
            _ => unit.title.clone(),
        }
    }
}

/// What an attempt carries out; for a derived inverse the step's own activity, whose action is then
/// replaced by putting back what was.
fn activity_of(unit: &Unit, way: Direction) -> Option<&Activity> {
    match way {
        Direction::Forward | Direction::Look => unit.activity(),
        Direction::Back => unit.written_back().or(unit.activity()),
    }
}

/// After a successful step its `applied` must say yes, after its inverse no.
pub(super) async fn verify(carrier: &Carrier, mut carried: Carried, errand: Errand, way: Direction) -> Carried {
    if carried.failure.is_some() {
        return carried;
    }
    let (answer, look) = carrier.ask_applied(&errand).await;
    let expected = if way == Direction::Back { Answer::No } else { Answer::Yes };
    let shows = match (answer, way) {
        _ if answer == expected => return carried,
        (Answer::CannotTell, _) => "nobody can tell whether its effect is there",
        (_, Direction::Back) => "it ended well, but its effect is still there",
        (_, Direction::Forward | Direction::Look) => "it ended well, but its effect isn't there",
    };
    let detail = look.failure.map(|failure| format!(" ({})", failure.why)).unwrap_or_default();
    carried.failure = Some(Failure { kind: FailureKind::NotVerified, why: format!("{shows}{detail}") });
    carried.judgements.extend(look.judgements);
    carried
}

/// What of a rollout that went well is worth a line: how it was for those whom it serves.
fn remarks(key: &AttemptKey, carried: &Carried) -> Vec<Event> {
    let seen = carried.observation.as_ref().filter(|_| carried.failure.is_none());
    if seen.is_none_or(|seen| seen.get(SubjectName::Available).is_none()) {
        return Vec::new();
    }
    let what = match key.direction {
        Direction::Back => format!("undoing {}", key.unit),
        Direction::Forward | Direction::Look => key.unit.clone(),
    };
    carried.tail().into_iter().map(|line| Event::Noted { text: format!("{what}: {line}") }).collect()
}

/// The event that an attempt ends with.
pub(super) fn ended(key: AttemptKey, carried: Carried) -> AttemptEnded {
    let tail = carried.tail();
    let Carried { outcome, failure, judgements, captures, seconds, .. } = carried;
    AttemptEnded { key, outcome, failure, judgements, captures, seconds, tail, recovered: false }
}

/// The end of an attempt whose intent couldn't be kept: nothing has happened.
fn not_started(key: AttemptKey, why: &str) -> AttemptEnded {
    AttemptEnded {
        key,
        outcome: Outcome::NotApplied,
        failure: Some(Failure { kind: FailureKind::DidNotStart, why: why.to_owned() }),
        judgements: Vec::new(),
        captures: BTreeMap::new(),
        seconds: 0.0,
        tail: Vec::new(),
        recovered: false,
    }
}

fn warns(check: &Check) -> bool {
    match check.on_failure {
        CheckFailure::Warn => true,
        CheckFailure::Rollback | CheckFailure::Halt => false,
    }
}
