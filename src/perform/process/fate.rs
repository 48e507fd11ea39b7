//! What became of an attempt whose engine is gone: read from the supervisor's log, for `resume`.
//!
//! Invariant: *never started* is said only when the log was read whole and has no start, and nobody is
//! left who could still note one.

use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::{FlockOperation, flock};

use super::ending::{performance_of, without_answer};
use crate::event::{AttemptKey, Direction, Known, Noted, Outcome, Performance, Settling, Working};
use crate::perform::supervisor::{LogError, Note, SupervisorLog, end_orphans, lock_of, read_log};

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq)]
pub enum Fate {
    /// Nothing happened: no start is on record.
    NeverStarted,
    /// It still runs, or may yet start: wait with [`wait_until_over`], then ask again.
    StillRunning,
    /// It ended, and this is how.
    Ended(Box<Performance>),
    /// It started, nothing runs any more, and no end is on record.
    Unknown,
}

/// What became of an attempt.
///
/// # Errors
/// The log can't be read or is damaged; then nothing is known of any attempt.
pub fn fate_of(run: &Utf8Path, key: &AttemptKey) -> Result<Fate, LogError> {
    // Asked before the log is read: what ends in between is in the log.
    let lives = supervisor_lives(run)?;
    Ok(fate_in(&read_log(run)?, lives, run, key))
}

/// What became of an attempt by this log; `lives`: the supervisor that writes it is at work.
#[must_use]
pub fn fate_in(log: &SupervisorLog, lives: bool, run: &Utf8Path, key: &AttemptKey) -> Fate {
    // All looks at one thing have one name: what the log says may be of an earlier one.
    if key.direction == Direction::Look {
        return Fate::Unknown;
    }
    let last = log.notes.iter().rev().find_map(|note| match note {
        Note::Ended { key: ended, ending, .. } if ended == key => Some(Some(performance_of(run, ending))),
        Note::Started { key: started, .. } if started == key => Some(None),
        Note::Opened { .. } | Note::Began { .. } | Note::Ended { .. } | Note::Started { .. } => None,
    });
    let noted = match &last {
        None => Noted::Nothing,
        Some(None) => Noted::Start,
        Some(Some(performance)) => Noted::End(performance.outcome),
    };
    let working = if lives { Working::ItsSupervisor } else { Working::Nobody };
    match (Known::on_disk(working, noted).settling(), last.flatten()) {
        (Settling::Attach, _) => Fate::StillRunning,
        (_, Some(performance)) => Fate::Ended(Box::new(performance)),
        (Settling::Run, None) => Fate::NeverStarted,
        (_, None) => Fate::Unknown,
    }
}

impl Fate {
    /// What an attempt came to whose engine is gone, and for `resume` to import; `None`: nobody can know.
    #[must_use]
    pub fn recovered(self) -> Option<Performance> {
        match self {
            Self::NeverStarted => {
                let why = "it had not started when the engine ended".to_owned();
                Some(without_answer(Outcome::NotApplied, why, 0.0))
            }
            Self::Ended(performance) => Some(*performance),
            Self::StillRunning | Self::Unknown => None,
        }
    }

    /// What an attempt came to whose supervisor died under a living engine, `seconds` after its start;
    /// `left` says what of it can't be ended.
    #[must_use]
    pub fn after_death(self, left: &str, seconds: f64) -> Performance {
        match self {
            Self::NeverStarted => {
                let why = "the supervisor died before the step started".to_owned();
                without_answer(Outcome::NotApplied, why, seconds)
            }
            Self::Ended(performance) => *performance,
            Self::StillRunning | Self::Unknown => {
                without_answer(Outcome::Unknown, format!("the supervisor died{left}"), seconds)
            }
        }
    }
}

/// Whether a supervisor of this run is at work.
///
/// # Errors
/// Its log is there and can't be opened.
pub fn supervisor_lives(run: &Utf8Path) -> Result<bool, LogError> {
    let Some(lock) = lock_of(run)? else { return Ok(false) };
    Ok(flock(&lock, FlockOperation::NonBlockingLockShared).is_err())
}

/// Waits until the supervisor of a run has ended its last step; at once when there is none.
///
/// # Errors
/// Its log is there and can't be opened.
pub async fn wait_until_over(run: Utf8PathBuf) -> Result<(), LogError> {
    let Some(lock) = lock_of(&run)? else { return Ok(()) };
    let waited = tokio::task::spawn_blocking(move || {
        while matches!(flock(&lock, FlockOperation::LockShared), Err(rustix::io::Errno::INTR)) {}
    });
    // It can only fail by a panic, and flock has none.
    let _ = waited.await;
    Ok(())
}

/// Ends what a killed supervisor of this run left running: the names of what can't be ended. A
/// supervisor that still lives is waited for, and leaves nothing.
///
/// # Errors
/// Its log can't be read.
pub async fn end_of_orphans(run: Utf8PathBuf) -> Result<Vec<String>, LogError> {
    wait_until_over(run.clone()).await?;
    let ended = tokio::task::spawn_blocking(move || end_orphans(&run));
    // It can only fail by a panic, and there is none.
    ended.await.unwrap_or_else(|_| Ok(Vec::new()))
}

#[cfg(test)]
mod tests {
    use super::{Fate, fate_in};
    use crate::event::{AttemptKey, Direction};
    use crate::perform::supervisor::SupervisorLog;

    #[test]
    fn what_a_living_supervisor_has_not_noted_may_still_be_in_its_socket() {
        let key = AttemptKey { unit: "one".to_owned(), direction: Direction::Forward, number: 1 };
        let log = SupervisorLog::default();
        assert_eq!(fate_in(&log, true, "/run".into(), &key), Fate::StillRunning);
        assert_eq!(fate_in(&log, false, "/run".into(), &key), Fate::NeverStarted);
    }
}
