//! A run that is a rehearsal: it turns round where it is to, and proves that all is as before.

use super::stage::{Says, Stage};
use crate::engine::rehearsing::first_turn;
use crate::event::{
    Event, IncompleteReason, LeftOut, Rehearsal, RehearsedWayBack, Reply, SkipReason, Standing, Turn, Verdict,
    left_out, steps_to_rehearse,
};

const RELEASE: &str = r#"
phase deploy "Deploy" {
    checkpoint before "Before" { check healthy "Healthy" { run probe; }; }
    step one "One" { run one; applied { run has-one; }; inverse { run undo-one; }; }
    step two "Two" { run two; idempotent; inverse { run undo-two; }; }
    step three "Three" { run three; applied { run has-three; }; inverse none because="nothing to undo"; }
}
"#;

fn after(step: &str) -> Turn {
    Turn::After(step.to_owned())
}

/// Whose `applied`s answer as they should: before the run, before the step, after it, after its
/// inverse, after the way back.
fn release(turn: Turn) -> Stage {
    use Says::Exit;
    let one = [Exit(1), Exit(1), Exit(0), Exit(1), Exit(1)];
    let three = match turn {
        Turn::After(_) => vec![Exit(1), Exit(1)],
        Turn::End | Turn::Before(_) => vec![Exit(1), Exit(1), Exit(0), Exit(1)],
    };
    Stage::new(RELEASE).rehearses(turn).says("one look", &one).says("three look", &three)
}

#[test]
fn a_rehearsal_goes_to_the_end_and_all_the_way_back() {
    let stage = release(Turn::End);
    let Verdict::RolledBack { verified, cause } = stage.exec() else { panic!("it is rolled back") };
    assert!(verified);
    assert_eq!(cause, Turn::End.cause());
    assert_eq!(stage.acted(), ["one", "two", "three", "two back", "one back"]);
    stage.replays();
    let way_back = RehearsedWayBack::of(&stage.record()).unwrap();
    assert_eq!((way_back.trouble, way_back.verified, way_back.as_before), (None, 1, 2));
    assert_eq!(way_back.undone, ["two", "one"]);
    assert_eq!(steps_to_rehearse(&stage.record()), ["one", "two", "three"]);
    assert_eq!(left_out(&stage.record()), []);
}

#[test]
fn it_fails_right_after_a_step_and_starts_nothing_behind_it() {
    let stage = release(after("one"));
    assert!(matches!(stage.exec(), Verdict::RolledBack { verified: true, .. }));
    assert_eq!(stage.acted(), ["one", "one back"]);
    stage.replays();
}

#[test]
fn an_idempotent_step_runs_twice_before_it_fails() {
    let stage = release(after("two"));
    assert!(matches!(stage.exec(), Verdict::RolledBack { verified: true, .. }));
    assert_eq!(stage.acted(), ["one", "two", "two", "two back", "one back"]);
    stage.replays();
    let way_back = RehearsedWayBack::of(&stage.record()).unwrap();
    assert!(way_back.twice && way_back.is_proven());
}

#[test]
fn a_step_that_only_says_that_it_is_idempotent_is_found() {
    let stage = release(after("two")).says("two", &[Says::Exit(0), Says::Exit(9)]);
    let Verdict::RolledBack { cause, .. } = stage.exec() else { panic!("it is rolled back") };
    assert_eq!(cause.unit.as_deref(), Some("two"));
    assert_eq!(stage.acted(), ["one", "two", "two", "two back", "one back"]);
    stage.replays();
    let trouble = RehearsedWayBack::of(&stage.record()).unwrap().trouble.unwrap();
    assert!(trouble.starts_with("two isn't idempotent: run again, "), "{trouble}");
}

#[test]
fn an_applied_that_answers_otherwise_after_the_way_back_means_that_not_all_is_as_before() {
    use Says::Exit;
    let stage = release(Turn::End).says("three look", &[Exit(1), Exit(1), Exit(0), Exit(0)]);
    let Verdict::Incomplete { why, remaining, .. } = stage.exec() else { panic!("it isn't as before") };
    assert_eq!(why, IncompleteReason::NotVerified { unit: "three".to_owned() });
    assert_eq!(remaining, Vec::<String>::new());
    stage.replays();
    let way_back = RehearsedWayBack::of(&stage.record()).unwrap();
    assert_eq!(way_back.trouble.as_deref(), Some("every inverse held, and three isn't as before"));
}

#[test]
fn an_applied_that_nobody_can_answer_before_the_run_isnt_compared() {
    use Says::{DoesNotStart, Exit};
    let stage = release(Turn::End).says("three look", &[DoesNotStart, Exit(1), Exit(0), Exit(0)]);
    assert!(matches!(stage.exec(), Verdict::RolledBack { verified: true, .. }));
    assert_eq!(RehearsedWayBack::of(&stage.record()).unwrap().as_before, 1);
}

#[test]
fn an_ordinary_run_asks_none_of_this() {
    use Says::Exit;
    let looks = [Exit(1), Exit(0)];
    let stage = Stage::new(RELEASE).says("one look", &looks).says("three look", &looks);
    assert!(matches!(stage.exec(), Verdict::Succeeded { .. }));
    assert_eq!(stage.acted(), ["one", "two", "three"]);
    assert_eq!(RehearsedWayBack::of(&stage.record()), None);
}

