//! A run whose actions answer what a case says, and as they are expected where it says nothing. What an
//! action answers is judged as in a run; nothing is performed.
//!
//! Invariant: what a case doesn't say isn't made up: a value that was never captured has no value.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use jiff::Timestamp;

use super::assumed::{expected_seconds, way_back};
use super::hindrance::Hindrance;
use super::nobody::Nobody;
use super::walk::{Foresight, Walk};
use crate::engine::carry::{Carried, Carrier, Errand};
use crate::engine::judge::Judge;
use crate::engine::keep::keep;
use crate::engine::knowing::Known;
use crate::engine::tasks::ended;
use crate::event::{
    Answer, AttemptEnded, AttemptKey, Datum, Direction, Event, Failure, FailureKind, Kept, LookEnded, Observation,
    Occasion, Outcome, Performance, Purpose, Question, Reply,
};
use crate::model::test_file::{Answered, Happens, Part, Replied, Said, TestCase};
use crate::model::{Action, Activity, Always, Dimension, Quantity, SubjectKind, SubjectName, Values, parse_quantity};
use crate::perform::Stop;
use crate::plan::{KeptFiles, Plan, StateBefore, UnitKind, parse_time};
use crate::syntax::Sources;

/// A case as it goes.
pub(super) struct Scripted {
    told: BTreeMap<(usize, Part), VecDeque<Happens>>,
    /// What stands behind a crash of the same unit is answered after it.
    applied: BTreeMap<(usize, bool), Answer>,
    replies: BTreeMap<String, Reply>,
    takes: BTreeMap<usize, f64>,
    carrier: Carrier,
    started: Timestamp,
    hindrance: Hindrance,
    pub happened: Happened,
}

/// What happened in a case.
#[derive(Debug, Default)]
pub(super) struct Happened {
    /// What was started on the way out, in this order.
    pub started: Vec<String>,
    /// Whose inverses ran, in this order.
    pub undone: Vec<String>,
    /// What was looked at again after the way back, in this order.
    pub verified: Vec<String>,
    /// What was passed over.
    pub skipped: Vec<String>,
    /// What a person was asked about.
    pub asked: Vec<String>,
}

impl Scripted {
    pub fn new(plan: &Plan, sources: &Arc<Sources>, case: &TestCase, started: Timestamp) -> Self {
        let secrets = plan.runbook.secrets.iter().map(|secret| {
            let name = format!("secret.{}", secret.name.value);
            (name.clone(), format!("«{name}»"))
        });
        let carrier = Carrier {
            performer: Rc::new(Nobody),
            judge: Judge::default(),
            sources: Arc::clone(sources),
            folder: plan.runbook.folder.clone(),
            kept: KeptFiles::default(),
            inherited: BTreeMap::new(),
            run: "test".to_owned(),
            secrets: secrets.collect(),
        };
        let mut scripted = Self {
            told: BTreeMap::new(),
            applied: BTreeMap::new(),
            replies: BTreeMap::new(),
            takes: BTreeMap::new(),
            carrier,
            started,
            hindrance: Hindrance::of(plan, case),
            happened: Happened::default(),
        };
        for told in &case.told {
            let Some(index) = plan.index(&told.unit) else { continue };
            match &told.happens {
                Happens::Applied(said) => {
                    let crashed =
                        scripted.told.get(&(index, Part::Itself)).is_some_and(|it| it.contains(&Happens::Crash));
                    scripted.applied.insert((index, crashed), answer(*said));
                }
                Happens::Replies(replied) => drop(scripted.replies.insert(told.unit.clone(), reply(*replied))),
                Happens::Takes(length) => drop(scripted.takes.insert(index, length.as_secs_f64())),
                // It isn't what happens to the unit that is late.
                Happens::TooLate => {}
                Happens::Answers(_) | Happens::Fails | Happens::NoAnswer | Happens::NeverStarts | Happens::Crash => {
                    scripted.told.entry((index, told.part)).or_default().push_back(told.happens.clone());
                }
            }
        }
        scripted
    }

    /// Whether somebody is there who can be asked.
    pub fn is_attended(&self) -> bool {
        !self.replies.is_empty()
    }

    /// What happens the next time; the last thing that was said holds for ever after.
    fn next(&mut self, index: usize, part: Part) -> Option<Happens> {
        let told = self.told.get_mut(&(index, part))?;
        if told.len() > 1 { told.pop_front() } else { told.front().cloned() }
    }

