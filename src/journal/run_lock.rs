//! The lock of a run itself: one engine at a time.
//!
//! It is never inherited, so it is free as soon as the engine is gone, however it went. Whether a
//! step of a dead engine still runs is told by the lock on the supervisor's log, which is `perform`'s.
//! Invariant: the file is never unlinked.

use super::error::JournalError;
use super::lock::LockRefusal;
use super::lock_file::{Holder, LockFile};
use super::run_directory::RunDirectory;

const ENGINE: &str = "engine.lock";

/// Held by the one engine that works on a run; dropping it gives it back.
#[derive(Debug)]
pub struct EngineLock {
    _file: LockFile,
}

impl RunDirectory {
    /// Takes the run for this engine alone. `holder.since` is now.
    ///
    /// # Errors
    /// [`JournalError::Refused`]: another engine works on it. `Io` or `NotSafe`.
    pub fn take_engine_lock(&self, holder: &Holder) -> Result<EngineLock, JournalError> {
        let file = LockFile::open(&self.directory, ENGINE)?;
        if !file.take()? {
            let held_by = file.holder().map(Box::new);
            return Err(LockRefusal::EngineRuns { holder: held_by, asking: Box::new(holder.clone()) }.into());
        }
        file.say(holder);
        Ok(EngineLock { _file: file })
    }

    /// Whether an engine works on the run; for those who only look.
    ///
    /// # Errors
    /// `Io` or `NotSafe`.
    pub fn has_engine(&self) -> Result<bool, JournalError> {
        LockFile::open_to_look(&self.directory, ENGINE)?.map_or(Ok(false), |file| file.is_held())
    }
}

#[cfg(test)]
mod tests;
