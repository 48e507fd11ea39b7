//! What a plan would do, found out by the engine's own `decide`: it makes its moves in a record and
//! nowhere else. Nothing is performed, nothing is read, no clock is asked.
//!
//! - `Walk` is a run that happens only in a record; a `Foresight` says what comes of each move.
//! - `Assumed` foresees that all is as expected, but for one unit that fails.
//! - [`foresee`] walks a plan to its end, and from each unit on to the end of its failure.
//!
//! Invariant: a forecast never says what a unit answers; it only follows what is decided then.

mod assumed;
mod described;
mod foresee;
mod matrix;
mod walk;

pub use foresee::{Origin, foresee};
