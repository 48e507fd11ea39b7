//! A forecast for machines. Invariant: nothing in it is obeyed by who shows it.

use crate::event::Forecast;
use crate::report::escape::escape_json;

/// A forecast as one JSON object on one line, with its end.
#[must_use]
pub fn render_forecast_json(forecast: &Forecast) -> String {
    // A forecast always has a JSON form: its numbers are finite, its keys are texts.
    escape_json(&serde_json::to_string(forecast).unwrap_or_default()) + "\n"
}
