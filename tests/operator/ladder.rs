//! The ladder of interruptions, on a terminal.

use rustix::process::Signal;

use crate::desk::Desk;

/// Three steps; the second one runs until `go` is there, the inverse of the first until `back`.
pub const RELEASE: &str = r#"
runbook release "A release" {
    HEAD
}
defaults {
    cd "[DIR]"
}
phase deploy "Deploy" {
    step one "The first step" {
        sh "echo one >> log"
        inverse {
            sh "echo undoing >> log; until test -e back; do sleep 0.02; done; echo undone one >> log"
        }
    }
    step two "The long step" {
        sh "echo $$ > pid; echo begun; while test -e release.kdl && ! test -e go; do sleep 0.02; done; echo two >> log"
        inverse {
            sh "echo undone two >> log"
        }
    }
    step three "The last step" {
        sh "echo three >> log"
        inverse none because="nothing reads it"
    }
}
"#;

fn release(head: &str) -> Desk {
    Desk::new(&RELEASE.replace("HEAD", head))
}

const EXEC: [&str; 3] = ["exec", "--yes", "release.kdl"];

#[test]
fn after_one_ctrl_c_the_run_goes_on_if_that_is_wanted() {
    let desk = release("");
    let mut terminal = desk.at_terminal(&EXEC);
    terminal.wait_for("| begun");
    terminal.interrupt();
    terminal.wait_for("What now?");
    terminal.answer("c");
    terminal.wait_for("the run goes on");
    desk.put("go");
    terminal.ends_with(0);
    assert_eq!(desk.log(), ["one", "two", "three"]);
}

#[test]
fn it_stops_after_the_step_that_runs_and_says_how_to_continue() {
    let desk = release("");
    let mut terminal = desk.at_terminal(&EXEC);
    terminal.wait_for("| begun");
    terminal.interrupt();
    terminal.answer("s");
    terminal.wait_for("the run stops");
    desk.put("go");
    let shown = terminal.ends_with(7);
    assert!(shown.contains(&format!("runbook resume {}", desk.run())), "{shown}");
    assert_eq!(desk.log(), ["one", "two"]);
    desk.call(&["resume"]).code(0);
    assert_eq!(desk.log(), ["one", "two", "three"]);
}

#[test]
fn everything_is_taken_back_if_that_is_wanted() {
    let desk = release("");
    desk.put("back");
    let mut terminal = desk.at_terminal(&EXEC);
    terminal.wait_for("| begun");
    terminal.interrupt();
    terminal.answer("r");
    terminal.wait_for("taken back");
    desk.put("go");
    terminal.ends_with(1);
    assert_eq!(desk.log(), ["one", "two", "undone two", "undoing", "undone one"]);
}

#[test]
fn who_leaves_finds_the_step_done_later() {
    let desk = release("");
    let mut terminal = desk.at_terminal(&EXEC);
    terminal.wait_for("| begun");
    terminal.interrupt();
    terminal.answer("q");
    let shown = terminal.ends_with(7);
    assert!(shown.contains(&format!("runbook resume {}", desk.run())), "{shown}");
    desk.put("go");
    desk.call(&["resume"]).code(0);
    assert_eq!(desk.log(), ["one", "two", "three"], "nothing was done twice");
}

#[test]
fn the_second_ctrl_c_ends_the_step_and_asks_again() {
    let desk = release("");
    let mut terminal = desk.at_terminal(&EXEC);
    terminal.wait_for("| begun");
    terminal.interrupt();
    terminal.wait_for("What now?");
    terminal.interrupt();
    terminal.wait_for("What then?");
    terminal.answer("s");
    let shown = terminal.ends_with(7);
    assert!(shown.contains("it was ended on request"), "{shown}");
    assert_eq!(desk.log(), ["one"]);
}

#[test]
fn the_second_ctrl_c_keeps_what_was_chosen_at_the_first() {
    let desk = release("on-interrupt halt");
    desk.put("back");
    let mut terminal = desk.at_terminal(&EXEC);
    terminal.wait_for("| begun");
    terminal.interrupt();
    terminal.answer("r");
    terminal.wait_for("taken back");
    terminal.interrupt();
    terminal.ends_with(1);
    assert_eq!(desk.log(), ["one", "undone two", "undoing", "undone one"]);
}

