//! The mark on a lock: that a run's effects are under it, or may be. It lies beside the lock's file and
//! outlives engine, supervisors and machine, so that whoever comes next knows of them.
//!
//! Who may take a lock in spite of it is `lock`'s to say. Invariant: a mark that is there is whole, and
//! once [`put_mark`] has returned it is there after any crash, until [`take_mark_off`] is called.

use super::error::JournalError;
use super::folder::Folder;
use super::lock::file_name;
use super::lock_file::Holder;

/// Marks a lock in the folder of locks, durably; a mark that is there already is replaced.
///
/// # Errors
/// `Io` or `NotSafe`: then nothing may be changed.
pub fn put_mark(locks: &impl Folder, name: &str, holder: &Holder) -> Result<(), JournalError> {
    let (fresh, mark) = (format!("{}~dirty.new", file_name(name)), mark_name(name));
    locks.remove(&fresh)?;
    let mut line = serde_json::to_vec(holder).map_err(|error| JournalError::NotJson { why: error.to_string() })?;
    line.push(b'\n');
    let mut file = locks.new_storage(&fresh)?;
    let written = file.write(&line).and_then(|count| {
        // Only a disk without room takes a part of so little.
        if count == line.len() { file.sync() } else { Err(std::io::ErrorKind::StorageFull.into()) }
    });
    written.map_err(|source| JournalError::Io { doing: "write", path: locks.path().join(&fresh), source })?;
    locks.rename(&fresh, &mark)?;
    locks.sync()
}

/// Takes the mark off a lock, durably.
///
/// # Errors
/// `Io`.
pub fn take_mark_off(locks: &impl Folder, name: &str) -> Result<(), JournalError> {
    locks.remove(&mark_name(name))?;
    locks.sync()
}

/// The file of a lock's mark.
#[must_use]
pub fn mark_name(name: &str) -> String {
    // No encoded name holds a `~` before its hash, so that no lock is called like another's mark.
    format!("{}~dirty", file_name(name))
}
