//! Why a unit was passed over, and on which occasions a step's `applied` is asked. What comes of an
//! answer is the engine's. One invariant: an answer counts for its own occasion only.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why a unit was passed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SkipReason {
    /// Its `when` doesn't hold.
    Condition,
    /// Its effect was there before the run: not ours to undo.
    AlreadyApplied,
    /// This is a rehearsal: nobody is there to confirm it, or it only waits.
    NotRehearsed,
}

/// On which occasion a step's `applied` was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Occasion {
    /// Before the step: yes skips it.
    Before,
    /// Its outcome is unknown: yes settles it.
    Settling,
    /// Before going on after a crash: what was done must still hold.
    Resuming,
    /// It is irreversible and the rollback stands before it: no means that there is no barrier.
    Barrier,
    /// Before an inverse runs again that ended well and wasn't seen to have worked: no means that it is undone.
    Undoing,
    /// Before the first step of a rehearsal: what is to be so again after its way back.
    Rehearsing,
    /// After the way back of a rehearsal: it must be answered as it was before the first step.
    Rehearsed,
}
