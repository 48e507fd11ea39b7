//! What really happened, kept where no crash reaches it: every effect in its order, and what somebody
//! was told. It judges every effect at the moment when it happens.
//!
//! It knows the plan and never the journal. Invariant: nothing is ever taken out of it.

use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use runbook::event::{AttemptEnded, AttemptKey, Direction, Event, Occasion, Outcome, Verdict};
use runbook::model::{Inverse, InverseFailure};
use runbook::plan::{Plan, Unit, UnitKind};

use crate::scene::Says;

/// One time that a step or its inverse was performed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Act {
    pub key: AttemptKey,
    /// What it answered; `DoesNotStart`: nothing happened.
    pub says: Says,
    /// Its end is on record, and somebody was told so.
    pub told: bool,
}

/// What really happened.
#[derive(Clone, Default)]
pub struct Truth {
    pub plan: Option<Arc<Plan>>,
    pub acts: Vec<Act>,
    /// The journal and the supervisor's log as they were when they were last relied on.
    pub journal: Arc<[u8]>,
    pub notes: Arc<[u8]>,
    /// What must never be and was.
    pub broken: BTreeSet<&'static str>,
    /// What it was that was, in words.
    pub stories: Vec<String>,
}

pub const NOT_AGAIN: &str = "a done step never runs again";
pub const INTENT_FIRST: &str = "no effect without a durable intent";
pub const REVERSE: &str = "inverses run in exact reverse order of the starts";
pub const NOT_TWICE: &str = "no inverse that held runs twice";
pub const NOTHING_FOR_NOTHING: &str = "no inverse runs for what never ran";
pub const KEPT: &str = "an acknowledged record never disappears";
pub const NO_GUESS: &str = "an unknown outcome is never guessed";
pub const SECOND: &str = "a second recovery equals the first";
pub const MARKED: &str = "what may have effects under a lock keeps others out";
pub const WHOLE_BUNDLE: &str = "a run that began has its bundle whole";
pub const TRUE_VERDICT: &str = "a verdict is true";

impl Truth {
    pub fn of(plan: &Arc<Plan>) -> Self {
        Self { plan: Some(Arc::clone(plan)), ..Self::default() }
    }

    fn plan(&self) -> Arc<Plan> {
        Arc::clone(self.plan.as_ref().unwrap())
    }

    pub fn breaks(&mut self, what: &'static str, story: impl std::fmt::Display) {
        self.broken.insert(what);
        self.stories.push(format!("{what}: {story}"));
    }

