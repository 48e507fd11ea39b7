//! On the way back.

use super::stage::{Says, Stage};
use crate::event::{IncompleteReason, Verdict};

const RELEASE: &str = r#"
phase deploy "Deploy" {
    checkpoint before "Before" {
        check healthy "Healthy" { run probe; }
        preserve revision "Revision" { run git rev-parse HEAD; }
    }
    step one "One" { run one; inverse { run undo-one; }; }
    on-rollback dependencies "Dependencies" { run sync; }
    step two "Two" { run two; inverse { run undo-two; }; }
    step three "Three" { run three; inverse none because="nothing to undo"; }
    step four "Four" { run four; inverse { run undo-four; }; }
}
"#;

#[test]
fn the_failed_step_and_all_before_it_are_undone_in_reverse_and_verified() {
    let stage = Stage::new(RELEASE).says("four", &[Says::Exit(1)]);
    let Verdict::RolledBack { verified, cause } = stage.exec() else { panic!("it is rolled back") };
    assert!(verified);
    assert_eq!(cause.unit.as_deref(), Some("four"));
    assert_eq!(
        stage.performed(),
        [
            "healthy look",
            "before/revision look",
            "one",
            "two",
            "three",
            "four",
            "four back",
            "two back",
            "dependencies back",
            "one back",
            "healthy look",
            "before/revision look",
        ]
    );
    stage.replays();
}

#[test]
fn a_checkpoint_behind_a_step_with_nothing_to_undo_is_verified() {
    let stage = Stage::new(
        r#"
phase deploy "Deploy" {
    step world "World" { run world; inverse none because="nothing to undo"; }
    checkpoint before "Before" { check healthy "Healthy" { run probe; }; }
    step one "One" { run one; inverse { run undo-one; }; }
}
"#,
    )
    .says("one", &[Says::Exit(1)]);
    assert!(matches!(stage.exec(), Verdict::RolledBack { verified: true, .. }));
    assert_eq!(stage.performed(), ["world", "healthy look", "one", "one back", "healthy look"]);
}

#[test]
fn a_step_that_never_started_is_not_undone() {
    let stage = Stage::new(RELEASE).says("four", &[Says::DoesNotStart]);
    assert!(matches!(stage.exec(), Verdict::RolledBack { verified: true, .. }));
    assert_eq!(stage.acted(), ["one", "two", "three", "four", "two back", "dependencies back", "one back"]);
}

#[test]
fn a_preserved_value_that_changed_is_never_a_verified_rollback() {
    let stage = Stage::new(RELEASE)
        .says("four", &[Says::Exit(1)])
        .says("before/revision look", &[Says::Prints("abc"), Says::Prints("def")]);
    let Verdict::Incomplete { why, .. } = stage.exec() else { panic!("it is incomplete") };
    assert_eq!(why, IncompleteReason::NotVerified { unit: "before/revision".to_owned() });
}

#[test]
fn an_inverse_that_fails_stops_there_and_a_rollback_goes_on_from_it() {
    let stage = Stage::new(RELEASE).says("four", &[Says::Exit(1)]).says("two back", &[Says::Exit(1)]);
    let Verdict::Incomplete { why, remaining, .. } = stage.exec() else { panic!("it is incomplete") };
    assert_eq!(why, IncompleteReason::InverseFailed { unit: "two".to_owned() });
    assert_eq!(remaining, ["two", "dependencies", "one"]);
    assert!(matches!(stage.rollback(), Verdict::RolledBack { verified: true, .. }));
    assert_eq!(
        stage.acted(),
        ["one", "two", "three", "four", "four back", "two back", "two back", "dependencies back", "one back"]
    );
}

#[test]
fn an_inverse_that_ended_well_unseen_is_asked_about_before_it_runs_again() {
    let stage = |looks: &[Says]| {
        let phases = "phase d \"D\" { step a \"A\" { run a; applied { run seen; }; inverse { run undo; }; }; step b \"B\" { run b; inverse { run undo-b; }; }; }";
        Stage::new(phases).says("b", &[Says::Exit(1)]).says("a look", looks)
    };
    let (there, gone) = (Says::Exit(0), Says::Exit(1));
    let begins = |then: &[Says]| [&[gone.clone(), there.clone(), Says::IsUnknown], then].concat();
    for (then, undone) in [
        // Gone after all: it has worked.
        (vec![gone.clone()], 1),
        // Still there, or nobody knows again: it is run, and then it is gone.
        (vec![there.clone(), gone.clone()], 2),
        (vec![Says::IsUnknown, gone.clone()], 2),
    ] {
        let stage = stage(&begins(&then));
        let Verdict::Incomplete { why, .. } = stage.exec() else { panic!("nobody could tell") };
        assert_eq!(why, IncompleteReason::InverseFailed { unit: "a".to_owned() });
        assert!(matches!(stage.rollback(), Verdict::RolledBack { .. }), "{then:?}");
        assert_eq!(stage.acted().iter().filter(|act| *act == "a back").count(), undone, "{then:?}");
        stage.replays();
    }
}

