//! One file that is locked with `flock`, and what it says of who holds it.
//!
//! The lock belongs to the open file, and processes that inherit it hold it together: it is free
//! exactly when the last of them has closed it. So dropping a [`LockFile`] gives back only our own
//! share, and [`LockFile::give_back`] frees it for all at once. What the file says is a courtesy for
//! refusals: it is never trusted to decide anything. Invariant: the file is never unlinked, or two
//! could hold locks on two files of one name.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::FileExt;
use std::time::Duration;

use camino::Utf8PathBuf;
use jiff::Timestamp;
use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::directory::Directory;
use super::error::JournalError;

/// Nobody's name is longer.
const LONGEST: u64 = 4096;
/// Who only looks whether a lock is held has a share of it for a moment. A lock that is refused for
/// that is tried again so often, after such a pause.
const LOOKS: u32 = 5;
const LOOK: Duration = Duration::from_millis(10);

/// Who holds a lock, as a refusal tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The run.
    pub run: String,
    /// The machine that its engine is on.
    pub host: String,
    /// The operator.
    pub user: String,
    /// The engine's process.
    pub pid: u32,
    /// Since when.
    pub since: Timestamp,
}

/// A file that can be locked.
#[derive(Debug)]
pub(super) struct LockFile {
    file: File,
    path: Utf8PathBuf,
}

impl LockFile {
    /// Opens the file and makes it when it is missing; nothing is locked yet.
    pub(super) fn open(directory: &Directory, name: &str) -> Result<Self, JournalError> {
        let file = directory.file_or_new(name, OFlags::RDWR)?;
        Ok(Self { file, path: directory.path().join(name) })
    }

    /// Opens the file only to look; `None`: it was never made, so nobody holds it.
    pub(super) fn open_to_look(directory: &Directory, name: &str) -> Result<Option<Self>, JournalError> {
        let file = directory.file(name, OFlags::RDONLY)?;
        Ok(file.map(|file| Self { file, path: directory.path().join(name) }))
    }

    /// Takes the lock; `false`: somebody holds it.
    pub(super) fn take(&self) -> Result<bool, JournalError> {
        for _ in 0..LOOKS {
            if self.take_at_once()? {
                return Ok(true);
            }
            std::thread::sleep(LOOK);
        }
        self.take_at_once()
    }

    /// The same, without a second try for the case that somebody is only looking.
    pub(super) fn take_at_once(&self) -> Result<bool, JournalError> {
        self.lock(FlockOperation::NonBlockingLockExclusive)
    }

    /// Whether somebody holds it.
    pub(super) fn is_held(&self) -> Result<bool, JournalError> {
        if !self.lock(FlockOperation::NonBlockingLockShared)? {
            return Ok(true);
        }
        flock(&self.file, FlockOperation::Unlock).map_err(|error| JournalError::io("unlock", &self.path, error))?;
        Ok(false)
    }

    fn lock(&self, operation: FlockOperation) -> Result<bool, JournalError> {
        loop {
            match flock(&self.file, operation) {
                Ok(()) => return Ok(true),
                Err(Errno::WOULDBLOCK) => return Ok(false),
                Err(Errno::INTR) => {}
                Err(error) => return Err(JournalError::io("lock", &self.path, error)),
            }
        }
    }

    /// Frees the lock, also for those who inherited it.
    pub(super) fn give_back(self) -> Result<(), JournalError> {
        // Only what refusals tell: that it can't be taken off doesn't matter.
        let _ = self.file.set_len(0);
        flock(&self.file, FlockOperation::Unlock).map_err(|error| JournalError::io("unlock", &self.path, error))
    }

    /// Says who holds it. A full disk doesn't keep a rollback from its lock, so this can't fail.
    pub(super) fn say(&self, holder: &Holder) {
        let Ok(mut line) = serde_json::to_vec(holder) else { return };
        line.push(b'\n');
        if self.file.write_all_at(&line, 0).is_ok() {
            let _ = self.file.set_len(line.len() as u64);
        }
    }

    /// Who holds it; `None`: it doesn't say, or not readably.
    pub(super) fn holder(&self) -> Option<Holder> {
        read_holder(&self.file)
    }
}

impl AsFd for LockFile {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

/// The holder that a file names on its first line.
pub(super) fn read_holder(file: &File) -> Option<Holder> {
    let mut bytes = vec![0; usize::try_from(file.metadata().ok()?.len().min(LONGEST)).ok()?];
    file.read_exact_at(&mut bytes, 0).ok()?;
    let mut holder: Holder = serde_json::from_slice(bytes.split(|&byte| byte == b'\n').next()?).ok()?;
    // In a shared state another person wrote it, and it is about to be shown on a terminal.
    for text in [&mut holder.run, &mut holder.host, &mut holder.user] {
        text.retain(|letter| !letter.is_control());
    }
    Some(holder)
}
