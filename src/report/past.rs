//! What past runs took, beside an estimate, in words. Invariant: a single run says nothing.

use super::times::seconds;
use crate::event::Took;

/// `took 42s in the median of 7 runs, 1m 3s in 95 of 100; the estimate of 10s is off`; empty where there
/// is only one run.
#[must_use]
pub fn render_took(took: Took, estimate: Option<f64>) -> String {
    if took.runs < 2 {
        return String::new();
    }
    let off = estimate.filter(|estimate| took.is_off(*estimate));
    let off = off.map(|estimate| format!("; the estimate of {} is off", seconds(estimate))).unwrap_or_default();
    let (median, most) = (seconds(took.median), seconds(took.most));
    format!("took {median} in the median of {} runs, {most} in 95 of 100{off}", took.runs)
}
