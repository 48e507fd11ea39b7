//! `supervisor.jsonl`: the supervisor's own record of what it started and how that ended, framed and
//! chained like the journal. Two syncs a step: before its first process, and after its last.
//!
//! While a supervisor lives, it holds a lock on this file; that is how others know that it does.
//!
//! What can go wrong is what can go wrong with the journal: on a *full* disk a note is taken off again
//! and the log can still be written, since space for the way back is set aside behind its end; after
//! any other failed write, and after every failed sync, nothing is noted any more, and so nothing
//! starts. The next supervisor reads the log again from the disk itself.
//!
//! Reading it is `read`'s. Invariant: [`Log::note`] returns `Ok` only when the note is on the disk, and
//! after a failure that isn't a full disk never again.

mod file;
mod read;
mod torn;

use std::fs::File;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;
use rustix::fs::FlockOperation;
use serde::{Deserialize, Serialize};

pub(in crate::perform) use read::lock_of;
pub use read::{SupervisorLog, audit_log, read_log};

use super::modes::share;
use super::protocol::Ending;
use crate::event::frame::{Chain, Damage, frame};
use crate::event::{AttemptKey, FORMAT, SUPERVISOR_ROOM, Storage, first_format};
use file::LogFile;
use read::{name, opened};

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Note {
    /// A supervisor began.
    Opened {
        /// Its process.
        pid: u32,
        /// When.
        at: Timestamp,
        /// How many bytes of a torn line were cut off before.
        #[serde(default)]
        cut: u64,
        /// The format of what it notes.
        #[serde(default = "first_format")]
        format: u32,
    },
    /// A step starts: written before its first process.
    Started {
        /// Which.
        key: AttemptKey,
        /// When.
        at: Timestamp,
        /// Where its output goes, from the run's directory.
        place: Utf8PathBuf,
    },
    /// Its first processes: not waited for, since nothing is decided by it but whom to look for when
    /// this supervisor is killed.
    Began {
        /// Which.
        key: AttemptKey,
        /// Their numbers, and a moment before which they didn't begin, in ticks since the machine started.
        processes: Vec<(i32, u64)>,
    },
    /// A step is over.
    Ended {
        /// Which.
        key: AttemptKey,
        /// When.
        at: Timestamp,
        /// How.
        ending: Box<Ending>,
    },
}

/// Why the log can't be used.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// A supervisor lives and holds it.
    #[error("a supervisor of this run is still at work")]
    InUse,
    /// It was changed or a disk failed; nothing in it can be trusted from there on.
    #[error("{path} is damaged at line {line}: {why}")]
    Damaged {
        /// The log.
        path: Utf8PathBuf,
        /// From 1.
        line: u64,
        /// What is wrong.
        why: Damage,
    },
    /// A whole line says something that this version doesn't know.
    #[error("{path}, line {line}, was written by another version: {source}")]
    Unreadable {
        /// The log.
        path: Utf8PathBuf,
        /// From 1.
        line: u64,
        /// What isn't understood.
        source: serde_json::Error,
    },
    /// A newer version of runbook wrote it.
    #[error("{path} is of format {format}, and this version of runbook reads formats up to {FORMAT}: use {who_can}")]
    Newer {
        /// The log.
        path: Utf8PathBuf,
        /// The newest format in it.
        format: u32,
        /// Which version can read it.
        who_can: String,
    },
    /// Somebody could have put it there or changed it.
    #[error("{path} isn't safe to use: it is a link, has a second name, or others can write it")]
    NotSafe {
        /// The log.
        path: Utf8PathBuf,
    },
    /// The disk is full: the note isn't in the log, all before it is.
    #[error("the disk is full: {path} has no room for another note")]
    Full {
        /// The log.
        path: Utf8PathBuf,
    },
    /// It can't be read or written.
    #[error("{path}: {source}")]
    Disk {
        /// The log.
        path: Utf8PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// An earlier note is perhaps not on the disk.
    #[error("an earlier note couldn't be written")]
    Failed,
}

impl LogError {
    /// Whether the log can't be written any more, though nothing is known to be wrong with what is in
    /// it: it has to be read again from the disk.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        match self {
            Self::Disk { .. } | Self::Failed => true,
            Self::InUse
            | Self::Damaged { .. }
            | Self::Unreadable { .. }
            | Self::Newer { .. }
            | Self::NotSafe { .. }
            | Self::Full { .. } => false,
        }
    }
}

/// The log while it is written.
pub struct Log {
    storage: Box<dyn Storage>,
    path: Utf8PathBuf,
    chain: Chain,
    /// Bytes in the file.
    length: u64,
    failed: bool,
}

