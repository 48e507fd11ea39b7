//! The verdict on one expectation, with its evidence: passes keep theirs too.

use serde::{Deserialize, Serialize};

/// The verdict on one expectation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// Whether it holds.
    pub held: Held,
    /// The author's line, or the rule that needs none: `exit is 0 (always expected)`.
    pub line: String,
    /// Where that line stands; `None` for what is always expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What was expected, in words: `is healthy`, `above 2GB`.
    pub expected: String,
    /// What came, cut to what a person reads; empty when nothing came.
    pub actual: String,
    /// For `like` and long texts: expected and actual whole (bounded), for a diff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub texts: Option<(String, String)>,
    /// Why it is in error, or what helps to read a failure; `None`: nothing to add.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Whether an expectation holds. An error is never a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Held {
    /// It holds.
    Yes,
    /// It was judged, and doesn't hold.
    No,
    /// It can't be judged: no value, another dimension, text that was cut.
    InError,
}

/// A place in the runbook, as people write it: `release.kdl:12:5`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The file's path.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}
