//! **runbook**: a release as one readable document that is executed, verified and, when something
//! fails, taken back in exact reverse order.
//!
//! The house has one direction. Text becomes a model, a model a plan, a plan events; reports read
//! only events. A module imports only from those above it in this list (`tests/layers.rs`):
//!
//! | module | its one job |
//! |---|---|
//! | [`system`] | what Linux and macOS do differently; anybody may ask it |
//! | [`syntax`] | KDL text → lossless tree → spanned nodes; every syntax error in our words |
//! | [`model`] | what the author wrote, typed and pure; lowering collects every error |
//! | [`plan`] | model and inputs → ordered, resolved plan; reverse order, sums of time |
//! | [`event`] | the words that engine and reports share; the record as a fold; verdicts |
//! | [`perform`] | a resolved action → an observation; one file per kind of action |
//! | [`engine`] | the pure `decide`, the judge of expectations, the driver: the only emitter of events |
//! | [`journal`] | events ⇄ disk; locks; recovery (knows `event`, never `report`) |
//! | [`report`] | events → people and machines (knows `event`, never `journal`) |
//! | [`cli`] | arguments → calls; errors → standard error and an exit code |

pub mod cli;
pub mod engine;
pub mod event;
pub mod journal;
pub mod model;
pub mod perform;
pub mod plan;
pub mod report;
pub mod syntax;
pub mod system;