    fn of_unit<'a>(&'a self, unit: &'a str, way: Direction) -> impl DoubleEndedIterator<Item = &'a Act> + 'a {
        self.acts
            .iter()
            .filter(move |act| act.key.unit == unit && act.key.direction == way && act.says != Says::DoesNotStart)
    }

    /// How often a step or its inverse was performed.
    pub fn times(&self, unit: &str, way: Direction) -> usize {
        self.acts.iter().filter(|act| act.key.unit == unit && act.key.direction == way).count()
    }

    /// Whether something of the step's effect is there.
    pub fn is_there(&self, unit: &str) -> bool {
        let atomic = self.plan().units.iter().any(|it| it.id == unit && it.step().is_some_and(|step| step.atomic));
        let mut there = false;
        for act in self.acts.iter().filter(|act| act.key.unit == unit) {
            match (act.key.direction, act.says) {
                (Direction::Forward, Says::Exit(code)) => there |= code == 0 || !atomic,
                (Direction::Forward, Says::IsUnknown) => there = true,
                (Direction::Back, Says::Exit(0)) => there = false,
                (Direction::Forward, Says::DoesNotStart)
                | (Direction::Look, _)
                | (Direction::Back, Says::Exit(_) | Says::IsUnknown | Says::DoesNotStart) => {}
            }
        }
        there
    }

    /// Judges whether others are kept out where an effect is about to happen: the marks on its locks are
    /// given as they are durable.
    pub fn judge_marks<'a>(&mut self, key: &AttemptKey, run: &str, marks: impl Iterator<Item = &'a [u8]>) {
        for mark in marks {
            if !contains(mark, run) || !mark.ends_with(b"\n") {
                self.breaks(MARKED, format!("{} {:?} {}", key.unit, key.direction, key.number));
            }
        }
    }

    /// Whether something happened that a way back is for.
    pub fn has_effects(&self) -> bool {
        self.acts.iter().any(|act| act.says != Says::DoesNotStart && act.key.direction == Direction::Forward)
    }

    /// Judges an effect that is about to happen. The journal and the supervisor's log (`None`: the engine
    /// does it itself) are given as they are durable.
    pub fn judge(&mut self, key: &AttemptKey, journal: &[u8], notes: Option<&[u8]>) {
        let plan = self.plan();
        let name = format!("{} {:?} {}", key.unit, key.direction, key.number);
        let written = serde_json::to_string(key).unwrap();
        if !contains(journal, &format!("\"event\":\"attempt-started\",\"key\":{written}")) {
            self.breaks(INTENT_FIRST, name.clone());
        }
        if notes.is_some_and(|notes| !contains(notes, &format!("\"started\":{{\"key\":{written}"))) {
            self.breaks(INTENT_FIRST, format!("{name}: not in the supervisor's log"));
        }
        let Some(index) = plan.index(&key.unit) else { return };
        match key.direction {
            Direction::Forward => self.judge_forward(key, &plan, index, &name),
            Direction::Back => {
                let tried = |unit: &str| {
                    contains(
                        journal,
                        &format!("\"attempt-started\",\"key\":{{\"unit\":\"{unit}\",\"direction\":\"back\""),
                    )
                };
                self.judge_back(key, &plan, (index, is_open(key, journal, notes)), tried, &name);
            }
            Direction::Look => {}
        }
    }

    fn judge_forward(&mut self, key: &AttemptKey, plan: &Plan, index: usize, name: &str) {
        let idempotent = plan.units[index].step().is_some_and(|step| step.idempotent);
        let done = self.of_unit(&key.unit, Direction::Forward).any(|act| act.told && act.says == Says::Exit(0));
        // A person may say of an atomic attempt that failed that nothing is there: that is true.
        let there = self.is_there(&key.unit);
        if done || (there && !idempotent) {
            self.breaks(NOT_AGAIN, name.to_owned());
        }
    }

    fn judge_back(
        &mut self,
        key: &AttemptKey,
        plan: &Plan,
        (index, is_open): (usize, bool),
        tried: impl Fn(&str) -> bool,
        name: &str,
    ) {
        if self.of_unit(&key.unit, Direction::Back).any(|act| act.told && act.says == Says::Exit(0)) {
            self.breaks(NOT_TWICE, name.to_owned());
        }
        let is_step = matches!(plan.units[index].kind, UnitKind::Step(_));
        let began =
            |id: &str| self.acts.iter().position(|act| act.key.unit == id && act.key.direction == Direction::Forward);
        let own = began(&key.unit);
        if is_step && own.is_none() && !is_open {
            return self.breaks(NOTHING_FOR_NOTHING, name.to_owned());
        }
        if is_step && own.is_none() {
            return;
        }
        let mut early = Vec::new();
        for (other, unit) in plan.units.iter().enumerate().filter(|(_, unit)| unit.id != key.unit) {
            let later = match (&unit.kind, is_step) {
                // An `on-rollback` has no start in the world: its place is that in the runbook.
                (UnitKind::OnRollback(_), _) => {
                    let passed = plan.units.iter().skip(other).any(|later| began(&later.id).is_some());
                    passed && other > index && self.of_unit(&unit.id, Direction::Back).next().is_none()
                }
                (UnitKind::Step(_), true) => began(&unit.id) > own && self.must_go_first(unit, &tried),
                (UnitKind::Step(_), false) => other > index && self.must_go_first(unit, &tried),
                _ => false,
            };
            if later {
                early.push(unit.id.clone());
            }
        }
        if !early.is_empty() {
            self.breaks(REVERSE, format!("{name} before {}", early.join(", ")));
        }
    }

    /// Whether a step that started later has its effect still there, and nobody tried to take it back.
    fn must_go_first(&self, unit: &Unit, tried: impl Fn(&str) -> bool) -> bool {
        let may_fail = unit.step().is_some_and(
            |step| matches!(&step.inverse, Inverse::Written(inverse) if inverse.on_failure == InverseFailure::Continue),
        );
        unit.has_way_back() && self.is_there(&unit.id) && !(may_fail && tried(&unit.id))
    }

    /// Something happened; the number under which its end is told.
    pub fn acted(&mut self, key: &AttemptKey, says: Says) -> usize {
        self.acts.push(Act { key: key.clone(), says, told: false });
        self.acts.len() - 1
    }

    /// What runs is ended before its end.
    pub fn cut_short(&mut self, key: &AttemptKey) {
        if let Some(act) = self.acts.iter_mut().rev().find(|act| act.key == *key) {
            act.says = Says::IsUnknown;
        }
    }

    /// The end of an attempt is on record.
    pub fn told(&mut self, key: &AttemptKey) {
        if let Some(act) = self.acts.iter_mut().rev().find(|act| act.key == *key) {
            act.told = true;
        }
    }

    /// An event was heard: it must be true.
    pub fn heard(&mut self, event: &Event) {
        match event {
            Event::AttemptEnded(end) => self.heard_end(end),
            Event::AppliedAsked { unit, occasion: Occasion::Settling, answer: runbook::event::Answer::Yes, .. }
                if !self.is_there(unit) =>
            {
                self.breaks(NO_GUESS, format!("{unit} was settled as applied and isn't there"));
            }
            _ => {}
        }
    }

    fn heard_end(&mut self, end: &AttemptEnded) {
        let act = self.acts.iter().rev().find(|act| act.key == end.key).cloned();
        let happened = act.as_ref().map(|act| act.says).filter(|says| *says != Says::DoesNotStart);
        let name = format!("{} {:?} {}", end.key.unit, end.key.direction, end.key.number);
        let wrong = match (end.outcome, happened) {
            (Outcome::Applied, Some(Says::Exit(_)))
            | (Outcome::NotApplied, None)
            | (Outcome::Unknown, Some(Says::IsUnknown)) => None,
            (Outcome::Unknown, Some(Says::Exit(_)) | None) if !act.as_ref().is_some_and(|act| act.told) => None,
            (outcome, happened) => Some(format!("{name} is said to be {outcome:?}, and was {happened:?}")),
        };
        if let Some(story) = wrong {
            self.breaks(NO_GUESS, story);
        }
        // That nobody can know how it ended is no end.
        if end.outcome != Outcome::Unknown {
            self.told(&end.key);
        }
    }

    /// The run stopped with this verdict: it must be true.
    pub fn concluded(&mut self, verdict: &Verdict) {
        let plan = self.plan();
        let steps = || plan.units.iter().filter(|unit| unit.step().is_some());
        let wrong: Vec<String> = match verdict {
            Verdict::Succeeded { .. } => {
                steps().filter(|unit| !self.is_there(&unit.id)).map(|it| it.id.clone()).collect()
            }
            Verdict::RolledBack { .. } => {
                steps().filter(|unit| unit.has_way_back() && self.is_there(&unit.id)).map(|it| it.id.clone()).collect()
            }
            Verdict::Refused { .. } => steps().filter(|unit| self.is_there(&unit.id)).map(|it| it.id.clone()).collect(),
            Verdict::Unsettled { unit } => {
                let known = self
                    .of_unit(unit, Direction::Forward)
                    .next_back()
                    .is_some_and(|act| act.told && act.says == Says::Exit(0));
                if known { vec![unit.clone()] } else { Vec::new() }
            }
            Verdict::Halted { .. }
            | Verdict::Incomplete { .. }
            | Verdict::Parked { .. }
            | Verdict::Abandoned { .. } => Vec::new(),
        };
        if !wrong.is_empty() {
            self.breaks(TRUE_VERDICT, format!("{verdict:?}, but for {}", wrong.join(", ")));
        }
    }
}

impl Hash for Truth {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.acts.hash(state);
        (self.journal.len(), self.notes.len()).hash(state);
    }
}

/// Whether nobody can know if a step happened: its start is on record and nothing after it, or a former
/// engine found it so.
fn is_open(key: &AttemptKey, journal: &[u8], notes: Option<&[u8]>) -> bool {
    let forward = |number: u32| {
        serde_json::to_string(&AttemptKey { direction: Direction::Forward, number, ..key.clone() }).unwrap()
    };
    (1..5).map(forward).any(|key| {
        contains(journal, &format!("\"attempt-ended\",\"key\":{key},\"outcome\":\"unknown\""))
            || match notes {
                Some(notes) => contains(notes, &format!("\"started\":{{\"key\":{key}")),
                None => contains(journal, &format!("\"attempt-started\",\"key\":{key}")),
            }
    })
}

fn contains(bytes: &[u8], text: &str) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|bytes| bytes.contains(text))
}
