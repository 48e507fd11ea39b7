//! The engine's side of `run`, `sh` and `pipe`: starting the supervisor, asking it, understanding
//! how a step ended, also one whose engine is gone.
//!
//! It leaves processes themselves to `supervisor`. Invariant: an attempt for which a start is on
//! record and no end is never taken for one that didn't happen.

mod agreement;
mod ahead;
mod as_user;
mod connection;
mod ending;
mod fate;
mod supervisor;

pub use agreement::unrecorded;
pub use ahead::Ahead;
pub use as_user::{as_user_main, prove_user};
pub use ending::performance_of;
pub use fate::{Fate, end_of_orphans, fate_in, fate_of, supervisor_lives, wait_until_over};
pub use supervisor::{Live, Supervisor, SupervisorOptions};
