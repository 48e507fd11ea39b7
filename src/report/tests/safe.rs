//! Whatever a step prints or an author writes: it is shown, it fits, and nothing obeys it.

use std::sync::Arc;

use proptest::prelude::*;

use crate::event::{AttemptEnded, Direction, Event, Held, Judgement, LookEnded, Stamped, Verdict};
use crate::report::tests::sample::{Tape, cause, ended, head, judgement, look, mismatch, outline, unexpected};
use crate::report::{Closing, Story, Style, Tally, show};

/// A run in which everything that others write is this text.
fn run_full_of(text: &str) -> Vec<Stamped> {
    let mut outline = outline();
    for unit in &mut outline.units {
        unit.title = text.to_owned();
        unit.back = text.to_owned();
        unit.loses = Some(text.to_owned());
    }
    let judgement = Judgement {
        line: text.to_owned(),
        expected: text.to_owned(),
        actual: text.to_owned(),
        texts: Some((text.to_owned(), format!("{text}\nmore"))),
        note: Some(text.to_owned()),
        ..judgement(Held::No)
    };
    let captures: std::collections::BTreeMap<_, _> = [("value".to_owned(), text.to_owned())].into();
    let mut tape = Tape::blank();
    let run = crate::event::RunStarted { title: text.to_owned(), ..head(outline) };
    tape.put(Event::RunStarted(Arc::new(run)));
    tape.put(Event::LookEnded(Box::new(LookEnded { captures, ..look("healthy", 0.1) })));
    let end = AttemptEnded {
        failure: Some(unexpected()),
        judgements: vec![judgement, mismatch()],
        tail: vec![text.to_owned()],
        ..ended("migrate", Direction::Forward, 1.0)
    };
    tape.begins("migrate", Direction::Forward).put(Event::AttemptEnded(Box::new(end)));
    tape.put(Event::Noted { text: text.to_owned() });
    tape.put(super::sample::turned_round());
    let cause = crate::event::Cause { why: text.to_owned(), ..cause() };
    tape.ends(Verdict::RolledBack { verified: false, cause });
    tape.events
}

fn shown(events: &[Stamped], style: Style) -> String {
    show(
        events,
        &Closing { tally: &Tally::of(events), records: "/runs/run-1", remaining: &[], rows: usize::MAX },
        style,
    )
}

fn columns(line: &str) -> usize {
    crate::report::fit::columns(line)
}

/// Whether a build server would take a line for a command.
fn commands(line: &str) -> bool {
    let begins =
        line.trim_start().strip_prefix("::").is_some_and(|it| it.starts_with(|c: char| c.is_ascii_alphabetic()));
    begins || line.contains("##[") || line.contains("##vso[")
}

proptest! {
    #[test]
    fn nothing_that_is_shown_is_obeyed(
        text in "(\\PC|[\u{0}-\u{1f}\u{7f}-\u{9f}\u{200b}-\u{202e}\u{2066}]|::error::|##vso\\[|\u{1b}\\[[0-9;]{0,3}[mJ]| ){0,60}",
        width in 20_usize..130,
        unicode: bool,
    ) {
        let shown = shown(&run_full_of(&text), Style { colour: false, unicode, width });
        for line in shown.split('\n') {
            prop_assert!(!line.chars().any(|c| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c)), "{line:?}");
            prop_assert!(!commands(line), "{line:?}");
        }
    }

    #[test]
    fn no_line_is_wider_than_eighty_columns(text in "(\\PC|\n|::error| ){0,200}") {
        let events = run_full_of(&text);
        for unicode in [true, false] {
            for line in shown(&events, Style { colour: false, unicode, width: 80 }).lines() {
                prop_assert!(columns(line) <= 80, "{} columns: {line}", columns(line));
            }
        }
    }
}

#[test]
fn colour_changes_nothing_but_colour() {
    let events = run_full_of("Some text that is long enough to be folded somewhere between here and there, and cut");
    let style = Style { colour: false, unicode: true, width: 80 };
    let coloured = shown(&events, Style { colour: true, ..style });
    assert!(coloured.contains("\u{1b}[32m"));
    let mut plain = String::new();
    for piece in coloured.split('\u{1b}') {
        let behind = piece.strip_prefix('[').and_then(|it| it.split_once('m')).map_or(piece, |(_, behind)| behind);
        plain.push_str(behind);
    }
    assert_eq!(plain.replace(' ', ""), shown(&events, style).replace(' ', ""));
}

#[test]
fn where_only_ascii_can_be_shown_our_own_words_are_ascii() {
    let mut tape = Tape::started();
    tape.rolled_back().ends(Verdict::RolledBack { verified: true, cause: cause() });
    assert!(shown(&tape.events, Style::default()).is_ascii());
}

#[test]
fn a_log_without_a_width_is_never_folded() {
    let events = run_full_of(&"word ".repeat(100));
    let mut story = Story::new(Style { width: usize::MAX, ..Style::default() });
    let lines: Vec<_> = events.iter().flat_map(|event| story.tell(event)).collect();
    assert!(lines.iter().any(|line| line.contains(&"word ".repeat(99))));
}
