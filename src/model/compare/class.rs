//! What kind of a change a difference is. The order of the classes is their severity: what takes the
//! way back away, then what stops a bad release, then what reaches further, then what is done, then
//! what is only longer, stricter or said in other words.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::Serialize;

/// The class of a difference; the riskiest is the smallest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// What could be undone can't be any more.
    InverseRemoved,
    /// A step is irreversible that wasn't, or wasn't there.
    NoReturnAdded,
    /// A point of no return stands elsewhere, or a step on its other side.
    NoReturnMoved,
    /// A checkpoint, or a part of one, is gone.
    CheckpointRemoved,
    /// A check or a person's confirmation is gone.
    CheckRemoved,
    /// Something passes that didn't.
    Loosened,
    /// What holds a run back, or calls people, is weaker.
    GuardWeakened,
    /// Another lock, or none.
    LockChanged,
    /// A window stands elsewhere, or is gone.
    WindowChanged,
    /// Something runs as another user.
    UserChanged,
    /// There is a secret that wasn't there.
    SecretAdded,
    /// A secret comes from elsewhere.
    SecretChanged,
    /// A host is named that wasn't.
    HostAdded,
    /// A program is named that wasn't.
    CommandAdded,
    /// A file of `files` isn't the same, or wasn't there, or is gone.
    FileChanged,
    /// A step is undone in another way.
    InverseChanged,
    /// There is a step that wasn't there.
    StepAdded,
    /// A step is gone.
    StepRemoved,
    /// Something runs at another place.
    Moved,
    /// Something is done, or looked at, in another way.
    ActionChanged,
    /// Something may take longer.
    BudgetRaised,
    /// Different, and nobody can tell whether more or less is accepted.
    Changed,
    /// Something must be quicker.
    BudgetLowered,
    /// Something is refused that passed.
    Tightened,
    /// What holds a run back, or calls people, is stronger.
    GuardStrengthened,
    /// There is a check that wasn't there.
    CheckAdded,
    /// There is a checkpoint, or a part of one, that wasn't there.
    CheckpointAdded,
    /// What couldn't be undone can be.
    InverseAdded,
    /// The same under another name.
    Renamed,
    /// The same in other words.
    Reworded,
}

/// A word that is no class.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no class `{0}`; known are {known}", known = Class::words())]
pub struct NotAClass(String);

impl Class {
    /// Every class, the riskiest first.
    pub const ALL: [Self; 30] = [
        Self::InverseRemoved,
        Self::NoReturnAdded,
        Self::NoReturnMoved,
        Self::CheckpointRemoved,
        Self::CheckRemoved,
        Self::Loosened,
        Self::GuardWeakened,
        Self::LockChanged,
        Self::WindowChanged,
        Self::UserChanged,
        Self::SecretAdded,
        Self::SecretChanged,
        Self::HostAdded,
        Self::CommandAdded,
        Self::FileChanged,
        Self::InverseChanged,
        Self::StepAdded,
        Self::StepRemoved,
        Self::Moved,
        Self::ActionChanged,
        Self::BudgetRaised,
        Self::Changed,
        Self::BudgetLowered,
        Self::Tightened,
        Self::GuardStrengthened,
        Self::CheckAdded,
        Self::CheckpointAdded,
        Self::InverseAdded,
        Self::Renamed,
        Self::Reworded,
    ];

    /// The word in reports and after `--fail-on`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::InverseRemoved => "inverse-removed",
            Self::NoReturnAdded => "no-return-added",
            Self::NoReturnMoved => "no-return-moved",
            Self::CheckpointRemoved => "checkpoint-removed",
            Self::CheckRemoved => "check-removed",
            Self::Loosened => "loosened",
            Self::GuardWeakened => "guard-weakened",
            Self::LockChanged => "lock-changed",
            Self::WindowChanged => "window-changed",
            Self::UserChanged => "user-changed",
            Self::SecretAdded => "secret-added",
            Self::SecretChanged => "secret-changed",
            Self::HostAdded => "host-added",
            Self::CommandAdded => "command-added",
            Self::FileChanged => "file-changed",
            Self::InverseChanged => "inverse-changed",
            Self::StepAdded => "step-added",
            Self::StepRemoved => "step-removed",
            Self::Moved => "moved",
            Self::ActionChanged => "action-changed",
            Self::BudgetRaised => "budget-raised",
            Self::Changed => "changed",
            Self::BudgetLowered => "budget-lowered",
            Self::Tightened => "tightened",
            Self::GuardStrengthened => "guard-strengthened",
            Self::CheckAdded => "check-added",
            Self::CheckpointAdded => "checkpoint-added",
            Self::InverseAdded => "inverse-added",
            Self::Renamed => "renamed",
            Self::Reworded => "reworded",
        }
    }

    /// Every word, the riskiest first, with commas.
    #[must_use]
    pub fn words() -> String {
        Self::ALL.map(Self::word).join(", ")
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for Class {
    type Err = NotAClass;

    fn from_str(text: &str) -> Result<Self, NotAClass> {
        let text = text.trim();
        Self::ALL.into_iter().find(|class| class.word() == text).ok_or_else(|| NotAClass(text.to_owned()))
    }
}
