//! A forecast → a page on a terminal, markdown for a pull request, JSON for machines. Nothing here says
//! that something is well: a forecast has seen nothing.
//!
//! Invariant: what a person reads grows with the plan and not with its square: a way back is named by its
//! ends, and stands whole in one place.

mod human;
mod json;
mod ladder;
mod markdown;
mod words;

pub use human::render_forecast;
pub use json::render_forecast_json;
pub use markdown::render_forecast_markdown;
pub(in crate::report) use words::ends_whole;
