//! Taking a Lease, or saying who has it and what can be done about that.
//!
//! Of one that another run has it isn't known whether that run still goes; so it is watched until it is renewed
//! or has expired. Either way it isn't taken: the watching is for the words. Invariant: a Lease is written only
//! over what was read and found to be free or our own.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease;
use tokio::time::sleep;

use super::super::super::Uptime;
use super::super::trouble::Trouble;
use super::holder::{LeaseHolder, Who};
use super::object::taken;
use super::seat::{Seat, Written};
use super::standing::{Standing, Watched, seconds_of, standing};
use crate::model::render_duration;

/// How long the first pause is before a Lease is looked at again, and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// For how long a cluster that doesn't answer is asked.
const PATIENCE: Duration = Duration::from_secs(15);

/// Why a lock isn't to be had in a cluster.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LeaseRefusal {
    /// Another one has it, and goes on.
    #[error("the lock {lock} is held in the cluster, and renewed, by {who} ({place}). {follow}")]
    Held {
        /// The lock's name.
        lock: String,
        /// Who has it.
        who: String,
        /// Which Lease it is.
        place: String,
        /// What can be done.
        follow: String,
    },
    /// A run that crashed or halted left its effects under it.
    #[error("the lock {lock} isn't clean in the cluster: {who} {what} ({place}). {ways}")]
    Dirty {
        /// The lock's name.
        lock: String,
        /// Who left it.
        who: String,
        /// How.
        what: String,
        /// Which Lease it is.
        place: String,
        /// The ways out.
        ways: String,
    },
    /// The cluster can't be asked.
    #[error("the lock {lock} can't be taken in the cluster: {why}")]
    NotReached {
        /// The lock's name.
        lock: String,
        /// Why.
        why: String,
        /// Something was sent that may have made it ours.
        may_be_ours: bool,
    },
}

/// A Lease that is ours.
pub(super) struct Won {
    pub(super) lease: Lease,
    /// When what made it ours was sent, since the machine started.
    pub(super) sent_at: Duration,
}

/// What taking knows besides the Lease.
pub(super) struct Asking<'a> {
    pub(super) us: &'a LeaseHolder,
    pub(super) granted: Duration,
    /// Whether a run is known to be over, so that it can only have failed to free the Lease.
    pub(super) is_over: &'a dyn Fn(&str) -> bool,
    pub(super) tell: &'a dyn Fn(String),
}

/// Takes it, or waits until it is known who has it.
pub(super) async fn take(seat: &Seat, asking: &Asking<'_>) -> Result<Won, LeaseRefusal> {
    let Asking { us, granted, is_over, tell } = asking;
    let mut bearing = Bearing { seat, since: None, may_be_ours: false };
    let (mut watched, mut told, mut pause) = (Watched::default(), false, FIRST_PAUSE);
    loop {
        let found = match seat.read().await {
            Ok(found) => found,
            Err(trouble) => {
                bearing.bear(trouble).await?;
                continue;
            }
        };
        if let Some(lease) = &found {
            let unchanged = watched.see(lease, Uptime::now().all);
            match standing(lease, us, unchanged, *granted) {
                Standing::Free | Standing::Ours => {}
                Standing::Held(who) | Standing::Left(who) | Standing::Expired(who)
                    if who.run.as_deref().is_some_and(|run| !who.is_run(us) && is_over(run)) => {}
                Standing::Held(who) if watched.is_renewed() => return Err(held(seat, &who)),
                Standing::Held(who) => {
                    let patience = seconds_of(lease).unwrap_or(*granted);
                    if !std::mem::replace(&mut told, true) {
                        tell(watching(seat, &who, patience));
                    }
                    bearing.since = None;
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    continue;
                }
                Standing::Left(who) => return Err(left(seat, &who, "stopped with its effects in place")),
                Standing::Expired(who) => {
                    let granted = render_duration(seconds_of(lease).unwrap_or(*granted));
                    let what = format!(
                        "hasn't renewed it for {granted}, so its engine is gone, and its effects may be in place"
                    );
                    return Err(left(seat, &who, &what));
                }
            }
        }
        let sent_at = Uptime::now().all;
        let ours = taken(found.as_ref(), &seat.lock, &seat.name, us, *granted, Timestamp::now());
        match seat.write(&ours).await {
            Ok(Written::Made(lease)) => return Ok(Won { lease: *lease, sent_at }),
            // Who was quicker is read next.
            Ok(Written::Overtaken) => {}
            // What became of it is read next.
            Err(trouble) => {
                bearing.may_be_ours |= matches!(trouble, Trouble::Lost(_));
                bearing.bear(trouble).await?;
                continue;
            }
        }
        bearing.since = None;
    }
}

/// Trouble with the cluster, and the patience for it.
struct Bearing<'a> {
    seat: &'a Seat,
    /// When it began, since the machine started; `None`: there is none.
    since: Option<Duration>,
    may_be_ours: bool,
}

impl Bearing<'_> {
    /// Waits for trouble that may pass, as long as there is patience.
    async fn bear(&mut self, trouble: Trouble) -> Result<(), LeaseRefusal> {
        let now = Uptime::now().all;
        let since = *self.since.get_or_insert(now);
        let may_pass = matches!(trouble, Trouble::Passing(_) | Trouble::Lost(_));
        if !may_pass || now.saturating_sub(since) > PATIENCE {
            let (lock, why) = (self.seat.lock.clone(), trouble.words());
            return Err(LeaseRefusal::NotReached { lock, why, may_be_ours: self.may_be_ours });
        }
        sleep(Duration::from_millis(500)).await;
        Ok(())
    }
}

fn watching(seat: &Seat, who: &Who, patience: Duration) -> String {
    let (lock, patience) = (&seat.lock, render_duration(patience));
    format!("the lock {lock} is held in the cluster by {who}: looking whether that still goes on, for up to {patience}")
}

fn held(seat: &Seat, who: &Who) -> LeaseRefusal {
    let follow = match (&who.run, &who.host) {
        (Some(run), Some(host)) => {
            format!("Wait until it has ended, or follow it on {host}: `runbook status {run} --follow`")
        }
        (_, _) => "Wait until it has ended".to_owned(),
    };
    LeaseRefusal::Held { lock: seat.lock.clone(), who: who.to_string(), place: seat.place(), follow }
}

fn left(seat: &Seat, who: &Who, what: &str) -> LeaseRefusal {
    let by_hand = seat.by_hand();
    let ways = match (&who.run, &who.host) {
        (Some(run), Some(host)) => format!(
            "On {host}, `runbook resume {run}` goes on with it, `runbook rollback {run}` takes it back, `runbook abandon {run} --reason \"…\"` leaves everything as it is. If {host} and its records are gone for good, settle by hand what the run did; then `{by_hand}` frees the lock"
        ),
        (_, _) => format!("Ask whose it is; `{by_hand}` frees the lock"),
    };
    LeaseRefusal::Dirty {
        lock: seat.lock.clone(),
        who: who.to_string(),
        what: what.to_owned(),
        place: seat.place(),
        ways,
    }
}
