//! The derived inverse of a change of a file: what was before, whole, or a question. It may find the
//! change there, or not there at all; anything else was done by somebody, and stays.
//!
//! Invariant: bytes that neither we nor the state of before account for are never written over.

use std::fs::File;

use camino::Utf8Path;

use super::change::{Broken, Face, Now, digest, forget_before, look_at, remove, swap_file, swap_link};
use super::ending::plain;
use super::file::{fingerprint, observe_while};
use super::limits::Cancelled;
use crate::event::Observation;
use crate::model::SubjectName;
use crate::plan::{FileBefore, StateBefore};

/// Puts back what was at the path. Blocks.
pub(super) fn restore_file(
    path: &Utf8Path,
    was: &FileBefore,
    leaves: &str,
    cancelled: &Cancelled,
) -> Result<Observation, Broken> {
    let now = look_at(path.as_std_path(), cancelled)?;
    if !is_as_before(&now, was) {
        if !may_be_replaced(&now, was, leaves) {
            return Err(Broken::Before(format!(
                "{path} is no longer what the step wrote, nor what was before it: somebody has changed it since. \
                 Put it back by hand{}",
                kept_in(was)
            )));
        }
        put_back(path, was, cancelled)?;
    }
    // The copy is of no use any more; one that stays behind does no harm.
    let before = StateBefore::File { path: path.to_owned(), was: was.clone(), leaves: leaves.to_owned() };
    let _ = forget_before(&before);
    let wants: &[SubjectName] = match was {
        FileBefore::File { .. } => &[SubjectName::Sha256],
        FileBefore::Absent | FileBefore::Link { .. } => &[],
    };
    observe_while(path.as_std_path(), wants, cancelled).map_err(Broken::After)
}

fn is_as_before(now: &Now, was: &FileBefore) -> bool {
    match (now, was) {
        (Now::Absent, FileBefore::Absent) => true,
        (Now::Link { target }, FileBefore::Link { target: before }) => target == before,
        (
            Now::File { sha256, mode, owner },
            FileBefore::File { sha256: before, mode: mode_before, owner: owner_before, .. },
        ) => sha256 == before && mode == mode_before && owner == owner_before,
        (Now::Absent | Now::File { .. } | Now::Link { .. }, _) => false,
    }
}

/// It is what the change left, or the bytes of before under another mode or owner.
fn may_be_replaced(now: &Now, was: &FileBefore, leaves: &str) -> bool {
    match now {
        Now::Absent => false,
        Now::Link { target } => digest(target.as_bytes()) == leaves,
        Now::File { sha256, .. } => {
            sha256 == leaves || matches!(was, FileBefore::File { sha256: before, .. } if before == sha256)
        }
    }
}

fn put_back(path: &Utf8Path, was: &FileBefore, cancelled: &Cancelled) -> Result<(), Broken> {
    match was {
        FileBefore::Absent => remove(path.as_std_path()),
        FileBefore::Link { target } => swap_link(path.as_std_path(), target, cancelled),
        FileBefore::File { sha256, mode, owner, copy } => {
            let words = |error: std::io::Error| format!("the kept bytes of {path} can't be read: {}", plain(&error));
            let (found, _) = fingerprint(copy.as_std_path(), cancelled).map_err(words)?;
            if found != *sha256 {
                return Err(Broken::Before(format!("{copy} doesn't hold the bytes that were kept of {path}")));
            }
            let mut bytes = File::open(copy).map_err(words)?;
            swap_file(path.as_std_path(), Face { mode: *mode, owner: Some(*owner) }, &mut bytes, cancelled)
        }
    }
}

fn kept_in(was: &FileBefore) -> String {
    match was {
        FileBefore::Absent => "; nothing was there before".to_owned(),
        FileBefore::Link { target } => format!("; before, it was a link to {target}"),
        FileBefore::File { copy, .. } => format!("; the bytes of before are kept in {copy}"),
    }
}
