//! What came of testing a runbook: each case, and each promise that was broken. Invariant: a case passed
//! exactly when none of its promises was broken.

use serde::{Deserialize, Serialize};

use super::Place;

/// A runbook that was tested.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tested {
    /// The runbook's file, as it was named.
    pub file: String,
    /// Whether its own cases were tried; otherwise every failure was driven through every step.
    pub scripted: bool,
    /// The cases, in order.
    pub cases: Vec<TestedCase>,
}

/// A case that was tried.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestedCase {
    /// Its id; where failures are driven through, the unit and how it fails.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The promises that were broken; empty: it passed.
    pub broken: Vec<BrokenPromise>,
    /// What happened, in a few lines.
    pub story: Vec<String>,
}

/// A promise that was broken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokenPromise {
    /// The author's line, or the rule that needs none.
    pub line: String,
    /// Where that line stands; `None` for what is always promised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What happened instead.
    pub happened: String,
}

impl Tested {
    /// The cases that didn't pass.
    pub fn failed(&self) -> impl Iterator<Item = &TestedCase> {
        self.cases.iter().filter(|case| !case.broken.is_empty())
    }
}
