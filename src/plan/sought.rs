//! What the expectations of an activity look for in texts that may be too long to be kept: it is
//! looked for while they stream past.
//!
//! Invariant: nothing of a secret is looked for, since what was found is shown.

use serde::{Deserialize, Serialize};

use crate::model::{Activity, Matcher, SubjectName, Values};

/// One thing that is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sought {
    /// In which text.
    pub subject: SubjectName,
    /// What.
    pub needle: Needle,
}

/// What is looked for in a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Needle {
    /// This text, anywhere.
    Text(String),
    /// A match of this regex, anywhere.
    Match(String),
    /// The whole text is this one.
    Whole(String),
}

/// Whether an expectation or a capture may read a text of what an activity answers.
pub(super) fn reads_texts(activity: &Activity) -> bool {
    let is_text = |subject: SubjectName| !matches!(subject, SubjectName::Exit | SubjectName::Duration);
    !activity.captures.is_empty() || activity.expectations.iter().any(|expectation| is_text(expectation.subject.name))
}

/// What the expectations on the outputs of programs and the bodies of answers look for. What has no
/// value isn't among it; judging says why.
pub(super) fn sought_of(activity: &Activity, values: &Values) -> Vec<Sought> {
    let mut all = Vec::new();
    for expectation in &activity.expectations {
        let subject = expectation.subject.name;
        if !matches!(subject, SubjectName::Stdout | SubjectName::Stderr | SubjectName::Output | SubjectName::Body) {
            continue;
        }
        let comparison = &expectation.comparison;
        for expected in &comparison.expected {
            let is_secret = expected.text.references().any(|reference| reference.name.starts_with("secret."));
            let Some(text) = comparison.compared(expected, values).ok().filter(|_| !is_secret) else { continue };
            let needle = match comparison.matcher {
                Matcher::Contains | Matcher::Lacks => Needle::Text(text),
                Matcher::Matches | Matcher::LacksMatch => Needle::Match(text),
                Matcher::Is | Matcher::IsNot | Matcher::OneOf => Needle::Whole(text),
                Matcher::Like
                | Matcher::Above
                | Matcher::Below
                | Matcher::AtLeast
                | Matcher::AtMost
                | Matcher::After
                | Matcher::Before
                | Matcher::Empty
                | Matcher::Exists => continue,
            };
            all.push(Sought { subject, needle });
        }
    }
    all
}
