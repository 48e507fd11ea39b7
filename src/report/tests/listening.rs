//! Listeners that write lines.

use std::io::{self, Write};

use crate::event::{Event, Listener, Stamped, Verdict};
use crate::report::tests::sample::{Tape, cause};
use crate::report::{Json, Plain, Style};

/// A pipe whose reader goes away after so many writes.
struct Pipe<'a> {
    left: usize,
    tries: &'a mut usize,
}

impl Write for Pipe<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        *self.tries += 1;
        self.left = self.left.checked_sub(1).ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn notes() -> Vec<Stamped> {
    let mut tape = Tape::blank();
    for number in 0..5 {
        tape.put(Event::Noted { text: number.to_string() });
    }
    tape.events
}

#[test]
fn when_nobody_reads_any_more_nothing_is_written_for_ever() {
    let mut tries = 0;
    let mut plain = Plain::new(Style::default(), Pipe { left: 2, tries: &mut tries });
    for event in &notes() {
        plain.heard(event);
    }
    assert_eq!(tries, 3);
    let mut tries = 0;
    let mut json = Json::new(Pipe { left: 2, tries: &mut tries });
    for event in &notes() {
        json.heard(event);
    }
    assert_eq!(tries, 3);
}

#[test]
fn plain_lines_end_each_and_an_event_without_lines_writes_nothing() {
    let mut text = Vec::new();
    let mut plain = Plain::new(Style::default(), &mut text);
    let mut tape = Tape::blank();
    tape.put(Event::PhaseEnded { phase: "deploy".to_owned() }).put(Event::Noted { text: "a note".to_owned() });
    tape.events.iter().for_each(|event| plain.heard(event));
    assert_eq!(String::from_utf8(text).unwrap(), "08:00:00 note     a note\n");
}

#[test]
fn json_is_one_line_an_event_and_reads_back_as_it_was() {
    let mut tape = Tape::started();
    tape.rolled_back().put(Event::Noted { text: "\u{1b}[2J\n::error::\u{202e}\u{7f}\u{9b}🦀ü".to_owned() });
    tape.ends(Verdict::RolledBack { verified: true, cause: cause() });
    let mut text = Vec::new();
    let mut json = Json::new(&mut text);
    tape.events.iter().for_each(|event| json.heard(event));
    let text = String::from_utf8(text).unwrap();
    assert!(text.chars().all(|c| c == '\n' || (' '..='~').contains(&c)));
    let read: Vec<Stamped> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(read, tape.events);
}
