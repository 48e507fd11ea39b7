//! What a rehearsal that was broken off has shown already, read from the journals of its runs: who begins it
//! again doesn't go the ways back again that are proven.
//!
//! Invariant: only what the same bundle, settings, host and program have shown counts, since the last
//! rehearsal that went to its end, and for a day: a way back is proven for the environment as it was then.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::state::StateArguments;
use crate::event::{Record, RehearsedWayBack, Stamped, Turn};
use crate::journal::{JournalError, read_run, this_host};

/// So long a way back that was proven isn't gone again.
const HOURS: i64 = 24;

/// What is rehearsed.
pub struct Rehearsed<'a> {
    pub runbook: &'a str,
    pub digest: &'a str,
    pub inputs: &'a BTreeMap<String, String>,
}

/// What was shown already.
#[derive(Default)]
pub struct ShownBefore {
    /// The run that went furthest; without it nothing else counts.
    pub first: Option<Record>,
    /// The runs that failed right after a step.
    ways_back: Vec<Record>,
}

impl ShownBefore {
    /// Reads what counts of a rehearsal that was to go as far as `furthest`.
    pub fn read(state: &StateArguments, what: &Rehearsed<'_>, furthest: &Turn) -> Result<Self, JournalError> {
        let mut shown = Self::default();
        let Some(state) = state.open()? else { return Ok(shown) };
        let whole = state.rehearsals(what.runbook)?.into_iter().filter(|it| !it.was_broken_off()).map(|it| it.ended);
        let since = whole.chain([Timestamp::now() - SignedDuration::from_hours(HOURS)]).max();
        let own = format!("{}-", what.runbook);
        for id in state.runs()?.iter().filter(|id| id.as_str().starts_with(&own)) {
            // A run that can't be read shows nothing.
            let Ok(read) = state.open_run(id).and_then(|run| read_run::<Stamped>(&run)) else { continue };
            let record = Record::of(&read.events);
            if since.is_some_and(|since| record.started <= since) {
                break;
            }
            match record.turn().filter(|_| counts(&record, what)) {
                Some(turn) if turn == furthest => drop(shown.first.get_or_insert(record)),
                Some(Turn::After(_)) => shown.ways_back.push(record),
                Some(Turn::End | Turn::Before(_)) | None => {}
            }
        }
        if shown.first.is_none() {
            shown.ways_back.clear();
        }
        Ok(shown)
    }

    /// How many ways back aren't gone again.
    pub fn count(&self) -> usize {
        usize::from(self.first.is_some()) + self.ways_back.len()
    }

    /// The run that failed right after this step; `None`: that isn't shown.
    pub fn after(&self, step: &str) -> Option<&Record> {
        self.ways_back.iter().find(|record| matches!(record.turn(), Some(Turn::After(after)) if after == step))
    }
}

fn counts(record: &Record, what: &Rehearsed<'_>) -> bool {
    let same = record.head.as_ref().is_some_and(|head| head.digest == what.digest && head.inputs == *what.inputs);
    let here = |host: &str, version: &str| host == this_host() && version == env!("CARGO_PKG_VERSION");
    same && record.engine.as_ref().is_some_and(|(engine, _)| here(&engine.host, &engine.version))
        && RehearsedWayBack::of(record).is_some_and(|way_back| way_back.is_proven())
}