impl Log {
    /// Opens or creates the log, takes its lock and reads it again from the disk. A torn line at its
    /// end is cut off, kept aside and noted. Returns the number of steps that were started so far, too.
    ///
    /// # Errors
    /// Another supervisor lives, the log is damaged, or the disk fails or is full.
    pub fn open(run: &Utf8Path) -> Result<(Self, usize), LogError> {
        let path = name(run);
        let on_disk = |source: io::Error| LogError::Disk { path: path.clone(), source };
        let file = opened(&path, File::options().read(true).append(true).create(true))?;
        share(run, &file).map_err(on_disk)?;
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Err(LogError::InUse),
            Err(error) => return Err(on_disk(error.into())),
        }
        let mode = file.metadata().map_err(on_disk)?.permissions();
        let keep = |torn: &[u8]| torn::keep_aside(run, mode, torn);
        let opened = Self::open_keeping(Box::new(LogFile(file)), &path, (std::process::id(), Timestamp::now()), keep)?;
        File::open(run).and_then(|directory| directory.sync_all()).map_err(on_disk)?;
        Ok(opened)
    }

    /// Opens the log on storage that nobody else has: as process `pid`, `at` this moment. `path` is only
    /// named in errors.
    ///
    /// # Errors
    /// The log is damaged, or the disk fails.
    pub fn open_on(
        storage: Box<dyn Storage>,
        path: &Utf8Path,
        pid: u32,
        at: Timestamp,
    ) -> Result<(Self, usize), LogError> {
        Self::open_keeping(storage, path, (pid, at), |_| Ok(()))
    }

    fn open_keeping(
        mut storage: Box<dyn Storage>,
        path: &Utf8Path,
        (pid, at): (u32, Timestamp),
        keep: impl FnOnce(&[u8]) -> io::Result<()>,
    ) -> Result<(Self, usize), LogError> {
        let on_disk = |source: io::Error| LogError::Disk { path: path.to_owned(), source };
        // After a failed sync the system shows what never reached the disk: only the disk counts.
        storage.sync().map_err(on_disk)?;
        let bytes = storage.read().map_err(on_disk)?;
        let (found, length, chain) = SupervisorLog::scan(&bytes, path)?;
        if found.torn > 0 {
            let torn = usize::try_from(length).ok().and_then(|length| bytes.get(length..)).unwrap_or_default();
            keep(torn).map_err(on_disk)?;
            storage.truncate(length).map_err(on_disk)?;
        }
        let started = found.notes.iter().filter(|note| matches!(note, Note::Started { .. })).count();
        // The engine has proven that there is room; where the file system can't set any aside, the log
        // grows as any other file.
        let _ = storage.reserve(length, SUPERVISOR_ROOM);
        let mut log = Self { storage, path: path.to_owned(), chain, length, failed: false };
        log.note(&Note::Opened { pid, at, cut: found.torn, format: FORMAT })?;
        Ok((log, started))
    }

    /// Gives back the space that is set aside behind the end of a run's log, for a run that is over. Nothing
    /// where a supervisor still has it, or there is none: space that stays taken harms nobody.
    pub fn give_room_back(run: &Utf8Path) {
        let path = name(run);
        let Ok(file) = opened(&path, File::options().read(true).write(true)) else { return };
        if rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok()
            && let Ok(found) = file.metadata()
        {
            // To the length that it has: what lies behind goes.
            let _ = file.set_len(found.len());
        }
    }

    /// Waits until every note is on the disk.
    ///
    /// # Errors
    /// The disk fails, now or earlier: a failed sync is never tried again.
    pub fn sync(&mut self) -> Result<(), LogError> {
        if self.failed {
            return Err(LogError::Failed);
        }
        self.storage.sync().map_err(|source| self.fails(source))
    }

    /// Writes a note and waits until it is on the disk.
    ///
    /// # Errors
    /// The disk is full, or it fails, now or earlier.
    pub fn note(&mut self, note: &Note) -> Result<(), LogError> {
        self.append(note)?;
        self.sync()
    }

    /// Writes a note without waiting for the disk.
    ///
    /// # Errors
    /// The disk is full, or it fails, now or earlier.
    pub fn append(&mut self, note: &Note) -> Result<(), LogError> {
        if self.failed {
            return Err(LogError::Failed);
        }
        let payload = serde_json::to_string(note).map_err(|error| self.fails(error.into()))?;
        let (line, next) = frame(&payload, &self.chain);
        let mut rest = line.as_bytes();
        while !rest.is_empty() {
            match self.storage.write(rest) {
                Ok(0) => return Err(self.fails(io::ErrorKind::WriteZero.into())),
                Ok(taken) => rest = &rest[taken..],
                Err(error) if is_full(&error) => return Err(self.takes_back(rest.len() < line.len())),
                Err(error) => return Err(self.fails(error)),
            }
        }
        self.chain = next;
        self.length += line.len() as u64;
        Ok(())
    }

    /// The disk is full: not even half a note may stay.
    fn takes_back(&mut self, something_was_written: bool) -> LogError {
        if something_was_written && let Err(error) = self.storage.truncate(self.length) {
            return self.fails(error);
        }
        LogError::Full { path: self.path.clone() }
    }

    fn fails(&mut self, source: io::Error) -> LogError {
        self.failed = true;
        LogError::Disk { path: self.path.clone(), source }
    }
}

/// Whether the error says that there is no space: on the disk, or in the user's quota.
fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

#[cfg(test)]
mod tests;
