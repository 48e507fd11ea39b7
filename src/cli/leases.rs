//! The locks of a run that are held in clusters, by the lock's name: what of the plan they are made of, and
//! which of them are held. How one is held is the performer's. Invariant: a lock whose taking was broken off is
//! freed as one that was taken.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::event::{LeaseTaken, LostLock};
use crate::journal::this_host;
use crate::model::Values;
use crate::perform::{HeldLease, LeaseHolder, LeaseNews, LeaseRefusal, free_lease};
use crate::plan::{Circumstances, Plan, ResolvedLease};

use super::state::user_name;

/// The locks of a run that are held in clusters.
pub struct Leases {
    us: LeaseHolder,
    /// Every lock that the plan holds in a cluster; the error says why it can't.
    planned: BTreeMap<String, Result<ResolvedLease, String>>,
    held: RefCell<BTreeMap<String, HeldLease>>,
    /// Those whose taking has begun.
    begun: RefCell<BTreeSet<String>>,
    tell: Rc<dyn Fn(LeaseNews)>,
}

impl Leases {
    /// Those of a plan; none is held yet.
    pub fn of(
        plan: &Plan,
        run: &str,
        values: &Values,
        circumstances: &Circumstances<'_>,
        tell: Rc<dyn Fn(LeaseNews)>,
    ) -> Self {
        let planned = plan.leases.iter().map(|lease| {
            let resolved = lease.resolve(values, circumstances);
            (lease.lock.clone(), resolved.map_err(|error| format!("lock `{}`: {error}", lease.lock)))
        });
        Self { us: holder(run), planned: planned.collect(), held: RefCell::default(), begun: RefCell::default(), tell }
    }

    /// Takes the Lease of a lock; `None`: it has none. One that is held is kept.
    pub async fn take(&self, name: &str, is_over: &dyn Fn(&str) -> bool) -> Result<Option<LeaseTaken>, String> {
        let Some(planned) = self.planned.get(name) else { return Ok(None) };
        if let Some(held) = self.held.borrow().get(name) {
            return Ok(Some(held.taken()));
        }
        let planned = planned.as_ref().map_err(Clone::clone)?;
        self.begun.borrow_mut().insert(name.to_owned());
        let held = HeldLease::take(planned, &self.us, is_over, Rc::clone(&self.tell)).await;
        let held = held.map_err(|refusal| {
            if !matches!(refusal, LeaseRefusal::NotReached { may_be_ours: true, .. }) {
                self.begun.borrow_mut().remove(name);
            }
            refusal.to_string()
        })?;
        let taken = held.taken();
        self.held.borrow_mut().insert(name.to_owned(), held);
        Ok(Some(taken))
    }

    /// Gives it back.
    ///
    /// # Errors
    /// It can't be freed: why, and how a person does it.
    pub async fn give_back(&self, name: &str, clean: bool) -> Result<(), String> {
        let was_begun = self.begun.borrow_mut().remove(name);
        let held = self.held.borrow_mut().remove(name);
        match (held, self.planned.get(name)) {
            (Some(held), _) => held.give_back(clean).await,
            // It may have become ours all the same.
            (None, Some(Ok(planned))) if was_begun && clean => free_lease(planned, &self.us).await,
            (None, _) => Ok(()),
        }
    }

    /// The first that is lost; `None`: all are held.
    pub fn lost(&self) -> Option<LostLock> {
        let held = self.held.borrow();
        let mut lost =
            held.iter().filter_map(|(name, lease)| Some(LostLock { name: name.clone(), why: lease.lost()? }));
        lost.next()
    }
}

/// Who this engine is, for Leases.
pub fn holder(run: &str) -> LeaseHolder {
    LeaseHolder { run: run.to_owned(), host: this_host(), user: user_name(), pid: std::process::id() }
}
