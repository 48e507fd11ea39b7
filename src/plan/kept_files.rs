//! The files that belong to what was reviewed, seen from actions: where a run keeps its own copy of
//! what an action calls or reads. It leaves reading them to whoever performs.
//!
//! Invariant: a path is answered with a copy only if that very file was in the bundle when the run
//! began.

use std::collections::BTreeMap;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use crate::model::bundle::{Bundle, saved_files};

/// The kept copies of a bundle. Empty: the run keeps none yet.
#[derive(Debug, Clone, Default)]
pub struct KeptFiles {
    /// Where the author keeps them: absolute.
    folder: Utf8PathBuf,
    /// Where the run keeps them: absolute.
    copies: Utf8PathBuf,
    /// The mode of each, by its path below both.
    modes: BTreeMap<Utf8PathBuf, u32>,
}

impl KeptFiles {
    /// The copies that a run keeps of its bundle in this directory.
    #[must_use]
    pub fn of(bundle: &Bundle, directory: &Utf8Path) -> Self {
        let modes = bundle.files.iter().map(|file| (file.path.clone(), file.mode)).collect();
        Self { folder: bundle.folder.clone(), copies: saved_files(directory), modes }
    }

    /// The folder of the copies, for `RUNBOOK_BUNDLE`; `None`: the run keeps none.
    #[must_use]
    pub fn folder(&self) -> Option<&Utf8Path> {
        (!self.modes.is_empty()).then_some(self.copies.as_path())
    }

    /// The copy of a file and the mode that the author gave it; `path` is absolute.
    #[must_use]
    pub fn copy_of(&self, path: &Utf8Path) -> Option<(Utf8PathBuf, u32)> {
        let relative = plain(path)?.strip_prefix(&self.folder).ok()?.to_owned();
        let mode = self.modes.get(&relative)?;
        Some((self.copies.join(relative), *mode))
    }
}

/// An absolute path without `.` and `..`.
fn plain(path: &Utf8Path) -> Option<Utf8PathBuf> {
    let mut plain = Utf8PathBuf::new();
    for component in path.components() {
        match component {
            Utf8Component::CurDir => {}
            Utf8Component::ParentDir => _ = plain.pop(),
            Utf8Component::RootDir | Utf8Component::Normal(_) => plain.push(component),
            Utf8Component::Prefix(_) => return None,
        }
    }
    Some(plain)
}
