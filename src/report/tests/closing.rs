//! The closing screen.

use std::sync::Arc;

use crate::event::{
    AttemptEnded, Direction, Event, IncompleteReason, LookEnded, Outcome, Outline, OutlineKind, OutlineUnit, Verdict,
};
use crate::report::tests::sample::{Tape, cause, ended, head, look, outline, turned_round, unexpected, unit};
use crate::report::{Closing, Style, Tally, closing_screen};

const RECORDS: &str = "/var/lib/runbook/runs/run-1";

fn screen(tape: &Tape, remaining: &[(String, String)]) -> String {
    screen_of(tape, remaining, usize::MAX)
}

fn screen_of(tape: &Tape, remaining: &[(String, String)], rows: usize) -> String {
    closing_screen(&Closing { tally: &Tally::of(&tape.events), records: RECORDS, remaining, rows }, Style::default())
}

#[test]
fn a_run_that_succeeded_shows_durations_against_estimates_and_downtime() {
    let mut tape = Tape::started();
    tape.passes("healthy", 0.4).does("stop-service", 3.1).does("migrate", 31.0).does("start-service", 4.0);
    tape.passes("answers", 2.0).ends(Verdict::Succeeded { warnings: 0 });
    assert_eq!(
        screen(&tape, &[]),
        "\
Release 0.3.0 ------------------------------------------------------------------
run       run-1
when      2026-06-10 08:00 UTC to 08:00:40 UTC
took      40s, estimates add up to 38s, budget 30m
downtime  38s, budget 3m
checks    2 passed

state           step           title                     took  estimate
done            stop-service   Stop the service          3.1s        3s
done            migrate        Migrate the database       31s       30s
done            start-service  Start the service           4s        5s

succeeded (exit 0)
Every step is done.
records   /var/lib/runbook/runs/run-1
"
    );
}

#[test]
fn a_run_that_was_rolled_back_shows_what_failed_and_what_is_undone() {
    let mut tape = Tape::started();
    tape.rolled_back().ends(Verdict::RolledBack { verified: true, cause: cause() });
    assert_eq!(
        screen(&tape, &[]),
        "\
Release 0.3.0 ------------------------------------------------------------------
run       run-1
when      2026-06-10 08:00 UTC to 08:00:21 UTC
took      21s, estimates add up to 38s, budget 30m
downtime  20s, budget 3m
checks    1 passed, after the rollback 1 of 1 as before

state           step           title                     took  estimate
undone          stop-service   Stop the service          3.1s        3s
failed, undone  migrate        Migrate the database       12s       30s
not run         start-service  Start the service                     5s

rolled back, verified (exit 1)
Every inverse held, and the checkpoints prove that everything is as before.
First cause: migrate: a line is missing
records   /var/lib/runbook/runs/run-1
"
    );
}

#[test]
fn an_incomplete_rollback_has_the_remaining_inverses_as_commands_and_says_what_is_down() {
    let mut tape = Tape::started();
    tape.fails_at_the_migration().put(turned_round()).begins("migrate", Direction::Back).later(200.0);
    let failed = AttemptEnded {
        failure: Some(unexpected()),
        outcome: Outcome::Unknown,
        ..ended("migrate", Direction::Back, 200.0)
    };
    tape.put(Event::AttemptEnded(Box::new(failed)));
    tape.put(Event::Escalated { unit: None, why: "the rollback isn't complete".to_owned() });
    tape.ends(Verdict::Incomplete {
        why: IncompleteReason::InverseFailed { unit: "migrate".to_owned() },
        cause: cause(),
        remaining: ["migrate", "stop-service"].map(str::to_owned).to_vec(),
    });
    let long = format!("sqlite3 /var/lib/api.db '.restore {}.db'", "backup".repeat(12));
    let remaining = [
        ("migrate".to_owned(), format!("cd /opt/api\n{long}")),
        ("stop-service".to_owned(), "systemctl start api.service".to_owned()),
    ];
    assert_eq!(
        screen(&tape, &remaining),
        format!(
            "\
Release 0.3.0 ------------------------------------------------------------------
run       run-1
when      2026-06-10 08:00 UTC to 08:03:35 UTC
took      3m 35s, estimates add up to 38s, budget 30m
downtime  3m 35s, OVER its budget of 3m, STILL DOWN: api.service
checks    1 passed
calls     people were called once

state           step           title                     took  estimate
to undo         stop-service   Stop the service          3.1s        3s
to undo         migrate        Migrate the database       12s       30s
not run         start-service  Start the service                     5s

rollback incomplete (exit 4)
The inverse of migrate failed. A person must repair it.
First cause: migrate: a line is missing
Still to undo, in this order:

# migrate
cd /opt/api
{long}
# stop-service
systemctl start api.service

To continue:
  runbook rollback run-1
records   /var/lib/runbook/runs/run-1
"
        )
    );
}

