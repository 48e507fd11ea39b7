use super::*;
use crate::event::Verdict;
use crate::report::tests::sample::{Tape, look, turned_round};

const UNICODE: Style = Style { colour: false, unicode: true, width: 80 };

fn region(tape: &Tape, style: Style) -> Region {
    let mut region = Region::new(style);
    tape.events.iter().for_each(|event| region.hear(event));
    region
}

#[test]
fn a_running_step_stands_between_its_phase_and_what_comes_next() {
    let mut tape = Tape::started();
    tape.passes("healthy", 0.4).does("stop-service", 3.1).begins("migrate", Direction::Forward).later(12.5);
    let mut region = region(&tape, UNICODE);
    for line in ["one", "two", "10%\r20%\r", "\u{1b}[2Jfour"] {
        region.print("migrate", line);
    }
    region.print("nobody", "heard by nobody");
    assert_eq!(
        region.lines(tape.now()),
        [
            "■ Deployment, phase 1 of 2",
            "⠴ runs migrate  Migrate the database  12s of about 30s, budget 10m",
            "    | two",
            "    | 20%",
            "    | \\u{1b}[2Jfour",
            "  next: start-service  Start the service",
            "  █████████░░░░░░░░░░░░░░░  2 of 5 done, 16s, about 23s left",
        ]
    );
}

#[test]
fn beyond_ascii_nothing_is_shown_where_it_cannot_be() {
    let mut tape = Tape::started();
    tape.begins("stop-service", Direction::Forward).later(1.1);
    let lines = region(&tape, Style::default()).lines(tape.now());
    assert_eq!(
        lines,
        [
            "Deployment, phase 1 of 2",
            "| runs stop-service  Stop the service  1s of about 3s, budget 2m"
                .replacen('|', spinner_at(11), 1)
                .as_str(),
            "  next: healthy  The service is healthy",
            "  ........................  0 of 5 done, 1s, about 37s left",
        ]
    );
    assert!(lines.iter().all(|line| line.is_ascii()));
}

/// The ASCII spinner after so many tenths of a second.
fn spinner_at(tenths: usize) -> &'static str {
    ["-", "\\", "|", "/"][tenths % 4]
}

#[test]
fn the_way_back_counts_what_is_undone() {
    let mut tape = Tape::started();
    tape.fails_at_the_migration().put(turned_round()).undoes("migrate", 4.0);
    tape.begins("stop-service", Direction::Back).later(2.0);
    assert_eq!(
        region(&tape, UNICODE).lines(tape.now()),
        [
            "■ Rollback",
            "⠋ undoes stop-service  Stop the service  2s, budget 2m",
            "  ████████████░░░░░░░░░░░░  1 of 2 undone, 21s",
        ]
    );
    tape.undoes("stop-service", 0.0).put(Event::LookStarted { unit: "healthy".to_owned(), verifying: true });
    let lines = region(&tape, UNICODE).lines(tape.now());
    assert_eq!(lines.first().unwrap(), "■ Rollback: is everything as before?");
}

#[test]
fn a_wait_counts_down() {
    let mut tape = Tape::started();
    let until = tape.now() + jiff::SignedDuration::from_mins(5);
    tape.put(Event::WaitStarted { unit: "answers".to_owned(), until }).later(60.0);
    let lines = region(&tape, UNICODE).lines(tape.now());
    assert_eq!(lines.get(1).unwrap(), "⠋ waits answers  The release answers  4m more, budget 1m");
}

#[test]
fn steps_beside_each_other_show_one_line_of_output_each() {
    let mut tape = Tape::started();
    tape.begins("stop-service", Direction::Forward).begins("migrate", Direction::Forward);
    let mut region = region(&tape, UNICODE);
    for line in ["one", "two"] {
        region.print("stop-service", line);
        region.print("migrate", line);
    }
    let lines = region.lines(tape.now());
    assert_eq!(lines.iter().filter(|line| line.contains("| ")).collect::<Vec<_>>(), ["    | two", "    | two"]);
}

#[test]
fn nothing_is_shown_before_the_run_and_after_its_end() {
    let mut tape = Tape::blank();
    assert!(region(&tape, UNICODE).lines(tape.now()).is_empty());
    tape = Tape::started();
    tape.put(Event::LookEnded(Box::new(look("healthy", 1.0)))).ends(Verdict::Succeeded { warnings: 0 });
    assert!(region(&tape, UNICODE).lines(tape.now()).is_empty());
}
