//! Journals as they are found: damaged in every way, of a former version, of a newer one, recorded and
//! replayed. The golden ones (`tests/fixtures/journals`) are real runs, and all of it goes through the
//! reader and the recovery that `resume` and `rollback` use.
//!
//! | variable | |
//! |---|---|
//! | `RUNBOOK_RELIABILITY=long` | every image instead of a sample |
//! | `RUNBOOK_SEED=N` | the sample of an earlier run again |
//!
//! | file | |
//! |---|---|
//! | `golden` | the recorded runs, and those of every version continued |
//! | `images` | every way to damage a file of records, and what must come of it |
//! | `damaged` | the images through the recovery of journal and supervisor's log |
//! | `replay` | `decide` makes the recorded moves again |
//! | `lost` | records that are missing at the end, and a bundle that isn't the run's |

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test that can't go on says so and ends")]

mod damaged;
mod golden;
mod images;
mod lost;
mod replay;
mod seed;