#[test]
fn a_retried_inverse_is_asked_about_before_each_new_attempt() {
    let phases = "phase d \"D\" { step a \"A\" { run a; applied { run seen; }; inverse { run undo; retry 3; }; }; step b \"B\" { run b; inverse { run undo-b; }; }; }";
    let (there, gone) = (Says::Exit(0), Says::Exit(1));
    let stage = Stage::new(phases).says("b", &[Says::Exit(1)]).says(
        "a look",
        // Before, after it; unseen after its inverse, still there; unseen after the second one, and gone.
        &[gone.clone(), there.clone(), Says::IsUnknown, there, Says::IsUnknown, gone],
    );
    assert!(matches!(stage.exec(), Verdict::RolledBack { .. }));
    assert_eq!(stage.acted(), ["a", "b", "b back", "a back", "a back"]);
    stage.replays();
}

#[test]
fn a_rollback_stops_at_the_point_of_no_return() {
    let phases = r#"
phase deploy "Deploy" {
    step one "One" { run one; inverse { run undo-one; }; }
    step announce "Announce" { run announce; irreversible because="mail can't be unsent"; }
    checkpoint said "Said" { check sent "Sent" { run probe; }; }
    step after "After" { run after; inverse { run undo-after; }; }
    step fails "Fails" { run fails; inverse { run undo-fails; }; }
}
"#;
    let stage = Stage::new(phases).past_no_return().says("fails", &[Says::Exit(1)]);
    let Verdict::Halted { barrier, .. } = stage.exec() else { panic!("it halts") };
    assert_eq!(barrier.as_deref(), Some("announce"));
    assert_eq!(
        stage.performed(),
        ["one", "announce", "sent look", "after", "fails", "fails back", "after back", "sent look"]
    );
    // Without a word about it, the run stops before it.
    let stage = Stage::new(phases);
    assert!(matches!(stage.exec(), Verdict::Halted { barrier: None, .. }));
    assert_eq!(stage.acted(), ["one"]);
}

#[test]
fn a_failed_atomic_step_is_not_undone_but_an_unknown_one_is() {
    let phases = "phase d \"D\" { step a \"A\" { run a; inverse { run undo-a; }; }; step b \"B\" { run b; atomic; inverse { run undo-b; }; }; }";
    let stage = Stage::new(phases).says("b", &[Says::Exit(1)]);
    stage.exec();
    assert_eq!(stage.acted(), ["a", "b", "a back"]);
    let stage = Stage::new(phases).says("b", &[Says::IsUnknown]);
    stage.exec();
    assert_eq!(stage.acted(), ["a", "b", "b back", "a back"]);
}

#[test]
fn a_derived_inverse_acts_once_though_its_step_looks_again_and_again() {
    let phases = r#"
phase d "D" {
    step start "Start" { service start "api.service"; poll within="1m" every="1s" hold=3; }
}
"#;
    let stage = Stage::new(phases).says("start", &[Says::IsUnknown]);
    stage.exec();
    assert_eq!(stage.acted(), ["start", "start back"]);
}

#[test]
fn an_inverse_that_may_fail_lets_the_rollback_go_on_but_not_succeed() {
    let phases = r#"
phase d "D" {
    step a "A" { run a; inverse { run undo-a; }; }
    step b "B" { run b; inverse { run undo-b; on-failure continue; }; }
    step c "C" { run c; inverse { run undo-c; }; }
}
"#;
    let stage = Stage::new(phases).says("c", &[Says::Exit(1)]).says("b back", &[Says::Exit(1)]);
    assert!(matches!(stage.exec(), Verdict::Incomplete { .. }));
    assert_eq!(stage.acted(), ["a", "b", "c", "c back", "b back", "a back"]);
}

#[test]
fn a_manual_inverse_is_left_to_a_person_when_nobody_is_there() {
    let phases = r#"
phase d "D" {
    step a "A" { run a; inverse { run undo-a; }; }
    step b "B" { run b; inverse { manual "Put the switch back"; }; }
    step c "C" { run c; inverse { run undo-c; }; }
}
"#;
    let stage = Stage::new(phases).says("c", &[Says::Exit(1)]);
    let Verdict::Incomplete { why, remaining, .. } = stage.exec() else { panic!("it is incomplete") };
    assert_eq!(why, IncompleteReason::LeftToAPerson);
    assert_eq!(remaining, ["b"]);
    assert_eq!(stage.acted(), ["a", "b", "c", "c back", "a back"]);
}
