//! How few replicas were available while something was rolled out, and for how long there were fewer
//! than wanted: what *without downtime* means is measured here.
//!
//! Invariant: time counts as it was between two looks, never as it was after them.

use std::time::Duration;

use tokio::time::Instant;

use crate::model::render_duration;

/// The lowest number of available replicas, and for how long there were fewer than wanted.
#[derive(Debug, Default)]
pub(super) struct Lowest {
    /// The lowest number; `None`: nobody has looked yet.
    seen: Option<u64>,
    wanted: u64,
    short: Duration,
    last: Option<(Instant, bool)>,
}

impl Lowest {
    /// What a look found.
    pub(super) fn note(&mut self, available: u64, wanted: u64, now: Instant) {
        if let Some((since, true)) = self.last {
            self.short += now.saturating_duration_since(since);
        }
        self.last = Some((now, available < wanted));
        self.wanted = wanted;
        self.seen = Some(self.seen.map_or(available, |lowest| lowest.min(available)));
    }

    /// The lowest number; `None`: nobody has looked.
    pub(super) fn seen(&self) -> Option<u64> {
        self.seen
    }

    /// `at least 2 of 3 were available; fewer than 3 for 4s`; `None`: nobody has looked.
    pub(super) fn words(&self) -> Option<String> {
        let seen = self.seen?;
        let wanted = self.wanted;
        if self.short.is_zero() {
            return Some(format!("at least {seen} of {wanted} were available all the time"));
        }
        let short = Duration::from_millis(u64::try_from(self.short.as_millis()).unwrap_or(u64::MAX).max(1));
        Some(format!("at least {seen} of {wanted} were available; fewer than {wanted} for {}", render_duration(short)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_below_what_is_wanted_is_counted_between_looks() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut lowest = Lowest::default();
        assert_eq!(lowest.words(), None);
        lowest.note(3, 3, at(0));
        lowest.note(2, 3, at(10));
        lowest.note(1, 3, at(12));
        lowest.note(3, 3, at(15));
        lowest.note(3, 3, at(20));
        assert_eq!(lowest.seen(), Some(1));
        assert_eq!(lowest.words().unwrap(), "at least 1 of 3 were available; fewer than 3 for 5s");
    }
}
