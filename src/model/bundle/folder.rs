//! The folder of a bundle: the only door through which files are read. A path is followed to the
//! file that it really is, and that must lie in the folder; then it must be a regular file of a
//! bearable size, and only then is it opened.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use super::BundleError;
use super::revision::{Revision, RevisionFile, RevisionKind};

/// The largest runbook, include or template, in bytes.
pub(super) const MAX_TEXT: u64 = 4 << 20;
/// The largest file of `files`, in bytes.
pub(super) const MAX_FILE: u64 = 16 << 20;
/// The largest bundle, in bytes.
pub(super) const MAX_TOTAL: u64 = 48 << 20;
/// The most files of a bundle.
pub(super) const MAX_FILES: usize = 1_000;

/// A bundle's folder.
#[derive(Debug)]
pub(super) struct Folder<'r> {
    /// Where it is, canonical; of a revision where it would be.
    root: Utf8PathBuf,
    /// What holds its files instead of the disk.
    pub revision: Option<&'r dyn Revision>,
}

/// A file in the folder that was found but not read.
#[derive(Debug)]
pub(super) struct Found<'r> {
    /// Relative to the folder, as it is written: a link's own path, so that a kept copy, in which
    /// links are files, is read in the same way.
    pub path: Utf8PathBuf,
    /// The same with links followed: tells whether two paths mean one file.
    pub real: Utf8PathBuf,
    /// Its size when it was found.
    pub size: u64,
    absolute: Utf8PathBuf,
    written: Utf8PathBuf,
    revision: Option<&'r dyn Revision>,
}

impl<'r> Folder<'r> {
    /// The folder that holds a runbook, and the runbook in it. A link to a runbook is followed: what
    /// it includes lies beside the real one.
    pub fn of_runbook(named: &Utf8Path) -> Result<(Self, Utf8PathBuf), BundleError> {
        let real = canonical(named, named)?;
        check_kind(&real, named)?;
        let missing = || BundleError::Missing(named.to_owned());
        let root = real.parent().ok_or_else(missing)?.to_owned();
        let entry = real.file_name().ok_or_else(missing)?.into();
        Ok((Self { root, revision: None }, entry))
    }

    /// A folder that is known to exist.
    pub fn at(root: &Utf8Path) -> Result<Self, BundleError> {
        Ok(Self { root: canonical(root, root)?, revision: None })
    }

    /// A folder of a revision, and where it would be.
    pub fn of_revision(revision: &'r dyn Revision, root: &Utf8Path) -> Self {
        Self { root: root.to_owned(), revision: Some(revision) }
    }

    /// Its absolute path.
    pub fn root(&self) -> &Utf8Path {
        &self.root
    }

    /// Finds the file that a path means, written in a file of the folder `from` (relative).
    pub fn find(&self, from: &Utf8Path, written: &Utf8Path) -> Result<Found<'r>, BundleError> {
        let outside = || BundleError::Outside { path: written.to_owned() };
        let path = inside(&from.join(written)).filter(|_| !written.is_absolute()).ok_or_else(outside)?;
        if let Some(revision) = self.revision {
            let real = revision.real(&path, written)?;
            let size = revision.files().get(&real).map_or(0, |file| file.size);
            let written = written.to_owned();
            return Ok(Found { path, absolute: real.clone(), real, size, written, revision: self.revision });
        }
        let absolute = canonical(&self.root.join(&path), written)?;
        let real = absolute.strip_prefix(&self.root).map_err(|_| outside())?.to_owned();
        let metadata = check_kind(&absolute, written)?;
        Ok(Found { path, real, size: metadata.len(), absolute, written: written.to_owned(), revision: None })
    }
}

impl Found<'_> {
    /// Reads the file: its bytes and permission bits. Of one that has become longer than `limit` in
    /// between, one byte more than that.
    pub fn read(&self, limit: u64) -> Result<(Vec<u8>, u32), BundleError> {
        if let Some(revision) = self.revision {
            let refused = |reason| BundleError::Unreadable { path: self.written.clone(), reason };
            let bytes = if self.size > limit { Vec::new() } else { revision.bytes(&self.real).map_err(refused)? };
            let kind = revision.files().get(&self.real).map(|RevisionFile { kind, .. }| *kind);
            return Ok((bytes, if kind == Some(RevisionKind::Executable) { 0o755 } else { 0o644 }));
        }
        let refused = |error: std::io::Error| unreadable(&self.written, &error);
        // Not to block on what has become a pipe since it was looked at.
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NOCTTY;
        let file: File = OpenOptions::new()
            .read(true)
            .custom_flags(flags.bits().cast_signed())
            .open(&self.absolute)
            .map_err(refused)?;
        let metadata = file.metadata().map_err(refused)?;
        if !metadata.is_file() {
            return Err(BundleError::NotAFile { path: self.written.clone(), kind: kind_of(&metadata) });
        }
        let mut bytes = Vec::with_capacity(usize::try_from(metadata.len().min(limit)).unwrap_or(0));
        file.take(limit + 1).read_to_end(&mut bytes).map_err(refused)?;
        Ok((bytes, metadata.mode() & 0o777))
    }
}

/// A relative path without `.` and `..`; `None` if it leaves the folder it starts at.
pub(super) fn inside(path: &Utf8Path) -> Option<Utf8PathBuf> {
    let mut clean = Utf8PathBuf::new();
    for component in path.components() {
        match component {
            Utf8Component::Normal(name) => clean.push(name),
            Utf8Component::CurDir => {}
            Utf8Component::ParentDir => {
                if !clean.pop() {
                    return None;
                }
            }
            Utf8Component::RootDir | Utf8Component::Prefix(_) => return None,
        }
    }
    Some(clean)
}

fn canonical(path: &Utf8Path, written: &Utf8Path) -> Result<Utf8PathBuf, BundleError> {
    if path.as_str().contains('\0') {
        return Err(BundleError::Missing(written.to_owned()));
    }
    path.canonicalize_utf8().map_err(|error| unreadable(written, &error))
}

fn check_kind(path: &Utf8Path, written: &Utf8Path) -> Result<Metadata, BundleError> {
    let metadata = std::fs::metadata(path).map_err(|error| unreadable(written, &error))?;
    if metadata.is_file() {
        return Ok(metadata);
    }
    Err(BundleError::NotAFile { path: written.to_owned(), kind: kind_of(&metadata) })
}

fn kind_of(metadata: &Metadata) -> &'static str {
    let kind = metadata.file_type();
    if kind.is_dir() {
        "a directory"
    } else if kind.is_fifo() {
        "a named pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

fn unreadable(written: &Utf8Path, error: &std::io::Error) -> BundleError {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => BundleError::Missing(written.to_owned()),
        _ => BundleError::Unreadable { path: written.to_owned(), reason: system_words(error) },
    }
}

/// What the system says, without Rust's `(os error 13)`.
fn system_words(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}