    fn carried(
        &self,
        walk: &Walk<'_>,
        key: AttemptKey,
        activity: &Activity,
        happens: Option<Happens>,
    ) -> (Errand, Carried) {
        let back = key.direction == Direction::Back;
        let unit = walk.plan.index(&key.unit).and_then(|index| walk.plan.unit(index));
        let restores = back && unit.is_some_and(|unit| unit.written_back().is_none());
        let mut values: Values = walk.record.all_values(walk.plan);
        values.entry("run.id".to_owned()).or_insert_with(|| "test".to_owned());
        values.entry("run.started".to_owned()).or_insert_with(|| self.started.to_string());
        let errand = Errand {
            key,
            activity: activity.clone(),
            known: Known::new(values, &self.carrier.secrets),
            restore: restores.then_some(StateBefore::Daemon),
            preserved: None,
            stop: Stop::default(),
            cut: Stop::default(),
        };
        let said = |kind: FailureKind, outcome: Outcome, why: &str| Carried {
            outcome,
            failure: Some(Failure { kind, why: why.to_owned() }),
            ..as_expected()
        };
        let carried = match happens {
            Some(Happens::Answers(answers)) if !answers.is_empty() => {
                let observation = Some(observed(&activity.action, &answers));
                let performance = Performance { outcome: Outcome::Applied, observation, trouble: None, seconds: 0.0 };
                self.carrier.conclude(&errand, performance)
            }
            Some(Happens::Fails) => said(FailureKind::Refused, Outcome::Applied, "it fails, as the case says"),
            Some(Happens::NoAnswer) => {
                said(FailureKind::Unknown, Outcome::Unknown, "no answer comes, as the case says")
            }
            Some(Happens::NeverStarts) => {
                said(FailureKind::DidNotStart, Outcome::NotApplied, "it never starts, as the case says")
            }
            None
            | Some(
                Happens::Answers(_)
                | Happens::Crash
                | Happens::Applied(_)
                | Happens::Replies(_)
                | Happens::Takes(_)
                | Happens::TooLate,
            ) => as_expected(),
        };
        (errand, carried)
    }

    fn seconds(&self, index: usize, activity: &Activity) -> f64 {
        self.takes.get(&index).copied().or_else(|| expected_seconds(activity)).unwrap_or(0.0)
    }
}

impl Foresight for Scripted {
    fn attempt(&mut self, walk: &Walk<'_>, index: usize, key: &AttemptKey) -> AttemptEnded {
        let forward = key.direction == Direction::Forward;
        let happens = self.next(index, if forward { Part::Itself } else { Part::Inverse });
        let activity = walk.plan.unit(index).and_then(|unit| if forward { unit.activity() } else { way_back(unit) });
        let Some(activity) = activity else { return ended(key.clone(), as_expected()) };
        let (_, carried) = self.carried(walk, key.clone(), activity, happens);
        let seconds = if forward { self.seconds(index, activity) } else { expected_seconds(activity).unwrap_or(0.0) };
        ended(key.clone(), Carried { seconds, ..carried })
    }

    fn look(&mut self, walk: &Walk<'_>, index: usize, verifying: bool) -> LookEnded {
        let happens = self.next(index, if verifying { Part::Verification } else { Part::Itself });
        let scripted = matches!(&happens, Some(Happens::Answers(answers)) if !answers.is_empty());
        let (mut carried, mut warned) = (as_expected(), false);
        if let Some((unit, activity)) = walk.plan.unit(index).and_then(|unit| Some((unit, unit.activity()?))) {
            let key = AttemptKey { unit: unit.id.clone(), direction: Direction::Look, number: 1 };
            let (errand, looked) = self.carried(walk, key, activity, happens);
            carried = Carried { seconds: self.seconds(index, activity), ..looked };
            if let UnitKind::Preserve(preserve) = &unit.kind
                && scripted
            {
                let was = walk.record.values.get(&preserve.name.value).cloned();
                if verifying && was.is_none() {
                    let why = format!("what it was before isn't said: add answer {} {{ … }}", unit.id);
                    carried.failure = Some(Failure { kind: FailureKind::Unexpected, why });
                }
                keep(&self.carrier, &errand, preserve, &mut carried, was.filter(|_| verifying).as_deref());
            }
            warned = carried.failure.is_some() && !verifying && unit.only_warns();
        }
        let captures = if verifying { BTreeMap::new() } else { carried.captures };
        LookEnded {
            unit: walk.id(index),
            verifying,
            warned,
            failure: carried.failure,
            judgements: carried.judgements,
            captures,
            seconds: carried.seconds,
            tail: Vec::new(),
        }
    }

    fn applied(&mut self, _: &Walk<'_>, index: usize, occasion: Occasion) -> Answer {
        let said = |crashed: bool| self.applied.get(&(index, crashed)).copied();
        match occasion {
            Occasion::Before | Occasion::Rehearsing | Occasion::Rehearsed => said(false).unwrap_or(Answer::No),
            Occasion::Settling => said(true).unwrap_or(Answer::CannotTell),
            Occasion::Barrier => said(true).or(said(false)).unwrap_or(Answer::Yes),
            Occasion::Resuming | Occasion::Undoing => Answer::Yes,
        }
    }

    fn reply(&mut self, _: &Walk<'_>, question: &Question) -> Option<Reply> {
        self.happened.asked.push(question.unit().to_owned());
        self.replies.get(question.unit()).copied()
    }

