//! What becomes of a run whose lock is lost in the middle.

use super::stage::{Says, Stage};
use crate::event::{Event, IncompleteReason, Reply, Verdict};

const RELEASE: &str = r#"
phase deploy "Deploy" {
    step one "One" { run one; inverse { run undo-one; }; }
    step two "Two" { run two; inverse { run undo-two; }; }
    check healthy "Healthy" { run probe; }
}
"#;

fn is_lost(stage: &Stage) -> bool {
    stage.events().iter().any(|it| matches!(&it.event, Event::LockLost { name, .. } if name == "release"))
}

#[test]
fn nothing_new_starts_and_the_next_engine_goes_on() {
    let stage = Stage::new(RELEASE).loses_its_lock_after("one");
    let Verdict::Halted { cause, .. } = stage.exec() else { panic!("it halts") };
    assert_eq!(cause.why, "the lock release is lost: another has it");
    assert_eq!(stage.performed(), ["one"]);
    assert!(is_lost(&stage));
    stage.replays();
    assert!(matches!(stage.resume(), Verdict::Succeeded { .. }));
    assert_eq!(stage.performed(), ["one", "two", "healthy look"]);
    stage.replays();
}

#[test]
fn what_failed_is_not_taken_back_without_it() {
    let stage = Stage::new(RELEASE).says("two", &[Says::Exit(1)]).loses_its_lock_after("two");
    assert!(matches!(stage.exec(), Verdict::Halted { .. }));
    assert_eq!(stage.performed(), ["one", "two"]);
    assert!(matches!(stage.rollback(), Verdict::RolledBack { .. }));
    assert_eq!(stage.acted(), ["one", "two", "two back", "one back"]);
    stage.replays();
}

#[test]
fn no_inverse_starts_on_the_way_back_and_the_next_engine_finishes_it() {
    let stage = Stage::new(RELEASE).says("healthy look", &[Says::Exit(1)]).loses_its_lock_after("two back");
    let Verdict::Incomplete { why, remaining, .. } = stage.exec() else { panic!("it stops") };
    let (lock, because) = ("release".to_owned(), "another has it".to_owned());
    assert_eq!(why, IncompleteReason::LockLost { lock, why: because });
    assert_eq!(remaining, ["one"]);
    assert_eq!(stage.acted(), ["one", "two", "two back"]);
    stage.replays();
    assert!(matches!(stage.rollback(), Verdict::RolledBack { .. }));
    assert_eq!(stage.acted(), ["one", "two", "two back", "one back"]);
}

#[test]
fn branches_that_run_are_left_to_end() {
    let stage = Stage::new(
        r#"
phase deploy "Deploy" {
    parallel {
        step left "Left" { run left; inverse { run undo-left; }; }
        step right "Right" { run right; inverse { run undo-right; }; }
    }
    step last "Last" { run last; inverse { run undo-last; }; }
}
"#,
    )
    .loses_its_lock_after("right");
    assert!(matches!(stage.exec(), Verdict::Halted { .. }));
    let mut performed = stage.performed();
    performed.sort();
    assert_eq!(performed, ["left", "right"]);
    assert!(["left", "right"].iter().all(|id| stage.record().unit(id).is_some_and(crate::event::UnitRecord::is_done)));
}

#[test]
fn nobody_who_could_say_go_on_is_asked() {
    let stage = Stage::new(
        r#"
phase deploy "Deploy" {
    step one "One" { run one; inverse { run undo-one; }; }
    step gone "Gone" { run gone; irreversible because="it is gone"; }
}
"#,
    )
    .replies("gone", Reply::Yes)
    .loses_its_lock_after("one");
    assert!(matches!(stage.exec(), Verdict::Halted { .. }));
    assert!(!stage.events().iter().any(|it| matches!(it.event, Event::Asked { .. })));
    assert_eq!(stage.performed(), ["one"]);
}

#[test]
fn a_run_that_has_nothing_left_to_start_ends_well() {
    let stage = Stage::new("phase only \"Only\" { step one \"One\" { run one; inverse { run undo-one; }; }; }")
        .loses_its_lock_after("one");
    assert!(matches!(stage.exec(), Verdict::Succeeded { .. }));
}
