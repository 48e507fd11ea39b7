//! How an engine takes a run: it says that it is here, settles what a dead engine left open, and
//! takes the locks of the phases that have begun.

#![expect(clippy::similar_names, reason = "a carrier and what it carried are two words of this layer")]

use super::driver::Engine;
use super::error::EngineError;
use super::tasks::{ended, verify};
use crate::event::{
    AttemptEnded, AttemptKey, Direction, EngineStarted, Event, Failure, FailureKind, Outcome, Purpose, Record,
    RunStarted, Wish,
};
use crate::perform::Unseen;
use crate::plan::Plan;
use std::rc::Rc;
use std::sync::Arc;

impl Engine {
    /// Begins a new run.
    ///
    /// # Errors
    /// The journal can't be written.
    pub fn begin(&mut self, head: Arc<RunStarted>, engine: EngineStarted) -> Result<(), EngineError> {
        self.emit(Event::RunStarted(head))?;
        self.emit(Event::EngineStarted(engine))?;
        Ok(())
    }

    /// Keeps an event that a person's command brings.
    ///
    /// # Errors
    /// The journal can't be written.
    pub fn note(&mut self, event: Event) -> Result<(), EngineError> {
        self.emit(event)
    }

    /// Takes over a run whose engine is gone; `still_runs`: the supervisor of that engine is still at
    /// work, so that its last step is waited for.
    ///
    /// # Errors
    /// The journal can't be written, or somebody wants to leave at once.
    pub async fn take_over(&mut self, engine: EngineStarted, still_runs: bool) -> Result<(), EngineError> {
        let open = open_attempts(&self.plan, &self.record);
        let (purpose, by) = (engine.purpose, engine.user.clone());
        self.emit(Event::EngineStarted(engine))?;
        if !self.take_locks_again().await? {
            return Ok(());
        }
        for key in open {
            if still_runs {
                let text = format!("{} still runs under its supervisor: waiting until it has ended", key.unit);
                self.emit(Event::Noted { text })?;
            }
            self.commit()?;
            self.recover(key).await?;
        }
        // What the dead engine's step held for us is ours only now that it has ended.
        if still_runs && !self.take_locks_again().await? {
            return Ok(());
        }
        if purpose == Purpose::Rollback && self.record.rollback.is_none() {
            let by = format!("{by} asked for the way back");
            self.emit(Event::Interrupted { by, wish: Wish::Rollback })?;
        }
        Ok(())
    }

    /// Finds out what became of an attempt. What its supervisor saw is imported as if it had been
    /// seen live; what nobody saw stays unknown.
    async fn recover(&mut self, key: AttemptKey) -> Result<(), EngineError> {
        let Some(unit) = self.plan.index(&key.unit).and_then(|index| self.plan.unit(index)).cloned() else {
            return Ok(());
        };
        let activity = match key.direction {
            Direction::Forward | Direction::Look => unit.activity(),
            Direction::Back => unit.written_back().or(unit.activity()),
        };
        let Some(activity) = activity else { return Ok(()) };
        let errand = self.errand(key.clone(), activity, None);
        let carrier = Rc::clone(&self.carrier);
        let fate = match self.carrier.resolve(&errand) {
            Ok(resolved) => self.attend_to_end(carrier.performer.recover(&key, &resolved)).await?,
            Err(_) => Err(Unseen::default()),
        };
        let end = match fate {
            Ok(performance) if performance.outcome == Outcome::Applied => {
                let carried = carrier.conclude(&errand, performance);
                let applied = unit.step().and_then(|step| step.applied.as_ref()).map(|applied| {
                    let look = AttemptKey { direction: Direction::Look, ..key.clone() };
                    self.errand(look, &applied.activity, None)
                });
                let carried = match applied {
                    Some(applied) => self.attend_to_end(verify(&carrier, carried, applied, key.direction)).await?,
                    None => carried,
                };
                ended(key, carried)
            }
            // That its budget was spent or that it was killed is on record, but not what became of it.
            Ok(performance) => {
                let carried = carrier.conclude(&errand, performance);
                AttemptEnded { recovered: true, ..ended(key, carried) }
            }
            Err(unseen) => nobody_saw(key, &unseen),
        };
        self.emit(Event::AttemptEnded(Box::new(end)))
    }
}

/// The attempts that started and of which nobody saw the end, or which weren't over then.
pub(super) fn open_attempts(plan: &Plan, record: &Record) -> Vec<AttemptKey> {
    let mut open = Vec::new();
    for (unit, done) in plan.units.iter().zip(&record.units) {
        let ways = [(Direction::Forward, &done.forward), (Direction::Back, &done.back)];
        for (direction, attempts) in ways {
            for (attempt, number) in attempts.iter().zip(1..) {
                if attempt.is_open() {
                    open.push(AttemptKey { unit: unit.id.clone(), direction, number });
                }
            }
        }
    }
    open
}

/// The end of an attempt that nobody saw.
pub(super) fn nobody_saw(key: AttemptKey, unseen: &Unseen) -> AttemptEnded {
    let mut why = "the engine ended in the middle of it, and nobody saw what became of it".to_owned();
    let mut kind = FailureKind::Unknown;
    if !unseen.survivors.is_empty() {
        why = format!("{why}; still running, and it can't be ended: {}", unseen.survivors.join(", "));
        kind = FailureKind::StillRuns;
    }
    AttemptEnded {
        key,
        outcome: Outcome::Unknown,
        failure: Some(Failure { kind, why }),
        judgements: Vec::new(),
        captures: std::collections::BTreeMap::new(),
        seconds: 0.0,
        tail: Vec::new(),
        recovered: true,
    }
}
