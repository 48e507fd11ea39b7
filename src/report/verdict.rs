//! A verdict in words: what state the system is in, what the exit code says about it, and the
//! commands that continue. Every reader of a verdict gets the same words.

use super::page::Page;
use super::stretches::{further_back, has_effects_here};
use super::style::Tone;
use super::times::moment;
use crate::event::{Cause, IncompleteReason, Record, UnitRecord, Verdict};

/// What the sentence begins with that names the inverses that are left.
pub(super) const STILL_TO_UNDO: &str = "Still to undo, in this order:";

/// A verdict's word, and how good it is.
pub(super) fn word(verdict: &Verdict) -> (Tone, &'static str) {
    match verdict {
        Verdict::Succeeded { warnings: 0 } => (Tone::Good, "succeeded"),
        Verdict::Succeeded { .. } => (Tone::Doubtful, "succeeded with warnings"),
        Verdict::RolledBack { verified: true, .. } => (Tone::Doubtful, "rolled back, verified"),
        Verdict::RolledBack { verified: false, .. } => (Tone::Doubtful, "rolled back, not verified"),
        Verdict::Incomplete { why: IncompleteReason::Paused | IncompleteReason::LockLost { .. }, .. } => {
            (Tone::Bad, "rollback paused")
        }
        Verdict::Incomplete { why: IncompleteReason::NotVerified { .. }, .. } => {
            (Tone::Bad, "rolled back, but not as before")
        }
        Verdict::Incomplete { .. } => (Tone::Bad, "rollback incomplete"),
        Verdict::Unsettled { .. } => (Tone::Bad, "unsettled"),
        Verdict::Refused { .. } => (Tone::Bad, "refused"),
        Verdict::Parked { .. } => (Tone::Quiet, "parked"),
        Verdict::Halted { .. } => (Tone::Bad, "halted"),
        Verdict::Abandoned { .. } => (Tone::Bad, "abandoned"),
    }
}

/// The line that a run ends with: `rolled back, verified (exit 1)`.
pub(super) fn headline(verdict: &Verdict) -> String {
    let (_, word) = word(verdict);
    let code = verdict.code();
    match verdict {
        Verdict::Succeeded { warnings } if *warnings > 0 => {
            let checks = if *warnings == 1 { "1 check" } else { &format!("{warnings} checks") };
            format!("{word}: {checks} failed and only warned (exit {code})")
        }
        Verdict::Succeeded { .. }
        | Verdict::RolledBack { .. }
        | Verdict::Incomplete { .. }
        | Verdict::Unsettled { .. }
        | Verdict::Refused { .. }
        | Verdict::Parked { .. }
        | Verdict::Halted { .. }
        | Verdict::Abandoned { .. } => format!("{word} (exit {code})"),
    }
}

/// Headline, meaning, first cause, and the commands that continue.
pub(super) fn render_verdict(page: &mut Page, verdict: &Verdict, record: &Record) {
    let (tone, _) = word(verdict);
    page.line(tone, "ended", &headline(verdict));
    for sentence in meaning(verdict, record) {
        page.more(1, &sentence);
    }
    let commands = continuing(verdict, record);
    if !commands.is_empty() {
        page.more(1, "to continue:");
        for command in commands {
            page.commands(2, &command);
        }
    }
}

