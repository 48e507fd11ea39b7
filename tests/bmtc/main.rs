//! The BMTC release against a real, small world: released over the version before, and taken back
//! from every step, whatever goes wrong with it. *As before* is decided by an oracle that asks neither
//! runbook nor its journal (`tests/fixtures/bmtc/oracle`).
//!
//! | variable | |
//! |---|---|
//! | `RUNBOOK_BMTC=full` | 20 moments for every kill instead of one or two |
//! | `RUNBOOK_BMTC_SEED=N` | the moments of an earlier run again |
//! | `RUNBOOK_BMTC_SYSTEMD=1` | the units run under this host's systemd (as root) |
//! | `RUNBOOK_BMTC_TALLY=FILE` | a line for every case, for `tests/bmtc/full` |
//! | `RUNBOOK_BMTC_KEEP=1` | worlds of failed cases stay |
//!
//! | file | |
//! |---|---|
//! | `release` | the release as it should be, and checks that refuse it |
//! | `ways` | every step exits, answers or takes its time wrongly |
//! | `killed` | every step's own process killed |
//! | `crashed` | engine, supervisor or both killed; then resumed or rolled back |
//! | `rehearsed` | rehearsed from its end and from every step |
//! | `resumed` | engine and supervisor killed inside every step; then resumed to the end |
//! | `back` | the way back itself fails, and goes on |
//! | `killed_back` | engine, supervisor, both or the inverse's own process killed on the way back |
//!
//! Invariant: a case whose fault was never reached fails.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test that can't go on says so and ends")]

mod back;
mod cases;
mod crashed;
mod killed;
mod killed_back;
mod moments;
mod procedure;
mod rehearsed;
mod release;
mod resumed;
mod run;
mod story;
mod verdict;
mod ways;
mod world;
