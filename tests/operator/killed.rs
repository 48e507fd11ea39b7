//! Engines and supervisors that are killed in the middle of a step: what is told, and what goes on.

use crate::desk::Desk;
use crate::ladder::RELEASE;

const EXEC: [&str; 3] = ["exec", "--yes", "release.kdl"];

fn release() -> Desk {
    let desk = Desk::new(&RELEASE.replace("HEAD", ""));
    desk.put("back");
    desk
}

#[test]
fn a_step_outlives_its_engine_and_resume_waits_for_it() {
    let desk = release();
    let mut terminal = desk.at_terminal(&EXEC);
    terminal.wait_for("| begun");
    let run = desk.run();
    desk.call(&["status"]).code(0).says("running").says("two  The long step");
    desk.call(&["runs"]).code(0).says("running");
    terminal.kill_engine();
    desk.call(&["status"]).code(0).says("its engine is gone; what it started still runs").says("under its supervisor");
    desk.call(&["runs"]).code(0).says("interrupted");
    desk.call(&EXEC)
        .code(5)
        .says(&format!("run {run} of olga on "))
        .says("its engine is gone, but step two (The long step) still runs")
        .says(&format!("runbook resume {run}"));
    desk.call(&["abandon", &run, "--reason", "tired"]).code(5).says("still runs under its supervisor");
    let mut again = desk.at_terminal(&["resume", &run]);
    again.wait_for("two still runs under its supervisor: waiting until it has ended");
    desk.put("go");
    again.ends_with(0);
    assert_eq!(desk.log(), ["one", "two", "three"], "nothing was done twice");
}

#[test]
fn a_rollback_waits_for_the_step_too() {
    let desk = release();
    let mut terminal = desk.at_terminal(&EXEC);
    terminal.wait_for("| begun");
    terminal.kill_engine();
    let mut back = desk.at_terminal(&["rollback", "--yes"]);
    back.wait_for("waiting until it has ended");
    desk.put("go");
    back.ends_with(1);
    assert_eq!(desk.log(), ["one", "two", "undone two", "undoing", "undone one"]);
}

#[test]
fn a_run_beside_another_is_refused_and_told_by_whom() {
    let desk = release();
    let mut terminal = desk.at_terminal(&EXEC);
    terminal.wait_for("| begun");
    let run = desk.run();
    desk.call(&EXEC)
        .code(5)
        .says(&format!("the lock release is held: run {run} of olga on "))
        .says("at step two (The long step)")
        .says(&format!("runbook status {run} --follow"));
    desk.put("go");
    terminal.ends_with(0);
    desk.call(&["runs"]).says("refused").says("succeeded");
}

#[test]
fn a_dead_supervisor_leaves_an_unknown_outcome_and_the_run_turns_round() {
    let desk = release();
    let mut terminal = desk.at_terminal(&EXEC);
    terminal.wait_for("| begun");
    terminal.kill_supervisor();
    desk.kill_step();
    let shown = terminal.ends_with(1);
    assert!(shown.contains("unknown"), "{shown}");
    assert_eq!(desk.log(), ["one", "undone two", "undoing", "undone one"]);
}

/// Engine and supervisor are gone: nobody saw how the step ended.
fn unseen(desk: &Desk) -> String {
    let mut terminal = desk.at_terminal(&EXEC);
    terminal.wait_for("| begun");
    // The supervisor is the engine's child: it is looked up while the engine is there.
    terminal.signal(rustix::process::Signal::STOP);
    terminal.kill_supervisor();
    desk.kill_step();
    terminal.kill_engine();
    desk.run()
}

#[test]
fn an_unknown_outcome_is_a_persons_to_settle_on_the_terminal() {
    let desk = release();
    let run = unseen(&desk);
    desk.call(&["status"]).code(0).says("nobody saw it end");
    let mut again = desk.at_terminal(&["resume", &run]);
    again.wait_for("Nobody saw how this step ended");
    again.answer("a");
    again.ends_with(0);
    assert_eq!(desk.log(), ["one", "three"], "it was taken as done");
}

#[test]
fn an_unknown_outcome_is_settled_by_a_command_where_nobody_can_be_asked() {
    let desk = release();
    let run = unseen(&desk);
    desk.call(&["resume"]).code(4).says(&format!("runbook resolve {run} two --as applied --reason WHY"));
    desk.call(&["status"]).code(0).says("unsettled (exit 4)");
    desk.call(&["resolve", &run, "two", "--as", "not-applied", "--reason", "looked"]).code(0);
    desk.put("go");
    desk.call(&["resume"]).code(0);
    assert_eq!(desk.log(), ["one", "two", "three"], "it was run again");
}

#[test]
fn what_a_dead_run_left_keeps_others_out_until_it_is_settled() {
    let desk = release();
    let run = unseen(&desk);
    desk.call(&EXEC)
        .code(5)
        .says("It was at step two (The long step)")
        .says(&format!("`runbook resume {run}`"))
        .says(&format!("`runbook rollback {run}`"))
        .says(&format!("`runbook abandon {run} --reason"));
    assert_eq!(desk.log(), ["one"]);
    desk.call(&["abandon", &run, "--reason", "repaired by hand"]).code(0).says("is abandoned");
    desk.put("go");
    desk.call(&EXEC).code(0);
    assert_eq!(desk.log(), ["one", "one", "two", "three"]);
}
