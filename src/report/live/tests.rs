use std::io;
use std::sync::{Arc, Mutex};

use indicatif::ProgressDrawTarget;

use super::*;
use crate::event::{AttemptEnded, Direction, Event, Outline, OutlineKind, Verdict};
use crate::report::tests::sample::{Tape, ended, head, outline, unexpected, unit};

/// A terminal that keeps what it is told; without `open` it is closed.
#[derive(Clone, Default)]
struct Paper {
    text: Arc<Mutex<Vec<u8>>>,
    tries: Arc<Mutex<usize>>,
    closed: bool,
}

impl Write for Paper {
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

impl Paper {
    fn text(&self) -> String {
        String::from_utf8(self.text.lock().unwrap().clone()).unwrap()
    }

    fn live(&self) -> Live {
        Live::on(ProgressDrawTarget::hidden(), Box::new(self.clone()), Style::default())
    }
}

fn note(text: &str) -> Stamped {
    Stamped { at: Timestamp::UNIX_EPOCH, event: Event::Noted { text: text.to_owned() } }
}

#[test]
fn what_ended_scrolls_by_without_beginnings_and_times() {
    let paper = Paper::default();
    let mut live = paper.live();
    let mut tape = Tape::started();
    tape.passes("healthy", 0.4).does("stop-service", 3.1).ends(Verdict::Succeeded { warnings: 0 });
    tape.events.iter().skip(3).for_each(|event| live.heard(event));
    // How it ended is told by the closing screen.
    assert_eq!(paper.text(), "passed   healthy  0.4s\ndone     stop-service  3.1s\n");
}

#[test]
fn what_happens_while_a_question_is_asked_is_shown_afterwards() {
    let paper = Paper::default();
    let mut live = paper.live();
    let handle = live.clone();
    live.heard(&note("before"));
    handle.pause();
    live.heard(&note("meanwhile"));
    assert_eq!(paper.text(), "note     before\n");
    handle.resume();
    live.heard(&note("after"));
    assert_eq!(paper.text(), "note     before\nnote     meanwhile\nnote     after\n");
}

#[test]
fn a_view_that_is_finished_while_paused_loses_nothing() {
    let paper = Paper::default();
    let mut live = paper.live();
    live.pause();
    live.heard(&note("meanwhile"));
    live.finish();
    assert_eq!(paper.text(), "note     meanwhile\n");
}

#[test]
fn a_closed_terminal_is_left_alone_for_ever() {
    let paper = Paper { closed: true, ..Paper::default() };
    let mut live = paper.live();
    live.heard(&note("one"));
    live.heard(&note("two"));
    live.printed("migrate", "three");
    assert_eq!(*paper.tries.lock().unwrap(), 1);
}

#[test]
fn what_was_told_before_is_not_told_again() {
    let paper = Paper::default();
    let before = Tape::started();
    let mut live = paper.live().after(&before.events);
    let mut tape = Tape::blank();
    tape.passes("healthy", 0.4);
    tape.events.iter().for_each(|event| live.heard(event));
    assert_eq!(paper.text(), "passed   healthy  The service is healthy  0.4s\n");
}

#[test]
fn a_long_run_tells_only_what_a_person_may_have_to_act_on() {
    let step = |number: usize| unit(&format!("part-{number}"), "Copy a part", OutlineKind::Step);
    let outline = Outline { units: (0..200).map(step).collect(), ..outline() };
    let paper = Paper::default();
    let mut live = paper.live();
    let mut tape = Tape::blank();
    tape.put(Event::RunStarted(Arc::new(head(outline))));
    for number in 0..150 {
        tape.does(&format!("part-{number}"), 0.1);
    }
    let failed = AttemptEnded { failure: Some(unexpected()), ..ended("part-150", Direction::Forward, 1.0) };
    tape.begins("part-150", Direction::Forward).put(Event::AttemptEnded(Box::new(failed)));
    tape.events.iter().for_each(|event| live.heard(event));
    let told = paper.text();
    assert!(told.contains("what goes well is counted here"), "{told}");
    assert!(!told.contains("part-149"), "{told}");
    assert!(told.contains("failed   part-150  Copy a part  1s\n"), "{told}");
}
