//! The run's locks as the engine takes them: the journal's, shared with the supervisor, so that a
//! lock is free only when the engine and its last step are gone.

use std::os::fd::AsFd;
use std::pin::Pin;
use std::rc::Rc;

use crate::event::Locks;
use crate::journal::{JournalError, RunLocks};
use crate::perform::process::Supervisor;

/// Locks that the supervisor holds, too.
pub struct SharedLocks {
    locks: RunLocks,
    supervisor: Rc<Supervisor>,
}

impl SharedLocks {
    /// No lock is held yet.
    pub fn new(locks: RunLocks, supervisor: Rc<Supervisor>) -> Self {
        Self { locks, supervisor }
    }
}

impl Locks for SharedLocks {
    fn take<'a>(&'a mut self, name: &'a str) -> Pin<Box<dyn Future<Output = Result<String, String>> + 'a>> {
        Box::pin(async move {
            let (reach, shared) = self.locks.take(name).map_err(|error| with_help(&error))?;
            self.supervisor.hold(shared.as_fd()).await.map_err(|error| error.to_string())?;
            Ok(reach)
        })
    }

    fn give_back(&mut self, name: &str, clean: bool) {
        self.locks.give_back(name, clean);
    }
}

/// An error with its help, in one text.
fn with_help(error: &JournalError) -> String {
    match miette::Diagnostic::help(error) {
        Some(help) => format!("{error}. {help}"),
        None => error.to_string(),
    }
}
