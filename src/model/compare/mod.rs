//! Two versions of a runbook → what the newer one means differently, the riskiest first. What only
//! looks different (layout, comments, where an include cuts the text) is no difference.
//!
//! Each version is told as units, each with its facts: one canonical line for whatever the
//! model can say. Units are matched by their ids, then by what they say; facts by what they are about.
//! Two lines that aren't the same are a difference, of whatever class: what a rule doesn't know is
//! *changed*, and nothing is dropped. Every struct of the model is taken apart by name, so that a new
//! field doesn't compile until it is told.
//!
//! It leaves to others how a difference is shown, and where the versions come from. Invariant:
//! *loosened* never refuses what was accepted, *tightened* never accepts what was refused; where that
//! can't be told from the text, a difference is *changed*.

mod activity;
mod align;
mod class;
mod comparing;
mod declared;
mod difference;
mod doing;
mod fact;
mod kube;
mod looser;
mod matched;
mod moved;
mod range;
mod reach;
mod relation;
mod rule;
#[cfg(test)]
mod tests;
mod told;
mod unit;
mod written;

pub use class::{Class, NotAClass};
pub use comparing::{Version, compare};
pub use difference::{Difference, Shown};
pub use unit::UnitKind;
