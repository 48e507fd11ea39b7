//! The engine's seams on a real disk: its events go to the run's journal, its locks are the state
//! directory's.

use std::collections::BTreeMap;
use std::os::fd::AsFd;
use std::pin::Pin;
use std::rc::Rc;

use super::state::holder;
use crate::event::{Locks, Stamped, Store, StoreError};
use crate::journal::{JournalError, Lock, StateDirectory, Writer};
use crate::perform::process::Supervisor;

/// Keeps events in the run's journal.
pub struct Keeping {
    writer: Writer,
    way_back: u64,
}

impl Keeping {
    /// `way_back` is how many bytes the journal of the whole way back may need.
    pub fn new(writer: Writer, way_back: u64) -> Self {
        Self { writer, way_back }
    }
}

impl Store for Keeping {
    fn append(&mut self, event: &Stamped) -> Result<(), StoreError> {
        self.writer.append(event).map(drop).map_err(in_words)
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        self.writer.sync().map_err(in_words)
    }

    fn has_room(&mut self) -> bool {
        self.writer.can_go_forward(self.way_back).unwrap_or(false)
    }
}

fn in_words(error: JournalError) -> StoreError {
    StoreError(error.to_string())
}

/// The locks of one run.
pub struct RunLocks {
    state: StateDirectory,
    run: String,
    supervisor: Rc<Supervisor>,
    held: BTreeMap<String, Lock>,
}

impl RunLocks {
    /// No lock is held yet.
    pub fn new(state: StateDirectory, run: &str, supervisor: Rc<Supervisor>) -> Self {
        Self { state, run: run.to_owned(), supervisor, held: BTreeMap::new() }
    }

    async fn take_one(&mut self, name: &str) -> Result<String, JournalError> {
        let reach = self.state.reach()?.to_string();
        if self.held.contains_key(name) {
            return Ok(reach);
        }
        let lock = self.state.take_lock(name, &holder(&self.run))?;
        lock.mark()?;
        // The supervisor holds it, too: it is free only when the last step is over.
        let shared = self.supervisor.hold(lock.as_fd()).await;
        shared.map_err(|source| JournalError::Io { doing: "share", path: name.into(), source })?;
        self.held.insert(name.to_owned(), lock);
        Ok(reach)
    }
}

impl Locks for RunLocks {
    fn take<'a>(&'a mut self, name: &'a str) -> Pin<Box<dyn Future<Output = Result<String, String>> + 'a>> {
        Box::pin(async move { self.take_one(name).await.map_err(|error| with_help(&error)) })
    }

    fn give_back(&mut self, name: &str, clean: bool) {
        let Some(lock) = self.held.remove(name) else { return };
        if clean {
            // A mark that stays is found by the next run, which asks for a person: safe, and said there.
            let _ = lock.clear().and_then(|()| lock.give_back());
        }
    }
}

/// An error with its help, in one text.
pub fn with_help(error: &JournalError) -> String {
    match miette::Diagnostic::help(error) {
        Some(help) => format!("{error}. {help}"),
        None => error.to_string(),
    }
}
