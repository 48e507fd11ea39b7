//! The seams between the engine and what it stands on: where its events are kept, what it locks,
//! who listens, who is asked. Each has two lives: the real one and one for tests.

use std::future::Future;
use std::pin::Pin;

use super::{LeaseTaken, Question, Reply, Stamped, Wish};

/// The bytes that are set aside for the notes of the supervisor, so that a way back can be noted on a
/// disk that is full by then.
pub const SUPERVISOR_ROOM: u64 = 256 * 1024;

/// Keeps events. Once an append or a sync has failed, every later call fails: a failed sync is never
/// retried.
pub trait Store {
    /// Takes an event in. It is durable only after `sync`.
    ///
    /// # Errors
    /// The store is broken, or the event can't be written.
    fn append(&mut self, event: &Stamped) -> Result<(), StoreError>;

    /// Makes every event that was taken in durable.
    ///
    /// # Errors
    /// The store is broken: nothing may act any more, in either direction.
    fn sync(&mut self) -> Result<(), StoreError>;

    /// Whether there is room for another forward step and, after it, for the whole way back.
    fn has_room(&mut self) -> bool;

    /// Whether the last sync failed for want of space alone: what was taken in is still to be written,
    /// and another sync may find the space that is set aside for the way back.
    fn is_full(&self) -> bool {
        false
    }

    /// The run has ended for good: space that was set aside is given back.
    fn finish(&mut self) {}
}

/// Why a store can't keep events any more, in one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StoreError(pub String);

/// A lock that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenLock {
    /// How far it reaches, in words.
    pub reach: String,
    /// Where it is held in a cluster; `None`: it isn't.
    pub lease: Option<LeaseTaken>,
}

/// A lock that isn't the run's any more, although nobody gave it back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the lock {name} is lost: {why}")]
pub struct LostLock {
    /// Its name.
    pub name: String,
    /// Why, in one line.
    pub why: String,
}

/// Named locks of one run.
pub trait Locks {
    /// Takes a lock and says how far it reaches; one that is held is kept. Whoever stops waiting for it gives
    /// it back. The error says who holds it, in words.
    ///
    /// # Errors
    /// Another run holds it, or a crashed or halted one has left it dirty.
    fn take<'a>(&'a self, name: &'a str) -> Pin<Box<dyn Future<Output = Result<TakenLock, String>> + 'a>>;

    /// Gives a lock back; `clean` says that nothing of this run is left to undo. One that isn't held is left
    /// as it is.
    ///
    /// # Errors
    /// What stays behind, and how a person frees it, in words.
    fn give_back<'a>(&'a self, name: &'a str, clean: bool) -> Pin<Box<dyn Future<Output = Result<(), String>> + 'a>>;

    /// A lock that was lost, by now; asked right before anything is started. `None`: all that were taken are
    /// held.
    fn lost(&self) -> Option<LostLock> {
        None
    }
}

/// Hears every event after it is durable, and what running actions print meanwhile.
pub trait Listener {
    /// An event happened and is durable.
    fn heard(&mut self, event: &Stamped);

    /// A running action printed a line; nothing depends on it.
    fn printed(&mut self, unit: &str, line: &str) {
        let _ = (unit, line);
    }
}

/// What a person answers: the reply, and the output that was pasted, if any was asked for.
pub type Answered = (Reply, Option<String>);

/// What a person wants of an interrupted run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// This.
    Wish(Wish),
    /// To leave at once; what runs goes on without us.
    Leave,
    /// Nothing: the person is gone.
    Nothing,
}

/// Somebody who can be asked.
pub trait Person {
    /// Asks and waits for the answer; `text` is what the person must know, `paste` says that output
    /// may be pasted. `None`: the person is gone (the terminal was closed).
    fn ask<'a>(
        &'a self,
        question: &'a Question,
        text: &'a str,
        paste: bool,
    ) -> Pin<Box<dyn Future<Output = Option<Answered>> + 'a>>;

    /// Asks what an interrupted run should do; `ending`: what runs is being ended.
    fn ask_wish<'a>(&'a self, ending: bool) -> Pin<Box<dyn Future<Output = Wanted> + 'a>>;

    /// Who that is, for the journal.
    fn name(&self) -> String;
}
