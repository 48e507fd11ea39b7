//! What time it is for a run: the wall clock when its engine began, carried on by the clock that
//! nobody can set. A wall clock that is put forward or back meanwhile changes no decision: no retry is
//! due earlier, no wait ends a day too late, no window closes.
//!
//! Invariant: it never runs backwards, not even from one engine of a run to the next.

use std::time::Duration;

use jiff::Timestamp;

/// A clock for one engine: `wall` is the time now, `last` that of the run's last event, if it has any; `up` says
/// how long the machine is up, suspended or not.
pub fn steady_clock(wall: Timestamp, last: Option<Timestamp>, up: impl Fn() -> Duration) -> impl Fn() -> Timestamp {
    let from = last.map_or(wall, |last| wall.max(last));
    let began = up();
    move || from.saturating_add(up().saturating_sub(began)).unwrap_or(from)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn it_goes_on_by_the_clock_that_nobody_sets_also_through_a_suspension() {
        let up = Cell::new(Duration::from_secs(5));
        let clock = steady_clock(at(1000), None, || up.get());
        assert_eq!(clock(), at(1000));
        up.set(Duration::from_secs(3605));
        assert_eq!(clock(), at(4600));
    }

    #[test]
    fn a_wall_clock_that_was_put_back_between_two_engines_starts_after_the_last_event() {
        let clock = steady_clock(at(1000), Some(at(87_400)), Duration::default);
        assert_eq!(clock(), at(87_400));
        let clock = steady_clock(at(1000), Some(at(900)), Duration::default);
        assert_eq!(clock(), at(1000));
    }
}
