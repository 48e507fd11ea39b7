//! The locks of a run: taken when the first phase that they hold for begins, or again by an engine that
//! goes on with the run; noticed when they are lost; given back at the end.
//!
//! Which lock holds for what is the plan's, how one is held is behind [`Locks`](crate::event::Locks). One
//! invariant: right before anything is started it is asked whether the locks are still held.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::driver::{Engine, Waited};
use super::error::EngineError;
use crate::event::{Event, LostLock, Wish};

/// What became of taking a lock.
enum Taking {
    Taken,
    /// Why not, in words.
    Refused(String),
    /// Something else came first.
    Disturbed,
}

impl Engine {
    /// Begins a phase: takes the locks that aren't held yet.
    pub(super) async fn begin_phase(&mut self, number: usize) -> Result<(), EngineError> {
        let Some(phase) = self.plan.phases.get(number).cloned() else { return Ok(()) };
        for name in &phase.locks {
            if self.record.locks.contains(name) {
                continue;
            }
            let taking = self.take_lock(name).await?;
            if !matches!(taking, Taking::Taken) {
                // Nothing was done under it yet.
                self.give_lock_back(name, true).await?;
            }
            match taking {
                Taking::Taken => {}
                // As if a check had failed: refused where nothing has started, else halted.
                Taking::Refused(by) => return self.emit(Event::Interrupted { by, wish: Wish::Halt }),
                Taking::Disturbed => return Ok(()),
            }
        }
        self.emit(Event::PhaseStarted { phase: phase.id })
    }

    /// Takes the locks of the phases that have begun; `false`: one can't be had, and the run stops.
    pub(super) async fn take_locks_again(&mut self) -> Result<bool, EngineError> {
        let begun = self.plan.phases.iter().filter(|phase| self.record.phases_started.contains(&phase.id));
        let names: BTreeSet<_> = begun.flat_map(|phase| phase.locks.iter().cloned()).collect();
        for name in names {
            loop {
                match self.take_lock(&name).await? {
                    Taking::Taken => break,
                    Taking::Refused(by) => {
                        self.emit(Event::Interrupted { by, wish: Wish::Halt })?;
                        return Ok(false);
                    }
                    Taking::Disturbed if matches!(self.record.wish, Some((Wish::Halt, _))) => return Ok(false),
                    // Whatever else is wanted needs the lock.
                    Taking::Disturbed => {}
                }
            }
        }
        Ok(true)
    }

    async fn take_lock(&mut self, name: &str) -> Result<Taking, EngineError> {
        let locks = Rc::clone(&self.footing.locks);
        Ok(match self.attend(locks.take(name)).await? {
            Waited::Done(Ok(taken)) => {
                if !self.record.locks.contains(name) {
                    self.emit(Event::LockTaken { name: name.to_owned(), reach: taken.reach, lease: taken.lease })?;
                }
                Taking::Taken
            }
            Waited::Done(Err(why)) => Taking::Refused(why),
            Waited::Disturbed => Taking::Disturbed,
        })
    }

    /// Whether a lock is lost by now; noted when it is found out.
    pub(super) fn notice_lost_lock(&mut self) -> Result<bool, EngineError> {
        if self.record.lost_lock.is_none()
            && let Some(LostLock { name, why }) = self.footing.locks.lost()
        {
            self.emit(Event::LockLost { name, why })?;
            self.commit()?;
        }
        Ok(self.record.lost_lock.is_some())
    }

    /// Gives a lock back; what a person has to free is noted.
    pub(super) async fn give_lock_back(&mut self, name: &str, clean: bool) -> Result<(), EngineError> {
        // It takes moments, and a signal has nothing to say any more.
        match self.footing.locks.give_back(name, clean).await {
            Ok(()) => Ok(()),
            Err(text) => self.note_at_once(text),
        }
    }

    /// Notes something, and lets it be heard.
    pub(super) fn note_at_once(&mut self, text: String) -> Result<(), EngineError> {
        self.emit(Event::Noted { text })?;
        self.commit()
    }
}
