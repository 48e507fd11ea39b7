//! Whether the records of a run fit each other: the journal, its supervisor's log, and the bundle that
//! it was started with. Each proves itself; here is what only two of them together can show.
//!
//! Invariant: a run that is continued or taken back has passed this.

use crate::event::{Record, RunStarted, Stamped};
use crate::journal::{JournalError, RunDirectory, read_run};
use crate::model::bundle::Bundle;
use crate::perform::process::unrecorded;
use crate::perform::supervisor::{LogError, read_log};

/// That the supervisor's log can be read, and knows nothing that the journal has lost.
pub fn supervisor_agrees(run: &RunDirectory, record: &Record) -> Result<(), JournalError> {
    run.trusts_supervisor_log()?;
    let notes = read_log(run.path()).map_err(as_of_journal)?.notes;
    if unrecorded(&notes, record).is_empty() {
        return Ok(());
    }
    // A step may have started after the journal was read: only what a later look lacks is lost.
    let later = Record::of(&read_run::<Stamped>(run)?.events);
    match unrecorded(&notes, &later).first() {
        None => Ok(()),
        Some(key) => Err(JournalError::Lost { path: run.journal(), step: key.unit.clone() }),
    }
}

/// What is wrong with a bundle that is whole by itself; `None`: it is the one that the run began with.
pub fn bundle_flaw(bundle: &Bundle, head: &RunStarted) -> Option<String> {
    let digest = bundle.digest.to_string();
    let other = format!("its bundle has digest {digest}, but the run began with {}", head.digest);
    (digest != head.digest).then_some(other)
}

fn as_of_journal(error: LogError) -> JournalError {
    match error {
        LogError::Damaged { path, line, why } => JournalError::Damaged { path, line, why },
        LogError::Unreadable { path, line, source } => {
            JournalError::UnknownEvent { path, line, why: source.to_string() }
        }
        LogError::Newer { path, format, who_can } => JournalError::Newer { path, format, who_can },
        LogError::Disk { path, source } => JournalError::Io { doing: "read", path, source },
        LogError::NotSafe { ref path } | LogError::Full { ref path } => {
            JournalError::Io { doing: "read", path: path.clone(), source: std::io::Error::other(error.to_string()) }
        }
        LogError::InUse | LogError::Failed => JournalError::Io {
            doing: "read",
            path: "supervisor.jsonl".into(),
            source: std::io::Error::other(error.to_string()),
        },
    }
}
