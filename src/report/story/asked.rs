//! People: what they are asked, what they answer, that they are called, and that they interrupt.

use crate::event::{Outline, Question, Reply, Wish};
use crate::report::page::Page;
use crate::report::style::Tone;

pub(super) fn asked(page: &mut Page, question: &Question, outline: Option<&Outline>) {
    let unit = question.unit();
    let title = outline.map_or(unit, |outline| outline.title(unit));
    let what = match question {
        Question::Confirm(_) => "a person confirms",
        Question::PastNoReturn(_) => "it is irreversible: a person says whether it runs",
        Question::Settle(_) => "its outcome is unknown: a person says what became of it",
        Question::Expired(_) => "its inverse is past its time: a person says whether it runs",
        Question::ManualInverse(_) => "its inverse is a person's work",
        Question::NoLongerHolds(_) => "what it did no longer holds: a person decides",
    };
    page.unit(Tone::Busy, "asks", (unit, title), "");
    page.more(1, what);
}

pub(super) fn answered(page: &mut Page, question: &Question, reply: Reply, by: &str, reason: Option<&str>) {
    page.line(Tone::Quiet, "answer", &format!("{}: {} ({by})", question.unit(), in_words(question, reply)));
    if let Some(reason) = reason {
        page.more(1, &format!("because: {reason}"));
    }
}

fn in_words(question: &Question, reply: Reply) -> &'static str {
    match (reply, question) {
        (Reply::Yes, Question::PastNoReturn(_) | Question::Expired(_)) => "yes, run it",
        (Reply::Yes, Question::NoLongerHolds(_)) => "go on all the same",
        (Reply::Yes, Question::Confirm(_) | Question::Settle(_) | Question::ManualInverse(_)) => "yes",
        (Reply::No, _) => "no",
        (Reply::Applied, _) => "its effect is there, take it as done",
        (Reply::NotApplied, _) => "its effect isn't there",
        (Reply::Rollback, _) => "roll back",
        (Reply::Skip, _) => "pass over it",
    }
}

pub(super) fn escalated(page: &mut Page, unit: Option<&str>, why: &str) {
    let about = unit.map(|unit| format!("{unit}: ")).unwrap_or_default();
    page.line(Tone::Bad, "CALL", &format!("people are called: {about}{why}"));
}

pub(super) fn interrupted(page: &mut Page, by: &str, wish: Wish, on_the_way_back: bool) {
    if !matches!(by, "Ctrl-C" | "SIGTERM") && wish == Wish::Halt {
        // A whole sentence: a lock wasn't to be had.
        page.line(Tone::Bad, "stop", by);
        return;
    }
    let what = match wish {
        Wish::Continue => "the run goes on",
        Wish::Halt if on_the_way_back => "the rollback pauses after the inverse that runs",
        Wish::Halt => "nothing new starts, and the run stops",
        Wish::Rollback => "nothing new starts, and everything is taken back",
    };
    page.line(Tone::Doubtful, "stop", &format!("{by}: {what}"));
}
