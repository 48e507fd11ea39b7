//! The words that engine and reports share: observations, judgements, events, the record that is
//! their fold, verdicts and exit codes. Pure and serialisable.

pub mod frame;
mod judgement;
mod observation;

pub use judgement::{Held, Judgement, Place};
pub use observation::{Answer, AttemptKey, Datum, Direction, Kept, Observation, Outcome, Performance};
