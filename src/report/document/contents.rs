//! What a document says, in the order in which it says it, before anybody decides how it looks.
//! Invariant: it is made of the runbook and its settings alone, so that the same bundle and the same
//! settings make the same document, wherever and whenever.

use super::prose::{Place, Prose};
use super::timeline::Timeline;

/// A runbook as a document for people.
#[derive(Debug, Clone)]
pub struct Document {
    /// The runbook's id.
    pub id: String,
    /// Its title, values put in.
    pub title: String,
    /// `summary "…"`.
    pub summary: Option<Prose>,
    /// What stands at its head, label and text: release, owner, window, …
    pub head: Vec<Fact>,
    /// Its inputs, in order.
    pub inputs: Vec<Value>,
    /// Its secrets, in order.
    pub secrets: Vec<Value>,
    /// How to read it: what holds for every step that doesn't say otherwise.
    pub reading: Vec<Prose>,
    /// What must hold before the first step: boxes to tick.
    pub before: Vec<Prose>,
    /// What people confirm and do: boxes to tick.
    pub people: Vec<Prose>,
    /// The phases, in order.
    pub phases: Vec<Section>,
    /// When what happens, by the estimates.
    pub timeline: Timeline,
    /// The way back, from the last step on: a stretch of it each, the last one first.
    pub back: Vec<BackSection>,
    /// What has to be known of the whole way back.
    pub back_facts: Vec<Fact>,
    /// Both ways in the order of the way out, for a drawing.
    pub ladder: Vec<Rung>,
    /// What is done if something fails, in the order of the units.
    pub matrix: Vec<MatrixRow>,
    /// The runbook's file, relative to its folder.
    pub file: String,
    /// SHA-256 of the bundle.
    pub digest: String,
}

/// A label and what there is to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// One or two words.
    pub label: &'static str,
    /// What is said; more than one: a list.
    pub said: Vec<Prose>,
}

/// An input or a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// Its name.
    pub name: String,
    /// Its value, or where it comes from.
    pub said: Prose,
    /// What it is for; empty: its name says enough.
    pub help: Prose,
}

/// A phase.
#[derive(Debug, Clone)]
pub struct Section {
    /// From 1.
    pub number: String,
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// `why "…"`.
    pub why: Option<Prose>,
    /// Its window, its start, its locks, where it has its own.
    pub facts: Vec<Fact>,
    /// What is in it, in order.
    pub entries: Vec<Entry>,
}

/// What is in a phase.
#[derive(Debug, Clone)]
pub enum Entry {
    /// One thing to do or to look at.
    One(Card),
    /// A checkpoint with its checks.
    Checkpoint {
        /// Where others find it.
        place: Place,
        /// `1.2`.
        number: String,
        /// Its id.
        id: String,
        /// Its title.
        title: String,
        /// `why "…"`.
        why: Option<Prose>,
        /// Its checks and preserved values.
        cards: Vec<Card>,
    },
    /// Branches that run beside each other.
    Parallel {
        /// `1.2`.
        number: String,
        /// The branches.
        cards: Vec<Card>,
    },
    /// An `on-rollback`: nothing to do on the way out.
    OnTheWayBack(Prose),
}

/// What is done, as a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It only looks.
    Check,
    /// It changes something.
    Step,
    /// It changes something for ever.
    Irreversible,
    /// A value that must be the same after the way back.
    Preserve,
    /// A person does or confirms it.
    Manual,
    /// Time passes.
    Wait,
    /// It takes something back.
    Back,
}

/// One thing to do or to look at, on the way out or back.
#[derive(Debug, Clone)]
pub struct Card {
    /// Where others find it.
    pub place: Place,
    /// `2.3`, `R4`.
    pub number: String,
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it is.
    pub kind: Kind,
    /// Whether a person does it, or says that it is so.
    pub by_people: bool,
    /// `why "…"`.
    pub why: Option<Prose>,
    /// What can't be taken back, and why; `None`: it isn't the point of no return.
    pub no_return: Option<Prose>,
    /// What is done, in words; empty: the commands say it.
    pub instruction: Prose,
    /// The commands to copy; empty: there are none.
    pub commands: String,
    /// What must come back.
    pub expected: Vec<Expected>,
    /// Everything else: how long, what proves it, how it is undone.
    pub facts: Vec<Fact>,
}

impl Card {
    /// One that says nothing yet but what it is.
    #[must_use]
    pub fn new(place: Place, number: &str, id: &str, title: String, kind: Kind) -> Self {
        Self {
            place,
            number: number.to_owned(),
            id: id.to_owned(),
            title,
            kind,
            by_people: false,
            why: None,
            no_return: None,
            instruction: Prose::default(),
            commands: String::new(),
            expected: Vec::new(),
            facts: Vec::new(),
        }
    }
}

/// One thing that must come back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// In words.
    pub said: Prose,
    /// Several lines that the words lead to.
    pub lines: Option<String>,
    /// Whether nobody wrote it, since it is always expected.
    pub is_implied: bool,
}

/// A stretch of the way back: down to a barrier, or to where the stretch began.
#[derive(Debug, Clone)]
pub struct BackSection {
    /// From where to where it goes.
    pub title: Prose,
    /// The inverses, in the order in which they run.
    pub cards: Vec<Card>,
    /// The checkpoints that are verified when they have run.
    pub verified: Vec<Place>,
    /// Where it stops, and what stays; `None`: it goes to its end.
    pub barrier: Option<Prose>,
}

/// What is done if something fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatrixRow {
    /// What fails, and how if that matters.
    pub fails: Prose,
    /// Which inverses run.
    pub undone: Prose,
    /// How long that takes; empty: no time.
    pub takes: String,
    /// What is lost; empty: nothing.
    pub loses: Vec<String>,
    /// How it ends.
    pub ends: Prose,
    /// The exit code.
    pub exit: u8,
}

/// One row of the drawing of both ways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rung {
    /// `2.3`.
    pub number: String,
    /// The step's id, or a phase's.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it is to the way back.
    pub back: RungBack,
}

/// What a row of the drawing is to the way back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RungBack {
    /// It is undone: the number of its inverse, and what that is called.
    Undone(String, String),
    /// It needs nothing.
    Nothing,
    /// The way back doesn't pass it.
    Barrier,
    /// It is verified again on the way back.
    Verified,
    /// It is only looked at on the way out.
    Passed,
    /// It acts on the way back only: its number and title.
    OnlyBack(String, String),
}

impl Fact {
    /// One sentence with its label.
    #[must_use]
    pub fn one(label: &'static str, said: Prose) -> Self {
        Self { label, said: vec![said] }
    }
}
