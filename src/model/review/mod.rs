//! What is wrong or weak in a runbook whose every line can be read: names without values, times
//! that don't add up, promises that prove nothing. Pure, over the lowered model.
//!
//! An *error* is what would fail during a release for a reason that can be seen before it. A
//! *warning* is legal but weak. Each rule is one file with its codes and their explanations; a rule
//! says nothing where it can't be sure.

mod allowed;
mod barrier;
mod budgets;
mod code;
mod downtime;
mod escaped_regex;
mod estimates;
mod inverse_proof;
mod known;
mod lacks;
mod names;
pub mod outside;
mod places;
mod programs;
mod proof;
mod rehearse;
pub mod repository;
mod requests;
mod restart;
mod rollout;
mod rules;
mod script_names;
mod shell_pipe;
mod texts;
mod until;
mod unused;
mod windows;

pub use allowed::{Sifted, sift};
pub use code::Code;
pub use estimates::{Estimate, Estimated, estimates};
pub use rules::{CODES, Review};
pub use texts::{names_in_condition, names_used};
