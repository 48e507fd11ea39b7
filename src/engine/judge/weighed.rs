//! A verdict before it is tied to the author's line.

use crate::event::Held;

/// A verdict with its evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Weighed {
    pub held: Held,
    /// What came, cut to what a person reads.
    pub actual: String,
    /// Expected and actual, for a diff.
    pub texts: Option<(String, String)>,
    pub note: Option<String>,
}

impl Weighed {
    /// A verdict that was reached.
    pub fn judged(holds: bool, actual: String) -> Self {
        Self { held: if holds { Held::Yes } else { Held::No }, actual, texts: None, note: None }
    }

    /// No verdict, and why.
    pub fn in_error(actual: String, why: impl Into<String>) -> Self {
        Self { held: Held::InError, actual, texts: None, note: Some(why.into()) }
    }

    /// Whether it holds.
    pub fn holds(&self) -> bool {
        self.held == Held::Yes
    }

    /// Adds to the note; an empty addition changes nothing.
    pub fn noted(mut self, addition: impl AsRef<str>) -> Self {
        let addition = addition.as_ref();
        if !addition.is_empty() {
            self.note = Some(match self.note {
                Some(note) => format!("{note}; {addition}"),
                None => addition.to_owned(),
            });
        }
        self
    }

    /// Adds the two sides of a diff, unless it holds.
    pub fn with_texts(mut self, expected: &str, actual: &str) -> Self {
        if self.held != Held::Yes {
            self.texts = Some((super::excerpt::bounded(expected), super::excerpt::bounded(actual)));
        }
        self
    }
}
