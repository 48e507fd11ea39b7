//! The words of a forecast, the same on a page and in markdown.

use crate::event::{
    AwaitedValue, BackKind, DryRun, Failing, FailureRow, Forecast, ForecastBack, ForecastUnit, Found, RowEnd, Would,
};
use crate::report::times::seconds;

/// How a run ends that failed, in two words.
pub(super) fn ends(end: RowEnd) -> &'static str {
    match end {
        RowEnd::GoesOn => "goes on",
        RowEnd::Refused => "refused",
        RowEnd::RolledBackVerified => "verified",
        RowEnd::RolledBack => "unproven",
        RowEnd::Halted => "halted",
        RowEnd::HaltedAtNoReturn => "no return",
        RowEnd::HaltedAtStretch => "phase stays",
        RowEnd::LeftToAPerson => "by hand",
        RowEnd::Undecided => "undecided",
        RowEnd::Unsettled => "unsettled",
    }
}

/// The same, as a sentence.
pub(in crate::report) fn ends_whole(end: RowEnd) -> &'static str {
    match end {
        RowEnd::GoesOn => "the failure is counted, and the run goes on",
        RowEnd::Refused => "refused: nothing was changed",
        RowEnd::RolledBackVerified => "rolled back, and a checkpoint proves it",
        RowEnd::RolledBack => "rolled back; nothing is there to verify it by",
        RowEnd::Halted => "halted with its effects in place",
        RowEnd::HaltedAtNoReturn => "back to the point of no return, then halted",
        RowEnd::HaltedAtStretch => "back to the start of this stretch; what was done before it stays",
        RowEnd::LeftToAPerson => "a person has to do an inverse",
        RowEnd::Undecided => "a person has to decide on an inverse that is past its time",
        RowEnd::Unsettled => "a person has to say what became of a step",
    }
}

/// What would become of a unit.
pub(super) fn would(would: Would) -> &'static str {
    match would {
        Would::WouldRun => "would-run",
        Would::WouldWait => "would-wait",
        Would::WouldSkip => "would-skip",
        Would::Unknowable => "unknowable",
    }
}

/// What a probe found.
pub(super) fn found(found: Found) -> &'static str {
    match found {
        Found::Holds => "holds now",
        Found::DoesntHold => "doesn't hold now",
        Found::Applied => "applied already",
        Found::NotApplied => "not applied yet",
        Found::CannotTell => "can't tell",
    }
}

/// What a server says of a change that it doesn't keep.
pub(super) fn dry_run(it: &DryRun) -> String {
    let why = if it.why.is_empty() { String::new() } else { format!(": {}", it.why) };
    format!("server-dry-run {}{why}", if it.taken { "taken" } else { "refused" })
}

/// `backup_path known after backup-artefact`; values of one unit together.
pub(super) fn awaited(values: &[AwaitedValue]) -> String {
    let mut parts: Vec<(Vec<&str>, &str)> = Vec::new();
    for value in values {
        match parts.iter_mut().find(|(_, after)| *after == value.after) {
            Some((names, _)) => names.push(&value.name),
            None => parts.push((vec![&value.name], &value.after)),
        }
    }
    let told = parts.into_iter().map(|(names, after)| match after {
        "" => format!("{} known once the run has started", names.join(", ")),
        after => format!("{} known after {after}", names.join(", ")),
    });
    told.collect::<Vec<_>>().join("; ")
}

/// How a unit is undone, in one line.
pub(super) fn back(unit: &ForecastUnit, back: &ForecastBack) -> String {
    let title = |otherwise: &str| if back.title.is_empty() { otherwise.to_owned() } else { back.title.clone() };
    match back.kind {
        BackKind::Written if unit.unit.back.is_empty() => title("by its inverse"),
        BackKind::Written => title(&unit.unit.back),
        BackKind::Derived => "puts back what was found before it".to_owned(),
        BackKind::None => format!("nothing to undo: {}", back.title),
        BackKind::Irreversible => format!("no way back: {}", back.title),
    }
}

/// What an inverse costs, and for how long it may run; empty: nothing, for ever.
pub(super) fn cost(unit: &ForecastUnit, back: &ForecastBack) -> String {
    let mut parts = Vec::new();
    parts.extend(unit.unit.loses.as_ref().map(|loses| format!("loses {loses}")));
    parts.extend(back.valid_for.map(|valid| format!("only for {} after it", seconds(valid))));
    if back.by_hand {
        parts.push("a person does it".to_owned());
    }
    parts.join("; ")
}

/// What a row undoes: `nothing`, `fetch`, `migrate … fetch (5)`.
pub(super) fn undone(forecast: &Forecast, row: &FailureRow, ellipsis: &str) -> String {
    let mut units = forecast.undone(row).map(|unit| unit.unit.id.as_str());
    let count = row.undo.len().saturating_sub(row.spared.len());
    match (units.next(), units.next_back()) {
        (None, _) => "nothing".to_owned(),
        (Some(only), None) => only.to_owned(),
        (Some(first), Some(last)) if count == 2 => format!("{first}, {last}"),
        (Some(first), Some(last)) => format!("{first} {ellipsis} {last} ({count})"),
    }
}

/// How a unit fails, where that matters; empty: in whatever way.
pub(super) fn failing(failing: Failing) -> &'static str {
    match failing {
        Failing::Fails => "",
        Failing::NoAnswer => "no answer at ",
        Failing::Crash => "a crash at ",
    }
}
