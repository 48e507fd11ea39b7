//! What the engine keeps and holds, where journal and supervisor have to agree: a lock is free only when
//! the engine and its last step are gone, and an effect needs both records.

use std::cell::RefCell;
use std::os::fd::AsFd;
use std::pin::Pin;
use std::rc::Rc;

use super::leases::Leases;
use crate::event::{Locks, LostLock, Record, Stamped, Store, StoreError, TakenLock};
use crate::journal::{JournalError, LockRefusal, RunLocks, RunStore, StateDirectory, read_run};
use crate::perform::process::Supervisor;
use crate::report::step_at_work;

/// Locks that the supervisor holds, too.
pub struct SharedLocks {
    locks: RefCell<RunLocks>,
    state: Rc<StateDirectory>,
    supervisor: Rc<Supervisor>,
    leases: Leases,
}

impl SharedLocks {
    /// No lock is held yet.
    pub fn new(locks: RunLocks, state: Rc<StateDirectory>, supervisor: Rc<Supervisor>, leases: Leases) -> Self {
        Self { locks: RefCell::new(locks), state, supervisor, leases }
    }

    /// Whether a run of this state directory has ended for good, so that what it holds it only failed to free.
    fn is_over(&self, run: &str) -> bool {
        let Ok(found) = self.state.find_run(run) else { return false };
        let (Ok(read), Ok(has_engine)) = (read_run::<Stamped>(&found), found.has_engine()) else { return false };
        let record = Record::of(&read.events);
        found.id().to_string() == run && !has_engine && record.head.is_some() && !record.is_open()
    }

    /// Why a lock isn't to be had, with the step that its holder is at and the way on.
    fn explain(&self, error: &JournalError) -> String {
        let JournalError::Refused(
            LockRefusal::Held { holder: Some(holder), .. } | LockRefusal::Dirty { left_by: Some(holder), .. },
        ) = error
        else {
            return with_help(error);
        };
        let run = &holder.run;
        let found = self.state.find_run(run).and_then(|found| Ok((read_run::<Stamped>(&found)?, found.has_engine()?)));
        let Ok((read, has_engine)) = found else { return with_help(error) };
        let is_held = matches!(error, JournalError::Refused(LockRefusal::Held { .. }));
        match (step_at_work(&read.events), has_engine) {
            (Some(step), _) if !is_held => format!("{}. It was at {step}.", with_help(error).trim_end_matches('.')),
            (Some(step), true) => {
                format!("{error}, at {step}. Wait until it has ended, or follow it: `runbook status {run} --follow`")
            }
            (Some(step), false) => format!(
                "{error}; its engine is gone, but {step} still runs under its supervisor. `runbook resume {run}` waits for it and goes on, `runbook rollback {run}` waits for it and takes the run back"
            ),
            (None, _) => with_help(error),
        }
    }
}

impl Locks for SharedLocks {
    fn take<'a>(&'a self, name: &'a str) -> Pin<Box<dyn Future<Output = Result<TakenLock, String>> + 'a>> {
        Box::pin(async move {
            // Two engines on one machine have the same words for each other, and need no cluster for it.
            let taken = self.locks.borrow_mut().take(name);
            let (reach, shared) = taken.map_err(|error| self.explain(&error))?;
            self.supervisor.hold(shared.as_fd()).await.map_err(|error| error.to_string())?;
            let is_over = |run: &str| self.is_over(run);
            let lease = self.leases.take(name, &is_over).await?;
            let reach = match &lease {
                None => reach,
                Some(lease) => {
                    format!(
                        "{reach}, and in the cluster {} as the Lease {}/{}",
                        lease.cluster, lease.namespace, lease.name
                    )
                }
            };
            Ok(TakenLock { reach, lease })
        })
    }

    fn give_back<'a>(&'a self, name: &'a str, clean: bool) -> Pin<Box<dyn Future<Output = Result<(), String>> + 'a>> {
        Box::pin(async move {
            let given = self.leases.give_back(name, clean).await;
            self.locks.borrow_mut().give_back(name, clean);
            given
        })
    }

    fn lost(&self) -> Option<LostLock> {
        self.leases.lost()
    }
}

/// The run's events. Once the supervisor's log can't be written they are still kept, but nobody may act
/// on them: every sync answers that it failed.
pub struct SharedStore {
    journal: RunStore,
    supervisor: Rc<Supervisor>,
}

impl SharedStore {
    /// The store of a run whose processes this supervisor looks after.
    pub fn new(journal: RunStore, supervisor: Rc<Supervisor>) -> Self {
        Self { journal, supervisor }
    }
}

impl Store for SharedStore {
    fn append(&mut self, event: &Stamped) -> Result<(), StoreError> {
        self.journal.append(event)
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        self.journal.sync()?;
        match self.supervisor.broke() {
            None => Ok(()),
            Some(why) => Err(StoreError(format!("the supervisor's log can't be written: {why}"))),
        }
    }

    fn has_room(&mut self) -> bool {
        self.journal.has_room()
    }

    fn is_full(&self) -> bool {
        self.journal.is_full() && self.supervisor.broke().is_none()
    }

    fn finish(&mut self) {
        self.journal.finish();
    }
}

/// An error with its help, in one text.
fn with_help(error: &JournalError) -> String {
    match miette::Diagnostic::help(error) {
        Some(help) => format!("{error}. {help}"),
        None => error.to_string(),
    }
}
