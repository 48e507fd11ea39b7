//! The pure `decide`, the judge of expectations, and the driver that has the clock and the signals:
//! the only emitter of events.

mod decide;
pub mod judge;
mod moves;
mod safety;
mod way_back;

pub use decide::decide;
pub use moves::Move;
pub use safety::{attempts_budget, back_budget, time_to_safe};
