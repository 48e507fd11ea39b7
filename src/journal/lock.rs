//! Named locks: one run at a time for each name, and none over the remains of another.
//!
//! A lock is a `flock` on a file below `locks/`, shared with the supervisors, so that it is free
//! exactly when the engine and all its steps are gone. A run *marks* its locks before its first
//! effect and *clears* them at a clean end; a run that crashed or halted leaves the mark, and a new
//! run refuses until somebody resumes, rolls back or abandons the old one. Which locks a run takes
//! and when is the engine's business. Invariant: between the mark and its clearing no other run gets
//! the lock, whatever crashes.

use std::os::fd::{AsFd, BorrowedFd};

use miette::Diagnostic;
use rustix::fs::OFlags;
use thiserror::Error;

use super::directory::Directory;
use super::error::JournalError;
use super::lock_file::{Holder, LockFile, read_holder};
use super::mark::{mark_name, put_mark, take_mark_off};
use super::state::StateDirectory;
use crate::model::digest::Digest;
use crate::model::render_duration;

/// Longer file names aren't possible everywhere; what is over is replaced by a hash.
const LONGEST_NAME: usize = 160;

/// Why a lock isn't given.
#[derive(Debug, Error, Diagnostic)]
pub enum LockRefusal {
    /// Another run holds it.
    #[error("the lock {name} is held{}", told(holder.as_deref(), asking))]
    #[diagnostic(
        code(runbook::journal::lock_held),
        help("Wait until that run has ended, or follow it: `runbook status {} --follow`.", run_of(holder.as_deref()))
    )]
    Held {
        /// The lock's name.
        name: String,
        /// Who holds it; `None`: the lock doesn't say.
        holder: Option<Box<Holder>>,
        /// Who asked for it, and when.
        asking: Box<Holder>,
    },
    /// A run that crashed or halted left its effects under this lock.
    #[error("the lock {name} isn't clean{}, and its effects are in place", told(left_by.as_deref(), asking))]
    #[diagnostic(
        code(runbook::journal::lock_dirty),
        help("`runbook resume {run}` goes on with it, `runbook rollback {run}` takes it back, `runbook abandon {run} --reason \"…\"` leaves everything as it is.", run = run_of(left_by.as_deref()))
    )]
    Dirty {
        /// The lock's name.
        name: String,
        /// The run that left it; `None`: its mark can't be read.
        left_by: Option<Box<Holder>>,
        /// Who asked for it, and when.
        asking: Box<Holder>,
    },
    /// Another engine works on this run.
    #[error("another engine works on the run {}{}", asking.run, told(holder.as_deref(), asking))]
    #[diagnostic(
        code(runbook::journal::engine_runs),
        help("Follow it: `runbook status {} --follow`. Press Ctrl-C where it runs to end it.", asking.run)
    )]
    EngineRuns {
        /// Who works on it; `None`: the lock doesn't say.
        holder: Option<Box<Holder>>,
        /// Who asked, and when.
        asking: Box<Holder>,
    },
}

/// `: run X of anna on build7 (process 12), begun 5m ago`.
fn told(holder: Option<&Holder>, asking: &Holder) -> String {
    let Some(Holder { run, host, user, pid, since }) = holder else { return String::new() };
    let age = std::time::Duration::try_from(asking.since.duration_since(*since)).unwrap_or_default();
    let age = render_duration(std::time::Duration::from_secs(age.as_secs()));
    format!(": run {run} of {user} on {host} (process {pid}), begun {age} ago")
}

fn run_of(holder: Option<&Holder>) -> &str {
    holder.map_or("RUN", |holder| holder.run.as_str())
}

/// A named lock that is held. Dropping it leaves it to the supervisors that share it, and its mark
/// to whoever comes next.
#[derive(Debug)]
pub struct Lock {
    name: String,
    directory: Directory,
    file: LockFile,
    holder: Holder,
    /// Whether it is locked through this file, and not through that of a dead engine's supervisor.
    ours: bool,
}

