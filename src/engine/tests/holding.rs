//! What was done must still hold before a run that stood still goes forward.

use super::stage::{Says, Stage};
use crate::event::{Direction, Event, Occasion, Outcome, Reply, Verdict};

/// `one` and `two` answer for themselves; `mount` is taken back by `unmount`.
const RELEASE: &str = r#"
phase deploy "Deploy" {
    checkpoint before "Before" {
        check healthy "Healthy" { run probe; }
        check noisy "Only warns" { run probe; on-failure warn; }
        preserve size "The size" { run probe; }
    }
    step one "One" { run one; applied { run ask; }; inverse { run undo-one; }; }
    step mount "Mount" { run mount; applied until=unmount { run ask; }; inverse { run umount; }; }
    step stop "Stop" { service stop "api.service"; }
    step start "Start" { service start "api.service"; }
    step unmount "Unmount" { run umount; inverse { run mount; }; }
    step last "Last" { run last; inverse { run undo-last; }; }
}
"#;

/// No, before the step; yes, after it.
const ORDINARY: [Says; 2] = [Says::Exit(1), Says::Exit(0)];
/// No, before the step; no, before it by the next engine; yes, after it.
const ASKED_TWICE: [Says; 3] = [Says::Exit(1), Says::Exit(1), Says::Exit(0)];

fn answers(more: &[Says]) -> Vec<Says> {
    ORDINARY.iter().chain(more).cloned().collect()
}

fn stage() -> Stage {
    Stage::new(RELEASE)
        .says("mount look", &ORDINARY)
        .says("stop", &[Says::Unit("inactive")])
        .says("start", &[Says::Unit("active"), Says::Unit("active")])
}

/// A stage whose engine dies right before the intent of this step.
fn dies_before(stage: Stage, step: &str) -> Stage {
    let rehearsal = self::stage().says("one look", &ORDINARY);
    rehearsal.exec();
    let until = rehearsal.events_until(|event| {
        matches!(event, Event::AttemptStarted { key, .. } if key.unit == step && key.direction == Direction::Forward)
    });
    stage.exec_and_die_after(until - 1);
    stage
}

/// What was asked whether it still holds, and looked at again, in this order.
fn asked_again(stage: &Stage) -> Vec<String> {
    let again = |event: Event| match event {
        Event::AppliedAsked { unit, occasion: Occasion::Resuming, .. } => Some(unit),
        Event::LookStarted { unit, verifying: true } => Some(format!("{unit} again")),
        _ => None,
    };
    stage.events().into_iter().filter_map(|stamped| again(stamped.event)).collect()
}

#[test]
fn after_a_crash_each_done_step_is_asked_before_the_next_one_and_never_later() {
    let stage = dies_before(stage().says("one look", &ORDINARY), "start");
    assert_eq!(stage.resume(), Verdict::Succeeded { warnings: 0 });
    assert_eq!(asked_again(&stage), ["one", "mount", "stop"]);
    stage.replays();
}

#[test]
fn of_several_steps_on_one_unit_only_the_last_is_asked_and_none_that_was_taken_back() {
    let stage = dies_before(stage().says("one look", &ORDINARY), "last");
    assert_eq!(stage.resume(), Verdict::Succeeded { warnings: 0 });
    assert_eq!(asked_again(&stage), ["one", "start"]);
}

#[test]
fn what_an_unsettled_step_may_have_changed_is_not_asked_about() {
    let rehearsal = self::stage().says("one look", &ORDINARY);
    rehearsal.exec();
    let until = rehearsal.events_until(|event| {
        matches!(event, Event::AttemptStarted { key, .. } if key.unit == "start" && key.direction == Direction::Forward)
    });
    // Nobody saw `start` end; its probe says no, and a person says that it isn't there.
    let stage = stage().says("one look", &ORDINARY).probes(&[Some(false)]).replies("start", Reply::NotApplied);
    stage.exec_and_die_after(until);
    assert_eq!(stage.resume(), Verdict::Succeeded { warnings: 0 });
    // Settled as not there: `stop` is in force again, and is asked before `start` runs once more.
    assert_eq!(asked_again(&stage), ["one", "mount", "stop"]);
}

#[test]
fn a_step_that_never_started_runs_only_if_what_was_done_still_holds() {
    let rehearsal = self::stage().says("one look", &ORDINARY);
    rehearsal.exec();
    let until = rehearsal.events_until(|event| {
        matches!(event, Event::AttemptStarted { key, .. } if key.unit == "last" && key.direction == Direction::Forward)
    });
    let stage = stage().says("one look", &answers(&[Says::Exit(1)])).knows("last", Says::DoesNotStart);
    stage.exec_and_die_after(until);
    let acted = stage.acted();
    assert!(matches!(stage.resume(), Verdict::Halted { cause, .. } if cause.why == "one no longer holds"));
    assert_eq!(stage.acted(), acted, "nothing was started");
}

#[test]
fn a_reboot_that_started_the_unit_again_halts_the_run_before_its_next_step() {
    let stage = dies_before(stage().says("one look", &ORDINARY).probes(&[Some(false)]), "start");
    let verdict = stage.resume();
    assert!(matches!(verdict, Verdict::Halted { cause, .. } if cause.why == "stop no longer holds"));
    // Repaired by hand, it goes on.
    assert_eq!(stage.resume(), Verdict::Succeeded { warnings: 0 });
}

