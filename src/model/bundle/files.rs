//! The bytes of a bundle and their digest.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::Utf8PathBuf;

use crate::model::digest::{Digest, Digesting};

/// The exact bytes of a runbook and all that belongs to it.
#[derive(Debug, Clone)]
pub struct Bundle {
    /// The runbook itself, relative to the bundle's folder.
    pub entry: Utf8PathBuf,
    /// The runbook's path as the operator wrote it.
    pub named: Utf8PathBuf,
    /// The bundle's folder where its author keeps it, absolute: relative paths of actions start there.
    pub folder: Utf8PathBuf,
    /// Every file, sorted by path; empty only when the runbook itself couldn't be read.
    pub files: Vec<BundleFile>,
    /// SHA-256 over the entry's path, and path and bytes of every file in that order.
    pub digest: Digest,
}

/// One file of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleFile {
    /// Relative to the bundle's folder, without `.` and `..`.
    pub path: Utf8PathBuf,
    /// Exactly as they were read; of a text, the one copy there is.
    pub bytes: Arc<[u8]>,
    /// The permission bits, such as `0o755`.
    pub mode: u32,
}

impl Bundle {
    /// A bundle of some files.
    pub(super) fn new(
        entry: Utf8PathBuf,
        named: Utf8PathBuf,
        folder: Utf8PathBuf,
        files: BTreeMap<Utf8PathBuf, (Arc<[u8]>, u32)>,
    ) -> Self {
        let files: Vec<_> = files.into_iter().map(|(path, (bytes, mode))| BundleFile { path, bytes, mode }).collect();
        let mut digesting = Digesting::default();
        digesting.update_framed(entry.as_str());
        for file in &files {
            digesting.update_framed(file.path.as_str());
            digesting.update_framed(&*file.bytes);
        }
        Self { entry, named, folder, files, digest: digesting.finish() }
    }

    /// The file with this path; `None` if the bundle has none.
    #[must_use]
    pub fn get(&self, path: &camino::Utf8Path) -> Option<&BundleFile> {
        self.files.binary_search_by(|file| file.path.as_path().cmp(path)).ok().and_then(|index| self.files.get(index))
    }
}
