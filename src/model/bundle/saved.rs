//! A bundle kept beside a run's journal: `manifest.json`, and the files below `files/`. How a place makes
//! them durable is `place`'s. Whether a directory is whole, the digest in its manifest says when it is read.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::Bundle;
use super::folder::Folder;
use super::place::{OnDisk, Place};
use crate::model::digest::Digest;

const MANIFEST: &str = "manifest.json";
const FILES: &str = "files";

/// Why a kept bundle can't be read.
#[derive(Debug, thiserror::Error)]
pub enum SavedBundleError {
    /// The directory or its manifest can't be read.
    #[error("the run's bundle in `{directory}` can't be read: {reason}")]
    Unreadable {
        /// The directory.
        directory: Utf8PathBuf,
        /// What the system or the reader says.
        reason: String,
    },
    /// Its bytes aren't those that were kept.
    #[error("the run's bundle in `{directory}` was changed after the run began")]
    Changed {
        /// The directory.
        directory: Utf8PathBuf,
    },
}

impl SavedBundleError {
    /// Every code of a kept bundle with its explanation.
    pub const CODES: &[(&'static str, &'static str)] = &[
        (
            "runbook::bundle::kept_unreadable",
            "Each run keeps the bytes of its runbook and of all that belongs to it below its own folder, and `resume` and \
             `rollback` read nothing else. That folder, or its manifest, is gone or can't be read. Restore it from a \
             copy; without it nobody knows what the run's inverses are, so that a person takes it back by hand \
             (`runbook show RUN` says what was done) and gives the run up with `runbook abandon`.",
        ),
        (
            "runbook::bundle::kept_changed",
            "The bytes of the runbook that the run kept aren't those that it began with: somebody edited them, or the \
             disk did. What was done was done by the old text, so nothing is undone by another one. Restore the \
             run's `bundle` folder from a copy, or take the run back by hand.",
        ),
    ];

    /// The code that `runbook explain` documents.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "runbook::bundle::kept_unreadable",
            Self::Changed { .. } => "runbook::bundle::kept_changed",
        }
    }
}

/// What `manifest.json` holds.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub entry: Utf8PathBuf,
    pub named: Utf8PathBuf,
    pub folder: Utf8PathBuf,
    pub digest: Digest,
    /// What the author's permission bits were; the kept files themselves can only be read. Bundles of
    /// format 1 don't say it.
    #[serde(default)]
    pub modes: BTreeMap<Utf8PathBuf, u32>,
}

/// A kept bundle, opened but not read.
pub(super) struct Saved {
    pub manifest: Manifest,
    pub files: Folder<'static>,
}

impl Bundle {
    /// Keeps the bundle in a directory, which is created if need be; its parent must exist. When it
    /// returns, every byte and every name is on the disk; that of a directory which was there already is
    /// whoever made it to promise.
    ///
    /// # Errors
    /// The file system refuses, or the directory holds a bundle already.
    pub fn write_to(&self, directory: &Utf8Path) -> io::Result<()> {
        let was_there = directory.is_dir();
        self.keep_in(&mut OnDisk::at(directory))?;
        if let Some(parent) = directory.parent().filter(|parent| !was_there && !parent.as_str().is_empty()) {
            File::open(parent)?.sync_all()?;
        }
        Ok(())
    }

    /// Keeps the bundle in a place, durably but for the place's own name.
    ///
    /// # Errors
    /// The file system refuses, or there is a bundle already.
    pub fn keep_in(&self, place: &mut impl Place) -> io::Result<()> {
        let files = Utf8Path::new(FILES);
        let mut folders = vec![Utf8PathBuf::new(), files.to_owned()];
        for file in &self.files {
            let above = file.path.ancestors().skip(1).filter(|folder| !folder.as_str().is_empty());
            folders.extend(above.map(|folder| files.join(folder)));
        }
        folders.sort();
        folders.dedup();
        for folder in &folders {
            place.make_folder(folder)?;
        }
        for file in &self.files {
            place.write(&files.join(&file.path), &file.bytes, 0o400 | file.mode & 0o100)?;
        }
        let manifest = Manifest {
            entry: self.entry.clone(),
            named: self.named.clone(),
            folder: self.folder.clone(),
            digest: self.digest,
            modes: self.files.iter().map(|file| (file.path.clone(), file.mode)).collect(),
        };
        place.write(Utf8Path::new(MANIFEST), &serde_json::to_vec_pretty(&manifest)?, 0o400)?;
        place.sync_files()?;
        // The deepest first, the bundle's own last.
        folders.iter().rev().try_for_each(|folder| place.sync_folder(folder))
    }

    /// Reads back what [`Bundle::write_to`] kept. The runbook in it is found by [`super::load_saved`].
    ///
    /// # Errors
    /// The directory holds no bundle, or its bytes aren't those that were kept.
    pub fn load_from(directory: &Utf8Path) -> Result<Self, SavedBundleError> {
        super::load_saved(directory).map(|loaded| loaded.bundle)
    }
}

/// Where a bundle that is kept in a directory has its files.
#[must_use]
pub fn saved_files(directory: &Utf8Path) -> Utf8PathBuf {
    directory.join(FILES)
}

/// Opens a kept bundle and reads its manifest.
pub(super) fn open_saved(directory: &Utf8Path) -> Result<Saved, SavedBundleError> {
    let unreadable = |reason: String| SavedBundleError::Unreadable { directory: directory.to_owned(), reason };
    let bytes = std::fs::read(directory.join(MANIFEST)).map_err(|error| unreadable(error.to_string()))?;
    let manifest = serde_json::from_slice(&bytes).map_err(|error| unreadable(error.to_string()))?;
    let files = Folder::at(&directory.join(FILES)).map_err(|error| unreadable(error.to_string()))?;
    Ok(Saved { manifest, files })
}

#[cfg(test)]
mod tests {
    use super::SavedBundleError;

    #[test]
    fn every_code_is_explained() {
        let directory = || camino::Utf8PathBuf::new();
        let errors = [
            SavedBundleError::Unreadable { directory: directory(), reason: String::new() },
            SavedBundleError::Changed { directory: directory() },
        ];
        let codes: Vec<_> = errors.iter().map(SavedBundleError::code).collect();
        let explained: Vec<_> = SavedBundleError::CODES.iter().map(|(code, _)| *code).collect();
        assert_eq!(codes, explained);
    }
}
