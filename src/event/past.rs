//! What past runs of a runbook took: for each step and check the durations of its successful attempts,
//! and whether an estimate is off from them. A pure function of events; which runs count is the
//! caller's business, and rehearsals never do.
//!
//! One invariant: fewer than three runs say nothing, and neither does a difference of two seconds.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Direction, Event, Stamped};

/// So many runs must have taken a time before an estimate is said to be off.
const FEWEST: usize = 3;
/// An estimate is off where the median is more than so many times of it,
const OVER: f64 = 1.5;
/// or less than this part of it,
const UNDER: f64 = 0.5;
/// and by more than so many seconds.
const SLACK: f64 = 2.0;

/// What past runs took.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Past {
    /// How many runs were added.
    pub runs: usize,
    took: BTreeMap<(String, Direction), Vec<f64>>,
}

/// What one step, check or inverse took.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Took {
    /// Half of the runs took at most so many seconds.
    pub median: f64,
    /// 95 of 100 runs took at most so many seconds.
    pub most: f64,
    /// In how many runs.
    pub runs: usize,
}

impl Past {
    /// Adds a run of this runbook; one of another runbook or one that is a rehearsal isn't added.
    pub fn add<'a>(&mut self, runbook: &str, events: impl IntoIterator<Item = &'a Stamped>) {
        let mut took = BTreeMap::new();
        for stamped in events {
            match &stamped.event {
                Event::RunStarted(head) if head.rehearsal.is_some() || head.runbook != runbook => return,
                // What was recovered after a crash says how long the crash took.
                Event::AttemptEnded(end) if end.failure.is_none() && !end.recovered => {
                    took.insert((end.key.unit.clone(), end.key.direction), end.seconds);
                }
                Event::LookEnded(end) if end.failure.is_none() && !end.verifying => {
                    took.insert((end.unit.clone(), Direction::Look), end.seconds);
                }
                _ => {}
            }
        }
        self.runs += 1;
        for (key, seconds) in took {
            self.took.entry(key).or_default().push(seconds);
        }
    }

    /// What a step (`Forward`), its inverse (`Back`) or a check (`Look`) took; `None`: no run says.
    #[must_use]
    pub fn took(&self, unit: &str, direction: Direction) -> Option<Took> {
        let mut took = self.took.get(&(unit.to_owned(), direction))?.clone();
        took.sort_by(f64::total_cmp);
        Some(Took { median: percentile(&took, 50)?, most: percentile(&took, 95)?, runs: took.len() })
    }
}

/// The least of the sorted values that so many of a hundred don't exceed.
fn percentile(sorted: &[f64], percent: usize) -> Option<f64> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

impl Took {
    /// Whether an estimate, in seconds, is off from it.
    #[must_use]
    pub fn is_off(&self, estimate: f64) -> bool {
        let far = self.median > estimate * OVER || self.median < estimate * UNDER;
        self.runs >= FEWEST && far && (self.median - estimate).abs() > SLACK
    }
}

#[cfg(test)]
mod tests {
    use super::{Took, percentile};

    #[test]
    fn a_percentile_is_a_time_that_was_taken() {
        assert_eq!(percentile(&[], 50), None);
        assert_eq!(percentile(&[7.0], 95), Some(7.0));
        assert_eq!(percentile(&[1.0, 2.0, 3.0, 4.0], 50), Some(2.0));
        let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!((percentile(&hundred, 50), percentile(&hundred, 95)), (Some(50.0), Some(95.0)));
    }

    #[test]
    fn an_estimate_is_off_where_enough_runs_say_so_by_far_enough() {
        let took = |median: f64, runs: usize| Took { median, most: median, runs };
        assert!(took(16.0, 3).is_off(10.0));
        assert!(took(4.9, 3).is_off(10.0));
        assert!(!took(16.0, 2).is_off(10.0), "two runs say nothing");
        assert!(!took(15.0, 3).is_off(10.0), "half as much again is still as expected");
        assert!(!took(5.0, 3).is_off(10.0));
        assert!(!took(0.01, 3).is_off(1.0), "nobody plans in fractions of seconds");
    }
}
