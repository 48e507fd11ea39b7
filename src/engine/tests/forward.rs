//! On the way out.

use super::stage::{Says, Stage};
use crate::event::{Reply, Verdict};

const TWO_STEPS: &str = r#"
phase deploy "Deploy" {
    checkpoint before "Before" { check healthy "Healthy" { run probe; }; }
    step one "One" { run one; inverse { run undo-one; }; }
    step two "Two" { run two; retry 3; idempotent; inverse { run undo-two; }; }
}
"#;

#[test]
fn everything_is_done_in_the_order_it_is_written() {
    let stage = Stage::new(TWO_STEPS);
    assert_eq!(stage.exec(), Verdict::Succeeded { warnings: 0 });
    assert_eq!(stage.performed(), ["healthy look", "one", "two"]);
    stage.replays();
}

#[test]
fn an_idempotent_step_is_retried_as_often_as_it_says() {
    let stage = Stage::new(TWO_STEPS).says("two", &[Says::Exit(1), Says::Exit(1), Says::Exit(0)]);
    assert_eq!(stage.exec(), Verdict::Succeeded { warnings: 0 });
    assert_eq!(stage.acted(), ["one", "two", "two", "two"]);
}

#[test]
fn an_unknown_outcome_is_never_retried() {
    let stage = Stage::new(TWO_STEPS).says("two", &[Says::IsUnknown]);
    assert!(matches!(stage.exec(), Verdict::RolledBack { verified: true, .. }));
    assert_eq!(stage.acted(), ["one", "two", "two back", "one back"]);
}

#[test]
fn a_run_in_which_no_step_started_is_refused() {
    let stage = Stage::new(TWO_STEPS).says("healthy look", &[Says::Exit(1)]);
    let Verdict::Refused { cause } = stage.exec() else { panic!("it is refused") };
    assert_eq!(cause.unit.as_deref(), Some("healthy"));
    assert!(stage.acted().is_empty());
}

#[test]
fn a_step_that_is_already_applied_is_skipped_and_not_undone() {
    let stage = Stage::new(
        r#"
phase deploy "Deploy" {
    step there "There" { run one; applied { run is-there; }; inverse { run undo; }; }
    step fails "Fails" { run two; inverse { run undo-two; }; }
}
"#,
    )
    .says("fails", &[Says::Exit(1)]);
    assert!(matches!(stage.exec(), Verdict::RolledBack { .. }));
    assert_eq!(stage.acted(), ["fails", "fails back"]);
}

#[test]
fn a_step_whose_applied_cannot_tell_fails_before_it_starts() {
    let stage =
        Stage::new("phase deploy \"D\" { step a \"A\" { run a; applied { run seen; }; inverse { run undo; }; }; }")
            .says("a look", &[Says::IsUnknown]);
    assert!(matches!(stage.exec(), Verdict::Refused { .. }));
    assert!(stage.acted().is_empty());
}

#[test]
fn a_successful_step_must_be_applied_afterwards() {
    let stage =
        Stage::new("phase deploy \"D\" { step a \"A\" { run a; applied { run seen; }; inverse { run undo; }; }; }")
            .says("a look", &[Says::Exit(1), Says::Exit(1), Says::Exit(1)]);
    assert!(matches!(stage.exec(), Verdict::RolledBack { .. }));
    assert_eq!(stage.acted(), ["a", "a back"]);
}

#[test]
fn a_check_that_only_warns_is_counted() {
    let stage = Stage::new(
        "phase deploy \"D\" { check weak \"W\" { run probe; on-failure warn; }; step a \"A\" { run a; inverse { run b; }; }; }",
    )
    .says("weak look", &[Says::Exit(1)]);
    assert_eq!(stage.exec(), Verdict::Succeeded { warnings: 1 });
}

#[test]
fn all_branches_of_a_parallel_start_before_one_has_ended() {
    let stage = Stage::new(
        r#"
phase deploy "Deploy" {
    parallel {
        step a "A" { run a; inverse { run undo-a; }; }
        step b "B" { run b; inverse { run undo-b; }; }
    }
    step c "C" { run c; inverse { run undo-c; }; }
}
"#,
    )
    .says("c", &[Says::Exit(1)]);
    assert!(matches!(stage.exec(), Verdict::RolledBack { .. }));
    assert_eq!(stage.acted(), ["a", "b", "c", "c back", "b back", "a back"]);
}

#[test]
fn a_person_who_says_no_halts_the_run() {
    let phases =
        "phase deploy \"D\" { step a \"A\" { run a; inverse { run b; }; }; manual look \"Look at it\" by=\"ops\"; }";
    let stage = Stage::new(phases).replies("look", Reply::No);
    assert!(matches!(stage.exec(), Verdict::Halted { .. }));
    let stage = Stage::new(phases).replies("look", Reply::Yes);
    assert_eq!(stage.exec(), Verdict::Succeeded { warnings: 0 });
    assert!(matches!(Stage::new(phases).exec(), Verdict::Parked { until: None, .. }));
}
