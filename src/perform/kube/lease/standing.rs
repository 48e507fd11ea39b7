//! Whether a Lease may be taken, from what was read of it. Pure: it knows no clock and asks nobody.
//!
//! How old a Lease is nobody can tell from its times, which are another machine's. So it is *expired* only
//! after we have seen the same `renewTime` for as long as it is granted, by our own clock. Invariant: being
//! expired frees nothing; it tells a run that died from one that goes.

use std::time::Duration;

use k8s_openapi::api::coordination::v1::Lease;

use super::holder::{LEFT, LeaseHolder, Who, annotation};

/// What a Lease is to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nobody has it.
    Free,
    /// Our run has it already: this engine, or one before it that is gone.
    Ours,
    /// Another one has it, or our run on another machine; nobody knows yet whether it still goes.
    Held(Who),
    /// The run stopped with its effects in place, and said so.
    Left(Who),
    /// The run stopped renewing it: its engine is gone, and its effects may be in place.
    Expired(Who),
}

/// What it is, after we have seen it so for `unchanged`. `granted` is for a Lease that doesn't say how long.
pub(super) fn standing(lease: &Lease, us: &LeaseHolder, unchanged: Duration, granted: Duration) -> Standing {
    let Some(who) = Who::of(lease) else { return Standing::Free };
    let is_left = annotation(lease, LEFT).is_some() && who.run.is_some();
    let is_expired = unchanged >= seconds_of(lease).unwrap_or(granted);
    if who.is(us) || who.is_run(us) && (is_left || is_expired) {
        Standing::Ours
    } else if is_left {
        Standing::Left(who)
    } else if is_expired {
        Standing::Expired(who)
    } else {
        Standing::Held(who)
    }
}

/// For how long it is granted; `None`: it doesn't say.
pub(super) fn seconds_of(lease: &Lease) -> Option<Duration> {
    let seconds = lease.spec.as_ref()?.lease_duration_seconds?;
    u64::try_from(seconds).ok().filter(|seconds| *seconds > 0).map(Duration::from_secs)
}

/// What was seen of a Lease over time.
#[derive(Debug, Default)]
pub(super) struct Watched {
    /// Holder and time of renewal, and since when they are so.
    seen: Option<(String, Duration)>,
    renewed: bool,
}

impl Watched {
    /// Notes what was read at `now`; for how long it has been so.
    pub(super) fn see(&mut self, lease: &Lease, now: Duration) -> Duration {
        let spec = lease.spec.clone().unwrap_or_default();
        let renewal = format!("{:?} {:?}", spec.holder_identity, spec.renew_time);
        match &self.seen {
            Some((same, since)) if *same == renewal => now.saturating_sub(*since),
            other => {
                self.renewed = other.is_some();
                self.seen = Some((renewal, now));
                Duration::ZERO
            }
        }
    }

    /// Whether it was renewed, or taken, before our eyes.
    pub(super) fn is_renewed(&self) -> bool {
        self.renewed
    }
}

#[cfg(test)]
mod tests;
