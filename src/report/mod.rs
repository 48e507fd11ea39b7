//! Events → people and machines. Everything here is a pure function of events (or of the record that
//! is their fold), so that `runbook show RUN` after a crash prints what the terminal would have shown.
//!
//! | file | its one job |
//! |---|---|
//! | [`Style`] | what a place that is written to can show; its caller finds that out |
//! | [`Story`] | each event as plain lines |
//! | [`render_before`] | what a person reads before a run begins |
//! | [`Document`], [`to_markdown`], [`to_html`] | a runbook as the document that people used to write |
//! | [`render_forecast`] | what a plan would do, and what happens if it fails at any place of it |
//! | [`closing_screen`] | the end of a run on one screen |
//! | [`Live`] | the view of a run on a terminal |
//! | [`Plain`], [`Json`] | listeners that write lines, and go quiet for ever when nobody reads |
//! | [`Printer`] | writes in a thread of its own, so that nobody waits for who reads |
//! | [`show`], [`render_runs`], [`render_status`] | runs of the past, and one that still runs |
//! | [`render_rehearsal`], [`way_back_proven`] | what rehearsals showed |
//! | [`render_audit`] | whether what is on record of a run is whole |
//! | [`render_tested`], [`render_junit`] | which promises of a case were broken |
//! | [`render_differences`], [`differences_markdown`], [`differences_json`] | two versions of a runbook, and what differs |
//! | [`render_text_diff`] | two texts, and what differs |
//! | [`Prompt`], [`WishPrompt`] | a question as a person on a terminal reads it |
//!
//! Invariants: nothing is shown as done before its event is heard, and an event is heard only when it
//! is durable; whatever a step prints is shown and never obeyed by what shows it.

mod audit;
mod before;
mod differences;
mod document;
mod downtime;
mod escape;
mod failure;
mod fit;
mod forecast;
mod history;
mod json;
mod live;
mod page;
mod past;
mod plain;
mod printer;
mod questions;
mod rehearsal;
mod run_record;
mod screen;
mod state;
mod story;
mod stretches;
mod style;
mod tally;
mod tested;
#[cfg(test)]
mod tests;
mod text_diff;
mod times;
mod verdict;

pub use audit::render_audit;
pub use before::{Beginning, render_before};
pub use differences::{Differences, differences_json, differences_markdown, render_differences};
pub use document::{Document, Origin, to_html, to_markdown};
pub use escape::{begins_with_hashes, disarm, escape, escape_json, escape_xml, is_obeyed};
pub use forecast::{render_forecast, render_forecast_json, render_forecast_markdown};
pub use history::{AtWork, render_runs, render_status, show, step_at_work};
pub use json::Json;
pub use live::{Live, Measure, Size};
pub use past::render_took;
pub use plain::Plain;
pub use printer::{LeftOut, Printer};
pub use questions::{Choice, Prompt, WishChoice, WishPrompt};
pub use rehearsal::{render_rehearsal, render_rehearsed, way_back_proven};
pub use run_record::RunRecord;
pub use screen::{Closing, closing_screen, still_to_undo};
pub use story::Story;
pub use style::Style;
pub use tally::Tally;
pub use tested::{render_junit, render_tested};
pub use text_diff::render_text_diff;
