//! The file that `pipe { …; to "file" }` leaves: written beside its place under another name, and
//! put in place, durably, only when every part of the pipe succeeded.
//!
//! Invariant: the file at its place is the one from before or the whole new one, never half of one.

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;

use super::programs::words_of;

/// A file on its way.
pub(super) struct Deposit {
    partial: Utf8PathBuf,
    to: Utf8PathBuf,
    /// `None` when another user writes it.
    file: Option<File>,
}

impl Deposit {
    /// Makes the file beside its place, unless another user will.
    pub(super) fn beside(to: &Utf8Path, by_other_user: bool) -> Result<Self, String> {
        let name = to.file_name().ok_or_else(|| format!("{to} can't be a file"))?;
        let stamp = Timestamp::now().as_nanosecond();
        let partial = to.with_file_name(format!(".{name}.{}-{stamp}.partial", std::process::id()));
        let file = if by_other_user {
            None
        } else {
            let made = File::options().write(true).create_new(true).mode(0o666).open(&partial);
            Some(made.map_err(|error| format!("{to} can't be written: {}", words_of(&error)))?)
        };
        Ok(Self { partial, to: to.to_owned(), file })
    }

    /// Where it is until it is whole.
    pub(super) fn partial(&self) -> &Utf8Path {
        &self.partial
    }

    /// Where it will be.
    pub(super) fn to(&self) -> &Utf8Path {
        &self.to
    }

    /// The file; `None` when another user writes it.
    pub(super) fn file(&self) -> Option<&File> {
        self.file.as_ref()
    }

    /// Puts the whole file in its place.
    pub(super) fn keep(&self) -> Result<(), String> {
        let synced = self.file.as_ref().map_or(Ok(()), File::sync_all);
        synced
            .and_then(|()| rename_durably(&self.partial, &self.to))
            .map_err(|error| format!("{} can't be put in place: {}", self.to, words_of(&error)))
    }

    /// Takes the half file away.
    pub(super) fn discard(&self) {
        // What is left of it is hidden beside its place and harms nobody.
        let _ = std::fs::remove_file(&self.partial);
    }
}

/// Gives a file its name, and waits until that is on the disk.
pub(in crate::perform) fn rename_durably(from: &Utf8Path, to: &Utf8Path) -> std::io::Result<()> {
    std::fs::rename(from, to)?;
    let folder = to.parent().unwrap_or(Utf8Path::new("/"));
    File::open(folder)?.sync_all()
}
