//! A folder as a version control keeps it: names that are known beforehand, bytes that are read when
//! they are asked for. It leaves to others how they are read. Invariant: a link leads to a file of the
//! same revision, or nowhere; what is on the disk is never looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};

use super::BundleError;
use super::folder::inside;

/// More links than this on one way are a circle.
const MOST_LINKS: usize = 40;
/// No path that a link holds is longer, in bytes.
const LONGEST_LINK: u64 = 4096;

/// One folder of one revision.
pub trait Revision: fmt::Debug {
    /// Every file below the folder, by its path in it; a name that isn't UTF-8 with `�` in place of the
    /// bytes that aren't.
    fn files(&self) -> &BTreeMap<Utf8PathBuf, RevisionFile>;

    /// The bytes of one of these files.
    ///
    /// # Errors
    /// It can't be read, and why.
    fn bytes(&self, path: &Utf8Path) -> Result<Vec<u8>, String>;
}

/// One file of a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevisionFile {
    /// What it is.
    pub kind: RevisionKind,
    /// In bytes.
    pub size: u64,
    /// Whether its name is UTF-8.
    pub is_named: bool,
}

/// What a name in a revision is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevisionKind {
    /// A file.
    File,
    /// A file that may be executed.
    Executable,
    /// A symbolic link.
    Link,
    /// The revision of another repository: not a file.
    Submodule,
}

impl dyn Revision + '_ {
    /// The file that a path means, links followed.
    pub(super) fn real(&self, path: &Utf8Path, written: &Utf8Path) -> Result<Utf8PathBuf, BundleError> {
        let missing = || BundleError::Missing(written.to_owned());
        let mut path = path.to_owned();
        for _ in 0..MOST_LINKS {
            let Some((link, behind)) = self.first_link(&path) else {
                return match self.files().get(&path) {
                    Some(RevisionFile { kind: RevisionKind::File | RevisionKind::Executable, .. }) => Ok(path),
                    Some(_) => Err(BundleError::NotAFile { path: written.to_owned(), kind: "another repository" }),
                    None if self.is_folder(&path) => {
                        Err(BundleError::NotAFile { path: written.to_owned(), kind: "a directory" })
                    }
                    None => Err(missing()),
                };
            };
            let size = self.files().get(&link).map_or(0, |file| file.size);
            if size > LONGEST_LINK {
                return Err(missing());
            }
            let target =
                self.bytes(&link).map_err(|reason| BundleError::Unreadable { path: written.to_owned(), reason })?;
            let target = String::from_utf8(target).map_err(|_| missing())?;
            let start = link.parent().unwrap_or(Utf8Path::new(""));
            let outside = || BundleError::Outside { path: written.to_owned() };
            path = inside(&start.join(target).join(behind)).ok_or_else(outside)?;
        }
        Err(missing())
    }

    /// The first part of a path that is a link, and what is behind it.
    fn first_link(&self, path: &Utf8Path) -> Option<(Utf8PathBuf, Utf8PathBuf)> {
        let mut so_far = Utf8PathBuf::new();
        let mut components = path.components();
        while let Some(component) = components.next() {
            so_far.push(component);
            if self.files().get(&so_far).is_some_and(|file| file.kind == RevisionKind::Link) {
                return Some((so_far, components.as_path().to_owned()));
            }
        }
        None
    }

    fn is_folder(&self, path: &Utf8Path) -> bool {
        self.below(path).next().is_some()
    }

    /// Every file below a folder; the empty path is the whole.
    pub(super) fn below<'r>(&'r self, folder: &'r Utf8Path) -> impl Iterator<Item = (&'r Utf8Path, RevisionFile)> {
        let files = self.files().iter().map(|(path, file)| (path.as_path(), *file));
        files.filter(move |(path, _)| *path != folder && path.starts_with(folder))
    }
}

/// Names of files that are no folders of a revision: what a walk over a disk would meet.
pub(super) fn names_below(revision: &dyn Revision, folder: &Utf8Path) -> Result<BTreeSet<Utf8PathBuf>, BundleError> {
    let mut names = BTreeSet::new();
    for (path, file) in revision.below(folder) {
        if !file.is_named {
            return Err(BundleError::NameNotText(path.to_string()));
        }
        names.insert(path.to_owned());
    }
    Ok(names)
}
