//! What holds an attempt: its budget, and the wish of the operator that it ends. One place turns
//! both into words.
//!
//! Invariant: `hold` never outlives the budget, whatever the work does.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::Stop;
use crate::model::render_duration;

/// The budget of an attempt, counted from its start, and the wish to end it.
#[derive(Clone)]
pub(super) struct Limits {
    started: Instant,
    budget: Duration,
    stop: Stop,
    teller: Option<Teller>,
}

/// Shows a line of what goes on to whoever looks.
pub(super) type Teller = Arc<dyn Fn(&str) + Send + Sync>;

/// Why an attempt was cut short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// The budget is spent.
    BudgetSpent(Duration),
    /// Somebody asked for it.
    Stopped,
}

/// What is said of work of ours that panicked. Its own words may hold a secret; whoever masks panics
/// tells them.
pub(super) const OWN_MISTAKE: &str = "a mistake in runbook itself ended it";

/// Told to blocking work that nobody waits for it any more.
#[derive(Clone, Default)]
pub(super) struct Cancelled(Arc<AtomicBool>);

impl Limits {
    /// Begins to count now.
    pub(super) fn new(budget: Duration, stop: &Stop) -> Self {
        Self { started: Instant::now(), budget, stop: stop.clone(), teller: None }
    }

    /// With somebody to tell how far it is.
    pub(super) fn telling(self, teller: Option<Teller>) -> Self {
        Self { teller, ..self }
    }

    /// Tells how far it is, if somebody listens.
    pub(super) fn tell(&self, line: &str) {
        if let Some(teller) = &self.teller {
            teller(line);
        }
    }

    /// What is left of the budget.
    pub(super) fn left(&self) -> Duration {
        self.budget.saturating_sub(self.started.elapsed())
    }

    /// Waits for the work, but no longer than the limits allow. The work is dropped where it stands
    /// when it is cut short.
    pub(super) async fn hold<T>(&self, work: impl Future<Output = T>) -> Result<T, Cut> {
        let mut work = pin!(work);
        tokio::select! {
            biased;
            done = &mut work => Ok(done),
            () = self.stop.asked() => Err(Cut::Stopped),
            () = tokio::time::sleep(self.left()) => Err(Cut::BudgetSpent(self.budget)),
        }
    }

    /// Does work that blocks, on a thread of its own. When it is cut short it is told so, and left
    /// to itself: only for work that changes nothing.
    pub(super) async fn look<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Cancelled) -> T + Send + 'static,
    ) -> Result<T, String> {
        let cancelled = Cancelled::default();
        let told = cancelled.clone();
        let job = tokio::task::spawn_blocking(move || work(&told));
        match self.hold(job).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(_)) => Err(OWN_MISTAKE.to_owned()),
            Err(cut) => {
                cancelled.tell();
                Err(cut.words())
            }
        }
    }

    /// Does work that blocks and changes something, on a thread of its own. When it is cut short it
    /// is told so and waited for, so that nothing changes behind the back of whoever comes next.
    pub(super) async fn act<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Cancelled) -> T + Send + 'static,
    ) -> (Result<T, String>, Option<Cut>) {
        let cancelled = Cancelled::default();
        let told = cancelled.clone();
        let mut job = tokio::task::spawn_blocking(move || work(&told));
        let (done, cut) = match self.hold(&mut job).await {
            Ok(done) => (done, None),
            Err(cut) => {
                cancelled.tell();
                (job.await, Some(cut))
            }
        };
        (done.map_err(|_| OWN_MISTAKE.to_owned()), cut)
    }
}

impl Cut {
    /// In the operator's words.
    pub(super) fn words(self) -> String {
        match self {
            Self::BudgetSpent(budget) => format!("the budget of {} is spent", render_duration(budget)),
            Self::Stopped => "it was stopped".to_owned(),
        }
    }
}

impl Cancelled {
    fn tell(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether nobody waits any more.
    pub(super) fn is_told(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_a_panic_says_is_not_repeated() {
        let limits = Limits::new(Duration::from_secs(60), &Stop::default());
        let looked = limits.look(|_| -> () { panic!("a header: Bearer hunter2") }).await;
        assert_eq!(looked, Err(OWN_MISTAKE.to_owned()));
        let (acted, cut) = limits.act(|_| -> () { panic!("a header: Bearer hunter2") }).await;
        assert_eq!((acted, cut), (Err(OWN_MISTAKE.to_owned()), None));
    }
}
