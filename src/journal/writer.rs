//! Appends events to a run's journal: the one place where a promise becomes durable.
//!
//! [`Writer::append`] only frames an event in memory. [`Writer::sync`] writes all that was appended
//! with one write and one `fdatasync`, so that a result and the next intent share it: three syncs a
//! step altogether, with the supervisor's two notes. What an event means, and that an intent comes
//! before its effect, is the engine's business.
//!
//! What can go wrong:
//! * *Full*: a write finds no space. What it wrote is taken off again, so that the journal is as it
//!   was after the sync before; what was appended since is dropped, and the caller must not act on
//!   it. The journal can still be written.
//! * *Broken*: any other failure, and every failure of a sync. After a failed sync the system may
//!   say that all is well while nothing was written, so nothing is tried again, ever: each later
//!   call answers [`JournalError::Broken`].
//!
//! Space is set aside behind the end of the file itself, where no other program can take it.
//! [`Writer::can_go_forward`] says whether enough of it is left for the way back.
//!
//! Invariant: when [`Writer::sync`] has returned `Ok`, every event appended before it will be read
//! again.

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

use super::error::JournalError;
use super::storage::is_full;
use crate::event::Storage;
use crate::event::frame::{Chain, frame};

/// What a forward step may write before the next question whether one may start.
const ONE_STEP: u64 = 16 * 1024;
/// What is set aside at a time.
const PORTION: u64 = 256 * 1024;

/// A journal that is written.
pub struct Writer {
    storage: Box<dyn Storage>,
    path: Utf8PathBuf,
    /// Appended and not yet written.
    pending: String,
    /// After the last event that was written, and after the last one that was appended.
    written: Chain,
    appended: Chain,
    /// Bytes in the file.
    length: u64,
    /// Up to where space is set aside.
    reserved: u64,
    /// Whether something was written that no sync has followed.
    unsynced: bool,
    /// Why nothing is written any more.
    broken: Option<String>,
}

impl Writer {
    /// A writer that goes on at the end of what `storage` holds: `length` bytes, of which the last
    /// record is `head`. `path` is only named in errors.
    #[must_use]
    pub fn new(storage: Box<dyn Storage>, path: &Utf8Path, head: Chain, length: u64) -> Self {
        Self {
            storage,
            path: path.to_owned(),
            pending: String::new(),
            written: head,
            appended: head,
            length,
            reserved: length,
            unsynced: false,
            broken: None,
        }
    }

    /// Frames an event; it is durable only after the next [`Writer::sync`]. Returns its number.
    ///
    /// # Errors
    /// [`JournalError::Broken`] for ever after a failure; `NotJson` if the event has no JSON form.
    pub fn append<E: Serialize>(&mut self, event: &E) -> Result<u64, JournalError> {
        self.must_be_sound()?;
        let payload = serde_json::to_string(event).map_err(|error| JournalError::NotJson { why: error.to_string() })?;
        let (line, next) = frame(&payload, &self.appended);
        self.pending.push_str(&line);
        self.appended = next;
        Ok(next.count())
    }

    /// Writes what was appended, without waiting for the disk: for events that only tell how it
    /// goes, so that those who follow see them.
    ///
    /// # Errors
    /// [`JournalError::Full`]: what was appended since the last write is dropped. `Broken`: nothing
    /// is written any more.
    pub fn flush(&mut self) -> Result<(), JournalError> {
        self.must_be_sound()?;
        if self.pending.is_empty() {
            return Ok(());
        }
        let pending = std::mem::take(&mut self.pending);
        let mut rest = pending.as_bytes();
        while !rest.is_empty() {
            match self.storage.write(rest) {
                Ok(0) => return Err(self.breaks("the disk takes no bytes")),
                Ok(taken) => rest = &rest[taken..],
                Err(error) if is_full(&error) => return Err(self.takes_back(rest.len() < pending.len())),
                Err(error) => return Err(self.breaks(&error.to_string())),
            }
        }
        self.length += pending.len() as u64;
        self.reserved = self.reserved.max(self.length);
        self.written = self.appended;
        self.unsynced = true;
        Ok(())
    }

    /// Makes all that was appended durable: at most one write and one `fdatasync`, none when there
    /// is nothing new.
    ///
    /// # Errors
    /// As [`Writer::flush`]; a failed sync is always `Broken`.
    pub fn sync(&mut self) -> Result<(), JournalError> {
        self.flush()?;
        if self.unsynced {
            self.storage.sync().map_err(|error| self.breaks(&error.to_string()))?;
            self.unsynced = false;
        }
        Ok(())
    }

    /// Whether a forward step may start: whether, after what it writes itself, at least
    /// `way_back` bytes stay set aside for the rollback. Sets more aside when it must; `false` only
    /// when the disk is full.
    ///
    /// # Errors
    /// [`JournalError::Broken`] when space can't be set aside for another reason than a full disk.
    pub fn can_go_forward(&mut self, way_back: u64) -> Result<bool, JournalError> {
        self.must_be_sound()?;
        let end = self.length + self.pending.len() as u64;
        let needed = way_back + ONE_STEP;
        if self.reserved >= end + needed && !self.storage.lost_reserve() {
            return Ok(true);
        }
        Ok(self.sets_aside(end, needed + PORTION)? || self.sets_aside(end, needed)?)
    }

    /// Bytes that can be written without needing space from the disk.
    #[must_use]
    pub fn set_aside(&self) -> u64 {
        self.reserved.saturating_sub(self.length + self.pending.len() as u64)
    }

    /// Where the journal stands after all that was appended.
    #[must_use]
    pub fn head(&self) -> &Chain {
        &self.appended
    }

    /// Gives back the space that is set aside, by this engine or an earlier one, when the run has ended: all
    /// is made durable first. A run that is to be continued keeps its space.
    ///
    /// # Errors
    /// As [`Writer::sync`].
    pub fn gives_back(&mut self) -> Result<(), JournalError> {
        self.sync()?;
        self.reserved = self.length;
        self.storage.truncate(self.length).map_err(|error| self.breaks(&error.to_string()))
    }

    fn sets_aside(&mut self, end: u64, bytes: u64) -> Result<bool, JournalError> {
        match self.storage.reserve(self.length, end - self.length + bytes) {
            Ok(()) => {
                self.reserved = end + bytes;
                Ok(true)
            }
            Err(error) if is_full(&error) => Ok(false),
            Err(error) => Err(self.breaks(&error.to_string())),
        }
    }

    /// The disk is full: nothing of what was appended may stay, not even half a line.
    fn takes_back(&mut self, something_was_written: bool) -> JournalError {
        self.appended = self.written;
        if something_was_written {
            if let Err(error) = self.storage.truncate(self.length) {
                return self.breaks(&format!("the disk is full, and half a record can't be taken off again: {error}"));
            }
            self.reserved = self.length;
        }
        JournalError::Full { path: self.path.clone() }
    }

    fn breaks(&mut self, why: &str) -> JournalError {
        self.broken = Some(why.to_owned());
        JournalError::Broken { path: self.path.clone(), why: why.to_owned() }
    }

    fn must_be_sound(&self) -> Result<(), JournalError> {
        match &self.broken {
            None => Ok(()),
            Some(why) => Err(JournalError::Broken { path: self.path.clone(), why: why.clone() }),
        }
    }
}

#[cfg(test)]
mod tests;
