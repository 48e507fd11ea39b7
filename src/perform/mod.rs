//! A resolved action → an observation: one file per kind of action. Nothing here judges, retries
//! or decides; that an action failed is data.

mod built_in;
mod change;
mod delegate;
mod disk;
mod ending;
mod file;
mod http;
mod kube;
mod leaving;
mod limits;
pub mod mask;
mod port;
pub mod process;
mod process_list;
mod real;
mod restore;
mod secret;
mod seeking;
mod service;
mod sql;
mod stop;
pub mod supervisor;
mod unseen;
mod uptime;

use std::future::Future;
use std::pin::Pin;

use crate::event::{AttemptKey, Performance};
use crate::plan::{ResolvedActivity, StateBefore};

pub use self::kube::{HeldLease, LeaseHolder, LeaseNews, LeaseRefusal, Proven, free_lease, prove_clusters};
pub use built_in::{capture_before, dry_run, forget, perform_built_in, probe};
pub use change::forget_before;
pub use delegate::{PERFORM_WORD, perform_main};
pub use file::observe_file;
pub use leaving::would_leave;
pub use real::Real;
pub use secret::{forbid_core_dumps, run_for_secret};
pub use seeking::Seeking;
pub use stop::Stop;
pub use unseen::Unseen;
pub use uptime::Uptime;

/// What a performance is, while it runs.
pub type Running<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Performs actions. It has two lives: the real one, and a scripted one for tests, `test` and the
/// failure matrix.
pub trait Performer {
    /// Performs one action within its budget. Dropping the future doesn't stop the action; `stop`
    /// does (the second Ctrl-C): its processes are ended, and the outcome is unknown.
    fn perform<'a>(
        &'a self,
        key: &'a AttemptKey,
        activity: &'a ResolvedActivity,
        stop: &'a Stop,
    ) -> Running<'a, Performance>;

    /// The state that an action with a derived inverse is about to change, before its intent is
    /// written; keeps the bytes of a file beside it, durably. `Ok(None)` for all other actions.
    /// The error says in the operator's words why the state can't be read; then the step fails
    /// before it starts.
    fn capture<'a>(&'a self, activity: &'a ResolvedActivity) -> Running<'a, Result<Option<StateBefore>, String>>;

    /// Whether the effect of an action with a derived inverse is there: the unit is in the state
    /// that the verb leaves, the path holds the bytes. `None`: nobody can tell (the start of a
    /// oneshot, an action without a derived inverse).
    fn probe<'a>(&'a self, activity: &'a ResolvedActivity, before: &'a StateBefore) -> Running<'a, Option<bool>>;

    /// Removes what `capture` kept, for a way back that nobody will go any more. The error says in the
    /// operator's words what stays behind.
    fn forget<'a>(&'a self, activity: &'a ResolvedActivity, before: &'a StateBefore)
    -> Running<'a, Result<(), String>>;

    /// Waits until what was performed is on record wherever that is kept beside the journal: before a run
    /// ends.
    fn settle(&self) -> Running<'_, ()> {
        Box::pin(async {})
    }

    /// What became of an attempt whose engine died: waits while it still runs; the performance it
    /// ended with; `NotApplied` when it never started; an error when nobody can know.
    fn recover<'a>(
        &'a self,
        key: &'a AttemptKey,
        activity: &'a ResolvedActivity,
    ) -> Running<'a, Result<Performance, Unseen>>;
}
