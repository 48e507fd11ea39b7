//! What a comparison finds: a table of changes and their classes, and that no change of what a runbook
//! says stays unseen while none of how it looks is seen.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod classes;
mod unseen;

use camino::Utf8PathBuf;
use tempfile::TempDir;

use super::{Class, Difference, Version, compare};
use crate::model::bundle::{Loaded, load};

/// A folder with one runbook after the other.
pub(super) struct Folder(TempDir);

impl Folder {
    pub(super) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(super) fn with(self, path: &str, text: &str) -> Self {
        std::fs::write(self.0.path().join(path), text).unwrap();
        self
    }

    pub(super) fn read(&self, text: &str) -> Loaded {
        let path = Utf8PathBuf::try_from(self.0.path().join("release.kdl")).unwrap();
        std::fs::write(&path, text).unwrap();
        load(&path)
    }
}

pub(super) fn version(loaded: &Loaded) -> Version<'_> {
    let runbook = loaded.runbook.as_ref().unwrap();
    Version { runbook, sources: &loaded.sources, bundle: &loaded.bundle }
}

#[track_caller]
fn differences(old: &str, new: &str) -> Vec<Difference> {
    let folder = Folder::new();
    let [old, new] = [old, new].map(|text| {
        let loaded = folder.read(text);
        assert!(loaded.is_accepted(), "{text}\n{:#?}", loaded.findings);
        loaded
    });
    compare(version(&old), version(&new))
}

/// `class kind id: what`, one a line.
fn told(differences: &[Difference]) -> Vec<String> {
    let line = |it: &Difference| format!("{} {} {}: {}", it.class, it.kind.word(), it.id, it.what).replace(" :", ":");
    differences.iter().map(line).collect()
}

fn classes(differences: &[Difference]) -> Vec<Class> {
    differences.iter().map(|difference| difference.class).collect()
}
