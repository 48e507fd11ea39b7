//! Reads a journal back: whole, or as it grows. Takes no lock, writes nothing, and works beside a
//! live engine and beside a dead one.
//!
//! A half line at the end is no damage to a reader: a live engine may be about to finish it, and a
//! dead one's is cut when the run is resumed. What the events mean is left to `event`, and mending
//! to `recovery`. Invariant: every event that is returned was written exactly so, in this order,
//! from the first one on.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::marker::PhantomData;

use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::OFlags;
use serde::de::DeserializeOwned;

use super::error::JournalError;
use super::run_directory::RunDirectory;
use crate::event::frame::{Chain, End, Scan, scan, scan_after};
use crate::event::{AuditedFile, Stamped, audit_file, newer};

/// What a journal holds.
#[derive(Debug, Clone)]
pub struct Read<E> {
    /// Every event before the first trouble.
    pub events: Vec<E>,
    /// What stands after the last of them.
    pub end: End,
    /// Where the next event goes on.
    pub head: Chain,
    /// How many bytes `events` take.
    pub length: u64,
}

impl<E> Read<E> {
    /// The same, unless the journal is damaged; a torn tail is no damage.
    ///
    /// # Errors
    /// [`JournalError::Damaged`] says where.
    pub fn undamaged(self, path: &Utf8Path) -> Result<Self, JournalError> {
        match self.end {
            End::Damaged { line, why, .. } => Err(JournalError::Damaged { path: path.to_owned(), line, why }),
            End::Whole | End::TornTail { .. } => Ok(self),
        }
    }
}

/// Reads a journal by its path, which may be a copy. Damage is data here: what stands before it can
/// still be shown.
///
/// # Errors
/// `Io`, or `UnknownEvent` for a whole line that isn't an `E`.
pub fn read<E: DeserializeOwned>(path: &Utf8Path) -> Result<Read<E>, JournalError> {
    let bytes = std::fs::read(path).map_err(|error| JournalError::io("read", path, error))?;
    decode(&scan(&bytes), path)
}

/// Reads the journal of a run; one whose making was interrupted has no events.
///
/// # Errors
/// As [`read`], and `NotSafe`.
pub fn read_run<E: DeserializeOwned>(run: &RunDirectory) -> Result<Read<E>, JournalError> {
    if run.never_began() {
        return Ok(Read { events: Vec::new(), end: End::Whole, head: Chain::genesis(), length: 0 });
    }
    let bytes = read_on(&mut run.open_journal(OFlags::RDONLY)?, 0, &run.journal())?;
    decode(&scan(&bytes), &run.journal())
}

/// Audits the journal of a run: every fault in it, and not only the first one.
#[must_use]
pub fn audit_journal(run: &RunDirectory) -> AuditedFile {
    let read = run.open_journal(OFlags::RDONLY).and_then(|mut file| read_on(&mut file, 0, &run.journal()));
    match read {
        Ok(bytes) => audit_file(&bytes, |payload| {
            serde_json::from_str::<Stamped>(payload).map(drop).map_err(|error| error.to_string())
        }),
        Err(error) => AuditedFile::unreadable(&error.to_string()),
    }
}

/// Reads a journal while it grows.
#[derive(Debug)]
pub struct Follower<E> {
    file: File,
    path: Utf8PathBuf,
    head: Chain,
    length: u64,
    kind: PhantomData<fn() -> E>,
}

impl<E: DeserializeOwned> Follower<E> {
    /// Follows the journal of a run from its first event on.
    ///
    /// # Errors
    /// `Io` or `NotSafe`.
    pub fn new(run: &RunDirectory) -> Result<Self, JournalError> {
        let file = run.open_journal(OFlags::RDONLY)?;
        Ok(Self { file, path: run.journal(), head: Chain::genesis(), length: 0, kind: PhantomData })
    }

    /// The events that came since the last call; empty: none. Doesn't wait.
    ///
    /// # Errors
    /// `Io`, `Damaged` or `UnknownEvent`.
    pub fn news(&mut self) -> Result<Vec<E>, JournalError> {
        let bytes = read_on(&mut self.file, self.length, &self.path)?;
        let news = decode(&scan_after(&bytes, &self.head), &self.path)?.undamaged(&self.path)?;
        self.head = news.head;
        self.length += news.length;
        Ok(news.events)
    }
}

pub(super) fn read_on(file: &mut File, from: u64, path: &Utf8Path) -> Result<Vec<u8>, JournalError> {
    let mut bytes = Vec::new();
    let read = file.seek(SeekFrom::Start(from)).and_then(|_| file.read_to_end(&mut bytes));
    read.map_err(|error| JournalError::io("read", path, error))?;
    Ok(bytes)
}

pub(super) fn decode<E: DeserializeOwned>(scan: &Scan<'_>, path: &Utf8Path) -> Result<Read<E>, JournalError> {
    if let Some(newer) = newer(scan.records.iter().map(|record| record.payload)) {
        return Err(JournalError::Newer { path: path.to_owned(), who_can: newer.who_can(), format: newer.format });
    }
    let events = scan.records.iter().map(|record| {
        serde_json::from_str(record.payload).map_err(|error| JournalError::UnknownEvent {
            path: path.to_owned(),
            line: record.number,
            why: error.to_string(),
        })
    });
    let events = events.collect::<Result<_, _>>()?;
    Ok(Read { events, end: scan.end.clone(), head: scan.head, length: scan.whole as u64 })
}

#[cfg(test)]
mod tests;
