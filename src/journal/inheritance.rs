//! Hands locks on to a program that is about to be started.
//!
//! Every descriptor of ours is closed at an exec, so that no step ever holds a lock by accident.
//! [`Inheritance`] lifts that for the moments of one spawn. The program must close them for its own
//! children again; a lock that is taken later goes to it over a socket (locks are [`AsFd`]).
//! Invariant: once an [`Inheritance`] is gone, nothing more is inherited.

#[cfg(doc)]
use std::os::fd::AsFd;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};

use rustix::io::{FdFlags, fcntl_setfd};

use super::error::JournalError;

/// Locks that the next program inherits.
#[derive(Debug)]
pub struct Inheritance<'a> {
    locks: Vec<BorrowedFd<'a>>,
}

impl<'a> Inheritance<'a> {
    /// Lets these locks be inherited until it is dropped. No other program may be started meanwhile.
    ///
    /// # Errors
    /// `Io`.
    pub fn of(locks: Vec<BorrowedFd<'a>>) -> Result<Self, JournalError> {
        let inheritance = Self { locks };
        for lock in &inheritance.locks {
            fcntl_setfd(lock, FdFlags::empty()).map_err(|error| JournalError::io("hand on", "a lock".into(), error))?;
        }
        Ok(inheritance)
    }

    /// The numbers that the locks have in the program, too; in the order given.
    #[must_use]
    pub fn numbers(&self) -> Vec<RawFd> {
        self.locks.iter().map(AsRawFd::as_raw_fd).collect()
    }
}

impl Drop for Inheritance<'_> {
    fn drop(&mut self) {
        for lock in &self.locks {
            // It can only fail on a descriptor that isn't open, and these are borrowed.
            let _ = fcntl_setfd(lock, FdFlags::CLOEXEC);
        }
    }
}
