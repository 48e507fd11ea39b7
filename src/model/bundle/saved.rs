//! A bundle kept beside a run's journal: `manifest.json`, and the files below `files/`. All of it is
//! handed to the disk before any of it is waited for, so that twenty files take hardly longer than one.
//! Whether a directory is whole, the digest in its manifest says when it is read.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::Bundle;
use super::folder::Folder;
use crate::model::digest::Digest;
use crate::system;

const MANIFEST: &str = "manifest.json";
const FILES: &str = "files";
/// How many files are open until they are synced.
const AT_ONCE: usize = 64;

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
        let files = directory.join(FILES);
        let mut directories = vec![directory.to_owned(), files.clone()];
        for file in &self.files {
            for folder in file.path.ancestors().skip(1).filter(|folder| !folder.as_str().is_empty()) {
                directories.push(files.join(folder));
            }
        }
        directories.sort();
        directories.dedup();
        let readers = Readers::of(directory.parent());
        let was_there = directory.is_dir();
        for path in &directories {
            readers.make_folder(path)?;
        }
        let mut written = Vec::new();
        for file in &self.files {
            written.push(readers.write_new(&files.join(&file.path), &file.bytes, 0o400 | file.mode & 0o100)?);
            if written.len() == AT_ONCE {
                sync(&mut written)?;
            }
        }
        let manifest = Manifest {
            entry: self.entry.clone(),
            named: self.named.clone(),
            folder: self.folder.clone(),
            digest: self.digest,
            modes: self.files.iter().map(|file| (file.path.clone(), file.mode)).collect(),
        };
        written.push(readers.write_new(&directory.join(MANIFEST), &serde_json::to_vec_pretty(&manifest)?, 0o400)?);
        sync(&mut written)?;
        // The deepest first, the bundle's own last.
        for path in directories.iter().rev() {
            File::open(path)?.sync_all()?;
        }
        if let Some(parent) = directory.parent().filter(|parent| !was_there && !parent.as_str().is_empty()) {
            File::open(parent)?.sync_all()?;
        }
        Ok(())
    }

    /// Reads back what [`Bundle::write_to`] kept. The runbook in it is found by [`super::load_saved`].
    ///
    /// # Errors
    /// The directory holds no bundle, or its bytes aren't those that were kept.
    pub fn load_from(directory: &Utf8Path) -> Result<Self, SavedBundleError> {
        super::load_saved(directory).map(|loaded| loaded.bundle)
    }
}

/// The last one first: when that is on the disk, the others mostly are.
fn sync(written: &mut Vec<File>) -> io::Result<()> {
    written.drain(..).rev().try_for_each(|file| file.sync_all())
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

/// Who goes on with the run reads its bundle: its owner, or whoever is in the group that shares it.
#[derive(Clone, Copy)]
enum Readers {
    Owner,
    Group,
}

impl Readers {
    /// Those of the directory that the bundle lies in.
    fn of(above: Option<&Utf8Path>) -> Self {
        let shared = above.and_then(|above| std::fs::metadata(above).ok()).is_some_and(|it| it.mode() & 0o020 != 0);
        if shared { Self::Group } else { Self::Owner }
    }

    /// What the owner may, for all of them.
    fn mode(self, owners: u32) -> u32 {
        match self {
            Self::Owner => owners,
            Self::Group => owners | owners >> 3,
        }
    }

    fn make_folder(self, path: &Utf8Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        match self {
            Self::Owner => Ok(()),
            // What is made in it gets the group, too.
            Self::Group => std::fs::set_permissions(path, Permissions::from_mode(0o2770)),
        }
    }

    /// Writes a file that is to be synced.
    fn write_new(self, path: &Utf8Path, bytes: &[u8], mode: u32) -> io::Result<File> {
        let mode = self.mode(mode);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
        file.write_all(bytes)?;
        // Whatever the umask took away.
        file.set_permissions(Permissions::from_mode(mode))?;
        system::begin_to_write(&file);
        Ok(file)
    }
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
