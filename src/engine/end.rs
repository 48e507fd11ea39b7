//! How a run ends or stops: the verdict is the last word, and only after it is durable the locks are
//! given back and what was kept for the way back is removed.

use std::collections::BTreeSet;

use super::driver::Engine;
use super::error::EngineError;
use crate::event::{AttemptKey, Direction, Event, Verdict};

impl Engine {
    /// Ends or stops the run: people are called, the verdict is made durable, and what is not needed any
    /// more is given back.
    pub(super) async fn end(&mut self, verdict: Verdict) -> Result<Verdict, EngineError> {
        self.carrier.performer.settle().await;
        let called = match &verdict {
            Verdict::Incomplete { .. } => Some("the rollback isn't complete"),
            Verdict::Unsettled { .. } => Some("a person must say what became of a step"),
            Verdict::Halted { .. } => Some("the run stopped with effects in place"),
            Verdict::Succeeded { .. }
            | Verdict::RolledBack { .. }
            | Verdict::Refused { .. }
            | Verdict::Parked { .. }
            | Verdict::Abandoned { .. } => None,
        };
        if let Some(why) = called {
            self.emit(Event::Escalated { unit: None, why: why.to_owned() })?;
        }
        // A run that waits or was refused before it changed anything leaves nothing under its locks.
        let clean = verdict.is_final() || !self.record.has_effects();
        for name in self.record.locks.clone() {
            if clean {
                self.emit(Event::LockReturned { name })?;
            }
        }
        let held: BTreeSet<_> = self.plan.phases.iter().flat_map(|phase| phase.locks.iter().cloned()).collect();
        self.emit(Event::RunEnded { verdict: verdict.clone() })?;
        self.commit()?;
        if verdict.is_final() {
            self.forget().await?;
            self.footing.store.finish();
        }
        for name in held {
            self.give_lock_back(&name, clean).await?;
        }
        Ok(verdict)
    }

    /// Removes what was kept for the way back: nobody will go it any more. Only after the end is
    /// durable, so that a run which may still turn round has it.
    async fn forget(&mut self) -> Result<(), EngineError> {
        for index in 0..self.plan.units.len() {
            let before = self.record.units.get(index).and_then(|done| done.before()).cloned();
            let activity = self.plan.unit(index).and_then(|unit| unit.activity()).cloned();
            let (Some(before), Some(activity)) = (before, activity) else { continue };
            let key = AttemptKey { unit: self.id(index), direction: Direction::Look, number: 1 };
            let Ok(resolved) = self.carrier.resolve(&self.errand(key, &activity, None)) else { continue };
            if let Err(why) = self.carrier.performer.forget(&resolved, &before).await {
                self.emit(Event::Noted { text: why })?;
            }
        }
        self.commit()
    }
}
