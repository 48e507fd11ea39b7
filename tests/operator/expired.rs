//! An inverse that is past its time isn't run by itself: a person is asked, and each answer leads where
//! it says.

use crate::desk::{Desk, Terminal};

/// The first step's inverse has expired when the last one fails.
const EXPIRING: &str = r#"
runbook release "A release"
defaults { cd "[DIR]"; }
phase deploy "Deploy" {
    step zero "The step before" {
        sh "echo zero >> log"
        inverse { sh "echo undone zero >> log"; }
    }
    step one "The copy" {
        sh "echo one >> log"
        inverse valid-for="50ms" { sh "echo undone one >> log"; }
    }
    step two "Too late" {
        sh "sleep 0.2; exit 1"
        inverse none because="it does nothing"
    }
}
"#;

const EXEC: [&str; 3] = ["exec", "--yes", "release.kdl"];

fn asked(desk: &Desk) -> Terminal {
    let mut terminal = desk.at_terminal(&EXEC);
    terminal.wait_for("The inverse of this step is past the time for which it is valid");
    terminal
}

#[test]
fn a_yes_runs_the_expired_inverse() {
    let desk = Desk::new(EXPIRING);
    let mut terminal = asked(&desk);
    terminal.answer("y");
    terminal.ends_with(1);
    assert_eq!(desk.log(), ["zero", "one", "undone one", "undone zero"]);
}

#[test]
fn passing_over_it_leaves_it_to_a_person_and_the_way_back_goes_on() {
    let desk = Desk::new(EXPIRING);
    let mut terminal = asked(&desk);
    terminal.answer("s");
    let shown = terminal.ends_with(4);
    assert!(shown.contains("left to a person"), "{shown}");
    assert!(shown.contains("# one"), "its commands are shown: {shown}");
    assert_eq!(desk.log(), ["zero", "one", "undone zero"]);
}

#[test]
fn a_no_and_leaving_pause_there_and_rollback_asks_again() {
    for key in ["n", "q"] {
        let desk = Desk::new(EXPIRING);
        let mut terminal = asked(&desk);
        terminal.answer(key);
        let shown = terminal.ends_with(4);
        assert!(shown.contains("past its time"), "{shown}");
        assert!(shown.contains(&format!("runbook rollback {}", desk.run())), "{shown}");
        assert_eq!(desk.log(), ["zero", "one"], "{key}");
        let mut again = desk.at_terminal(&["rollback", "--yes"]);
        again.wait_for("past the time for which it is valid");
        again.answer("y");
        again.ends_with(1);
        assert_eq!(desk.log(), ["zero", "one", "undone one", "undone zero"], "{key}");
    }
}

#[test]
fn without_anybody_to_ask_it_is_not_run() {
    let desk = Desk::new(EXPIRING);
    desk.call(&EXEC).code(4).says("past its time").says("sh -eu -c 'echo undone one >> log'");
    assert_eq!(desk.log(), ["zero", "one"]);
}
