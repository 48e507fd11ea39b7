//! A folder of the state as making and mending a run see it: names that are there, names that are
//! durable, files of bytes. It has two lives: [`Directory`], and in tests one that forgets every name
//! that wasn't synced.
//!
//! Whom a folder is trusted from, and through which path, is `directory`'s. Invariant: a child that
//! [`Folder::create_child`] returned is still there after any crash, if this folder is.

use camino::Utf8Path;
use rustix::fs::{Mode, OFlags, mkdirat};
use rustix::io::Errno;

use super::directory::Directory;
use super::error::JournalError;
use super::storage::FileStorage;
use crate::event::Storage;

/// A folder of the state.
pub trait Folder: Sized {
    /// Where it lies.
    fn path(&self) -> &Utf8Path;

    /// Opens a folder in this one; `None`: it doesn't exist.
    ///
    /// # Errors
    /// `Io` or `NotSafe`.
    fn child(&self, name: &str) -> Result<Option<Self>, JournalError>;

    /// Makes a folder in this one, whose name isn't durable yet; `None`: the name is taken.
    ///
    /// # Errors
    /// `Unreachable`, `Io` or `NotSafe`.
    fn make_child(&self, name: &str) -> Result<Option<Self>, JournalError>;

    /// Makes a file in this one, whose name isn't durable yet.
    ///
    /// # Errors
    /// `Io`, also when it exists, or `NotSafe`.
    fn new_storage(&self, name: &str) -> Result<Box<dyn Storage>, JournalError>;

    /// Opens a file in this one, to be read and appended to.
    ///
    /// # Errors
    /// `Io`, also when it doesn't exist, or `NotSafe`.
    fn storage(&self, name: &str) -> Result<Box<dyn Storage>, JournalError>;

    /// The names in it, in no order.
    ///
    /// # Errors
    /// `Io`.
    fn names(&self) -> Result<Vec<String>, JournalError>;

    /// Takes a file off; that it is gone already is well.
    ///
    /// # Errors
    /// `Io`.
    fn remove(&self, name: &str) -> Result<(), JournalError>;

    /// Gives a file another name, in place of a file that has it; the change isn't durable yet.
    ///
    /// # Errors
    /// `Io`.
    fn rename(&self, from: &str, to: &str) -> Result<(), JournalError>;

    /// Makes the names in it durable.
    ///
    /// # Errors
    /// `Io`.
    fn sync(&self) -> Result<(), JournalError>;

    /// Makes a folder in this one, durably; `None`: the name is taken.
    ///
    /// # Errors
    /// As [`Folder::make_child`].
    fn create_child(&self, name: &str) -> Result<Option<Self>, JournalError> {
        let made = self.make_child(name)?;
        if made.is_some() {
            self.sync()?;
        }
        Ok(made)
    }

    /// Opens a folder in this one, making it when it is missing.
    ///
    /// # Errors
    /// As [`Folder::make_child`].
    fn child_or_new(&self, name: &str) -> Result<Self, JournalError> {
        loop {
            if let Some(child) = self.child(name)? {
                return Ok(child);
            }
            // `None` here: somebody else made it in between.
            if let Some(child) = self.create_child(name)? {
                return Ok(child);
            }
        }
    }
}

impl Folder for Directory {
    fn path(&self) -> &Utf8Path {
        self.path()
    }

    fn child(&self, name: &str) -> Result<Option<Self>, JournalError> {
        self.child(name)
    }

    fn make_child(&self, name: &str) -> Result<Option<Self>, JournalError> {
        match mkdirat(self.fd(), name, Mode::from_raw_mode(0o700)) {
            Ok(()) => self.adopt_child(name).map(Some),
            Err(Errno::EXIST) => Ok(None),
            Err(error) => Err(JournalError::unreachable("create", &self.path().join(name), error)),
        }
    }

    fn new_storage(&self, name: &str) -> Result<Box<dyn Storage>, JournalError> {
        let file = self.new_file(name, OFlags::WRONLY | OFlags::APPEND)?;
        Ok(Box::new(FileStorage::new(file, self.path().join(reserve(name)))))
    }

    fn storage(&self, name: &str) -> Result<Box<dyn Storage>, JournalError> {
        let missing = || JournalError::io("open", &self.path().join(name), Errno::NOENT);
        let file = self.file(name, OFlags::RDWR | OFlags::APPEND)?.ok_or_else(missing)?;
        Ok(Box::new(FileStorage::new(file, self.path().join(reserve(name)))))
    }

    fn names(&self) -> Result<Vec<String>, JournalError> {
        self.names()
    }

    fn remove(&self, name: &str) -> Result<(), JournalError> {
        self.remove(name)
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), JournalError> {
        self.rename(from, to)
    }

    fn sync(&self) -> Result<(), JournalError> {
        self.sync()
    }
}

/// The file that holds space for another one, where the file system can't: `journal.reserve`.
fn reserve(name: &str) -> String {
    format!("{}.reserve", name.strip_suffix(".jsonl").unwrap_or(name))
}
