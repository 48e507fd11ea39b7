//! The locks of one run as the engine sees them: taken and given back by name.
//!
//! A lock is marked as soon as it is taken, before the engine can do anything under it, and cleared
//! only at a clean end. Which locks a run needs is the engine's business; that supervisors share
//! them is arranged through [`RunLocks::shared`]. Invariant: a lock that was taken here is marked.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;

use jiff::Timestamp;

use super::error::JournalError;
use super::lock::Lock;
use super::lock_file::Holder;
use super::state::StateDirectory;
use crate::event::Locks;

/// The locks of one run.
pub struct RunLocks {
    state: Rc<StateDirectory>,
    holder: Holder,
    held: BTreeMap<String, Lock>,
}

impl RunLocks {
    /// No locks yet. The caller holds the run's engine lock.
    #[must_use]
    pub fn new(state: Rc<StateDirectory>, holder: Holder) -> Self {
        Self { state, holder, held: BTreeMap::new() }
    }

    /// Copies of the descriptors of every lock held: for a supervisor, which holds them on.
    ///
    /// # Errors
    /// What the system said.
    pub fn shared(&self) -> io::Result<Vec<OwnedFd>> {
        self.held.values().map(|lock| lock.as_fd().try_clone_to_owned()).collect()
    }

    /// Says which step the run is at, for the refusals that others get.
    pub fn say_step(&mut self, step: &str) {
        for lock in self.held.values_mut() {
            lock.say_step(step);
        }
    }

    fn try_take(&mut self, name: &str) -> Result<String, JournalError> {
        let holder = Holder { since: Timestamp::now(), ..self.holder.clone() };
        let reach = self.state.reach()?.to_string();
        let lock = self.state.take_lock(name, &holder)?;
        if let Err(error) = lock.mark() {
            lock.give_back()?;
            return Err(error);
        }
        self.held.insert(name.to_owned(), lock);
        Ok(reach)
    }
}

impl Locks for RunLocks {
    fn take(&mut self, name: &str) -> Result<String, String> {
        self.try_take(name).map_err(|error| error.to_string())
    }

    fn give_back(&mut self, name: &str, clean: bool) {
        let Some(lock) = self.held.remove(name) else { return };
        // What fails here leaves the mark, and a mark too many only makes somebody look.
        let cleared = if clean { lock.clear() } else { Ok(()) };
        let _ = cleared.and_then(|()| lock.give_back());
    }
}

#[cfg(test)]
mod tests;
