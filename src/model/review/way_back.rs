//! The way back runs in reverse: what an inverse captures is known to the inverses of the steps
//! above it, though never for sure, since a rollback passes only what the run had passed.

use super::names::{Names, State, may, with_captures};
use crate::model::Activity;

/// An inverse or `on-rollback`, and what is known when it runs.
pub(super) struct WayBack<'a> {
    /// What runs.
    pub activity: &'a Activity,
    /// What the way out left known.
    pub state: State,
    /// The step's or `on-rollback`'s id.
    pub id: &'a str,
}

impl Names<'_> {
    /// Looks at the way back, last to first.
    pub fn back(&mut self) {
        let mut captured = State::new();
        for WayBack { activity, mut state, id } in std::mem::take(&mut self.way_back).into_iter().rev() {
            for (name, certainty) in &captured {
                state.entry(name.clone()).or_insert_with(|| certainty.clone());
            }
            self.activity(activity, &state);
            captured = with_captures(captured, activity, Some(&may(id, "is passed only by some rollbacks")));
        }
    }
}
