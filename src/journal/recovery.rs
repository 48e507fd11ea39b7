//! Opens a run's journal for writing: a new one, or one that a dead engine left behind.
//!
//! What a dead engine left may be in memory only: after a failed sync the system shows bytes that
//! never reached the disk. So everything is synced once, its cached copy dropped, and the journal
//! read from the disk itself; only what is found there counts. A torn tail is cut, kept aside as
//! `journal.torn-<n>`, and told to the caller, who notes it as an event. Damage refuses.
//!
//! The caller holds the run's engine lock. Invariant: no whole record is ever cut.

use std::io::Write;

use camino::Utf8PathBuf;
use rustix::fs::{Advice, FallocateFlags, OFlags, fadvise, fallocate};
use serde::de::DeserializeOwned;

use super::error::JournalError;
use super::reader::{decode, read_on};
use super::run_directory::RunDirectory;
use super::storage::{FileStorage, is_full};
use super::writer::Writer;
use crate::event::SUPERVISOR_ROOM;
use crate::event::frame::{Chain, End, scan};

/// A journal that is written again.
pub struct Resumed<E> {
    /// What happened so far.
    pub events: Vec<E>,
    /// Goes on after the last of them.
    pub writer: Writer,
    /// What was cut; `None`: nothing.
    pub torn: Option<Torn>,
}

/// A torn tail that was cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Torn {
    /// How many bytes.
    pub bytes: usize,
    /// Where they are kept; `None`: the disk is full.
    pub kept: Option<Utf8PathBuf>,
}

/// Opens the empty journal of a new run, with space for `way_back` bytes set aside: what a rollback
/// of the whole run writes.
///
/// # Errors
/// [`JournalError::NoSpace`]: nothing was changed, and nothing may be. `Io` or `NotSafe`.
pub fn start(run: &RunDirectory, way_back: u64) -> Result<Writer, JournalError> {
    let file = run.open_journal(OFlags::WRONLY | OFlags::APPEND)?;
    let storage = FileStorage::new(file, run.reserve());
    let mut writer = Writer::new(Box::new(storage), &run.journal(), Chain::genesis(), 0);
    if writer.can_go_forward(way_back)? && has_supervisor_room(run)? {
        Ok(writer)
    } else {
        Err(JournalError::NoSpace { path: run.journal(), bytes: way_back + SUPERVISOR_ROOM })
    }
}

/// Sets aside what the supervisor notes of a way back. Where the file system can't set space aside,
/// nobody can promise it.
fn has_supervisor_room(run: &RunDirectory) -> Result<bool, JournalError> {
    let log = run.open_supervisor_log(OFlags::WRONLY)?;
    match fallocate(&log, FallocateFlags::KEEP_SIZE, 0, SUPERVISOR_ROOM) {
        Err(error) if is_full(&error.into()) => Ok(false),
        Ok(()) | Err(_) => Ok(true),
    }
}

/// Opens the journal that a dead engine left, read again from the disk, and mends a torn tail.
///
/// # Errors
/// [`JournalError::Damaged`] for damage elsewhere, `UnknownEvent`, `Io` or `NotSafe`.
pub fn resume<E: DeserializeOwned>(run: &RunDirectory) -> Result<Resumed<E>, JournalError> {
    let path = run.journal();
    let mut file = run.open_journal(OFlags::RDWR | OFlags::APPEND)?;
    file.sync_all().map_err(|error| JournalError::Broken { path: path.clone(), why: error.to_string() })?;
    // Best effort: where the cache can't be dropped, there is nothing better to read from.
    let _ = fadvise(&file, 0, None, Advice::DontNeed);
    let bytes = read_on(&mut file, 0, &path)?;
    let found = decode(&scan(&bytes), &path)?.undamaged(&path)?;
    let torn = match found.end {
        End::TornTail { at, .. } => {
            let kept = keep_aside(run, &bytes[at..])?;
            let cut = file.set_len(found.length).and_then(|()| file.sync_all());
            cut.map_err(|error| JournalError::Broken { path: path.clone(), why: error.to_string() })?;
            Some(Torn { bytes: bytes.len() - at, kept })
        }
        End::Whole | End::Damaged { .. } => None,
    };
    let storage = FileStorage::new(file, run.reserve());
    let writer = Writer::new(Box::new(storage), &path, found.head, found.length);
    Ok(Resumed { events: found.events, writer, torn })
}

/// Writes a torn tail into the first free `journal.torn-<n>`. A full disk doesn't hold up a
/// rollback: then it isn't kept.
fn keep_aside(run: &RunDirectory, tail: &[u8]) -> Result<Option<Utf8PathBuf>, JournalError> {
    let mut number = 1;
    let names = run.directory.names()?;
    while names.contains(&format!("journal.torn-{number}")) {
        number += 1;
    }
    let name = format!("journal.torn-{number}");
    let path = run.path().join(&name);
    let kept = run.directory.new_file(&name, OFlags::WRONLY).and_then(|mut file| {
        let written = file.write_all(tail).and_then(|()| file.sync_all());
        written.map_err(|error| JournalError::io("write", &path, error))
    });
    match kept {
        Ok(()) => run.directory.sync().map(|()| Some(path)),
        Err(JournalError::Io { source, .. }) if is_full(&source) => run.directory.remove(&name).map(|()| None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
