//! `when NAME is=VALUE`: whether a step or check is wanted at all.

use super::comparing::Comparing;
use super::judging::Judge;
use super::seen::Seen;
use crate::event::Held;
use crate::model::{Condition, Matcher, Values};

/// Why a condition can't be decided.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`when {name}` can't be decided: {why}")]
pub struct ConditionError {
    /// The value that it is about.
    pub name: String,
    /// The reason, in the operator's words.
    pub why: String,
}

impl Judge {
    /// Whether a condition holds for the values. A value that isn't there is in error, except for
    /// `exists`.
    ///
    /// # Errors
    /// The value isn't known, or can't be compared.
    pub fn condition_holds(&self, condition: &Condition, values: &Values) -> Result<bool, ConditionError> {
        let undecided = |why: String| ConditionError { name: condition.name.value.clone(), why };
        let comparing = Comparing::read(&condition.comparison, values, &self.patterns).map_err(undecided)?;
        let weighed = match values.get(&condition.name.value) {
            Some(value) => comparing.weigh(&Seen::text(value.as_str())),
            None if comparing.matcher == Matcher::Exists => comparing.weigh_existence(false, String::new()),
            None => return Err(undecided("it has no value".to_owned())),
        };
        match weighed.held {
            Held::Yes => Ok(true),
            Held::No => Ok(false),
            Held::InError => Err(undecided(weighed.note.unwrap_or_default())),
        }
    }
}