/// Whose mark is on a lock.
enum Marked {
    Nobody,
    ThisRun,
    /// `None`: the mark can't be read.
    Another(Option<Box<Holder>>),
}

impl StateDirectory {
    /// Takes a lock by its name, which may be any text. `holder.since` is now. The caller holds the
    /// run's engine lock.
    ///
    /// Where the run's own mark is on it and it is still held, that is a step of the run's dead
    /// engine: the run gets it, and the mark keeps all others out until it is really free.
    ///
    /// # Errors
    /// [`JournalError::Refused`]: another run holds it or left it unclean. `Io` or `NotSafe`.
    pub fn take_lock(&self, name: &str, holder: &Holder) -> Result<Lock, JournalError> {
        let directory = self.locks()?;
        let file = LockFile::open(&directory, &file_name(name))?;
        let ours = file.take()?;
        let lock = Lock { name: name.to_owned(), directory, file, holder: holder.clone(), ours };
        let (name, asking) = (name.to_owned(), Box::new(holder.clone()));
        match (lock.marked()?, ours) {
            (Marked::Nobody, true) | (Marked::ThisRun, _) => {
                lock.file.say(holder);
                Ok(lock)
            }
            (Marked::Another(left_by), true) => {
                lock.file.give_back()?;
                Err(LockRefusal::Dirty { name, left_by, asking }.into())
            }
            (Marked::Nobody | Marked::Another(_), false) => {
                let held_by = lock.file.holder().map(Box::new);
                Err(LockRefusal::Held { name, holder: held_by, asking }.into())
            }
        }
    }
}

impl Lock {
    /// The name it was taken by.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Marks that effects are about to be under it, durably: before the run's first effect, once.
    ///
    /// # Errors
    /// `Io` or `NotSafe`: then nothing may be changed.
    pub fn mark(&self) -> Result<(), JournalError> {
        put_mark(&self.directory, &self.name, &self.holder)
    }

    /// Takes the mark off, durably: nothing of this run is left to undo, or somebody abandoned it.
    ///
    /// # Errors
    /// `Io`.
    pub fn clear(&self) -> Result<(), JournalError> {
        take_mark_off(&self.directory, &self.name)
    }

    /// Takes it where a dead engine's supervisor held it until now, so that others read that it is held
    /// and not that it was left.
    pub fn hold(&mut self) {
        // If it can't be taken now, the mark still keeps all others out.
        self.ours = self.ours || self.file.take_at_once().unwrap_or(false);
        self.file.say(&self.holder);
    }

    /// Frees it, also for supervisors that share it. Its mark stays unless it was cleared.
    ///
    /// # Errors
    /// `Io`.
    pub fn give_back(self) -> Result<(), JournalError> {
        self.file.give_back()
    }

    /// Whose mark is on it.
    fn marked(&self) -> Result<Marked, JournalError> {
        let Some(file) = self.directory.file(&mark_name(&self.name), OFlags::RDONLY)? else {
            return Ok(Marked::Nobody);
        };
        Ok(match read_holder(&file) {
            Some(holder) if holder.run == self.holder.run => Marked::ThisRun,
            left_by => Marked::Another(left_by.map(Box::new)),
        })
    }
}

/// To hand it to a supervisor over a socket, where the shared lock arrives closed for its children.
impl AsFd for Lock {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

/// The file of a lock: letters, digits, `.`, `_` and `-` as they are, all else as `%2F`.
pub(super) fn file_name(name: &str) -> String {
    use std::fmt::Write as _;

    let mut encoded = String::with_capacity(name.len());
    for (place, byte) in name.bytes().enumerate() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') || (byte == b'.' && place > 0) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String can't fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    if encoded.is_empty() {
        return "%".to_owned();
    }
    if encoded.len() > LONGEST_NAME {
        encoded.truncate(LONGEST_NAME - 33);
        encoded.push('~');
        encoded.extend(Digest::of(name).to_string().chars().take(32));
    }
    encoded
}

#[cfg(test)]
mod tests;
