//! The judge of expectations: a pure function from what was expected and what was observed to
//! verdicts with their evidence. It performs nothing, reads nothing and knows no clock; polling,
//! retrying and what follows from a verdict are the engine's.
//!
//! Its one rule: *an error is never a pass*. What can't be judged (no value, another dimension, a
//! text that isn't exactly one number, output that was cut) is in error, for `is-not`, `lacks` and
//! `lacks-match` just as for `is`.
//!
//! How values are compared:
//! - Texts are equal when they are spelled alike. `is-not` also refuses what is written differently
//!   and means the same number (`1.0`, `1`), so that neither of the two passes for a spelling.
//! - Numbers of an observation or of JSON are compared as numbers, with their dimension.
//! - `json … is=` with an object or array compares by subset: every key that is expected is there
//!   and its value is, in turn, a superset; arrays have the same length and agree element by
//!   element; numbers are compared as numbers (`1` is `1.0`), all else by type and value.
//! - `json PATH …` with no node doesn't hold; with `exists=#false` it does. A node that is `null`
//!   exists, and is empty.
//! - A missing SQL value (NULL, or no row) is `#null`, is empty and doesn't exist; any other
//!   expectation on it is in error.

mod aligned;
mod always;
mod comparing;
mod condition;
mod equality;
mod excerpt;
mod gap;
mod json;
mod judging;
mod like;
mod moment;
mod number;
mod patterns;
mod preserved;
mod seen;
mod select;
mod subject;
#[cfg(test)]
mod tests;
mod text;
mod weighed;

pub use condition::ConditionError;
pub use judging::Judge;
pub use preserved::preserved_equal;
pub use select::{CaptureError, SelectError};