#[test]
fn a_person_goes_on_all_the_same_or_halts_or_takes_it_back() {
    let lost = |reply| {
        let stage = stage().says("one look", &answers(&[Says::Exit(1), Says::Exit(1)])).replies("one", reply);
        dies_before(stage, "start")
    };
    let stage = lost(Reply::Yes);
    assert_eq!(stage.resume(), Verdict::Succeeded { warnings: 0 });
    assert!(matches!(lost(Reply::No).resume(), Verdict::Halted { .. }));
    // On the way back it must be gone.
    let gone = [Says::Exit(1), Says::Exit(0), Says::Exit(1), Says::Exit(1)];
    let stage = self::stage()
        .says("one look", &gone)
        .says("mount look", &[Says::Exit(1), Says::Exit(0), Says::Exit(1)])
        .replies("one", Reply::Rollback);
    let stage = dies_before(stage, "start");
    assert!(matches!(stage.resume(), Verdict::RolledBack { verified: true, .. }), "{:?}", stage.events().last());
}

#[test]
fn whoever_cannot_answer_no_longer_holds_but_a_oneshot_has_nothing_to_answer() {
    let stage = dies_before(stage().says("one look", &answers(&[Says::IsUnknown])), "start");
    assert!(matches!(stage.resume(), Verdict::Halted { .. }));
    let stage = dies_before(self::stage().says("one look", &ORDINARY).probes(&[None]), "start");
    assert_eq!(stage.resume(), Verdict::Succeeded { warnings: 0 });
}

#[test]
fn a_checkpoint_is_verified_again_only_if_no_step_has_started_since() {
    let stage = dies_before(stage().says("one look", &ASKED_TWICE), "one");
    assert_eq!(stage.resume(), Verdict::Succeeded { warnings: 0 });
    assert_eq!(asked_again(&stage), ["healthy again", "before/size again"], "what only warns isn't looked at again");
    stage.replays();
    let stage = self::stage().says("one look", &ORDINARY).says("mount look", &ASKED_TWICE);
    let stage = dies_before(stage, "mount");
    stage.resume();
    assert_eq!(asked_again(&stage), ["one"]);
}

#[test]
fn a_checkpoint_that_no_longer_holds_stops_the_run_and_nothing_was_changed() {
    let stage = stage().says("one look", &ORDINARY).says("healthy look", &[Says::Exit(0), Says::Exit(1)]);
    let stage = dies_before(stage, "one");
    assert!(matches!(stage.resume(), Verdict::Refused { cause } if cause.why == "healthy no longer holds"));
    assert!(stage.acted().is_empty());
}

#[test]
fn what_was_looked_at_on_the_way_out_proves_nothing_about_the_way_back() {
    let stage = stage().says("one", &[Says::Exit(1)]).says("one look", &[Says::Exit(1), Says::Exit(1), Says::Exit(1)]);
    let stage = dies_before(stage, "one");
    assert!(matches!(stage.resume(), Verdict::RolledBack { verified: true, .. }));
    assert_eq!(
        asked_again(&stage),
        ["healthy again", "before/size again", "healthy again", "noisy again", "before/size again"]
    );
}

#[test]
fn a_machine_that_was_suspended_asks_before_its_next_step() {
    let stage = stage().says("one look", &ORDINARY).suspended_after("stop");
    assert_eq!(stage.exec(), Verdict::Succeeded { warnings: 0 });
    assert_eq!(asked_again(&stage), ["one", "mount", "stop"]);
    let noted = |event: &Event| matches!(event, Event::StoodStill { suspended: true, seconds: 3600 });
    assert_eq!(stage.events().iter().filter(|stamped| noted(&stamped.event)).count(), 1);
    stage.replays();
}

const WAITS: &str = r#"
phase deploy "Deploy" {
    step one "One" { run one; applied { run ask; }; inverse { run undo-one; }; }
    wait "WAIT"
    step two "Two" { run two; inverse { run undo-two; }; }
}
"#;

#[test]
fn a_quarter_of_an_hour_in_which_nothing_was_done_asks_too() {
    for (wait, again) in [("14m", Vec::new()), ("16m", vec!["one".to_owned()])] {
        let stage = Stage::new(&WAITS.replace("WAIT", wait)).says("one look", &ORDINARY);
        assert_eq!(stage.exec(), Verdict::Succeeded { warnings: 0 });
        assert_eq!(asked_again(&stage), again, "after {wait}");
        stage.replays();
    }
}

#[test]
fn what_a_killed_supervisor_left_running_is_named_and_nothing_runs_beside_it() {
    let dies_in_last = |stage: Stage| {
        let rehearsal = self::stage().says("one look", &ORDINARY);
        rehearsal.exec();
        let until = rehearsal.events_until(|event| {
            matches!(event, Event::AttemptStarted { key, .. } if key.unit == "last" && key.direction == Direction::Forward)
        });
        stage.exec_and_die_after(until);
        stage
    };
    let stage = dies_in_last(stage().says("one look", &ORDINARY).survives("sleep (4711)"));
    assert_eq!(stage.resume(), Verdict::Unsettled { unit: "last".to_owned() });
    let named = |event: &Event| match event {
        Event::AttemptEnded(end) => {
            end.outcome == Outcome::Unknown
                && end.failure.as_ref().is_some_and(|failure| failure.why.contains("sleep (4711)"))
        }
        _ => false,
    };
    assert!(stage.events().iter().any(|stamped| named(&stamped.event)));
    // Each resume looks again: once it is gone, it is an outcome that nobody saw, as any other.
    let stage = stage.nothing_survives().replies("last", Reply::Applied);
    assert_eq!(stage.resume(), Verdict::Succeeded { warnings: 0 });
    stage.replays();
}
