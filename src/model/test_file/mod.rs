//! `*.test.kdl`: what a runbook must do when something goes wrong, written beside it. Cases say what
//! actions answer, and what the run must do then; nothing of it is run.
//!
//! ```kdl
//! case no-answer "At migrate no answer comes: everything is taken back" {
//!     no-answer migrate
//!     must undo migrate checkout
//!     must end 1
//! }
//! ```
//!
//! Reading collects every error with its place, like lowering. Invariant: a case that is read names only
//! units that the runbook has, and only answers that their actions give.

mod case;
mod error;
mod read;
#[cfg(test)]
mod tests;

pub use case::{Answered, Cast, Happens, Part, Promise, Promised, Replied, Said, TestCase, TestFile, Told};
pub use error::TestFileError;
pub use read::read_tests;
