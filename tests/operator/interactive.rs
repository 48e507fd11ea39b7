//! Steps that get the terminal.

use crate::desk::Desk;

fn asking(script: &str) -> Desk {
    Desk::new(
        &r#"
runbook release "A release"
defaults { cd "[DIR]"; }
phase deploy "Deploy" {
    step colour "Ask for the colour" {
        sh "SCRIPT"
        interactive
        inverse none because="it is only asked"
    }
    manual fine "Is it fine?" by="the operator"
}
"#
        .replace("SCRIPT", script),
    )
}

const EXEC: [&str; 3] = ["exec", "--yes", "release.kdl"];

#[test]
fn the_view_is_out_of_the_way_while_a_step_has_the_terminal() {
    let desk =
        asking("printf 'colour? ' > /dev/tty; read -r colour < /dev/tty; echo $colour >> log; echo thanks > /dev/tty");
    let mut terminal = desk.at_terminal(&EXEC);
    terminal.wait_for("colour? ");
    terminal.type_in("blue\n");
    terminal.wait_for("thanks");
    terminal.wait_for("Is it fine?");
    terminal.answer("y");
    let shown = terminal.ends_with(0);
    assert_eq!(desk.log(), ["blue"]);
    let (_, behind) = shown.split_once("colour? ").unwrap();
    let (meanwhile, _) = behind.split_once("thanks").unwrap();
    assert_eq!(meanwhile, "blue\r\n", "nothing is drawn over it");
}

#[test]
fn the_terminal_comes_back_from_a_step_that_is_killed() {
    let desk = asking("stty -echo < /dev/tty; kill -KILL $$");
    let mut terminal = desk.at_terminal(&["exec", "--yes", "--on-failure", "halt", "release.kdl"]);
    terminal.wait_for("halted");
    terminal.ends_with(7);
    // A new engine asks what became of it, and can be answered.
    let mut again = desk.at_terminal(&["resume"]);
    again.wait_for("Nobody saw how this step ended");
    again.answer("a");
    again.wait_for("Is it fine?");
    again.answer("y");
    again.ends_with(0);
}
