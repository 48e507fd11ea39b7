//! What `runbook explain CODE` says about syntax errors.

/// Every code of this layer with what it means and an example of before and after.
#[must_use]
pub fn codes() -> &'static [(&'static str, &'static str)] {
    &[]
}
