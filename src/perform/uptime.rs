//! How long the machine is up, by clocks that nobody can set.
//!
//! Invariant: neither of them ever goes back.

use std::time::Duration;

use crate::system;

/// How often the clocks are read until it happens at once.
const TRIES: u32 = 10;
/// Readings that are no further apart are of one moment.
const AT_ONCE: Duration = Duration::from_millis(20);

/// Since the machine started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Uptime {
    /// Without the time in which it was suspended.
    pub awake: Duration,
    /// With it.
    pub all: Duration,
}

impl Uptime {
    /// Now.
    #[must_use]
    pub fn now() -> Self {
        // Readings between which something else ran for long would look like a suspension.
        let mut up = Self::default();
        for _ in 0..TRIES {
            let before = system::up_awake();
            up = Self { all: system::up(), awake: system::up_awake() };
            if up.awake.saturating_sub(before) < AT_ONCE {
                break;
            }
        }
        up
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_was_never_awake_longer_than_it_is_up() {
        let now = Uptime::now();
        assert!(now.awake > Duration::ZERO);
        assert!(now.awake <= now.all + Duration::from_secs(1), "{now:?}");
    }
}
