//! What was there before a change, kept so that the way back finds it: the bytes lie beside the
//! file, durably, before the change is even announced.
//!
//! Invariant: a kept copy is never written over.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use camino::Utf8PathBuf;

use super::super::ending::plain;
use super::super::file::fingerprint;
use super::super::limits::Cancelled;
use super::hex::digest;
use super::place::{Now, look_at, open_regular, target_of};
use super::replace;
use super::swap::{Face, beside, fill_new, sync_folder};
use crate::plan::{FileBefore, ResolvedFileChange, ResolvedSurroundings, StateBefore};

/// The state that the change is about to end, with its bytes kept beside the file. Blocks.
pub(in crate::perform) fn file_before(
    change: &ResolvedFileChange,
    surroundings: &ResolvedSurroundings,
    cancelled: &Cancelled,
) -> Result<StateBefore, String> {
    let (path, leaves) = match change {
        ResolvedFileChange::Write { path, text, .. } => (target_of(path.as_std_path())?, digest(text.as_bytes())),
        ResolvedFileChange::Copy { from, to, .. } => {
            open_regular(from.as_std_path())?;
            let (sha256, _) = fingerprint(from.as_std_path(), cancelled)
                .map_err(|error| format!("{from} can't be read: {}", plain(&error)))?;
            (target_of(to.as_std_path())?, sha256)
        }
        ResolvedFileChange::Link { path, to } => (path.as_std_path().to_path_buf(), digest(to.as_bytes())),
        ResolvedFileChange::Replace { path, matches, with, count } => {
            let target = target_of(path.as_std_path())?;
            let leaves = digest(&replace::replaced(&target, matches, with, *count)?);
            (target, leaves)
        }
    };
    let was = match look_at(&path, cancelled)? {
        Now::Absent => FileBefore::Absent,
        Now::Link { target } => FileBefore::Link { target },
        Now::File { sha256, mode, owner } => {
            let copy = keep(&path, &sha256, Face { mode, owner: Some(owner) }, surroundings, cancelled)?;
            FileBefore::File { sha256, mode, owner, copy: utf8(copy)? }
        }
    };
    Ok(StateBefore::File { path: utf8(path)?, was, leaves })
}

/// Whether the path holds what the change leaves. Blocks.
pub(in crate::perform) fn holds(before: &StateBefore, cancelled: &Cancelled) -> Option<bool> {
    let StateBefore::File { path, leaves, .. } = before else { return None };
    Some(match look_at(path.as_std_path(), cancelled).ok()? {
        Now::Absent => false,
        Now::File { sha256, .. } => sha256 == *leaves,
        Now::Link { target } => digest(target.as_bytes()) == *leaves,
    })
}

/// Removes the bytes that were kept for a way back that nobody will go any more. A copy that is
/// gone already is fine.
///
/// # Errors
/// The copy can't be removed; in the operator's words.
pub fn forget_before(before: &StateBefore) -> Result<(), String> {
    let StateBefore::File { was: FileBefore::File { copy, .. }, .. } = before else { return Ok(()) };
    match fs::remove_file(copy) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(format!("{copy} can't be removed: {}", plain(&error))),
    }
}

/// Keeps the bytes; a copy of the same bytes that an attempt before left is taken as it is.
fn keep(
    path: &Path,
    sha256: &str,
    face: Face,
    surroundings: &ResolvedSurroundings,
    cancelled: &Cancelled,
) -> Result<PathBuf, String> {
    let words = |error: &io::Error| match error.raw_os_error() {
        Some(number) if number == rustix::io::Errno::PERM.raw_os_error() => format!(
            "{} belongs to {} and its owner can't be kept; do it `as` that user or as root",
            path.display(),
            super::super::file::user_name(face.owner.map_or(0, |(user, _)| user))
        ),
        _ => format!("the bytes of {} can't be kept beside it: {}", path.display(), plain(error)),
    };
    let name = name_of_step(surroundings);
    for number in 1_u32.. {
        let unique = if number == 1 { name.clone() } else { format!("{name}.{number}") };
        let copy = beside(path, "runbook-before", &unique);
        if fs::symlink_metadata(&copy).is_ok() {
            let same = fingerprint(&copy, cancelled).is_ok_and(|(found, _)| found == sha256);
            if same {
                return Ok(copy);
            }
            continue;
        }
        let (mut source, _) = open_regular(path)?;
        if let Err(error) = fill_new(&copy, face, &mut source, cancelled) {
            if error.kind() == io::ErrorKind::AlreadyExists {
                continue;
            }
            let _ = fs::remove_file(&copy);
            return Err(words(&error));
        }
        sync_folder(&copy)?;
        let whole = fingerprint(&copy, cancelled).is_ok_and(|(found, _)| found == sha256);
        if whole {
            return Ok(copy);
        }
        let _ = fs::remove_file(&copy);
        return Err(format!("{} changes while it is read", path.display()));
    }
    Err(format!("too many copies lie beside {}", path.display()))
}

/// Run and step, as they stand in the environment: one step of one run keeps its copies apart.
fn name_of_step(surroundings: &ResolvedSurroundings) -> String {
    let words: Vec<String> = ["RUNBOOK_RUN_ID", "RUNBOOK_STEP_ID"]
        .into_iter()
        .filter_map(|wanted| surroundings.env.iter().rev().find(|(name, _)| name == wanted))
        .map(|(_, value)| {
            value.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').take(40).collect()
        })
        .collect();
    if words.is_empty() { format!("process-{}", std::process::id()) } else { words.join(".") }
}

fn utf8(path: PathBuf) -> Result<Utf8PathBuf, String> {
    Utf8PathBuf::from_path_buf(path).map_err(|path| format!("{} isn't UTF-8", path.display()))
}
