//! The two locks of a run itself: one engine at a time, and whether any of its steps still runs.
//!
//! The *engine lock* is never inherited: it is free as soon as the engine is gone, however it went.
//! The *steps lock* is shared with the supervisors: as long as it is held after the engine's death,
//! a step of the dead engine still runs, and a resumed run waits for it instead of guessing.
//! Invariant: neither file is ever unlinked.

use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use super::error::JournalError;
use super::lock::LockRefusal;
use super::lock_file::{Holder, LockFile};
use super::run_directory::RunDirectory;

const ENGINE: &str = "engine.lock";
const STEPS: &str = "steps.lock";
/// How often a wait for a step looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Held by the one engine that works on a run; dropping it gives it back.
#[derive(Debug)]
pub struct EngineLock {
    _file: LockFile,
}

/// Held by an engine and its supervisors together.
#[derive(Debug)]
pub struct StepsLock {
    file: LockFile,
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
        self.is_held(ENGINE)
    }

    /// Whether a step of the run still runs, with or without its engine; for those who only look.
    ///
    /// # Errors
    /// `Io` or `NotSafe`.
    pub fn has_running_steps(&self) -> Result<bool, JournalError> {
        self.is_held(STEPS)
    }

    /// Takes the steps lock; `None`: a step of an earlier engine still runs.
    ///
    /// # Errors
    /// `Io` or `NotSafe`.
    pub fn take_steps_lock(&self) -> Result<Option<StepsLock>, JournalError> {
        let file = LockFile::open(&self.directory, STEPS)?;
        Ok(file.take()?.then_some(StepsLock { file }))
    }

    /// Waits until no step of an earlier engine runs any more, and takes the steps lock. Dropping
    /// the future ends the wait. Waits for ever when a step never ends: its supervisor holds its
    /// budget.
    ///
    /// # Errors
    /// `Io` or `NotSafe`.
    pub async fn wait_for_steps(&self) -> Result<StepsLock, JournalError> {
        let file = LockFile::open(&self.directory, STEPS)?;
        // A blocking flock could be ended only by a signal, and would hold up a Ctrl-C.
        while !file.take_at_once()? {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Ok(StepsLock { file })
    }

    fn is_held(&self, name: &str) -> Result<bool, JournalError> {
        LockFile::open_to_look(&self.directory, name)?.map_or(Ok(false), |file| file.is_held())
    }
}

impl AsFd for StepsLock {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

#[cfg(test)]
mod tests;
