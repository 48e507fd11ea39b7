//! A run's journal as the engine sees it: a store of stamped events.
//!
//! It adds one thing to the [`Writer`]: how much room the way back of this run needs. Invariant: the
//! engine is told that there is room only if the whole rollback could still be written on a disk
//! that is full from now on.

use super::error::JournalError;
use super::writer::Writer;
use crate::event::{Stamped, Store, StoreError};

/// What every rollback writes: its beginning, the verification of checkpoints, its end.
const EVERY_ROLLBACK: u64 = 256 * 1024;
/// What undoing one step writes, with its attempts and the evidence of its judgements.
const EACH_STEP: u64 = 16 * 1024;

/// The bytes to set aside for the way back of a run of so many steps.
#[must_use]
pub fn way_back_of(steps: usize) -> u64 {
    EVERY_ROLLBACK + EACH_STEP * steps as u64
}

/// The store of one run's events.
pub struct RunStore {
    writer: Writer,
    way_back: u64,
    /// What was taken in and isn't durable: on a full disk the writer drops it.
    fresh: Vec<Stamped>,
    /// The disk said that it is full: nothing goes forward any more.
    full: bool,
    /// The last sync failed for that.
    just_full: bool,
}

impl RunStore {
    /// The store of a run of so many steps.
    #[must_use]
    pub fn new(writer: Writer, steps: usize) -> Self {
        Self { writer, way_back: way_back_of(steps), fresh: Vec::new(), full: false, just_full: false }
    }

    /// Gives the writer again what it dropped, for the next sync.
    fn takes_in_again(&mut self) -> Result<(), StoreError> {
        self.full = true;
        self.just_full = true;
        self.fresh.iter().try_for_each(|event| self.writer.append(event).map(drop).map_err(|error| told(&error)))
    }
}

impl Store for RunStore {
    fn append(&mut self, event: &Stamped) -> Result<(), StoreError> {
        self.writer.append(event).map_err(|error| told(&error))?;
        self.fresh.push(event.clone());
        Ok(())
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        self.just_full = false;
        match self.writer.sync() {
            Ok(()) => {
                self.fresh.clear();
                Ok(())
            }
            Err(error @ JournalError::Full { .. }) => {
                self.takes_in_again()?;
                Err(told(&error))
            }
            Err(error) => Err(told(&error)),
        }
    }

    fn has_room(&mut self) -> bool {
        // A broken journal answers for itself at the next sync, before the effect.
        !self.full && self.writer.can_go_forward(self.way_back).unwrap_or(false)
    }

    fn is_full(&self) -> bool {
        self.just_full
    }

    fn finish(&mut self) {
        // The run has ended, and that is durable: space that stays taken harms nobody.
        let _ = self.writer.gives_back();
    }
}

fn told(error: &JournalError) -> StoreError {
    StoreError(error.to_string())
}

#[cfg(test)]
mod tests;
