//! The run's locks as the engine takes them: the journal's, shared with the supervisor, so that a
//! lock is free only when the engine and its last step are gone.

use std::os::fd::AsFd;
use std::pin::Pin;
use std::rc::Rc;

use crate::event::{Locks, Stamped};
use crate::journal::{JournalError, LockRefusal, RunLocks, StateDirectory, read_run};
use crate::perform::process::Supervisor;
use crate::report::step_at_work;

/// Locks that the supervisor holds, too.
pub struct SharedLocks {
    locks: RunLocks,
    state: Rc<StateDirectory>,
    supervisor: Rc<Supervisor>,
}

impl SharedLocks {
    /// No lock is held yet.
    pub fn new(locks: RunLocks, state: Rc<StateDirectory>, supervisor: Rc<Supervisor>) -> Self {
        Self { locks, state, supervisor }
    }

    /// Why a lock isn't to be had, with the step that its holder is at and the way on.
    fn explain(&self, error: &JournalError) -> String {
        let JournalError::Refused(LockRefusal::Held { holder: Some(holder), .. }) = error else {
            return with_help(error);
        };
        let run = &holder.run;
        let found = self.state.find_run(run).and_then(|found| Ok((read_run::<Stamped>(&found)?, found.has_engine()?)));
        let Ok((read, has_engine)) = found else { return with_help(error) };
        let step = step_at_work(&read.events);
        match (step, has_engine) {
            (Some(step), true) => {
                format!("{error}, at {step}. Wait until it has ended, or follow it: `runbook status {run} --follow`")
            }
            (Some(step), false) => format!(
                "{error}; its engine is gone, but {step} still runs under its supervisor. `runbook resume {run}` waits for it and goes on, `runbook rollback {run}` waits for it and takes the run back"
            ),
            (None, _) => with_help(error),
        }
    }
}

impl Locks for SharedLocks {
    fn take<'a>(&'a mut self, name: &'a str) -> Pin<Box<dyn Future<Output = Result<String, String>> + 'a>> {
        Box::pin(async move {
            let (reach, shared) = self.locks.take(name).map_err(|error| self.explain(&error))?;
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
