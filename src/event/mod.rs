//! The words that engine and reports share: observations, judgements, events, the record that is
//! their fold, verdicts and exit codes. Pure and serialisable.

mod judgement;
mod observation;

pub use judgement::{Held, Judgement, Place, all_hold, first_failure, worst_held};
pub use observation::{Answer, AttemptKey, Datum, Direction, Kept, Observation, Outcome, Performance};
