use std::sync::Arc;

use super::*;
use crate::event::{OutlineKind, Verdict};
use crate::report::tests::sample::{Tape, head, look, outline, turned_round, unit};

const UNICODE: Style = Style { colour: false, unicode: true, width: 80 };

const FULL: Size = Size { columns: 80, rows: 24, width: 80 };

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
        region.lines(tape.now(), FULL),
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
    let lines = region(&tape, Style::default()).lines(tape.now(), FULL);
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
        region(&tape, UNICODE).lines(tape.now(), FULL),
        [
            "■ Rollback",
            "⠋ undoes stop-service  Stop the service  2s, budget 2m",
            "  ████████████░░░░░░░░░░░░  1 of 2 undone, 21s",
        ]
    );
    tape.undoes("stop-service", 0.0).put(Event::LookStarted { unit: "healthy".to_owned(), verifying: true });
    let lines = region(&tape, UNICODE).lines(tape.now(), FULL);
    assert_eq!(lines.first().unwrap(), "■ Rollback: is everything as before?");
}

#[test]
fn a_wait_counts_down() {
    let mut tape = Tape::started();
    let until = tape.now() + jiff::SignedDuration::from_mins(5);
    tape.put(Event::WaitStarted { unit: "answers".to_owned(), until }).later(60.0);
    let lines = region(&tape, UNICODE).lines(tape.now(), FULL);
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
    let lines = region.lines(tape.now(), FULL);
    assert_eq!(lines.iter().filter(|line| line.contains("| ")).collect::<Vec<_>>(), ["    | two", "    | two"]);
}

#[test]
fn nothing_is_shown_before_the_run_and_after_its_end() {
    let mut tape = Tape::blank();
    assert!(region(&tape, UNICODE).lines(tape.now(), FULL).is_empty());
    tape = Tape::started();
    tape.put(Event::LookEnded(Box::new(look("healthy", 1.0)))).ends(Verdict::Succeeded { warnings: 0 });
    assert!(region(&tape, UNICODE).lines(tape.now(), FULL).is_empty());
}

/// A run of a thousand steps, of which so many are done.
fn thousand(done: usize) -> Tape {
    let id = |number: usize| format!("part-{number}");
    let step = |number: usize| unit(&id(number), "Copy a part", OutlineKind::Step);
    let outline = Outline { units: (0..1000).map(step).collect(), ..outline() };
    let mut tape = Tape::blank();
    tape.put(Event::RunStarted(Arc::new(head(outline)))).put(Event::PhaseStarted { phase: "deploy".to_owned() });
    for number in 0..done {
        tape.does(&id(number), 0.1);
    }
    tape
}

#[test]
fn a_long_run_is_a_window_around_what_runs() {
    let mut tape = thousand(500);
    tape.begins("part-500", Direction::Forward).later(2.0);
    let mut region = region(&tape, UNICODE);
    assert!(region.is_long());
    for number in 490..500 {
        region.keep(vec![format!("✓ done     part-{number}"), "  a detail".to_owned()]);
    }
    region.print("part-500", "halfway");
    assert_eq!(
        region.lines(tape.now(), FULL),
        [
            "■ Deployment, phase 1 of 2",
            "✓ done     part-495",
            "✓ done     part-496",
            "✓ done     part-497",
            "✓ done     part-498",
            "✓ done     part-499",
            "⠋ runs part-500  Copy a part  2s, budget 1m",
            "    | halfway",
            "  next: part-501  Copy a part",
            "        part-502  Copy a part",
            "        part-503  Copy a part",
            "  ████████████░░░░░░░░░░░░  500 of 1000 done, 52s",
        ]
    );
    assert_eq!(
        region.lines(tape.now(), Size { columns: 40, rows: 7, width: 40 }),
        [
            "■ Deployment, phase 1 of 2",
            "⠋ runs part-500  Copy a…  2s, budget 1m",
            "  next: part-501  Copy a part",
            "        part-502  Copy a part",
            "        part-503  Copy a part",
            "  ██████░░░░░░░  500 of 1000 done, 52s",
        ]
    );
}

#[test]
fn however_low_the_terminal_is_the_lines_fit_and_the_bar_is_there() {
    let mut tape = thousand(3);
    for number in 3..20 {
        tape.begins(&format!("part-{number}"), Direction::Forward);
    }
    let mut region = region(&tape, UNICODE);
    (3..20).for_each(|number| region.print(&format!("part-{number}"), "busy"));
    for rows in 4..30 {
        let lines = region.lines(tape.now(), Size { columns: 80, rows, width: 80 });
        assert!(lines.len() < rows, "{rows}: {lines:#?}");
        assert!(lines.last().unwrap().ends_with("3 of 1000 done, 0s"), "{lines:#?}");
        assert!(lines.iter().any(|line| line.starts_with("  and 1")), "{lines:#?}");
    }
}