#[test]
fn the_third_ctrl_c_leaves_at_once() {
    let desk = release("");
    let mut terminal = desk.at_terminal(&EXEC);
    terminal.wait_for("| begun");
    terminal.interrupt();
    terminal.wait_for("What now?");
    terminal.interrupt();
    terminal.wait_for("What then?");
    terminal.interrupt();
    let shown = terminal.ends_with(7);
    assert!(shown.contains("left at once, as asked"), "{shown}");
    assert!(shown.contains(&format!("runbook resume {}", desk.run())), "{shown}");
}

#[test]
fn a_rollback_is_warned_of_first_and_then_pauses_after_the_inverse() {
    let desk = release("");
    let mut terminal = desk.at_terminal(&EXEC);
    terminal.wait_for("| begun");
    terminal.interrupt();
    terminal.answer("r");
    terminal.wait_for("taken back");
    desk.put("go");
    terminal.wait_for("undoes one");
    terminal.interrupt();
    terminal.wait_for("once more pauses it");
    terminal.interrupt();
    terminal.wait_for("the rollback pauses");
    desk.put("back");
    // Nothing is left after that inverse, so there is nothing to pause before.
    terminal.ends_with(1);
    assert_eq!(desk.log(), ["one", "two", "undone two", "undoing", "undone one"]);
}

#[test]
fn a_paused_rollback_goes_on_with_rollback() {
    // The inverse that waits is the first one to run, and another is left.
    let desk = Desk::new(
        &RELEASE
            .replace("HEAD", "")
            .replace("echo undone two >> log", "until test -e back; do sleep 0.02; done; echo undone two >> log")
            .replace("echo undoing >> log; until test -e back; do sleep 0.02; done; ", ""),
    );
    let mut terminal = desk.at_terminal(&EXEC);
    terminal.wait_for("| begun");
    terminal.interrupt();
    terminal.answer("r");
    terminal.wait_for("taken back");
    desk.put("go");
    terminal.wait_for("undoes two");
    terminal.interrupt();
    terminal.wait_for("once more pauses it");
    terminal.interrupt();
    terminal.wait_for("the rollback pauses");
    desk.put("back");
    let shown = terminal.ends_with(4);
    assert!(shown.contains("rollback paused (exit 4)"), "{shown}");
    assert!(shown.contains(&format!("runbook rollback {}", desk.run())), "{shown}");
    assert_eq!(desk.log(), ["one", "two", "undone two"]);
    desk.call(&["rollback"]).code(1);
    assert_eq!(desk.log(), ["one", "two", "undone two", "undone one"]);
}

#[test]
fn sigterm_asks_nothing_and_does_what_the_runbook_says() {
    let desk = release("on-interrupt rollback");
    desk.put("back");
    let mut terminal = desk.at_terminal(&EXEC);
    terminal.wait_for("| begun");
    terminal.signal(Signal::TERM);
    terminal.wait_for("SIGTERM");
    desk.put("go");
    let shown = terminal.ends_with(1);
    assert!(!shown.contains("What now?"), "{shown}");
    assert_eq!(desk.log(), ["one", "two", "undone two", "undoing", "undone one"]);
}

#[test]
fn a_poll_goes_on_while_a_person_thinks_about_an_interruption() {
    let desk = Desk::new(
        r#"
runbook release "A release"
defaults { cd "[DIR]"; }
phase verify "Verify" {
    check ready "It is ready" {
        sh "echo looked >> log; test -e go"
        poll within="5m" every="20ms"
    }
}
"#,
    );
    let mut terminal = desk.at_terminal(&["exec", "--yes", "release.kdl"]);
    terminal.wait_for("checks ready");
    terminal.interrupt();
    terminal.wait_for("What now?");
    terminal.answer("c");
    terminal.wait_for("the run goes on");
    desk.put("go");
    terminal.ends_with(0);
}

#[test]
fn a_closed_terminal_stops_nothing() {
    let desk = release("");
    let mut terminal = desk.at_terminal(&EXEC);
    terminal.wait_for("| begun");
    terminal.close();
    desk.put("go");
    desk.wait_for_event(r#""event":"run-ended","verdict":{"kind":"succeeded""#);
    assert_eq!(desk.log(), ["one", "two", "three"]);
    desk.call(&["show"]).code(0).says("succeeded (exit 0)");
}