pub(super) fn meaning(verdict: &Verdict, record: &Record) -> Vec<String> {
    match verdict {
        Verdict::Succeeded { .. } => vec!["Every step is done.".to_owned()],
        Verdict::RolledBack { verified, cause } => {
            let undone = record.units.iter().any(UnitRecord::is_undone);
            let proof = match (undone, *verified) {
                (true, true) => "Every inverse held, and the checkpoints prove that everything is as before.",
                (true, false) => "Every inverse held. There is no checkpoint to verify it by.",
                (false, true) => {
                    "Nothing was undone: no step that ran has an inverse. The checkpoints prove that everything is as before."
                }
                (false, false) => {
                    "Nothing was undone: no step that ran has an inverse. There is no checkpoint to verify it by."
                }
            };
            vec![proof.to_owned(), first_cause(cause)]
        }
        Verdict::Incomplete { why, cause, remaining } => {
            let mut sentences = vec![incomplete(why), first_cause(cause)];
            if !remaining.is_empty() {
                sentences.push(format!("{STILL_TO_UNDO} {}.", remaining.join(", ")));
            }
            sentences
        }
        Verdict::Unsettled { unit } => vec![format!(
            "Nobody can know what became of {unit}. Look at the system, then say whether its effect is there."
        )],
        Verdict::Refused { cause } => {
            vec![first_cause(cause), "Nothing had started: nothing is changed.".to_owned()]
        }
        Verdict::Parked { until, why } => match until {
            Some(until) => {
                vec![format!("It waits as planned until {}: {why}.", moment(*until, record.last))]
            }
            None => vec![format!("It waits as planned for a person: {why}.")],
        },
        Verdict::Halted { cause, barrier, back_to } => {
            let stays = match (barrier, back_to) {
                (Some(unit), _) => format!(
                    "The way back stopped before {unit}, which is irreversible: it and what came before it stay."
                ),
                (None, Some(phase)) => {
                    let proven = record.units.iter().any(|unit| unit.verified == Some(true));
                    let proof = if proven { ", and the checkpoints since then prove it" } else { "" };
                    format!(
                        "Everything since the start of phase {phase} is taken back{proof}. What came before it stays."
                    )
                }
                (None, None) => "What was done stays in place.".to_owned(),
            };
            vec![first_cause(cause), stays]
        }
        Verdict::Abandoned { reason } => {
            vec![format!("A person gave the run up: {reason}. What was done stays, and the locks are free.")]
        }
    }
}

fn first_cause(cause: &Cause) -> String {
    match &cause.unit {
        Some(unit) => format!("First cause: {unit}: {}", cause.why),
        None => format!("First cause: {}", cause.why),
    }
}

fn incomplete(why: &IncompleteReason) -> String {
    match why {
        IncompleteReason::InverseFailed { unit } => format!("The inverse of {unit} failed. A person must repair it."),
        IncompleteReason::Undecided { unit } => format!(
            "The inverse of {unit} doesn't run by itself: it is past its time, or something else changed what the step wrote. A person must decide."
        ),
        IncompleteReason::LockLost { lock, why } => {
            format!("The lock {lock} is lost: {why}. No inverse starts without it.")
        }
        IncompleteReason::Paused => "A person paused the rollback.".to_owned(),
        IncompleteReason::LeftToAPerson => "Some of the way back is left to a person.".to_owned(),
        IncompleteReason::NotVerified { unit } => {
            format!(
                "Every inverse held, but {unit} shows that the system isn't as it was before. A person must repair it."
            )
        }
    }
}

/// The commands that continue a run; none where it is over.
pub(super) fn continuing(verdict: &Verdict, record: &Record) -> Vec<String> {
    let run = record.run();
    let resume = format!("runbook resume {run}");
    let rollback = format!("runbook rollback {run}");
    match verdict {
        Verdict::Succeeded { .. }
        | Verdict::RolledBack { .. }
        | Verdict::Refused { .. }
        | Verdict::Abandoned { .. } => Vec::new(),
        Verdict::Incomplete { .. } => vec![rollback],
        Verdict::Unsettled { unit } => vec![
            format!("runbook resolve {run} {unit} --as applied --reason WHY"),
            format!("runbook resolve {run} {unit} --as not-applied --reason WHY"),
            rollback,
        ],
        Verdict::Parked { .. } if !record.has_effects() => vec![resume],
        // Going on in either direction ends at the same barrier: a person repairs, then frees the lock.
        Verdict::Halted { barrier: Some(_), .. } => vec![format!("runbook abandon {run} --reason WHY")],
        Verdict::Halted { back_to: Some(_), .. } => {
            let abandon = format!("runbook abandon {run} --reason WHY");
            further_back(record).map(|back| format!("{rollback} {back}")).chain([abandon]).collect()
        }
        Verdict::Parked { .. } | Verdict::Halted { .. } => {
            // A plain rollback has nothing to do where only earlier stretches have effects.
            let nearer = further_back(record).next().filter(|_| !has_effects_here(record)).unwrap_or_default();
            vec![resume, format!("{rollback} {nearer}").trim_end().to_owned()]
        }
    }
}
