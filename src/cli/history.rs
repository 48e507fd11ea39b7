//! What past runs of a runbook took, read from their journals. It takes no lock and changes nothing; one
//! run that can't be read doesn't hide the others. Invariant: only who asks for history reads the state.

use std::time::Duration;

use jiff::Timestamp;

use super::state::StateArguments;
use crate::event::{Direction, Forecast, Past, Stamped, Standing};
use crate::journal::{JournalError, read_run};
use crate::model::Runbook;
use crate::model::review::{Estimate, Estimated, estimates};
use crate::report::way_back_proven;
use crate::syntax::{Finding, Sources};

/// So many runs are read, the newest ones.
const MOST: usize = 100;

/// What the newest runs of a runbook took; rehearsals don't count.
pub fn past_of(state: &StateArguments, runbook: &str) -> Result<Past, JournalError> {
    let mut past = Past::default();
    let Some(state) = state.open()? else { return Ok(past) };
    let own = format!("{runbook}-");
    for id in state.runs()?.iter().filter(|id| id.as_str().starts_with(&own)) {
        let Ok(read) = state.open_run(id).and_then(|run| read_run::<Stamped>(&run)) else { continue };
        past.add(runbook, &read.events);
        if past.runs == MOST {
            break;
        }
    }
    Ok(past)
}

/// Adds to a forecast what past runs took and what rehearsals have shown.
pub fn tell_history(state: &StateArguments, forecast: &mut Forecast) -> Result<(), JournalError> {
    let past = past_of(state, &forecast.head.runbook)?;
    for unit in &mut forecast.units {
        let took = |direction: Direction| past.took(&unit.unit.id, direction);
        unit.history = took(Direction::Forward).or_else(|| took(Direction::Look));
    }
    forecast.rehearsed = Some(way_back_of(state, &forecast.head.runbook, &forecast.head.digest)?);
    Ok(())
}

/// When the way back was last proven, in words.
pub fn way_back_of(state: &StateArguments, runbook: &str, digest: &str) -> Result<String, JournalError> {
    let rehearsals = state.open()?.map_or_else(|| Ok(Vec::new()), |state| state.rehearsals(runbook))?;
    Ok(way_back_proven(Standing::of(&rehearsals, digest), Timestamp::now()))
}

/// The estimates that are off.
pub fn estimates_off(runbook: &Runbook, sources: &Sources, past: &Past) -> Vec<Finding> {
    let off = |estimate: &Estimate<'_>| {
        let direction = match estimate.of {
            Estimated::Check => Direction::Look,
            Estimated::Step => Direction::Forward,
            Estimated::Inverse => Direction::Back,
        };
        let took = past.took(estimate.unit, direction)?;
        let time = |seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or_default();
        let is_off = took.is_off(estimate.time.as_secs_f64());
        is_off.then(|| estimate.off(sources, time(took.median), time(took.most), took.runs))
    };
    estimates(runbook).iter().filter_map(off).collect()
}
