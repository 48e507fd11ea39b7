//! What the engine does next: the answer of `decide`.

use jiff::Timestamp;

use crate::event::{Cause, Direction, Occasion, Question, SkipReason, Verdict};

/// The next move. Units are named by their number in the plan.
#[derive(Debug, Clone, PartialEq)]
pub enum Move {
    /// Begin a phase: take its locks.
    BeginPhase(usize),
    /// A phase is over: give back the locks that no later one needs.
    EndPhase(usize),
    /// Pass over a unit.
    Skip(usize, SkipReason),
    /// Ask *is the whole effect there?*
    AskApplied(usize, Occasion),
    /// Act.
    Attempt {
        /// The unit.
        unit: usize,
        /// The step itself, or its inverse.
        direction: Direction,
        /// From 1.
        number: u32,
    },
    /// Look: a check or a preserved value.
    Look {
        /// The unit.
        unit: usize,
        /// Whether after a rollback.
        verifying: bool,
    },
    /// Pass an `on-rollback` on the way out.
    Pass(usize),
    /// Begin a wait.
    BeginWait(usize),
    /// A wait is over.
    EndWait(usize),
    /// Fail a step before it starts.
    Refuse(usize, String),
    /// Collect evidence about a failed unit.
    Diagnose(usize),
    /// Turn round.
    BeginRollback {
        /// The first cause.
        cause: Cause,
        /// What will be undone and passed, in this order.
        undo: Vec<usize>,
        /// The stretch it goes back to the start of.
        to_stretch: usize,
    },
    /// Leave an inverse out.
    SkipInverse {
        /// The unit.
        unit: usize,
        /// Why.
        because: String,
        /// Whether a person still has to do it.
        left_to_a_person: bool,
    },
    /// Ask a person.
    Ask(Question),
    /// Something runs: wait for it to end.
    Await,
    /// Nothing to do before this moment.
    Sleep(Timestamp),
    /// The run ends or stops.
    End(Verdict),
}
