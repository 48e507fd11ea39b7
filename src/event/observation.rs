//! What an action answered: a record of named subjects. A performer only observes; whether that is
//! good is judged later, from this record alone.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{Quantity, SubjectName};
use crate::plan::Needle;

/// What an action answered.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// The subjects that there are. One that is missing has no value: every expectation on it but
    /// `exists=#false` is in error.
    pub subjects: BTreeMap<SubjectName, Datum>,
    /// The stream that is all of the output, so that nobody keeps it twice; `None`: the output is a subject
    /// of its own, or there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_is: Option<SubjectName>,
    /// The headers of a response, names in lower case, in order; empty for all else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
}

/// One value of an observation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Datum {
    /// A text that is wholly here.
    Text(String),
    /// A text that may be too long to be wholly here.
    Kept(Kept),
    /// A number with its dimension.
    Number(Quantity),
    /// A moment.
    Time(Timestamp),
    /// Yes or no.
    Flag(bool),
}

/// The head and the tail of a text that was cut, or the whole of one that wasn't.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The first bytes, as text (invalid UTF-8 replaced); everything when nothing was cut. Without
    /// the last newline.
    pub head: String,
    /// The last bytes; empty when nothing was cut.
    pub tail: String,
    /// How many bytes in between were dropped; 0: nothing.
    pub dropped: u64,
    /// Whether bytes that aren't UTF-8 were replaced.
    #[serde(default)]
    pub lossy: bool,
    /// What was looked for while the text streamed past, if it was cut; empty when nothing was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed: Vec<Passed>,
    /// Where all that was kept lies; `None`: only here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<Utf8PathBuf>,
}

/// What was looked for in a text while it streamed past.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passed {
    /// What.
    pub needle: Needle,
    /// Whether it was there.
    pub answer: Passing,
}

/// Whether something was in a text that streamed past.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Passing {
    /// It was; with what stood around it, cut.
    Found(String),
    /// It was nowhere.
    Absent,
    /// Nobody can tell, and why.
    Unclear(String),
}

/// What became of an action's effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It answered: its effect is there, whether or not the answer is the expected one.
    Applied,
    /// Nothing happened: it did not start.
    NotApplied,
    /// Nobody can know: a time-out, a kill, a lost connection, a crash.
    Unknown,
}

/// What a performer brings back. That an action failed is data, not an error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Performance {
    /// What became of the effect.
    pub outcome: Outcome,
    /// What it answered; `None` when there is no answer.
    pub observation: Option<Observation>,
    /// Why there is no (whole) answer, in the operator's words: `no such program: uv`,
    /// `ended by SIGKILL`, `the budget of 2m is spent`; `None` when it answered.
    pub trouble: Option<String>,
    /// Seconds from start to end.
    pub seconds: f64,
}

/// Which way an attempt goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// The step itself.
    Forward,
    /// Its inverse, or an `on-rollback`.
    Back,
    /// It only looks: a check, `applied`, `preserve`, `diagnose`.
    Look,
}

/// Names one attempt for ever: the same key never acts twice.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct AttemptKey {
    /// The id of the step or check.
    pub unit: String,
    /// Which way.
    pub direction: Direction,
    /// 1 for the first one of this unit in this direction.
    pub number: u32,
}

/// The answer to *is the whole effect there?*
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It is.
    Yes,
    /// It answered, and an expectation doesn't hold.
    No,
    /// No answer: a time-out, a signal, a lost connection, an expectation in error.
    CannotTell,
}

impl Observation {
    /// Adds or replaces a subject.
    #[must_use]
    pub fn with(mut self, name: SubjectName, datum: Datum) -> Self {
        self.subjects.insert(name, datum);
        self
    }

    /// The subject's value; `None` where the action has none.
    #[must_use]
    pub fn get(&self, name: SubjectName) -> Option<&Datum> {
        let stream = if name == SubjectName::Output { self.output_is } else { None };
        self.subjects.get(&stream.unwrap_or(name))
    }
}

impl Kept {
    /// A text that is wholly here; its last newline is taken off.
    #[must_use]
    pub fn whole(text: &str) -> Self {
        Self { head: text.strip_suffix('\n').unwrap_or(text).to_owned(), ..Self::default() }
    }

    /// The whole text; `None` when something was cut.
    #[must_use]
    pub fn as_whole(&self) -> Option<&str> {
        (self.dropped == 0).then_some(self.head.as_str())
    }
}
