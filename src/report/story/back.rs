//! The run turns round: why, in which order, and what that costs.

use super::Told;
use crate::event::{Cause, Outline, OutlineKind};
use crate::report::page::Page;
use crate::report::style::Tone;

/// How many of those that are undone are named beforehand; the order of all is the starts' in reverse.
const LISTED: usize = 40;

pub(super) fn started(page: &mut Page, cause: &Cause, undo: &[String], outline: Option<&Outline>) {
    let because = cause.unit.as_ref().map_or_else(|| cause.why.clone(), |unit| format!("{unit}: {}", cause.why));
    page.line(Tone::Bad, "rollback", &because);
    let kind = |id: &String| outline.and_then(|outline| outline.unit(id)).map(|unit| unit.kind);
    let steps = undo.iter().filter(|id| kind(id) != Some(OutlineKind::OnRollback)).count();
    match (undo.len(), steps) {
        (0, _) => page.more(1, "Nothing is to be taken back."),
        (_, 0) => page.more(1, "No step is to be undone; the way back runs:"),
        (_, 1) => page.more(1, "Taking back 1 step:"),
        (_, _) => page.more(1, &format!("Taking back {steps} steps, in this order:")),
    }
    for (id, number) in undo.iter().zip(1..).take(LISTED) {
        let unit = outline.and_then(|outline| outline.unit(id));
        let title = unit.map_or("", |unit| unit.title.as_str());
        page.excerpt(1, &format!("{number}. {id}  {title}"));
        let Some(unit) = unit else { continue };
        // What an `on-rollback` does is its own action; a derived inverse has no line of its own.
        let does = if unit.kind == OutlineKind::OnRollback { &unit.line } else { &unit.back };
        if does.is_empty() {
            page.more(3, "puts back what was before");
        } else {
            page.excerpt(3, does);
        }
        if let Some(loses) = &unit.loses {
            page.more(3, &format!("loses {loses}"));
        }
    }
    if undo.len() > LISTED {
        page.more(1, &format!("and {} more, back to {}", undo.len() - LISTED, undo.last().map_or("", String::as_str)));
    }
}

pub(super) fn skipped(page: &mut Page, unit: Told<'_>, because: &str, left_to_a_person: bool) {
    if left_to_a_person {
        page.unit(Tone::Bad, "left", unit.names(), "its inverse is left to a person");
    } else {
        page.unit(Tone::Doubtful, "skipped", unit.names(), "its inverse is passed over");
    }
    page.more(1, because);
}
