//! How one attempt ended, before anybody looked at the clock: what the performers of the built-in
//! actions hand to each other. Judging it is left to the engine.
//!
//! Invariant: an attempt that answered has an observation; one that didn't says why.

use std::error::Error;
use std::fmt::Write as _;
use std::io;
use std::time::Duration;

use crate::event::{Observation, Outcome, Performance};

/// How one attempt ended.
#[derive(Debug)]
pub(super) struct Ending {
    outcome: Outcome,
    observation: Option<Observation>,
    trouble: Option<String>,
}

impl Ending {
    /// It answered.
    pub(super) fn answered(observation: Observation) -> Self {
        Self { outcome: Outcome::Applied, observation: Some(observation), trouble: None }
    }

    /// It answered, and something about the answer is not whole.
    pub(super) fn answered_badly(observation: Observation, trouble: impl Into<String>) -> Self {
        Self { outcome: Outcome::Applied, observation: Some(observation), trouble: Some(trouble.into()) }
    }

    /// Nothing happened.
    pub(super) fn did_not_start(trouble: impl Into<String>) -> Self {
        Self { outcome: Outcome::NotApplied, observation: None, trouble: Some(trouble.into()) }
    }

    /// Nobody can know what happened.
    pub(super) fn unknown(trouble: impl Into<String>) -> Self {
        Self { outcome: Outcome::Unknown, observation: None, trouble: Some(trouble.into()) }
    }

    /// Whether it answered, and nothing about the answer is amiss.
    pub(super) fn is_good(&self) -> bool {
        self.outcome == Outcome::Applied && self.trouble.is_none()
    }

    /// The same of something that had an effect before: nobody can say that nothing happened.
    pub(super) fn after_an_effect(self) -> Self {
        match self.outcome {
            Outcome::NotApplied => Self { outcome: Outcome::Unknown, ..self },
            Outcome::Applied | Outcome::Unknown => self,
        }
    }

    /// As a performance that took this long.
    pub(super) fn after(self, time: Duration) -> Performance {
        Performance {
            outcome: self.outcome,
            observation: self.observation,
            trouble: self.trouble,
            seconds: time.as_secs_f64(),
        }
    }
}

impl From<Performance> for Ending {
    fn from(performance: Performance) -> Self {
        Self { outcome: performance.outcome, observation: performance.observation, trouble: performance.trouble }
    }
}

/// What something that may refuse comes to: what it found, or why it did nothing.
impl From<Result<Observation, String>> for Ending {
    fn from(observed: Result<Observation, String>) -> Self {
        observed.map_or_else(Self::did_not_start, Self::answered)
    }
}

/// The operating system's own words, without its number.
pub(super) fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let words = text.split(" (os error").next().unwrap_or_default();
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// An error with every cause under it, in one line; a cause that the line has already isn't said twice.
pub(super) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !line.contains(&text) {
            let _ = write!(line, ": {text}");
        }
        cause = error.source();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_system_have_no_number() {
        assert_eq!(plain(&io::Error::from_raw_os_error(13)), "permission denied");
    }

    #[test]
    fn a_chain_names_every_cause_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("the request failed")]
        struct Outer(#[source] io::Error);
        let error = Outer(io::Error::other("connection refused"));
        assert_eq!(chain(&error), "the request failed: connection refused");
    }
}
