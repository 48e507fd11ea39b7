//! Opens a run's journal for writing: a new one, or one that a dead engine left behind.
//!
//! What a dead engine left may be in memory only: after a failed sync the system shows bytes that
//! never reached the disk. So everything is synced once, its cached copy dropped, and the journal
//! read from the disk itself; only what is found there counts. A torn tail is cut, kept aside as
//! `journal.torn-<n>`, and told to the caller, who notes it as an event. Damage refuses.
//!
//! The caller holds the run's engine lock. Invariant: no whole record is ever cut.

use std::io;

use camino::Utf8PathBuf;
use rustix::fs::OFlags;
use serde::de::DeserializeOwned;

use super::error::JournalError;
use super::folder::Folder;
use super::reader::decode;
use super::run_directory::{JOURNAL, RunDirectory};
use super::storage::is_full;
use super::writer::Writer;
use crate::event::frame::{Chain, End, scan};
use crate::event::{SUPERVISOR_ROOM, Storage};
use crate::system;

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
    if !has_supervisor_room(run)? {
        return Err(JournalError::NoSpace { path: run.supervisor_log(), bytes: SUPERVISOR_ROOM });
    }
    start_in(&run.directory, way_back)
}

/// Sets aside what the supervisor notes of a way back. Where the file system can't set space aside,
/// nobody can promise it.
fn has_supervisor_room(run: &RunDirectory) -> Result<bool, JournalError> {
    let log = run.open_supervisor_log(OFlags::WRONLY)?;
    match system::reserve(&log, 0, SUPERVISOR_ROOM) {
        Err(error) if is_full(&error) => Ok(false),
        Ok(()) | Err(_) => Ok(true),
    }
}

/// The same in whatever a run's directory is.
///
/// # Errors
/// As [`start`].
pub fn start_in(run: &impl Folder, way_back: u64) -> Result<Writer, JournalError> {
    let path = run.path().join(JOURNAL);
    let mut writer = Writer::new(run.storage(JOURNAL)?, &path, Chain::genesis(), 0);
    if writer.can_go_forward(way_back)? { Ok(writer) } else { Err(JournalError::NoSpace { path, bytes: way_back }) }
}

/// Opens the journal that a dead engine left, read again from the disk, and mends a torn tail.
///
/// # Errors
/// [`JournalError::Damaged`] for damage elsewhere, `UnknownEvent`, `Io` or `NotSafe`.
pub fn resume<E: DeserializeOwned>(run: &RunDirectory) -> Result<Resumed<E>, JournalError> {
    resume_in(&run.directory)
}

/// The same in whatever a run's directory is.
///
/// # Errors
/// As [`resume`].
pub fn resume_in<E: DeserializeOwned>(run: &impl Folder) -> Result<Resumed<E>, JournalError> {
    let path = run.path().join(JOURNAL);
    let mut storage = run.storage(JOURNAL)?;
    let broken = |error: io::Error| JournalError::Broken { path: path.clone(), why: error.to_string() };
    storage.sync().map_err(broken)?;
    let bytes = storage.read().map_err(|error| JournalError::io("read", &path, error))?;
    let found = decode(&scan(&bytes), &path)?.undamaged(&path)?;
    let torn = match found.end {
        End::TornTail { at, .. } => {
            let kept = keep_aside(run, &bytes[at..])?;
            storage.truncate(found.length).and_then(|()| storage.sync()).map_err(broken)?;
            Some(Torn { bytes: bytes.len() - at, kept })
        }
        End::Whole | End::Damaged { .. } => None,
    };
    let writer = Writer::new(storage, &path, found.head, found.length);
    Ok(Resumed { events: found.events, writer, torn })
}

/// Writes a torn tail into the first free `journal.torn-<n>`. A full disk doesn't hold up a
/// rollback: then it isn't kept.
fn keep_aside(run: &impl Folder, tail: &[u8]) -> Result<Option<Utf8PathBuf>, JournalError> {
    let mut number = 1;
    let names = run.names()?;
    while names.contains(&format!("journal.torn-{number}")) {
        number += 1;
    }
    let name = format!("journal.torn-{number}");
    let path = run.path().join(&name);
    let kept = run.new_storage(&name).and_then(|mut file| {
        let written = write_whole(file.as_mut(), tail).and_then(|()| file.sync());
        written.map_err(|error| JournalError::io("write", &path, error))
    });
    match kept {
        Ok(()) => run.sync().map(|()| Some(path)),
        Err(JournalError::Io { source, .. }) if is_full(&source) => run.remove(&name).map(|()| None),
        Err(error) => Err(error),
    }
}

fn write_whole(file: &mut dyn Storage, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.write(bytes)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            taken => bytes = &bytes[taken..],
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
