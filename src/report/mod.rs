//! Events → people and machines. Everything here is a pure function of events (or of the record that
//! is their fold), so that `runbook show RUN` after a crash prints what the terminal would have shown.
//!
//! | file | its one job |
//! |---|---|
//! | [`Style`] | what a place that is written to can show; its caller finds that out |
//! | [`Story`] | each event as plain lines |
//! | [`render_before`] | what a person reads before a run begins |
//! | [`closing_screen`] | the end of a run on one screen |
//! | [`Live`] | the view of a run on a terminal |
//! | [`Plain`], [`Json`] | listeners that write lines, and go quiet for ever when nobody reads |
//! | [`show`], [`render_runs`], [`render_status`] | runs of the past, and one that still runs |
//! | [`render_audit`] | whether what is on record of a run is whole |
//! | [`render_differences`], [`differences_markdown`], [`differences_json`] | two versions of a runbook, and what differs |
//! | [`render_text_diff`] | two texts, and what differs |
//! | [`Prompt`], [`WishPrompt`] | a question as a person on a terminal reads it |
//!
//! Invariants: nothing is shown as done before its event is heard, and an event is heard only when it
//! is durable; whatever a step prints is shown and never obeyed by what shows it.

mod audit;
mod before;
mod differences;
mod downtime;
mod escape;
mod failure;
mod fit;
mod history;
mod json;
mod live;
mod page;
mod plain;
mod questions;
mod screen;
mod state;
mod story;
mod stretches;
mod style;
mod tally;
#[cfg(test)]
mod tests;
mod text_diff;
mod times;
mod verdict;

pub use audit::render_audit;
pub use before::{Beginning, render_before};
pub use differences::{differences_json, differences_markdown, render_differences};
pub use escape::{begins_with_hashes, disarm, escape, escape_json, is_obeyed};
pub use history::{AtWork, render_runs, render_status, show, step_at_work};
pub use json::Json;
pub use live::{Live, Measure, Size};
pub use plain::Plain;
pub use questions::{Choice, Prompt, WishChoice, WishPrompt};
pub use screen::{Closing, closing_screen, still_to_undo};
pub use story::Story;
pub use style::Style;
pub use tally::Tally;
pub use text_diff::render_text_diff;