const NO_RETURN: &str = r#"
phase deploy "Deploy" {
    wait "1h"
    manual agreed "Agreed?" by="Support"
    step one "One" { run one; inverse { run undo-one; }; }
}
phase announce "Announce" at="2000-01-01T00:00Z" {
    step two "Two" { run two; inverse { run undo-two; }; }
    step tell "Tell" { run tell; irreversible because="it was read"; }
    step three "Three" { run three; inverse { run undo-three; }; }
}
"#;

#[test]
fn it_stops_before_a_point_of_no_return_and_goes_back_to_the_very_start() {
    let stage = Stage::new(NO_RETURN).rehearses(Turn::Before("tell".to_owned()));
    assert!(matches!(stage.exec(), Verdict::RolledBack { .. }));
    assert_eq!(stage.acted(), ["one", "two", "two back", "one back"]);
    stage.replays();
    let skipped = |event: &Event| matches!(event, Event::UnitSkipped { because: SkipReason::NotRehearsed, .. });
    assert_eq!(stage.events().iter().filter(|event| skipped(&event.event)).count(), 2);
    let told: Vec<_> = left_out(&stage.record()).into_iter().map(|it| (it.unit, it.why, it.has_way_back)).collect();
    let told: Vec<_> = told.iter().map(|(unit, why, way_back)| (unit.as_str(), why.as_str(), *way_back)).collect();
    assert_eq!(
        told[1..],
        [
            ("agreed", "nobody was there to confirm it", false),
            ("tell", "it can't be taken back", false),
            ("three", "it comes after tell", true),
        ]
    );
    assert_eq!(told[0].1, "a rehearsal doesn't wait");
}

#[test]
fn who_is_there_is_asked_to_confirm() {
    let stage = Stage::new(NO_RETURN).rehearses(Turn::Before("tell".to_owned())).replies("agreed", Reply::Yes);
    assert!(matches!(stage.exec(), Verdict::RolledBack { .. }));
    assert!(stage.events().iter().any(|event| matches!(event.event, Event::Asked { .. })));
}

#[test]
fn where_it_turns_round_is_said_by_the_plan() {
    let turn = |phases: &str, attended| first_turn(&Stage::new(phases).plan(), attended);
    assert_eq!(turn(NO_RETURN, true), Turn::Before("tell".to_owned()));
    assert_eq!(turn(RELEASE, false), Turn::End);
    let by_hand = r#"phase p "P" {
        step one "One" { run one; inverse { manual "undo it"; }; }
        step two "Two" { manual "do it"; inverse { run undo-two; }; }
    }"#;
    assert_eq!(turn(by_hand, true), Turn::End);
    assert_eq!(turn(by_hand, false), Turn::Before("one".to_owned()));
}

#[test]
fn killed_at_any_event_and_resumed_it_turns_round_where_it_was_to() {
    let stages = || Stage::new(RELEASE).rehearses(after("two")).in_a_world(&["one", "three"]);
    let whole = stages();
    whole.exec();
    let events = whole.events().len();
    for died_after in 3..events {
        let stage = stages();
        stage.exec_and_die_after(died_after);
        let verdict = stage.resume();
        let told = format!("died after {died_after}: {:?}", stage.performed());
        assert!(matches!(verdict, Verdict::RolledBack { verified: true, .. }), "{verdict:?} {told}");
        let way_back = RehearsedWayBack::of(&stage.record()).unwrap();
        assert_eq!(way_back.trouble, None, "{told}");
        assert!(way_back.twice, "{told}");
        assert!(!stage.acted().contains(&"three".to_owned()), "{told}");
        stage.replays();
    }
}

fn rehearsal(digest: &str, troubled: bool) -> Rehearsal {
    let stage = release(Turn::End);
    stage.exec();
    let mut way_back = RehearsedWayBack::of(&stage.record()).unwrap();
    way_back.trouble = troubled.then(|| "trouble".to_owned());
    Rehearsal {
        runbook: "release".to_owned(),
        title: "Release".to_owned(),
        digest: digest.to_owned(),
        inputs: std::collections::BTreeMap::new(),
        host: "host".to_owned(),
        user: "operator".to_owned(),
        version: "0".to_owned(),
        started: jiff::Timestamp::UNIX_EPOCH,
        ended: jiff::Timestamp::UNIX_EPOCH,
        ways_back: vec![way_back],
        left_out: Vec::new(),
    }
}

#[test]
fn what_was_proven_stands_until_the_runbook_changes() {
    let (proven, unproven) = (rehearsal("a", false), rehearsal("a", true));
    assert_eq!(Standing::of(&[], "a"), Standing::Never);
    let all = [proven.clone(), unproven.clone()];
    assert_eq!(Standing::of(&all, "a"), Standing::Proven(&all[0]));
    assert_eq!(Standing::of(&all, "b"), Standing::Stale(&all[0]));
    let all = [unproven, proven];
    assert_eq!(Standing::of(&all, "a"), Standing::Unproven(&all[0]), "the newest counts");
    assert_eq!(Standing::of(&all[..1], "b"), Standing::StaleUnproven(&all[0]));
    let mut left = all[1].clone();
    left.left_out.push(LeftOut { unit: "x".into(), why: "y".into(), has_way_back: true });
    assert!(!left.is_proven(), "a way back that wasn't rehearsed isn't proven");
}
