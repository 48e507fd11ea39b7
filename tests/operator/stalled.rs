//! Readers that stop reading: Ctrl-S, a connection that stalls, a slow pipe. The run goes on to its end;
//! whoever reads again finds the end there.

use std::io::Read;
use std::process::Stdio;

use rustix::process::Signal;

use crate::desk::Desk;

const RELEASE: &str = r#"
runbook release "A release"
defaults { cd "[DIR]"; }
phase deploy "Deploy" {
    step first "The first step" {
        sh "echo begun; until test -e go; do sleep 0.02; done; seq 3000"
        inverse { sh "echo undo-first >> log"; }
    }
    step second "The second step" {
        sh "echo second >> log"
        inverse { sh "echo undo-second >> log"; }
    }
    step third "The third step" {
        sh "echo third >> log; test ! -e broken"
        on-failure ON-FAILURE
        inverse { sh "echo undo-third >> log"; }
    }
}
"#;

const EXEC: [&str; 3] = ["exec", "--yes", "release.kdl"];
const GO_ON: &str = "\u{11}";

fn desk(on_failure: &str) -> Desk {
    Desk::new(&RELEASE.replace("ON-FAILURE", on_failure))
}

#[test]
fn a_stopped_terminal_holds_no_run_up_and_shows_its_end_when_it_goes_on() {
    let desk = desk("rollback");
    let mut terminal = desk.at_terminal_with(&EXEC, &[("NO_COLOR", "1")]);
    terminal.wait_for("| begun");
    terminal.stop();
    desk.put("go");
    desk.wait_for_event("\"run-ended\"");
    assert_eq!(desk.log(), ["second", "third"]);
    desk.call(&["audit", &desk.run()]).code(0);
    assert!(!terminal.shown().contains("✓ done     "), "{}", terminal.shown());
    terminal.type_in(GO_ON);
    let shown = terminal.ends_with(0);
    let told: Vec<_> = shown.split("✓ done     ").skip(1).map(|told| told.split_whitespace().next().unwrap()).collect();
    assert_eq!(told, ["first", "second", "third"], "{shown}");
    assert!(shown.rsplit("third").next().unwrap().contains("succeeded (exit 0)"), "{shown}");
}

#[test]
fn a_run_that_stopped_is_taken_back_by_another_while_the_terminal_of_the_first_stands_still() {
    let desk = desk("halt");
    desk.put("broken");
    let mut terminal = desk.at_terminal(&EXEC);
    terminal.wait_for("| begun");
    terminal.stop();
    desk.put("go");
    desk.wait_for_event("\"run-ended\"");
    desk.wait_until_free();
    desk.call(&["rollback", "--yes", &desk.run()]).code(1);
    assert_eq!(desk.log(), ["second", "third", "undo-third", "undo-second", "undo-first"]);
    // Whoever doesn't want to see it any more needn't.
    terminal.signal(Signal::TERM);
    terminal.ends_with(7);
}

#[test]
fn a_pipe_that_nobody_reads_holds_no_run_up_and_no_event_is_missing_afterwards() {
    let desk = desk("rollback");
    desk.put("go");
    let mut engine = desk.command_of(&[&EXEC[..], &["--format", "json"]].concat());
    let mut engine = engine.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut pipe = engine.stdout.take().unwrap();
    // The least that a pipe holds: less than the first event.
    rustix::pipe::fcntl_setpipe_size(&pipe, 1).unwrap();
    desk.wait_for_event("\"run-ended\"");
    assert_eq!(desk.log(), ["second", "third"]);
    let mut told = String::new();
    pipe.read_to_string(&mut told).unwrap();
    assert_eq!(engine.wait().unwrap().code(), Some(0));
    assert_eq!(told.lines().count(), desk.events().len(), "{told}");
    assert!(told.trim_end().rsplit('\n').next().unwrap().contains("\"run-ended\""), "{told}");
}
