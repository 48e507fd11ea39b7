//! What is done next about a step that was begun and that nobody saw end: one table, for `resume` and
//! `rollback`, whatever died (engine, supervisor, the machine) and whatever it left on the disk.
//!
//! It is asked again whenever more is known: first with what the disk says, then with the answer of
//! `applied`, then with that of a person. The performer and `decide` both ask it, so that who waits,
//! who imports and who settles can't disagree. It performs nothing and reads no clock.
//! Invariant: an outcome is taken for known only when a record or an answer says so.

use super::{Answer, Outcome, Reply};

/// What is on record of a step's processes, where nothing of them runs any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noted {
    /// The record was read whole, and there is no start.
    Nothing,
    /// A start and no end.
    Start,
    /// An end with this outcome. `Unknown`: its budget was spent, it was killed.
    End(Outcome),
    /// There is none: the engine itself performed it, or the record can't be read.
    Nowhere,
}

/// Where the run is going.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// On its way out.
    Forward,
    /// On its way back.
    Back,
}

/// *Is the whole effect there?*
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// It has no `applied`, and its action can't be asked either.
    Never,
    /// It can be asked and hasn't been.
    NotYet,
    /// It said this.
    Said(Answer),
}

/// Who can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Somebody {
    /// Nobody is here.
    Absent,
    /// Somebody is here and wasn't asked.
    Present,
    /// Somebody said this, here or by `runbook resolve`.
    Said(Reply),
}

/// Who works on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Working {
    /// Another engine: it holds the run's lock.
    AnotherEngine,
    /// The supervisor of an engine that is gone: it holds the lock on its log.
    ItsSupervisor,
    /// Nobody, but some of its processes run without a supervisor and can't be ended.
    Orphans,
    /// Nobody.
    Nobody,
}

/// All that is known of such a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Who works on it.
    pub working: Working,
    /// What is on record.
    pub noted: Noted,
    /// Where the run is going.
    pub way: Way,
    /// What its `applied`, or its action's own probe, says.
    pub applied: Asked,
    /// Whether it may run twice.
    pub idempotent: bool,
    /// Who can be asked.
    pub somebody: Somebody,
}

/// What is done next about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settling {
    /// Nothing: the run is another engine's.
    Refuse,
    /// It still runs, or may yet start: wait for its supervisor's end, and look again.
    Attach,
    /// Take its end as if it had been seen.
    Import,
    /// It is run, for the first time or once more.
    Run,
    /// Ask whether its effect is there.
    AskApplied,
    /// It is done.
    TakeAsDone,
    /// Ask somebody.
    AskSomebody,
    /// Stop: a person must say what became of it (exit 4).
    Stop,
    /// Turn the run round, as a person chose.
    TurnRound,
    /// On the way back: its inverse runs.
    Undo,
    /// On the way back: it did nothing, and nothing is undone.
    LeaveAlone,
}

impl Known {
    /// What the disk alone says: the first question, before anybody else was asked.
    #[must_use]
    pub fn on_disk(working: Working, noted: Noted) -> Self {
        Self {
            working,
            noted,
            way: Way::Forward,
            applied: Asked::NotYet,
            idempotent: false,
            somebody: Somebody::Absent,
        }
    }

    /// On the way back, a step with this outcome; `None`: it isn't over.
    #[must_use]
    pub fn on_the_way_back(outcome: Option<Outcome>) -> Self {
        let noted = outcome.map_or(Noted::Start, Noted::End);
        Self { way: Way::Back, ..Self::on_disk(Working::Nobody, noted) }
    }

    /// What is done next.
    #[must_use]
    pub fn settling(self) -> Settling {
        if self.working == Working::AnotherEngine {
            return Settling::Refuse;
        }
        match self.noted {
            // What the dead engine asked for may still lie in front of a supervisor that lives.
            Noted::Nothing | Noted::Start | Noted::Nowhere if self.working == Working::ItsSupervisor => {
                Settling::Attach
            }
            Noted::Nothing | Noted::End(Outcome::NotApplied) => match self.way {
                Way::Forward => Settling::Run,
                Way::Back => Settling::LeaveAlone,
            },
            Noted::End(Outcome::Applied) => match self.way {
                Way::Forward => Settling::Import,
                Way::Back => Settling::Undo,
            },
            Noted::Start | Noted::Nowhere | Noted::End(Outcome::Unknown) => match self.way {
                Way::Forward => self.unknown(),
                Way::Back => Settling::Undo,
            },
        }
    }

    /// Its `applied`, then whether it may run twice, then a person. Never a guess. While some of it
    /// still runs, no answer of the system is the last, and nothing may run beside it.
    fn unknown(self) -> Settling {
        match self.somebody {
            Somebody::Said(Reply::Applied) => return Settling::TakeAsDone,
            Somebody::Said(Reply::NotApplied) => return Settling::Run,
            Somebody::Said(_) | Somebody::Present | Somebody::Absent => {}
        }
        if self.working != Working::Orphans {
            match self.applied {
                Asked::NotYet => return Settling::AskApplied,
                Asked::Said(Answer::Yes) => return Settling::TakeAsDone,
                Asked::Never | Asked::Said(Answer::No | Answer::CannotTell) => {}
            }
            if self.idempotent {
                return Settling::Run;
            }
        }
        match self.somebody {
            Somebody::Present => Settling::AskSomebody,
            Somebody::Said(Reply::Rollback) => Settling::TurnRound,
            Somebody::Absent | Somebody::Said(_) => Settling::Stop,
        }
    }
}

#[cfg(test)]
mod tests;
