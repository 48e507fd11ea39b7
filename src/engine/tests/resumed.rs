//! After a crash.

use super::stage::{Says, Stage};
use crate::event::{Direction, Event, Reply, Verdict};

const RELEASE: &str = r#"
phase deploy "Deploy" {
    checkpoint before "Before" { check healthy "Healthy" { run probe; }; }
    step one "One" { run one; inverse { run undo-one; }; }
    step two "Two" { run two; inverse { run undo-two; }; }
    step three "Three" { run three; inverse { run undo-three; }; }
}
"#;

/// A stage whose engine dies right after the intent of `two`.
fn dies_in_two(stage: Stage) -> Stage {
    let rehearsal = Stage::new(RELEASE);
    rehearsal.exec();
    let until = rehearsal.events_until(|event| {
        matches!(event, Event::AttemptStarted { key, .. } if key.unit == "two" && key.direction == Direction::Forward)
    });
    stage.exec_and_die_after(until);
    stage
}

#[test]
fn what_the_supervisor_saw_is_imported_and_nothing_runs_twice() {
    let stage = dies_in_two(Stage::new(RELEASE).knows("two", Says::Exit(0)));
    assert_eq!(stage.resume(), Verdict::Succeeded { warnings: 0 });
    assert_eq!(stage.acted(), ["one", "three"]);
}

#[test]
fn what_never_started_is_started() {
    let stage = dies_in_two(Stage::new(RELEASE).knows("two", Says::DoesNotStart));
    assert_eq!(stage.resume(), Verdict::Succeeded { warnings: 0 });
    assert_eq!(stage.acted(), ["one", "two", "three"]);
}

#[test]
fn an_unknown_outcome_is_never_guessed() {
    let stage = dies_in_two(Stage::new(RELEASE));
    assert_eq!(stage.resume(), Verdict::Unsettled { unit: "two".to_owned() });
    assert_eq!(stage.acted(), ["one"]);
    assert!(matches!(stage.rollback(), Verdict::RolledBack { verified: true, .. }));
    assert_eq!(stage.acted(), ["one", "two back", "one back"]);
}

#[test]
fn what_still_runs_and_cannot_be_ended_is_named() {
    let stage = dies_in_two(Stage::new(RELEASE).survives("dd (process 7)"));
    assert_eq!(stage.resume(), Verdict::Unsettled { unit: "two".to_owned() });
    let named = |event: &Event| match event {
        Event::AttemptEnded(end) => end.failure.as_ref().is_some_and(|failure| failure.why.contains("dd (process 7)")),
        _ => false,
    };
    assert!(stage.events().iter().any(|stamped| named(&stamped.event)));
}

#[test]
fn a_person_settles_an_unknown_outcome() {
    let stage = dies_in_two(Stage::new(RELEASE).replies("two", Reply::Applied));
    assert_eq!(stage.resume(), Verdict::Succeeded { warnings: 0 });
    assert_eq!(stage.acted(), ["one", "three"]);
    let stage = dies_in_two(Stage::new(RELEASE).replies("two", Reply::NotApplied));
    assert_eq!(stage.resume(), Verdict::Succeeded { warnings: 0 });
    assert_eq!(stage.acted(), ["one", "two", "three"]);
}

#[test]
fn a_run_that_was_rolling_back_goes_on_rolling_back() {
    let stage = Stage::new(RELEASE).says("three", &[Says::Exit(1)]);
    stage.exec();
    let until = stage.events_until(|event| {
        matches!(event, Event::AttemptStarted { key, .. } if key.unit == "two" && key.direction == Direction::Back)
    });
    let stage = Stage::new(RELEASE).says("three", &[Says::Exit(1)]);
    stage.exec_and_die_after(until);
    assert!(matches!(stage.resume(), Verdict::RolledBack { verified: true, .. }));
    // The inverse that nobody saw end runs again: it is convergent.
    assert_eq!(stage.acted(), ["one", "two", "three", "three back", "two back", "one back"]);
}

#[test]
fn a_crash_after_any_event_leads_to_the_same_end_forward_and_back() {
    let whole = Stage::new(RELEASE);
    whole.exec();
    for dies_after in 3..whole.events().len() {
        let forward =
            Stage::new(RELEASE).knows("one", Says::Exit(0)).knows("two", Says::Exit(0)).knows("three", Says::Exit(0));
        forward.exec_and_die_after(dies_after);
        assert_eq!(forward.resume(), Verdict::Succeeded { warnings: 0 }, "after {dies_after} events");
        forward.replays();
        let back = Stage::new(RELEASE);
        back.exec_and_die_after(dies_after);
        let verdict = back.rollback();
        let ends_well = matches!(verdict, Verdict::RolledBack { verified: true, .. } | Verdict::Refused { .. });
        assert!(ends_well, "after {dies_after} events: {verdict:?}");
    }
}
