//! A disk that fails under a run: it is full, it refuses a write or a sync, takes half of one, becomes
//! read-only, or there are no descriptors left. The faults are real ones where the system can be made
//! to have them, else injected into the system calls by `strace`.
//!
//! What happened is known from what the steps wrote into a file elsewhere, never from the records.
//!
//! | variable | |
//! |---|---|
//! | `RUNBOOK_RELIABILITY=long` | every write and every sync instead of one or two |
//! | `RUNBOOK_SEED=N` | those of an earlier run again |
//!
//! | file | |
//! |---|---|
//! | `house` | a release that is half done, and its truth |
//! | `injected` | every write and sync of journal and supervisor's log fails |
//! | `limits` | small disks, full ones, short writes, no descriptors |
//!
//! Invariant: a case whose fault was never reached fails.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test that can't go on says so and ends")]

mod house;
mod injected;
mod limits;
#[path = "../journals/seed.rs"]
mod seed;
mod unsynced;
