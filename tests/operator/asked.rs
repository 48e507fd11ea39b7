//! Questions that only a person can answer.

use crate::desk::Desk;

const SIGNED: &str = r#"
runbook release "A release"
defaults { cd "[DIR]"; }
phase deploy "Deploy" {
    step one "The first step" {
        sh "echo one >> log"
        inverse { sh "echo undone one >> log"; }
    }
    manual tidy "Is the board quiet?" by="the operator"
    step send "Send the letters" {
        sh "echo sent >> log"
        irreversible because="nobody can take a letter back"
    }
}
"#;

const EXEC: [&str; 3] = ["exec", "--yes", "release.kdl"];

#[test]
fn the_beginning_is_shown_and_asked_about() {
    let desk = Desk::new(SIGNED);
    let mut terminal = desk.at_terminal(&["exec", "release.kdl"]);
    terminal.wait_for("Begin? [y/N] ");
    terminal.type_in("n\n");
    let shown = terminal.ends_with(5);
    assert!(shown.contains("2 steps, 1 confirmation"), "{shown}");
    assert!(shown.contains("nobody can take a letter back"), "{shown}");
    assert!(desk.events().is_empty(), "nothing began");
}

#[test]
fn a_wrong_key_and_ctrl_d_are_no_answer() {
    let desk = Desk::new(SIGNED);
    let mut terminal = desk.at_terminal(&EXEC);
    terminal.answer("maybe");
    terminal.wait_for("isn't one of the choices");
    terminal.answer("");
    terminal.wait_for("isn't one of the choices");
    terminal.wait_for("\n> ");
    terminal.type_in("\u{4}");
    terminal.wait_for("isn't one of the choices");
    terminal.answer("y");
    terminal.wait_for("point of no return");
    terminal.answer("Y");
    terminal.ends_with(0);
    assert_eq!(desk.log(), ["one", "sent"]);
}

#[test]
fn yes_to_everything_is_no_yes_to_the_point_of_no_return() {
    let desk = Desk::new(SIGNED);
    let mut terminal = desk.at_terminal(&EXEC);
    terminal.answer("y");
    terminal.wait_for("point of no return");
    terminal.answer("n");
    terminal.ends_with(7);
    assert_eq!(desk.log(), ["one"]);
    let mut again = desk.at_terminal(&["resume", "--past-no-return"]);
    again.wait_for("letters");
    again.ends_with(0);
    assert_eq!(desk.log(), ["one", "sent"]);
}

#[test]
fn a_confirmation_may_choose_the_way_back() {
    let desk = Desk::new(SIGNED);
    let mut terminal = desk.at_terminal(&EXEC);
    terminal.wait_for("Is the board quiet?");
    terminal.answer("r");
    terminal.ends_with(1);
    assert_eq!(desk.log(), ["one", "undone one"]);
}

#[test]
fn a_signal_puts_a_question_aside_and_takes_no_answer_of_it() {
    let desk = Desk::new(SIGNED);
    let mut terminal = desk.at_terminal(&EXEC);
    terminal.wait_for("Is the board quiet?");
    terminal.wait_for("\n> ");
    terminal.interrupt();
    terminal.wait_for("What now?");
    terminal.answer("c");
    // The question comes again, and its answer is its own.
    terminal.wait_for("Is the board quiet?");
    terminal.wait_for("\n> ");
    terminal.interrupt();
    terminal.wait_for("What now?");
    terminal.answer("s");
    terminal.ends_with(7);
    assert_eq!(desk.log(), ["one"]);
}

#[test]
fn what_a_person_pastes_is_judged() {
    let desk = Desk::new(
        r#"
runbook release "A release"
phase deploy "Deploy" {
    step switch "Turn the switch" {
        manual "Turn the switch and read the display"
        expect answer contains="green"
        inverse { manual "Turn the switch back"; }
    }
}
"#,
    );
    let mut terminal = desk.at_terminal(&EXEC);
    terminal.wait_for("read the display");
    terminal.answer("y");
    terminal.wait_for("full stop");
    terminal.type_in("the display is red\n.\n");
    terminal.wait_for("Turn the switch back");
    terminal.answer("y");
    let shown = terminal.ends_with(1);
    assert!(shown.contains("the display is red"), "{shown}");
}

#[test]
fn a_secret_that_a_person_pastes_is_not_kept() {
    let desk = Desk::new(
        r#"
runbook release "A release"
defaults { cd "[DIR]"; }
secret key file="key"
phase deploy "Deploy" {
    check uses "Uses the key" { sh ": $key"; }
    step switch "Turn the switch" {
        manual "Turn the switch and read the display"
        expect answer contains="green"
        capture display answer
        inverse { manual "Turn the switch back"; }
    }
}
"#,
    );
    desk.write("key", "hunter2-hunter2\n");
    let mut terminal = desk.at_terminal(&EXEC);
    terminal.wait_for("read the display");
    terminal.answer("y");
    terminal.wait_for("full stop");
    terminal.type_in("green, with the key hunter2-hunter2\n.\n");
    terminal.ends_with(0);
    let events = desk.events().concat();
    assert!(events.contains("green, with the key ***") && !events.contains("hunter2"), "{events}");
}
