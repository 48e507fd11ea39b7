//! Events ⇄ disk; locks; recovery. It knows the words of `event` and nothing of what they mean.
//!
//! A run's events are lines in one file (`event::frame` has their form). [`start`] opens it for a new
//! run, [`resume`] for one that a dead engine left, [`read_run`] and [`Follower`] read it beside
//! anybody. Where it lies, and that nobody else could have laid it out, is [`StateDirectory`]'s; that
//! one run at a time touches the same thing is [`Lock`]'s.

mod directory;
mod error;
mod explain;
mod folder;
mod lock;
mod lock_file;
mod mark;
mod reach;
mod reader;
mod recovery;
mod rehearsals;
mod run_directory;
mod run_id;
mod run_lock;
mod run_locks;
mod run_store;
mod state;
mod storage;
#[cfg(test)]
mod tests;
mod walk;
mod writer;

pub use error::{Distrust, JournalError};
pub use explain::CODES;
pub use folder::Folder;
pub use lock::{Lock, LockRefusal};
pub use lock_file::Holder;
pub use mark::{mark_name, put_mark, take_mark_off};
pub use reach::{Reach, this_host};
pub use reader::{Follower, Read, audit_journal, read, read_run};
pub use recovery::{Resumed, Torn, resume, resume_in, start, start_in};
pub use run_directory::RunDirectory;
pub use run_id::RunId;
pub use run_lock::EngineLock;
pub use run_locks::RunLocks;
pub use run_store::{RunStore, way_back_of};

pub use state::{SYSTEM_STATE, StateDirectory, Whereabouts, make_run, make_run_keeping};
pub use storage::FileStorage;
pub use walk::{Form, Identity};
pub use writer::Writer;
