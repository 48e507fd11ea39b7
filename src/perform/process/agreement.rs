//! Whether what the supervisor noted fits what the journal says. An intent is durable in the journal
//! before the supervisor is asked, so a start that only the supervisor knows means that the journal has
//! lost records that were durable: whole lines at its end, which no chain can show. Such a run is
//! neither continued nor taken back: what is missing would be missing from the way back, too.
//!
//! The log has to be read first, and the journal after it. Invariant: an engine or a supervisor at work
//! never looks like a loss.

use crate::event::{AttemptKey, Direction, Record};
use crate::perform::supervisor::Note;

/// The attempts to act that were started and that the journal doesn't know, oldest first.
#[must_use]
pub fn unrecorded(notes: &[Note], record: &Record) -> Vec<AttemptKey> {
    let started = notes.iter().filter_map(|note| match note {
        Note::Started { key, .. } => Some(key),
        Note::Opened { .. } | Note::Began { .. } | Note::Ended { .. } => None,
    });
    started.filter(|key| !is_known(key, record)).cloned().collect()
}

fn is_known(key: &AttemptKey, record: &Record) -> bool {
    let attempts = record.unit(&key.unit).map(|unit| match key.direction {
        Direction::Forward => unit.forward.len(),
        Direction::Back => unit.back.len(),
        // Looks are promised nothing.
        Direction::Look => usize::MAX,
    });
    key.direction == Direction::Look || attempts.is_some_and(|attempts| attempts >= key.number as usize)
}
