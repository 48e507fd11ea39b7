//! The real binary killed with SIGKILL: at every system call of engine and supervisor, and at random
//! moments; then resumed or rolled back, killed again, and compared with what the steps themselves
//! wrote elsewhere. And two engines for one lock, and clocks that jump.
//!
//! | variable | |
//! |---|---|
//! | `RUNBOOK_KILLS=N` | so many kills instead of 300 |
//! | `RUNBOOK_KILLS_SEED=N` | the kills of an earlier run again |
//! | `RUNBOOK_RACES=N` | so many races instead of 50 |
//! | `RUNBOOK_KILLS_TALLY=FILE` | a line for every kill, for `tests/reliability/long` |
//!
//! | file | |
//! |---|---|
//! | `killed` | the kills, and what must hold after them |
//! | `truth` | what the steps wrote, and what the journal says |
//! | `house` | a release, its state, and how it is called |
//! | `races` | two engines for one lock |
//! | `jumps` | a wall clock that is put forward or back by a day |
//! | `killer.c` | counts system calls, and kills at the n-th |
//! | `jump.c` | moves the wall clock of the program that it is loaded into |
//!
//! Invariant: a kill that was never reached doesn't count.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test that can't go on says so and ends")]

mod house;
mod jumps;
mod killed;
mod races;
mod truth;
