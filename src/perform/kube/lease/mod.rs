//! A run's lock in a cluster: a Lease that names the run, taken by compare-and-swap, renewed while the run
//! goes, given back at its end.
//!
//! | file | its one job |
//! |---|---|
//! | `holder` | who holds a Lease, as the Lease says it |
//! | `standing` | whether it may be taken, from what was read; pure |
//! | `object` | the Lease as it is written: taken, renewed, left, freed; pure |
//! | `seat` | the one Lease of the API that is asked, with a limit to each answer |
//! | `taking` | taking it, or saying who has it |
//! | `held` | what is held: renewed, lost, given back |
//!
//! It is a lock and no fence: whoever was stopped in the middle of an effect and wakes up after the Lease went
//! to another isn't kept from ending it. Invariant: a Lease that names a run is never taken by another because of its
//! age. What a dead run left is settled by a person first.

mod held;
mod holder;
mod object;
mod seat;
mod standing;
mod taking;

pub use held::{HeldLease, LeaseNews, free_lease};
pub use holder::LeaseHolder;
pub use taking::LeaseRefusal;
