//! What the author of a test wrote, typed.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::model::{Activity, Item, Runbook, SubjectName};
use crate::syntax::{Span, Spanned};

/// What cases may name: what is known of the runbook that is tested.
#[derive(Debug, Clone, Default)]
pub struct Cast {
    /// Every unit, with the word of its action and the subjects that it answers with; of a person's
    /// confirmation and a wait there are none.
    pub units: BTreeMap<String, (&'static str, &'static [SubjectName])>,
    /// Every checkpoint.
    pub checkpoints: Vec<String>,
    /// Every phase.
    pub phases: Vec<String>,
}

impl Cast {
    /// What cases of this runbook may name.
    #[must_use]
    pub fn of(runbook: &Runbook) -> Self {
        let phases = runbook.phases.iter().map(|phase| phase.id.value.clone());
        let mut cast = Self { phases: phases.collect(), ..Self::default() };
        let mut waits = 0;
        for item in runbook.phases.iter().flat_map(|phase| &phase.items) {
            cast.add(item, &mut waits);
        }
        cast
    }

    fn add(&mut self, item: &Item, waits: &mut usize) {
        match item {
            Item::Check(check) => self.unit(&check.id.value, &check.activity),
            Item::Step(step) => self.unit(&step.id.value, &step.activity),
            Item::OnRollback(back) => self.unit(&back.id.value, &back.activity),
            Item::Manual(manual) => drop(self.units.insert(manual.id.value.clone(), ("manual", &[]))),
            Item::Wait(_) => {
                *waits += 1;
                self.units.insert(format!("wait-{waits}"), ("wait", &[]));
            }
            Item::Checkpoint(checkpoint) => {
                self.checkpoints.push(checkpoint.id.value.clone());
                checkpoint.checks.iter().for_each(|check| self.unit(&check.id.value, &check.activity));
                for preserve in &checkpoint.preserves {
                    self.unit(&format!("{}/{}", checkpoint.id.value, preserve.name.value), &preserve.activity);
                }
            }
            Item::Parallel(parallel) => parallel.branches.iter().for_each(|branch| self.add(branch, waits)),
        }
    }

    fn unit(&mut self, id: &str, activity: &Activity) {
        self.units.insert(id.to_owned(), (activity.action.word(), activity.action.subjects()));
    }
}

/// A file of tests.
#[derive(Debug, Clone, Default)]
pub struct TestFile {
    /// `set NAME=VALUE…` at the top: of every case.
    pub settings: BTreeMap<String, String>,
    /// `case …`, in order.
    pub cases: Vec<TestCase>,
}

/// `case ID "title" {…}`.
#[derive(Debug, Clone)]
pub struct TestCase {
    /// Kebab-case, unique in the file.
    pub id: Spanned<String>,
    /// The second argument; the id where it is missing.
    pub title: String,
    /// `set NAME=VALUE…`, over those of the file.
    pub settings: BTreeMap<String, String>,
    /// What happens, in order.
    pub told: Vec<Told>,
    /// `past-no-return`: somebody has agreed to it.
    pub past_no_return: bool,
    /// `begins TIME`: when the run is begun; `None`: when its first phase may begin.
    pub begins: Option<Timestamp>,
    /// `lock-held NAME…`: the locks that another run holds; empty: every one. `None`: none.
    pub locks_held: Option<Vec<Spanned<String>>>,
    /// What the run must do, in order.
    pub promises: Vec<Promise>,
    /// The whole node.
    pub span: Span,
}

impl TestCase {
    /// Whether windows hold in it: only a case that says something of the time can mean them.
    #[must_use]
    pub fn watches_windows(&self) -> bool {
        self.begins.is_some() || self.told.iter().any(|told| told.happens == Happens::TooLate)
    }
}

/// What happens to one unit.
#[derive(Debug, Clone)]
pub struct Told {
    /// The unit; of what is too late, it may be a phase.
    pub unit: String,
    /// To what of it.
    pub part: Part,
    /// What.
    pub happens: Happens,
    /// The whole node.
    pub span: Span,
}

/// What of a unit something happens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// To itself, on the way out.
    Itself,
    /// `inverse`: to what undoes it.
    Inverse,
    /// `verification`: when it is looked at again after a way back.
    Verification,
}

/// What happens.
#[derive(Debug, Clone, PartialEq)]
pub enum Happens {
    /// `answer UNIT {…}`: it answers this, and is judged by it; nothing: as it is expected.
    Answers(Vec<Answered>),
    /// `fails UNIT`: it answers that it failed.
    Fails,
    /// `no-answer UNIT`: nobody can know what became of it.
    NoAnswer,
    /// `never-starts UNIT`.
    NeverStarts,
    /// `crash UNIT`: the engine dies in the middle of it, and the run is resumed.
    Crash,
    /// `applied UNIT yes|no|cannot-tell`: what its `applied` answers; behind `crash UNIT`, after the crash.
    Applied(Said),
    /// `reply UNIT …`: what a person says who is asked about it.
    Replies(Replied),
    /// `takes UNIT "1h"`.
    Takes(Duration),
    /// `too-late UNIT`: the window of its phase has closed when the run comes to it.
    TooLate,
}

/// What an `applied` answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words of the language itself")]
pub enum Said {
    Yes,
    No,
    CannotTell,
}

/// What a person says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words of the language itself")]
pub enum Replied {
    Yes,
    No,
    Rollback,
    Applied,
    NotApplied,
    Skip,
}

/// One part of an answer: `exit 1`, `header etag "x"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Which part.
    pub subject: SubjectName,
    /// The name of a header; `None` for all others.
    pub argument: Option<String>,
    /// As spelled.
    pub value: String,
}

/// `must VERB …`, `must-not VERB …`.
#[derive(Debug, Clone)]
pub struct Promise {
    /// `must`, and not `must-not`.
    pub must: bool,
    /// What.
    pub what: Promised,
    /// The whole node.
    pub span: Span,
}

/// What a run must do, or must not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Promised {
    /// `end CODE`: with this exit code.
    End(u8),
    /// `undo UNIT…`: run these inverses, in this order, and no others.
    Undo(Vec<String>),
    /// `verify CHECKPOINT…`: look at these again after the way back, in this order, and at no others.
    Verify(Vec<String>),
    /// `leave UNIT…`: stop with these inverses still to run, in this order.
    Leave(Vec<String>),
    /// `reach UNIT…`: start these, on the way out.
    Reach(Vec<String>),
    /// `skip UNIT…`: pass over these.
    Skip(Vec<String>),
    /// `ask UNIT…`: ask a person about these.
    Ask(Vec<String>),
    /// `fail UNIT`: name this as the first cause.
    Fail(String),
}
