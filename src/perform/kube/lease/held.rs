//! A Lease that is held: renewed every third of the time for which it is granted, lost once, given back.
//!
//! It is lost when another has it, when it was deleted, and when it couldn't be renewed for the whole time for
//! which it is granted, counted from when the last renewal that held was *sent*, by a clock that runs while
//! the machine is suspended. Invariant: what is lost stays lost; whether it is can be asked at any moment and waits
//! for nobody.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::super::super::Uptime;
use super::super::trouble::Trouble;
use super::holder::{LeaseHolder, Who};
use super::object::{freed, left, renewed};
use super::seat::{Seat, Written};
use super::taking::{Asking, LeaseRefusal, Won, take};
use crate::event::LeaseTaken;
use crate::model::render_duration;
use crate::plan::ResolvedLease;

/// For how long a Lease is granted unless it is renewed. An API server that is restarted is away for less.
const GRANTED: Duration = Duration::from_mins(1);
/// For how long a cluster that doesn't answer is asked to free it.
const PATIENCE: Duration = Duration::from_secs(15);
/// For how long it is asked to note that a run stopped; who comes next sees it all the same, a little later.
const SHORT_PATIENCE: Duration = Duration::from_secs(3);

/// What is told of a Lease while it is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeaseNews {
    /// A line for people.
    Told(String),
    /// It is lost.
    Lost,
}

/// Hears it.
type Teller = Rc<dyn Fn(LeaseNews)>;

/// A Lease that is held. Dropping it leaves it as it is, to expire.
pub struct HeldLease {
    grip: Rc<Grip>,
    renewing: JoinHandle<()>,
}

struct Grip {
    seat: Seat,
    us: LeaseHolder,
    granted: Duration,
    /// As the server has it.
    lease: RefCell<Lease>,
    /// When the last renewal that held was sent.
    renewed: Cell<Duration>,
    /// Why it can't be renewed just now.
    trouble: RefCell<Option<String>>,
    lost: RefCell<Option<String>>,
    tell: Teller,
}

impl HeldLease {
    /// Takes it and renews it from now on, on this thread's tasks. `is_over` says of a run whether it is known to
    /// have ended for good.
    ///
    /// # Errors
    /// Another run has it or left it dirty, or the cluster can't be asked.
    pub async fn take(
        lease: &ResolvedLease,
        us: &LeaseHolder,
        is_over: &dyn Fn(&str) -> bool,
        tell: Teller,
    ) -> Result<Self, LeaseRefusal> {
        let granted = granted();
        let unreachable = |why| LeaseRefusal::NotReached { lock: lease.lock.clone(), why, may_be_ours: false };
        let seat = Seat::reach(lease, granted).await.map_err(unreachable)?;
        let told = |text: String| tell(LeaseNews::Told(text));
        let Won { lease, sent_at } = take(&seat, &Asking { us, granted, is_over, tell: &told }).await?;
        let grip = Rc::new(Grip {
            seat,
            us: us.clone(),
            granted,
            lease: RefCell::new(lease),
            renewed: Cell::new(sent_at),
            trouble: RefCell::default(),
            lost: RefCell::default(),
            tell,
        });
        let renewing = tokio::task::spawn_local(Rc::clone(&grip).renew());
        Ok(Self { grip, renewing })
    }

    /// Where it is.
    #[must_use]
    pub fn taken(&self) -> LeaseTaken {
        let Seat { address, namespace, name, .. } = &self.grip.seat;
        LeaseTaken { cluster: address.clone(), namespace: namespace.clone(), name: name.clone() }
    }

    /// Why it is lost by now; `None`: it is held.
    #[must_use]
    pub fn lost(&self) -> Option<String> {
        self.grip.lost()
    }

    /// Frees it, or notes that its run stopped with its effects in place.
    ///
    /// # Errors
    /// It can't be freed: why, and how a person does it.
    pub async fn give_back(self, clean: bool) -> Result<(), String> {
        self.renewing.abort();
        let Grip { seat, us, granted, .. } = &*self.grip;
        if clean {
            return free(seat, us, PATIENCE.min(*granted)).await;
        }
        // Whoever comes next finds it expired, and says the same of it.
        drop(write_over(seat, us, SHORT_PATIENCE, |lease| left(lease, Timestamp::now())).await);
        Ok(())
    }
}

impl Drop for HeldLease {
    fn drop(&mut self) {
        self.renewing.abort();
    }
}

/// Frees the Lease of a run that somebody gave up, or of one whose taking was broken off; one that isn't that
/// run's is left as it is.
///
/// # Errors
/// It can't be freed: why, and how a person does it.
pub async fn free_lease(lease: &ResolvedLease, us: &LeaseHolder) -> Result<(), String> {
    let granted = granted();
    let seat = Seat::reach(lease, granted).await;
    let seat = seat.map_err(|why| format!("the lock {} can't be freed in the cluster: {why}", lease.lock))?;
    free(&seat, us, PATIENCE.min(granted)).await
}

