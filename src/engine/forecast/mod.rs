//! What a plan would do, found out by the engine's own `decide`: it makes its moves in a record and
//! nowhere else. Nothing is performed, nothing is read, no clock is asked, but for [`look_now`].
//!
//! - `Walk` is a run that happens only in a record; a `Foresight` says what comes of each move.
//! - `Assumed` foresees that all is as expected, but for one unit that fails.
//! - `Scripted` foresees what a case of a test says; [`try_case`] holds it against what must happen.
//! - [`look_now`] looks at the system as it is, for those who want to know before.
//! - [`foresee`] walks a plan to its end, and from each unit on to the end of its failure.
//!
//! Invariant: a forecast never says what a unit answers; it only follows what is decided then.

mod assumed;
mod below;
mod described;
mod foresee;
mod hindrance;
mod matrix;
mod nobody;
mod probe;
mod scripted;
mod trial;
mod walk;

pub use foresee::{Origin, every_failure, foresee};
pub use probe::look_now;
pub use trial::{drive_through, try_case};
