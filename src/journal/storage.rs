//! Where a journal's bytes go: a file.
//!
//! It knows bytes, not records. The writer above it decides what a failure means. Invariant: bytes
//! appended within the space that was reserved don't fail for want of space, also on file systems
//! that can't set space aside behind a file's end.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write};

use camino::Utf8PathBuf;
use rustix::fs::ftruncate;

use crate::event::Storage;
use crate::system;

/// A journal in a file that is open for appending.
#[derive(Debug)]
pub struct FileStorage {
    file: File,
    filler: Filler,
}

/// Space held by a file of zeros, for file systems that can't set space aside behind a file's end.
#[derive(Debug)]
struct Filler {
    path: Utf8PathBuf,
    held: bool,
    lost: bool,
}

impl FileStorage {
    /// A file opened with `O_APPEND`; `filler` is a path beside it where a file may be made to hold
    /// space.
    #[must_use]
    pub fn new(file: File, filler: Utf8PathBuf) -> Self {
        let held = filler.symlink_metadata().is_ok();
        Self { file, filler: Filler { path: filler, held, lost: false } }
    }
}

impl Storage for FileStorage {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        // Best effort: where the cache can't be dropped, there is nothing better to read from.
        system::drop_cached(&self.file);
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(0))?;
        self.file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.file.write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_full(&error) && self.filler.held => {
                    self.filler.give_up()?;
                    self.filler.lost = true;
                }
                done => return done,
            }
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        system::sync(&self.file)
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.filler.give_up()?;
        Ok(ftruncate(&self.file, length)?)
    }

    fn reserve(&mut self, length: u64, bytes: u64) -> io::Result<()> {
        match system::reserve(&self.file, length, bytes) {
            Err(error) if error.kind() == io::ErrorKind::Unsupported => self.filler.hold(bytes),
            done => done,
        }
    }

    fn lost_reserve(&self) -> bool {
        self.filler.lost
    }
}

impl Filler {
    fn hold(&mut self, bytes: u64) -> io::Result<()> {
        self.give_up()?;
        self.held = true;
        self.lost = false;
        let filled = File::create_new(&self.path).and_then(|mut file| {
            io::copy(&mut io::Read::take(io::repeat(0), bytes), &mut file)?;
            file.sync_all()
        });
        if filled.is_err() {
            self.give_up()?;
        }
        filled
    }

    fn give_up(&mut self) -> io::Result<()> {
        if !std::mem::take(&mut self.held) {
            return Ok(());
        }
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

/// Whether the error says that there is no space: on the disk, or in the user's quota.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

#[cfg(test)]
pub(super) mod fake;
#[cfg(test)]
mod tests;
