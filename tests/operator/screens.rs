//! The live view on terminals of all sizes, and beside a run that somebody else has.

use std::fmt::Write;

use crate::desk::Desk;
use crate::ladder::RELEASE;

const EXEC: [&str; 3] = ["exec", "--yes", "release.kdl"];

/// So many steps that each print a line; behind them one that waits for `go`.
fn steps(number: usize) -> String {
    let mut text = "runbook release \"A release\"\ndefaults { cd \"[DIR]\"; }\nphase deploy \"Deploy\" {\n".to_owned();
    for step in 0..number {
        writeln!(text, "step part-{step} \"Part {step}\" {{ write \"part-{step}\" \"x\"; }}").unwrap();
    }
    text + "step waits \"It waits\" {
        sh \"echo begun; while test -e release.kdl && ! test -e go; do sleep 0.02; done\"
        inverse none because=\"it does nothing\"
    }\n}\n"
}

#[test]
fn a_terminal_that_is_resized_while_a_step_runs_is_drawn_anew() {
    let desk = Desk::new(&RELEASE.replace("HEAD", ""));
    let mut terminal = desk.at_terminal(&EXEC);
    terminal.wait_for("| begun");
    terminal.wait_for("████████░░░░░░░░░░░░░░░░\u{1b}[0m  1 of 3 done");
    terminal.resize(40, 10);
    terminal.wait_for("████░░░░░░░░░\u{1b}[0m  1 of 3 done");
    terminal.resize(80, 24);
    terminal.wait_for("████████░░░░░░░░░░░░░░░░\u{1b}[0m  1 of 3 done");
    desk.put("go");
    let shown = terminal.ends_with(0);
    assert!(shown.contains("succeeded (exit 0)"), "{shown}");
}

#[test]
fn a_long_run_fits_a_low_terminal_and_its_end_one_screen() {
    let desk = Desk::new(&steps(150));
    let mut terminal = desk.at_terminal(&EXEC);
    terminal.resize(80, 10);
    terminal.wait_for("what goes well is counted here");
    terminal.wait_for("| begun");
    terminal.wait_for("150 of 151 done");
    desk.put("go");
    let shown = terminal.ends_with(0);
    let (_, screen) = shown.rsplit_once("A release\u{1b}[0m ──").unwrap();
    assert!(screen.lines().count() < 20, "{screen}");
    assert!(screen.contains("151 steps: done 151"), "{screen}");
    // The whole story is kept.
    desk.call(&["show"]).code(0).says("done     part-77  Part 77");
}

#[test]
fn a_terminal_that_cannot_draw_gets_plain_lines() {
    let desk = Desk::new(&RELEASE.replace("HEAD", ""));
    desk.put("go");
    let shown = desk.at_terminal_with(&EXEC, &[("TERM", "dumb")]).ends_with(0);
    assert!(!shown.contains('\u{1b}'), "{shown:?}");
    assert!(shown.contains("done     two  The long step"), "{shown}");
    let shown = desk.at_terminal_with(&["show"], &[("NO_COLOR", "1")]).ends_with(0);
    assert!(!shown.contains('\u{1b}'), "{shown:?}");
}

#[test]
fn a_second_terminal_follows_a_run_to_its_end() {
    let desk = Desk::new(&RELEASE.replace("HEAD", ""));
    let mut terminal = desk.at_terminal(&EXEC);
    terminal.wait_for("| begun");
    let mut beside = desk.at_terminal(&["status", "--follow"]);
    beside.wait_for("running");
    beside.wait_for("two  The long step");
    desk.put("go");
    terminal.ends_with(0);
    let shown = beside.ends_with(0);
    assert!(shown.contains("three  The last step"), "{shown}");
    assert!(shown.contains("succeeded (exit 0)"), "{shown}");
}

#[test]
fn the_end_of_the_demo_that_fails_is_seen_at_once_in_80_by_24() {
    let desk = Desk::new("");
    let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/runbooks/demo/fails.kdl");
    let place = format!("place={}", desk.path("place").display());
    let program = format!("program={}", env!("CARGO_BIN_EXE_runbook"));
    let shown = desk.at_terminal(&["exec", "--yes", demo, "--set", &place, "--set", &program]).ends_with(1);
    let (_, screen) = shown.rsplit_once("which is broken").unwrap();
    assert!(screen.lines().count() < 24, "{screen}");
    assert!(screen.contains("15 steps: undone 9; done 5; not run 1"), "{screen}");
    assert!(screen.contains("First cause: health: expect json"), "{screen}");
    desk.call(&["demo-service", "stop", desk.path("place").to_str().unwrap()]).code(0);
}
