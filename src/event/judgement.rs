//! The verdict on one expectation, with its evidence: passes keep theirs too.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The verdict on one expectation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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

/// Whether an expectation holds. An error is never a pass. The order is the order of severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// The file's path.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}

impl Judgement {
    /// Whether it holds; an error doesn't.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.held == Held::Yes
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// Whether every expectation holds; true where nothing was expected.
#[must_use]
pub fn all_hold(judgements: &[Judgement]) -> bool {
    judgements.iter().all(Judgement::holds)
}

/// The most severe verdict among several; `Yes` where nothing was expected.
#[must_use]
pub fn worst_held(judgements: &[Judgement]) -> Held {
    judgements.iter().map(|judgement| judgement.held).max().unwrap_or(Held::Yes)
}

/// The first judgement of the most severe verdict; `None` when all hold.
#[must_use]
pub fn first_failure(judgements: &[Judgement]) -> Option<&Judgement> {
    let worst = worst_held(judgements);
    judgements.iter().find(|judgement| judgement.held == worst && worst != Held::Yes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judgement(held: Held) -> Judgement {
        Judgement {
            held,
            line: String::new(),
            place: None,
            expected: String::new(),
            actual: String::new(),
            texts: None,
            note: None,
        }
    }

    #[test]
    fn an_error_is_never_a_pass_and_outweighs_a_failure() {
        let cases: [(&[Held], bool, Held); 5] = [
            (&[], true, Held::Yes),
            (&[Held::Yes, Held::Yes], true, Held::Yes),
            (&[Held::Yes, Held::No], false, Held::No),
            (&[Held::InError, Held::Yes], false, Held::InError),
            (&[Held::No, Held::InError], false, Held::InError),
        ];
        for (held, all, worst) in cases {
            let judgements: Vec<_> = held.iter().copied().map(judgement).collect();
            assert_eq!(all_hold(&judgements), all, "{held:?}");
            assert_eq!(worst_held(&judgements), worst, "{held:?}");
            assert_eq!(first_failure(&judgements).map(|first| first.held), (!all).then_some(worst), "{held:?}");
        }
    }
}