    fn crashes(&mut self, walk: &Walk<'_>, key: &AttemptKey) -> Option<Purpose> {
        let part = match key.direction {
            Direction::Forward => Part::Itself,
            Direction::Back => Part::Inverse,
            Direction::Look => return None,
        };
        let told = self.told.get_mut(&(walk.plan.index(&key.unit)?, part))?;
        // A crash happens once: what is tried again ends.
        told.pop_front_if(|next| *next == Happens::Crash).map(|_| Purpose::Resume)
    }

    fn not_before(&self, walk: &Walk<'_>) -> Option<Timestamp> {
        self.hindrance.not_before(walk)
    }

    fn keeps_out(&self, lock: &str) -> Option<String> {
        self.hindrance.keeps_out(lock)
    }

    fn is_resumed(&self, walk: &Walk<'_>) -> bool {
        self.hindrance.is_resumed(walk)
    }

    fn hear(&mut self, event: &Event) {
        let note = |list: &mut Vec<String>, unit: &String| {
            if list.last() != Some(unit) {
                list.push(unit.clone());
            }
        };
        match event {
            Event::AttemptStarted { key, .. } => match key.direction {
                Direction::Forward => note(&mut self.happened.started, &key.unit),
                Direction::Back => note(&mut self.happened.undone, &key.unit),
                Direction::Look => {}
            },
            Event::LookStarted { unit, verifying: false } => note(&mut self.happened.started, unit),
            // What is looked at again before going on forward proves nothing of a way back.
            Event::RollbackStarted { .. } => self.happened.verified.clear(),
            Event::LookStarted { unit, verifying: true } => note(&mut self.happened.verified, unit),
            Event::UnitSkipped { unit, .. } => note(&mut self.happened.skipped, unit),
            _ => {}
        }
    }
}

/// Nothing was observed, and nothing is wrong.
fn as_expected() -> Carried {
    Carried {
        outcome: Outcome::Applied,
        failure: None,
        judgements: Vec::new(),
        captures: BTreeMap::new(),
        observation: None,
        seconds: 0.0,
    }
}

/// What an action answers that answers this; what is always there and isn't said is as it should be.
fn observed(action: &Action, answers: &[Answered]) -> Observation {
    let mut observation = Observation::default();
    for (name, datum) in always(action) {
        observation = observation.with(name, datum);
    }
    for answer in answers {
        match (&answer.argument, datum(answer.subject, &answer.value)) {
            (Some(header), _) => observation.headers.push((header.to_lowercase(), answer.value.clone())),
            (None, datum) => observation = observation.with(answer.subject, datum),
        }
    }
    let stdout = observation.get(SubjectName::Stdout).cloned();
    match stdout {
        Some(stdout) if observation.get(SubjectName::Output).is_none() => observation.with(SubjectName::Output, stdout),
        _ => observation,
    }
}

/// What is always expected of an action.
fn always(action: &Action) -> Vec<(SubjectName, Datum)> {
    if let Some(always) = Always::of_action(action) {
        // Of all that is well, the plainest.
        let value = if always == Always::Status { "200" } else { always.value() };
        return vec![(always.subject(), datum(always.subject(), value))];
    }
    if let Action::File { .. } = action {
        return vec![(SubjectName::Exists, Datum::Flag(true))];
    }
    if let Action::Sql { .. } = action {
        return vec![(SubjectName::Count, datum(SubjectName::Count, "1"))];
    }
    Vec::new()
}

/// A part of an answer, as an action gives it.
fn datum(subject: SubjectName, value: &str) -> Datum {
    let text = || Datum::Text(value.to_owned());
    match subject.kind() {
        SubjectKind::Text => Datum::Kept(Kept::whole(value)),
        SubjectKind::Word | SubjectKind::Json => text(),
        SubjectKind::Number(dimensions) => match parse_quantity(value) {
            Ok(quantity) if quantity.dimension == Dimension::Count => {
                let dimension = dimensions.first().copied().unwrap_or(Dimension::Count);
                Datum::Number(Quantity { dimension, ..quantity })
            }
            Ok(quantity) => Datum::Number(quantity),
            Err(_) => text(),
        },
        SubjectKind::Time => parse_time(value).map_or_else(|_| text(), Datum::Time),
        SubjectKind::Flag => Datum::Flag(value.trim_start_matches('#') == "true"),
    }
}

fn answer(said: Said) -> Answer {
    match said {
        Said::Yes => Answer::Yes,
        Said::No => Answer::No,
        Said::CannotTell => Answer::CannotTell,
    }
}

fn reply(replied: Replied) -> Reply {
    match replied {
        Replied::Yes => Reply::Yes,
        Replied::No => Reply::No,
        Replied::Rollback => Reply::Rollback,
        Replied::Applied => Reply::Applied,
        Replied::NotApplied => Reply::NotApplied,
        Replied::Skip => Reply::Skip,
    }
}
