//! Exit codes: the state that the system is in, as a shell reads it.

use std::process::ExitCode;

/// What a command ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: succeeded.
    Success,
    /// 1: rolled back, and everything that can be verified is as before.
    RolledBack,
    /// 2: the command line means nothing.
    Usage,
    /// 3: the file was rejected; nothing ran.
    Rejected,
    /// 4: a person must settle or repair.
    Unsettled,
    /// 5: refused; nothing was changed.
    Refused,
    /// 6: parked as planned.
    Parked,
    /// 7: stopped before its end, with effects in place.
    Halted,
    /// 70: our own error, or the journal's.
    Internal,
}

impl Exit {
    /// The number.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::RolledBack => 1,
            Self::Usage => 2,
            Self::Rejected => 3,
            Self::Unsettled => 4,
            Self::Refused => 5,
            Self::Parked => 6,
            Self::Halted => 7,
            Self::Internal => 70,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
