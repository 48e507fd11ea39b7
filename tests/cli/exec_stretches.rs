//! Phases with a time of their own, windows, and how far a rollback goes.

use jiff::{SignedDuration, Timestamp};

use crate::case::Case;
use crate::exec_release::{logged, phase};

/// So many hours from now.
fn hours(number: i64) -> String {
    Timestamp::now().checked_add(SignedDuration::from_hours(number)).unwrap().to_string()
}

/// A case whose runbook has a window around now.
fn windowed(nodes: &str, opens: i64, closes: i64) -> Case {
    let head = format!("runbook release \"Release\" {{ window \"{}\" \"{}\"; }}", hours(opens), hours(closes));
    Case::new().with_state_dir("state").file("release.kdl", &format!("{head}\n{nodes}\n"))
}

/// A preparation a week before, and the release itself.
fn two_stretches(last: &str) -> String {
    format!(
        "phase prepare \"Prepare\" at=\"T-8d\" {{
            checkpoint early \"Early\" {{ check e \"E\" {{ sh \"echo early >> looks\"; }}; }}
            {}
        }}
        phase more \"More\" {{ {} }}
        phase production \"Production\" at=T {{
            checkpoint late \"Late\" {{ check l \"L\" {{ sh \"echo late >> looks\"; }}; }}
            {}
            {last}
        }}",
        logged("one"),
        logged("two"),
        logged("three")
    )
}

const ODD: &str = "check odd \"Odd\" { sh \"test -e ready\"; }";

#[test]
fn a_rollback_goes_back_to_the_start_of_its_stretch_and_further_when_a_person_says_so() {
    windowed(&two_stretches(ODD), -1, 9)
        .run("exec release.kdl")
        .code(7)
        .content("log", "one\ntwo\nthree\nun-three\n")
        .content("looks", "early\nlate\nlate\n")
        .tells(&[
            "Everything since the start of phase production is taken back",
            "What came before it stays",
            "--to prepare",
        ])
        .then()
        .run("rollback --yes")
        .code(7)
        .content("log", "one\ntwo\nthree\nun-three\n")
        .then()
        .run_with(&["rollback", "--yes", "--to", "prepare", "--reason", "Postponed to the next month"])
        .code(1)
        .content("log", "one\ntwo\nthree\nun-three\nun-two\nun-one\n")
        .tells(&["goes back to the start of phase prepare", "Postponed to the next month", "rolled back, verified"]);
}

#[test]
fn going_further_needs_a_phase_that_begins_a_stretch_and_a_reason() {
    let run =
        |arguments: &str| windowed(&two_stretches(ODD), -1, 9).run("exec release.kdl").code(7).then().run(arguments);
    run("rollback --yes --to prepare").code(2).complains("--reason");
    run("rollback --yes --to more --reason Because").code(2).complains("which is prepare");
    run("rollback --yes --to nowhere --reason Because")
        .code(2)
        .complains("no phase nowhere")
        .content("log", "one\ntwo\nthree\nun-three\n");
}

#[test]
fn a_release_that_fails_before_its_stretch_did_anything_can_be_tried_again() {
    let nodes = format!(
        "phase prepare \"Prepare\" at=\"T-8d\" {{ {} }}
        phase production \"Production\" at=T {{ {ODD}; {} }}",
        logged("one"),
        logged("two")
    );
    windowed(&nodes, -1, 9)
        .run("exec release.kdl")
        .code(7)
        .content("log", "one\n")
        .tells(&["--to prepare"])
        .then()
        .file("ready", "")
        .run("resume --yes")
        .code(0)
        .content("log", "one\ntwo\n");
}

#[test]
fn a_person_can_go_all_the_way_back_from_anywhere() {
    let nodes = format!(
        "phase prepare \"Prepare\" at=\"T-8d\" {{ {} }}
        phase production \"Production\" at=T {{ {} manual tell \"Tell support\" by=\"Support\"; }}",
        logged("one"),
        logged("two")
    );
    windowed(&nodes, -1, 9)
        .run("exec release.kdl")
        .code(6)
        .then()
        .run("rollback --yes --to prepare --reason Because")
        .code(1)
        .content("log", "one\ntwo\nun-two\nun-one\n");
}

#[test]
fn an_inverse_can_be_passed_over_and_is_then_left_to_a_person() {
    let nodes = phase(&format!(
        "{}step two \"Two\" {{ sh \"echo two >> log\"; inverse {{ sh \"echo un-two >> log; exit 1\"; }}; }}
        check fails \"It fails\" {{ run \"false\"; }}",
        logged("one")
    ));
    let run = || {
        Case::new()
            .with_state_dir("state")
            .file("release.kdl", &format!("runbook release \"Release\"\n{nodes}\n"))
            .run("exec release.kdl")
            .code(4)
            .then()
    };
    run()
        .run_with(&["rollback", "--yes", "--skip", "two", "--reason", "Support repairs it by hand"])
        .code(4)
        .content("log", "one\ntwo\nun-two\nun-one\n")
        .tells(&["passes over the inverse of two", "Support repairs it by hand", "left"]);
    run().run("rollback --yes --skip two").code(2).complains("--reason");
    run()
        .run("rollback --yes --skip fails --reason Because")
        .code(2)
        .complains("no step fails with an inverse")
        .content("log", "one\ntwo\nun-two\n");
}

#[test]
fn before_its_window_a_run_parks_and_after_it_it_is_refused() {
    let nodes = phase(&logged("one"));
    windowed(&nodes, 1, 9).run("exec release.kdl").code(6).lacks("log");
    windowed(&nodes, -9, -1).run("exec release.kdl").code(5).lacks("log");
    windowed(&nodes, -9, -1).run("exec release.kdl --outside-window").code(2).lacks("log");
    windowed(&nodes, -9, -1)
        .run("exec release.kdl --outside-window --reason Emergency")
        .code(0)
        .content("log", "one\n")
        .tells(&["outside its window, because: Emergency"]);
}

#[test]
fn a_phase_waits_for_its_time_and_what_came_before_it_stays() {
    let nodes = format!(
        "phase prepare \"Prepare\" at=\"T-8d\" {{ {} }}
        phase production \"Production\" at=T {{ {} }}",
        logged("one"),
        logged("two")
    );
    windowed(&nodes, 1, 9)
        .run("exec release.kdl")
        .code(6)
        .content("log", "one\n")
        .then()
        .run("resume --yes")
        .code(6)
        .then()
        .run("rollback --yes --to prepare --reason Cancelled")
        .code(1)
        .content("log", "one\nun-one\n");
}

#[test]
fn a_step_that_no_longer_fits_with_its_way_back_does_not_start() {
    let nodes = phase(&format!(
        "{}step long \"Long\" {{
            sh \"echo long >> log\"
            budget \"2h\"
            inverse {{ sh \"echo un-long >> log\"; budget \"2h\"; }}
        }}",
        logged("one")
    ));
    windowed(&nodes, -1, 3).run("exec release.kdl").code(1).content("log", "one\nun-one\n").tells(&["no longer fits"]);
    windowed(&nodes, -1, 9).run("exec release.kdl").code(0).content("log", "one\nlong\n");
}
