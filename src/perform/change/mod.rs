//! `write`, `copy`, `link`, `replace`: changes of one file. Each is atomic (a new file beside the old
//! one, made durable, takes its name), keeps mode and owner of before, and follows a symbolic link
//! to the file it means; `link` replaces the link itself. Folders, devices and sockets are refused.
//! Access lists, extended attributes and hard links of before aren't kept.
//!
//! Invariant: nobody ever sees half a file, and nothing has changed unless the name was taken over.

mod before;
mod place;
mod replace;
mod swap;
#[cfg(test)]
mod tests;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use sha2::{Digest, Sha256};

pub use before::forget_before;
pub(super) use before::{file_before, holds};
pub(super) use place::{Now, look_at};
pub(super) use swap::{Broken, Face, remove, swap_file, swap_link};

use super::ending::plain;
use super::file::observe_while;
use super::limits::Cancelled;
use crate::event::Observation;
use crate::model::SubjectName;
use crate::plan::ResolvedFileChange;

/// Changes the file and answers with what is there afterwards. Blocks.
pub(super) fn change_file(change: &ResolvedFileChange, cancelled: &Cancelled) -> Result<Observation, Broken> {
    let path = match change {
        ResolvedFileChange::Write { path, text, mode } => {
            let target = place::target_of(path.as_std_path())?;
            let face = face_of(&target, *mode, 0o644)?;
            swap_file(&target, face, &mut text.as_bytes(), cancelled)?;
            target
        }
        ResolvedFileChange::Copy { from, to, mode } => {
            let target = place::target_of(to.as_std_path())?;
            let (mut source, found) = place::open_regular(from.as_std_path())?;
            let face = face_of(&target, Some(mode.unwrap_or(found.mode() & 0o7777)), 0)?;
            swap_file(&target, face, &mut source, cancelled)?;
            target
        }
        ResolvedFileChange::Link { path, to } => {
            look_at(path.as_std_path(), cancelled)?;
            swap_link(path.as_std_path(), to, cancelled)?;
            // What it points to may be a folder, which has no bytes to sum up.
            return observe_while(path.as_std_path(), &[], cancelled).map_err(Broken::After);
        }
        ResolvedFileChange::Replace { path, matches, with, count } => {
            let target = place::target_of(path.as_std_path())?;
            let bytes = replace::replaced(&target, matches, with, *count)?;
            let face = face_of(&target, None, 0o644)?;
            swap_file(&target, face, &mut bytes.as_slice(), cancelled)?;
            target
        }
    };
    observe_while(&path, &[SubjectName::Sha256], cancelled).map_err(Broken::After)
}

/// Mode and owner that the new file has: those of the file that is there, unless written otherwise.
fn face_of(target: &Path, mode: Option<u32>, new: u32) -> Result<Face, String> {
    match fs::symlink_metadata(target) {
        Ok(found) => Ok(Face { mode: mode.unwrap_or(found.mode() & 0o7777), owner: Some((found.uid(), found.gid())) }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Ok(Face { mode: mode.unwrap_or(new), owner: None })
        }
        Err(error) => Err(format!("{} can't be looked at: {}", target.display(), plain(&error))),
    }
}

/// The SHA-256 of bytes that are all here.
pub(super) fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Lower case, two letters a byte.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}
