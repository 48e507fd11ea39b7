//! The words of the language as data: where each may stand, how it is written, what it means. The
//! form of a file is checked against it, and its schema and reference are made from it. One
//! invariant: a word that isn't here is an error, and a word that is here is read by lowering.

mod cluster;
pub mod examples;
mod meanings;
mod words;

use cluster::{CLUSTER, KUBE_ACTION};
pub use meanings::property_meaning;
use words::{ACTION, ACTIVITY, PHASE, TOP};

/// Where a word may stand: the inside of a node, or the top of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "named for the node whose inside it is")]
pub enum Place {
    Top,
    Runbook,
    Input,
    Secret,
    Let,
    Defaults,
    Rehearse,
    Phase,
    Check,
    Step,
    OnRollback,
    Checkpoint,
    Preserve,
    Parallel,
    ManualItem,
    Applied,
    Inverse,
    Diagnose,
    Comparison,
    Pipe,
    Http,
    Sql,
    Kubernetes,
    Kube,
}

/// The properties of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Properties {
    /// These, each at most once.
    Named(&'static [&'static str]),
    /// Names of the author's own, each at most once.
    Own,
    /// Matchers; lowering counts them.
    Matchers(&'static [&'static str]),
}

/// One word in one or several places.
#[derive(Debug, Clone, Copy)]
pub struct Word {
    /// The name of the node.
    pub name: &'static str,
    /// Where it may stand in this form.
    pub places: &'static [Place],
    /// How it is written.
    pub usage: &'static str,
    /// What it means, in one sentence.
    pub meaning: &'static str,
    /// How many arguments it has at most; [`ANY`]: as many as one likes.
    pub arguments: usize,
    /// Its properties.
    pub properties: Properties,
    /// What its children are; `None`: it has none.
    pub inside: Option<Place>,
    /// Whether it may stand several times in one place.
    pub repeats: bool,
}

/// As many arguments as one likes.
pub const ANY: usize = usize::MAX;

/// The words that nobody may take, because they are coming.
pub const LATER: [&str; 10] =
    ["gate", "role", "roles", "metric", "baseline", "monitor", "channel", "notify", "notes", "target"];

/// The words that are actions.
pub const ACTIONS: [&str; 16] = [
    "run", "sh", "pipe", "http", "sql", "file", "disk", "port", "process", "service", "kube", "write", "copy", "link",
    "replace", "manual",
];

/// The names of matchers that are properties; `one-of` is a child.
pub const MATCHERS: [&str; 15] = [
    "is",
    "is-not",
    "contains",
    "lacks",
    "matches",
    "lacks-match",
    "like",
    "above",
    "below",
    "at-least",
    "at-most",
    "after",
    "before",
    "empty",
    "exists",
];

impl Word {
    const fn new(name: &'static str, places: &'static [Place], usage: &'static str, meaning: &'static str) -> Self {
        let properties = Properties::Named(&[]);
        Self { name, places, usage, meaning, arguments: 0, properties, inside: None, repeats: false }
    }

    const fn arguments(self, arguments: usize) -> Self {
        Self { arguments, ..self }
    }

    const fn properties(self, names: &'static [&'static str]) -> Self {
        Self { properties: Properties::Named(names), ..self }
    }

    const fn own_properties(self) -> Self {
        Self { properties: Properties::Own, ..self }
    }

    const fn matchers(self) -> Self {
        Self { properties: Properties::Matchers(&MATCHERS), ..self }
    }

    const fn inside(self, place: Place) -> Self {
        Self { inside: Some(place), ..self }
    }

    const fn repeats(self) -> Self {
        Self { repeats: true, ..self }
    }
}

impl Place {
    /// What a message calls it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Top => "the top level",
            Self::Runbook => "`runbook`",
            Self::Input => "`input`",
            Self::Secret => "`secret`",
            Self::Let => "`let`",
            Self::Defaults => "`defaults`",
            Self::Rehearse => "`rehearse`",
            Self::Phase => "a phase",
            Self::Check => "a check",
            Self::Step => "a step",
            Self::OnRollback => "`on-rollback`",
            Self::Checkpoint => "a checkpoint",
            Self::Preserve => "`preserve`",
            Self::Parallel => "`parallel`",
            Self::ManualItem => "`manual`",
            Self::Applied => "`applied`",
            Self::Inverse => "an inverse",
            Self::Diagnose => "`diagnose`",
            Self::Comparison => "a comparison",
            Self::Pipe => "`pipe`",
            Self::Http => "`http`",
            Self::Sql => "`sql`",
            Self::Kubernetes => "`kubernetes`",
            Self::Kube => "`kube`",
        }
    }
}

/// The form of a word in a place; `None` where it can't stand.
#[must_use]
pub fn word_in(place: Place, name: &str) -> Option<&'static Word> {
    table().find(|word| word.name == name && word.places.contains(&place))
}

/// Every word that may stand in a place.
pub fn words_in(place: Place) -> impl Iterator<Item = &'static Word> {
    table().filter(move |word| word.places.contains(&place))
}

/// Every word, in the order of the reference.
pub fn table() -> impl Iterator<Item = &'static Word> {
    TOP.iter().chain(CLUSTER).chain(PHASE).chain(ACTIVITY).chain(ACTION).chain(KUBE_ACTION)
}
