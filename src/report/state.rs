//! What became of a unit, as one word of the closing screen.

use super::style::Tone;
use crate::event::{Attempt, Outcome, OutlineKind, Record, UnitRecord, Verdict};

/// The state of a unit at the end, or now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    Failed,
    Unknown,
    Refused,
    ToUndo,
    FailedUndone,
    Warned,
    Running,
    Undone,
    Done,
    Skipped,
    NotRun,
}

impl State {
    /// All, the most urgent first.
    pub const ALL: [Self; 11] = [
        Self::Failed,
        Self::Unknown,
        Self::Refused,
        Self::ToUndo,
        Self::FailedUndone,
        Self::Warned,
        Self::Running,
        Self::Undone,
        Self::Done,
        Self::Skipped,
        Self::NotRun,
    ];

    /// What became of the unit with this number; `None` for a number that isn't one.
    pub fn of(record: &Record, index: usize) -> Option<Self> {
        let unit = record.units.get(index)?;
        let outlined = record.head.as_ref().and_then(|head| head.outline.units.get(index))?;
        let remains = match &record.verdict {
            Some(Verdict::Incomplete { remaining, .. }) => remaining.contains(&outlined.id),
            Some(
                Verdict::Succeeded { .. }
                | Verdict::RolledBack { .. }
                | Verdict::Unsettled { .. }
                | Verdict::Refused { .. }
                | Verdict::Parked { .. }
                | Verdict::Halted { .. }
                | Verdict::Abandoned { .. },
            )
            | None => false,
        };
        let failed = unit.forward.last().is_some_and(Attempt::failed) || unit.failed_look.is_some();
        Some(match unit {
            _ if unit.skipped.is_some() => Self::Skipped,
            _ if unit.refused.is_some() => Self::Refused,
            _ if unit.is_undone() && failed => Self::FailedUndone,
            _ if unit.is_undone() => Self::Undone,
            _ if remains || unit.inverse_skipped == Some(true) => Self::ToUndo,
            // Without a way back done there is nothing to say about what only prepares it.
            _ if outlined.kind == OutlineKind::OnRollback => Self::NotRun,
            _ if unit.warned => Self::Warned,
            _ => Self::on_the_way_out(unit, failed),
        })
    }

    fn on_the_way_out(unit: &UnitRecord, failed: bool) -> Self {
        match unit.forward.last() {
            _ if unit.is_done() => Self::Done,
            Some(last) if last.outcome() == Some(Outcome::Unknown) => Self::Unknown,
            _ if failed => Self::Failed,
            Some(_) => Self::Running,
            None => Self::NotRun,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Refused => "refused",
            Self::ToUndo => "to undo",
            Self::FailedUndone => "failed, undone",
            Self::Warned => "warning",
            Self::Running => "running",
            Self::Undone => "undone",
            Self::Done => "done",
            Self::Skipped => "skipped",
            Self::NotRun => "not run",
        }
    }

    pub fn tone(self) -> Tone {
        match self {
            Self::Failed | Self::Unknown | Self::Refused | Self::ToUndo | Self::FailedUndone => Tone::Bad,
            Self::Warned | Self::Undone => Tone::Doubtful,
            Self::Running => Tone::Busy,
            Self::Done => Tone::Good,
            Self::Skipped | Self::NotRun => Tone::Quiet,
        }
    }

    /// Whether it is shown even where there is no room for all.
    pub fn is_urgent(self) -> bool {
        self <= Self::Running
    }
}
