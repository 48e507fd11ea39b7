//! A performer that performs nothing: where only judging is wanted of a carrier. Invariant: whatever it is
//! asked to do did not start.

use crate::event::{AttemptKey, Outcome, Performance};
use crate::perform::{Performer, Running, Stop, Unseen};
use crate::plan::{ResolvedActivity, StateBefore};

/// Performs nothing.
pub(super) struct Nobody;

impl Performer for Nobody {
    fn perform<'a>(&'a self, _: &'a AttemptKey, _: &'a ResolvedActivity, _: &'a Stop) -> Running<'a, Performance> {
        let trouble = Some("nobody performs here".to_owned());
        let performance = Performance { outcome: Outcome::NotApplied, observation: None, trouble, seconds: 0.0 };
        Box::pin(std::future::ready(performance))
    }

    fn capture<'a>(&'a self, _: &'a ResolvedActivity) -> Running<'a, Result<Option<StateBefore>, String>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    fn probe<'a>(&'a self, _: &'a ResolvedActivity, _: &'a StateBefore) -> Running<'a, Option<bool>> {
        Box::pin(std::future::ready(None))
    }

    fn forget<'a>(&'a self, _: &'a ResolvedActivity, _: &'a StateBefore) -> Running<'a, Result<(), String>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn recover<'a>(&'a self, _: &'a AttemptKey, _: &'a ResolvedActivity) -> Running<'a, Result<Performance, Unseen>> {
        Box::pin(std::future::ready(Err(Unseen::default())))
    }
}
