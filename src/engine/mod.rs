//! The pure `decide`, the judge of expectations, and the driver that has the clock and the signals:
//! the only emitter of events.

mod carry;
mod clock;
mod clocks;
mod decide;
mod driver;
mod end;
mod error;
pub mod forecast;
mod holding;
mod interrupt;
pub mod judge;
mod keep;
mod knowing;
mod locking;
mod moves;
mod notices;
#[cfg(debug_assertions)]
mod provoked;
mod rehearsing;
mod replay;
mod safety;
mod standstill;
mod start;
mod tasks;
#[cfg(test)]
mod tests;
mod way_back;

pub use carry::Carrier;
pub use clock::steady_clock;
pub use decide::decide;
pub use driver::{Engine, Footing};
pub use error::EngineError;
pub use moves::Move;
pub use notices::{Notice, Signal};
pub use rehearsing::first_turn;
pub use replay::{Divergence, replay};
pub use way_back::remaining;
