//! Checks, preserved values, and the evidence that is collected after a failure.

use super::Told;
use super::attempt::{captures, took};
use crate::event::{Evidence, LookEnded, OutlineKind};
use crate::report::failure::{render_action, render_failure};
use crate::report::page::Page;
use crate::report::style::Tone;
use crate::report::times::seconds;

/// What takes at least so long is told when it begins, so that a log doesn't seem to stand still.
const LONG: f64 = 10.0;

/// What takes less is over at once for a person.
const AT_ONCE: f64 = 0.05;

pub(super) fn started(page: &mut Page, unit: Told<'_>) {
    if let Some(estimate) = unit.estimate().filter(|estimate| *estimate >= LONG) {
        page.unit(Tone::Busy, "checks", unit.names(), &format!("(estimate {})", seconds(estimate)));
    }
}

pub(super) fn ended(page: &mut Page, unit: Told<'_>, end: &LookEnded) {
    let preserves = unit.outlined.is_some_and(|unit| unit.kind == OutlineKind::Preserve);
    let (tone, word) = match (&end.failure, end.verifying, end.warned) {
        (None, true, _) => (Tone::Good, "verified"),
        (None, false, _) if preserves => (Tone::Good, "kept"),
        (None, false, _) => (Tone::Good, "passed"),
        (Some(_), true, _) => (Tone::Bad, "differs"),
        (Some(_), false, true) => (Tone::Doubtful, "warning"),
        (Some(_), false, false) => (Tone::Bad, "failed"),
    };
    // A look that took no time to speak of is told without one.
    let time = match unit.estimate() {
        None if end.seconds < AT_ONCE => String::new(),
        estimate => took(end.seconds, estimate),
    };
    page.unit(tone, word, unit.names(), &time);
    if end.failure.is_some() {
        render_action(page, unit.line(false), &end.judgements);
        render_failure(page, end.failure.as_ref(), &end.judgements, &end.tail);
        if end.warned {
            page.more(1, "It only warns: the run goes on.");
        }
    } else if !end.verifying {
        captures(page, &end.captures);
    }
}

pub(super) fn evidence(page: &mut Page, unit: &str, evidence: &[Evidence]) {
    page.line(Tone::Quiet, "evidence", &format!("collected about {unit}, before anything is undone"));
    for piece in evidence {
        page.quoted(1, None, piece.line.trim());
        for line in &piece.shown {
            page.quoted(2, None, &format!("| {line}"));
        }
    }
}
