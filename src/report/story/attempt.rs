//! Attempts to act and to undo, and what `applied` answered about them.

use super::Told;
use crate::event::{Answer, AttemptEnded, AttemptKey, Direction, Judgement, Occasion, Outcome};
use crate::report::failure::{render_action, render_failure};
use crate::report::page::Page;
use crate::report::style::Tone;
use crate::report::times::seconds;

/// *Is the whole effect there?*, and what came of it.
pub(super) struct Asked<'a> {
    pub occasion: Occasion,
    pub answer: Answer,
    pub judgements: &'a [Judgement],
    pub trouble: Option<&'a str>,
}

/// Before the first step of a rehearsal, or after its way back: what it says is compared, and neither
/// answer is a failure.
fn compared(page: &mut Page, unit: Told<'_>, asked: &Asked<'_>) {
    let says = match asked.answer {
        Answer::Yes => "its effect is there",
        Answer::No => "its effect isn't there",
        Answer::CannotTell if asked.occasion == Occasion::Rehearsing => {
            "it can't be asked before the run, so it isn't compared after the way back"
        }
        Answer::CannotTell => "nobody can tell whether its effect is there",
    };
    page.unit(Tone::Quiet, "asked", unit.names(), says);
}

pub(super) fn applied_asked(page: &mut Page, unit: Told<'_>, asked: &Asked<'_>) {
    let (tone, word, says) = match (asked.occasion, asked.answer) {
        // The ordinary case, and the one that `skipped` tells.
        (Occasion::Before, Answer::No | Answer::Yes) => return,
        (Occasion::Rehearsing | Occasion::Rehearsed, _) => return compared(page, unit, asked),
        (Occasion::Before, Answer::CannotTell) => (Tone::Bad, "unclear", "nobody can tell whether its effect is there"),
        (Occasion::Settling, Answer::Yes) => (Tone::Good, "settled", "its effect is there: taken as done"),
        (Occasion::Settling, Answer::No) => (Tone::Doubtful, "settled", "its effect isn't wholly there"),
        (Occasion::Settling | Occasion::Resuming | Occasion::Undoing, Answer::CannotTell) => {
            (Tone::Doubtful, "unclear", "nobody can tell whether its effect is there")
        }
        (Occasion::Undoing, Answer::No) => (Tone::Good, "undone", "its effect is gone: its inverse needn't run again"),
        (Occasion::Undoing, Answer::Yes) => (Tone::Doubtful, "asked", "its effect is still there"),
        (Occasion::Resuming, Answer::Yes) => (Tone::Good, "holds", "what it did is still there"),
        (Occasion::Resuming, Answer::No) => (Tone::Bad, "lost", "what it did no longer holds"),
        (Occasion::Barrier, Answer::No) => {
            (Tone::Doubtful, "barrier", "it is irreversible, but nothing of it happened")
        }
        (Occasion::Barrier, Answer::Yes) => (Tone::Bad, "barrier", "it is irreversible, and it happened"),
        (Occasion::Barrier, Answer::CannotTell) => {
            (Tone::Bad, "barrier", "it is irreversible, and nobody can tell whether it happened")
        }
    };
    page.unit(tone, word, unit.names(), says);
    if let Some(trouble) = asked.trouble {
        page.more(1, trouble);
    }
    if asked.answer != Answer::Yes {
        render_failure(page, None, asked.judgements, &[]);
    }
}

pub(super) fn refused(page: &mut Page, unit: Told<'_>, why: &str) {
    page.unit(Tone::Bad, "refused", unit.names(), "");
    page.more(1, why);
    page.more(1, "It did not start: there is nothing of it to undo.");
}

pub(super) fn started(page: &mut Page, unit: Told<'_>, key: &AttemptKey, beginnings: bool) {
    if !beginnings && key.number == 1 {
        return;
    }
    let word = match key.direction {
        Direction::Forward => "starts",
        Direction::Back => "undoes",
        Direction::Look => "looks",
    };
    let mut ends = Vec::new();
    if key.number > 1 {
        ends.push(format!("attempt {}", key.number));
    }
    if key.direction != Direction::Back {
        ends.extend(unit.estimate().map(|estimate| format!("estimate {}", seconds(estimate))));
        ends.extend(unit.budget().map(|budget| format!("budget {}", seconds(budget))));
    }
    let end = if ends.is_empty() { String::new() } else { format!("({})", ends.join(", ")) };
    page.unit(Tone::Busy, word, unit.names(), &end);
}

pub(super) fn ended(page: &mut Page, unit: Told<'_>, end: &AttemptEnded) {
    let back = end.key.direction == Direction::Back;
    let estimate = if back { None } else { unit.estimate() };
    let recovered = if end.recovered { ", seen after a crash" } else { "" };
    let (tone, word) = match (&end.failure, end.outcome) {
        (None, Outcome::Applied | Outcome::NotApplied | Outcome::Unknown) if back => (Tone::Good, "undone"),
        (None, Outcome::Applied | Outcome::NotApplied | Outcome::Unknown) => (Tone::Good, "done"),
        (Some(_), Outcome::Unknown) => (Tone::Bad, "unknown"),
        (Some(_), Outcome::Applied | Outcome::NotApplied) => (Tone::Bad, "failed"),
    };
    page.unit(tone, word, unit.names(), &format!("{}{recovered}", took(end.seconds, estimate)));
    if end.failure.is_some() {
        render_action(page, unit.line(back), &end.judgements);
        render_failure(page, end.failure.as_ref(), &end.judgements, &end.tail);
        if let Some(says) = about_its_effect(end, back) {
            page.more(1, says);
        }
    } else {
        captures(page, &end.captures);
    }
}

/// What a failed attempt leaves.
fn about_its_effect(end: &AttemptEnded, back: bool) -> Option<&'static str> {
    match (end.outcome, back) {
        (Outcome::NotApplied, false) => Some("It did not start: there is nothing of it to undo."),
        (Outcome::NotApplied, true) => Some("The inverse did not start."),
        (Outcome::Unknown, false) => {
            Some("Nobody can know what became of its effect; it is undone like one that is there.")
        }
        (Outcome::Unknown, true) => Some("Nobody can know how far the inverse came."),
        (Outcome::Applied, _) => None,
    }
}

/// `3.1s (estimate 3s)`.
pub(super) fn took(took: f64, estimate: Option<f64>) -> String {
    match estimate {
        Some(estimate) => format!("{} (estimate {})", seconds(took), seconds(estimate)),
        None => seconds(took),
    }
}

/// What was captured, one value a line.
pub(super) fn captures(page: &mut Page, captures: &std::collections::BTreeMap<String, String>) {
    for (name, value) in captures {
        page.excerpt(1, &format!("{name} = {value}"));
    }
}
