//! What a look at the system as it is now says of a plan: a check, an effect that is there already, a change
//! that a server would take. It is of the state before; a check behind a step may well not hold yet.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a probe of the system as it is now brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Probed {
    /// The answer.
    pub found: Found,
    /// What it rests on, in one line; empty: nothing to add.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// What a server says of a change that it doesn't keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DryRun {
    /// Whether it would take it.
    pub taken: bool,
    /// Why not; empty: it would.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// What a probe found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Found {
    /// A check: what it expects holds now.
    Holds,
    /// A check: it doesn't hold now.
    DoesntHold,
    /// A step: its whole effect is there already, so that it would be skipped.
    Applied,
    /// A step: its effect isn't there.
    NotApplied,
    /// There is no answer.
    CannotTell,
}