async fn free(seat: &Seat, us: &LeaseHolder, patience: Duration) -> Result<(), String> {
    let written = write_over(seat, us, patience, |lease| freed(lease, Timestamp::now())).await;
    written.map_err(|trouble| {
        let (lock, why, by_hand) = (&seat.lock, trouble.words(), seat.by_hand());
        format!("the lock {lock} can't be freed in the cluster: {why}; `{by_hand}` frees it")
    })
}

/// Writes what is made of our Lease; of one that isn't ours nothing.
async fn write_over(
    seat: &Seat,
    us: &LeaseHolder,
    patience: Duration,
    change: impl Fn(&Lease) -> Lease,
) -> Result<(), Trouble> {
    let begun = Uptime::now().all;
    loop {
        let written = match seat.read().await {
            Ok(Some(lease)) if Who::of(&lease).is_some_and(|who| who.is_run(us)) => seat.write(&change(&lease)).await,
            Ok(_) => return Ok(()),
            Err(trouble) => Err(trouble),
        };
        match written {
            Ok(Written::Made(_)) => return Ok(()),
            Ok(Written::Overtaken) => {}
            Err(trouble @ (Trouble::Refused(_) | Trouble::Absent(_))) => return Err(trouble),
            Err(trouble) if Uptime::now().all.saturating_sub(begun) > patience => return Err(trouble),
            Err(_) => sleep(Duration::from_millis(200)).await,
        }
    }
}

impl Grip {
    async fn renew(self: Rc<Self>) {
        let pause = (self.granted / 30).clamp(Duration::from_millis(100), Duration::from_secs(2));
        loop {
            let age = Uptime::now().all.saturating_sub(self.renewed.get());
            sleep((self.granted / 3).saturating_sub(age)).await;
            loop {
                if self.lost().is_some() {
                    (self.tell)(LeaseNews::Lost);
                    return;
                }
                let sent_at = Uptime::now().all;
                match self.renew_once().await {
                    Ok(()) => {
                        self.renewed.set(sent_at);
                        break;
                    }
                    Err(trouble) => self.bear(trouble),
                }
                sleep(pause).await;
            }
            if self.trouble.take().is_some() {
                (self.tell)(LeaseNews::Told(format!("the lock {} is renewed in the cluster again", self.seat.lock)));
            }
        }
    }

    /// Writes it once more; `Ok`, too, where it is found to be lost.
    async fn renew_once(&self) -> Result<(), Trouble> {
        let next = renewed(&self.lease.borrow(), Timestamp::now());
        match self.seat.write(&next).await? {
            Written::Made(lease) => *self.lease.borrow_mut() = *lease,
            Written::Overtaken => match self.seat.read().await? {
                Some(lease) => match Who::of(&lease) {
                    // Somebody else's note on it; or our own renewal, whose answer was lost.
                    Some(who) if who.is(&self.us) => {
                        let next = renewed(&lease, Timestamp::now());
                        *self.lease.borrow_mut() = lease;
                        if let Written::Made(lease) = self.seat.write(&next).await? {
                            *self.lease.borrow_mut() = *lease;
                        } else {
                            return Err(Trouble::Passing("somebody else writes to its Lease all the time".to_owned()));
                        }
                    }
                    Some(who) => self.lose(format!("{who} has it now ({})", self.seat.place())),
                    None => self.lose(format!("somebody freed it ({})", self.seat.place())),
                },
                None => self.lose(format!("{} was deleted", self.seat.place())),
            },
        }
        Ok(())
    }

    /// Notes trouble, and tells the first of it.
    fn bear(&self, trouble: Trouble) {
        let words = trouble.words();
        let left = self.granted.saturating_sub(Uptime::now().all.saturating_sub(self.renewed.get()));
        if self.trouble.replace(Some(words.clone())).is_none() {
            let left = render_duration(Duration::from_secs(left.as_secs()));
            let lock = &self.seat.lock;
            (self.tell)(LeaseNews::Told(format!(
                "the lock {lock} can't be renewed in the cluster, and holds for another {left}: {words}"
            )));
        }
    }

    fn lost(&self) -> Option<String> {
        let age = Uptime::now().all.saturating_sub(self.renewed.get());
        if self.lost.borrow().is_none() && age >= self.granted {
            let granted = render_duration(self.granted);
            let why = match &*self.trouble.borrow() {
                Some(trouble) => format!("it couldn't be renewed in the cluster for {granted}: {trouble}"),
                None => {
                    format!("it wasn't renewed in the cluster for {granted}: the machine or the engine stood still")
                }
            };
            self.lose(why);
        }
        self.lost.borrow().clone()
    }

    fn lose(&self, why: String) {
        self.lost.borrow_mut().get_or_insert(why);
    }
}

/// For how long a Lease is granted: a test on the real program may not wait for so long.
fn granted() -> Duration {
    #[cfg(debug_assertions)]
    if let Some(asked) = std::env::var("RUNBOOK_LEASE").ok().and_then(|text| crate::model::parse_duration(&text).ok()) {
        return asked;
    }
    GRANTED
}