#[test]
fn a_check_that_is_not_as_it_should_be_stands_among_the_steps() {
    let mut tape = Tape::started();
    let warned = LookEnded { warned: true, failure: Some(unexpected()), ..look("healthy", 0.4) };
    tape.put(Event::LookEnded(Box::new(warned))).does("stop-service", 3.0);
    tape.ends(Verdict::Succeeded { warnings: 1 });
    let screen = screen(&tape, &[]);
    assert!(screen.contains("\nchecks    0 passed, 1 warned\n"), "{screen}");
    assert!(screen.contains("\nwarning         healthy        The service is healthy      0.4s\n"), "{screen}");
}

#[test]
fn time_in_which_no_engine_had_the_run_is_not_counted() {
    let mut tape = Tape::started();
    tape.does("stop-service", 3.0).ends(Verdict::Halted { cause: cause(), barrier: None, back_to: None });
    tape.later(86_400.0).put(Event::EngineStarted(super::sample::engine(crate::event::Purpose::Resume)));
    tape.does("migrate", 30.0);
    let screen = screen(&tape, &[]);
    assert!(screen.contains("\nwhen      2026-06-10 08:00 UTC to 2026-06-11 08:00:33 UTC\n"), "{screen}");
    assert!(screen.contains("\ntook      33s, "), "{screen}");
    assert!(screen.contains("\nIt has no verdict yet: an engine has the run, or it died.\n"), "{screen}");
}

#[test]
fn a_service_that_did_not_run_before_is_not_down() {
    let mut tape = Tape::started();
    let before = crate::plan::StateBefore::Unit {
        unit: "api.service".to_owned(),
        verb: crate::model::ServiceVerb::Stop,
        was_active: false,
        was_enabled: None,
    };
    let key = super::sample::key("stop-service", Direction::Forward);
    tape.put(Event::AttemptStarted { key, before: Some(before) });
    assert!(!screen(&tape, &[]).contains("downtime"));
}

#[test]
fn a_thousand_steps_fit_on_a_screen() {
    let mut outline = Outline { phases: outline().phases, ..Outline::default() };
    for number in 0..1000 {
        let step = unit(&format!("step-{number}"), "A step among many", OutlineKind::Step);
        outline.units.push(OutlineUnit { estimate: Some(1.0), ..step });
    }
    let mut tape = Tape::blank();
    tape.put(Event::RunStarted(Arc::new(head(outline))));
    for number in 0..900 {
        tape.does(&format!("step-{number}"), f64::from(number) / 10.0);
    }
    let failed = AttemptEnded { failure: Some(unexpected()), ..ended("step-900", Direction::Forward, 1.0) };
    tape.begins("step-900", Direction::Forward).put(Event::AttemptEnded(Box::new(failed)));
    tape.ends(Verdict::Halted { cause: cause(), barrier: None, back_to: None });
    let screen = screen(&tape, &[]);
    assert!(
        screen.contains(
            "
1000 steps: failed 1; done 900; not run 99

state           step      title                  took  estimate
failed          step-900  A step among many        1s        1s

What took longest:
state           step      title                  took  estimate
done            step-899  A step among many    1m 29s        1s
"
        ),
        "{screen}"
    );
    assert!(screen.lines().count() <= 40, "{screen}");
}

#[test]
fn a_low_terminal_shows_what_is_urgent_and_counts_the_rest() {
    let mut outline = Outline { phases: outline().phases, ..Outline::default() };
    outline.units.extend((0..20).map(|number| unit(&format!("step-{number}"), "A step", OutlineKind::Step)));
    let mut tape = Tape::blank();
    tape.put(Event::RunStarted(Arc::new(head(outline))));
    for number in 0..19 {
        tape.does(&format!("step-{number}"), 1.0);
    }
    let failed = AttemptEnded { failure: Some(unexpected()), ..ended("step-19", Direction::Forward, 1.0) };
    tape.begins("step-19", Direction::Forward).put(Event::AttemptEnded(Box::new(failed)));
    tape.ends(Verdict::Halted { cause: cause(), barrier: None, back_to: None });
    assert!(screen_of(&tape, &[], 40).contains("\ndone            step-0 "));
    let counted = screen_of(&tape, &[], 25);
    assert!(counted.lines().count() < 25, "{counted}");
    assert!(counted.contains("\n20 steps: failed 1; done 19\n"), "{counted}");
    assert!(counted.contains("\nWhat took longest:\n"), "{counted}");
    let urgent = screen_of(&tape, &[], 10);
    assert!(urgent.contains("\nfailed          step-19 ") && !urgent.contains("longest"), "{urgent}");
    assert!(urgent.contains("\n  runbook resume run-1\n"), "{urgent}");
}

#[test]
fn a_run_that_never_began_has_no_table_of_what_did_not_run() {
    let mut tape = Tape::started();
    tape.put(Event::LookEnded(Box::new(LookEnded { failure: Some(unexpected()), ..look("healthy", 0.4) })));
    tape.ends(Verdict::Refused { cause: cause() });
    let screen = screen(&tape, &[]);
    assert!(!screen.contains("not run"), "{screen}");
    assert!(screen.contains("\nfailed          healthy "), "{screen}");
}
