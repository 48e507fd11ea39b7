//! What holds on every cluster: `RUNBOOK_TEST_KUBECONFIG` says on which one, and without it each test has
//! a fixture of its own. What only a fixture can be made to do (a lost answer, a watch that breaks, a
//! server that is restarted) is tested beside this folder.
//!
//! Invariant: nothing in here knows the fixture; `switched.rs` holds it.

mod executed;
mod planned;
mod rolled;
mod sets;
mod verbs;

pub use planned::steps;
