use std::io;
use std::sync::{Arc, Mutex};

use indicatif::ProgressDrawTarget;

use super::*;
use crate::event::{AttemptEnded, Direction, Event, Outline, OutlineKind, Verdict};
use crate::report::tests::sample::{Tape, ended, head, outline, unexpected, unit};

/// A terminal that keeps what it is told; without `open` it is closed.
#[derive(Clone, Default)]
struct Screen {
    text: Arc<Mutex<Vec<u8>>>,
    tries: Arc<Mutex<usize>>,
    closed: bool,
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        *self.tries.lock().unwrap() += 1;
        if self.closed {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.text.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Screen {
    fn text(&self) -> String {
        String::from_utf8(self.text.lock().unwrap().clone()).unwrap()
    }

    fn live(&self) -> Live {
        let printer = Printer::new(Box::new(self.clone()), Box::new(io::sink()));
        Live::on(ProgressDrawTarget::hidden(), printer, Style::default())
    }
}

impl Live {
    fn wait(&self) {
        let printer = self.lock().printer.clone();
        printer.wait();
    }
}

fn note(text: &str) -> Stamped {
    Stamped { at: Timestamp::UNIX_EPOCH, event: Event::Noted { text: text.to_owned() } }
}

#[test]
fn what_ended_scrolls_by_without_beginnings_and_times() {
    let screen = Screen::default();
    let mut live = screen.live();
    let mut tape = Tape::started();
    tape.passes("healthy", 0.4).does("stop-service", 3.1).ends(Verdict::Succeeded { warnings: 0 });
    tape.events.iter().skip(3).for_each(|event| live.heard(event));
    // How it ended is told by the closing screen.
    live.wait();
    assert_eq!(screen.text(), "passed   healthy  0.4s\ndone     stop-service  3.1s\n");
}

#[test]
fn what_happens_while_a_question_is_asked_is_shown_afterwards() {
    let screen = Screen::default();
    let mut live = screen.live();
    let handle = live.clone();
    live.heard(&note("before"));
    handle.pause();
    live.heard(&note("meanwhile"));
    live.wait();
    assert_eq!(screen.text(), "note     before\n");
    handle.resume();
    live.heard(&note("after"));
    live.wait();
    assert_eq!(screen.text(), "note     before\nnote     meanwhile\nnote     after\n");
}

#[test]
fn a_view_that_is_finished_while_paused_loses_nothing() {
    let screen = Screen::default();
    let mut live = screen.live();
    live.pause();
    live.heard(&note("meanwhile"));
    live.finish();
    live.wait();
    assert_eq!(screen.text(), "note     meanwhile\n");
}

#[test]
fn a_closed_terminal_is_left_alone_for_ever() {
    let screen = Screen { closed: true, ..Screen::default() };
    let mut live = screen.live();
    live.heard(&note("one"));
    live.wait();
    live.heard(&note("two"));
    live.printed("migrate", "three");
    live.wait();
    assert_eq!(*screen.tries.lock().unwrap(), 1);
}

#[test]
fn what_was_told_before_is_not_told_again() {
    let screen = Screen::default();
    let before = Tape::started();
    let mut live = screen.live().after(&before.events);
    let mut tape = Tape::blank();
    tape.passes("healthy", 0.4);
    tape.events.iter().for_each(|event| live.heard(event));
    live.wait();
    assert_eq!(screen.text(), "passed   healthy  The service is healthy  0.4s\n");
}

#[test]
fn a_long_run_tells_only_what_a_person_may_have_to_act_on() {
    let step = |number: usize| unit(&format!("part-{number}"), "Copy a part", OutlineKind::Step);
    let outline = Outline { units: (0..200).map(step).collect(), ..outline() };
    let screen = Screen::default();
    let mut live = screen.live();
    let mut tape = Tape::blank();
    tape.put(Event::RunStarted(Arc::new(head(outline))));
    for number in 0..150 {
        tape.does(&format!("part-{number}"), 0.1);
    }
    let failed = AttemptEnded { failure: Some(unexpected()), ..ended("part-150", Direction::Forward, 1.0) };
    tape.begins("part-150", Direction::Forward).put(Event::AttemptEnded(Box::new(failed)));
    tape.events.iter().for_each(|event| live.heard(event));
    live.wait();
    let told = screen.text();
    assert!(told.contains("what goes well is counted here"), "{told}");
    assert!(!told.contains("part-149"), "{told}");
    assert!(told.contains("failed   part-150  Copy a part  1s\n"), "{told}");
}
