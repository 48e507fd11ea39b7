//! The locks of one run as the engine sees them: taken and given back by name.
//!
//! A lock is marked as soon as it is taken, before the engine can do anything under it, and cleared
//! only at a clean end. Which locks a run needs is the engine's business; that supervisors share
//! them is arranged with what [`RunLocks::take`] returns. Invariant: a lock that was taken here is marked.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;

use jiff::Timestamp;

use super::error::JournalError;
use super::lock::Lock;
use super::lock_file::Holder;
use super::state::StateDirectory;
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

    /// Takes a lock and marks it; returns how far it reaches, in words, and a copy of its descriptor for
    /// the supervisor, which holds it on. A lock that is held already is only shared again, and held by
    /// us where a step of a dead engine held it for us until now.
    ///
    /// # Errors
    /// As [`StateDirectory::take_lock`].
    pub fn take(&mut self, name: &str) -> Result<(String, OwnedFd), JournalError> {
        match self.held.get_mut(name) {
            Some(lock) => lock.hold(),
            None => self.take_anew(name)?,
        }
        let shared = self.held.get(name).map(|lock| lock.as_fd().try_clone_to_owned());
        let shared = shared.unwrap_or_else(|| Err(io::ErrorKind::NotFound.into()));
        let shared = shared.map_err(|error| JournalError::io("share", name.into(), error))?;
        Ok((self.state.reach()?.to_string(), shared))
    }

    /// Gives a lock back; `clean`: nothing of this run is left to undo, so its mark goes, too.
    pub fn give_back(&mut self, name: &str, clean: bool) {
        let Some(lock) = self.held.remove(name) else { return };
        // What fails here leaves the mark, and a mark too many only makes somebody look.
        let cleared = if clean { lock.clear() } else { Ok(()) };
        let _ = cleared.and_then(|()| lock.give_back());
    }

    fn take_anew(&mut self, name: &str) -> Result<(), JournalError> {
        let holder = Holder { since: Timestamp::now(), ..self.holder.clone() };
        let lock = self.state.take_lock(name, &holder)?;
        if let Err(error) = lock.mark() {
            lock.give_back()?;
            return Err(error);
        }
        self.held.insert(name.to_owned(), lock);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
