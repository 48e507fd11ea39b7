//! An engine in a person's own shell, and what becomes of the terminal when that engine dies of what
//! nobody can catch: its settings and the group that may read from it are those of before, and the shell
//! can be typed into.

use rustix::process::{Pid, Signal, kill_process};

use crate::desk::{Desk, Terminal};

const EXEC: &str = "runbook exec --yes --on-failure halt release.kdl";

fn release(step: &str) -> Desk {
    let runbook = r#"
runbook release "A release"
defaults { cd "[DIR]"; }
phase deploy "Deploy" {
    step one "The step" { STEP; inverse none because="it only waits"; }
}
"#;
    Desk::new(&runbook.replace("STEP", step))
}

/// A shell with job control at its prompt, and the terminal as it is there. (With `--noediting` the
/// shell itself changes no settings between prompt and command.)
fn shell(desk: &Desk) -> (Terminal, (String, i32)) {
    let own = std::path::Path::new(env!("CARGO_BIN_EXE_runbook")).parent().unwrap();
    let path = format!("{}:{}", own.display(), std::env::var("PATH").unwrap());
    let words = ["bash", "--norc", "--noprofile", "--noediting", "-i"];
    let mut terminal = desk.terminal(&words, &[("PATH", &path), ("PS1", "ready> "), ("HISTFILE", "")]);
    terminal.wait_for("ready> ");
    let settings = terminal.settings();
    (terminal, settings)
}

/// The engine of the newest run, as its journal says.
fn engine(desk: &Desk) -> Pid {
    desk.wait_for_event("\"engine-started\"");
    let event = desk.events().into_iter().rfind(|event| event.contains("\"engine-started\"")).unwrap();
    let (_, rest) = event.split_once("\"pid\":").unwrap();
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Pid::from_raw(digits.parse().unwrap()).unwrap()
}

/// As a kill from elsewhere, and as a panic that can't unwind.
const DEADLY: [Signal; 2] = [Signal::KILL, Signal::ABORT];

#[test]
fn the_live_view_changes_nothing_that_a_dead_engine_would_have_to_restore() {
    for signal in DEADLY {
        let desk = release(r#"sh "echo begun; until test -e go; do sleep 0.02; done""#);
        let (mut terminal, (settings, group)) = shell(&desk);
        terminal.type_in(&format!("{EXEC}\n"));
        terminal.wait_for("| begun");
        let (meanwhile, engines) = terminal.settings();
        assert_eq!(meanwhile, settings, "while the view is on");
        assert_ne!(engines, group, "the shell has given it away");
        kill_process(engine(&desk), signal).unwrap();
        terminal.wait_for("ready> ");
        assert_eq!(terminal.settings(), (settings, group), "{signal:?}");
        assert!(!terminal.shown().contains("\u{1b}[?25l"), "the cursor is never hidden");
        desk.put("go");
        terminal.type_in("runbook resume; exit 0\n");
        assert!(terminal.ends_with(0).contains("succeeded"));
    }
}

#[test]
fn a_shell_keeps_its_terminal_when_the_engine_of_an_interactive_step_dies() {
    for signal in DEADLY {
        let step = r#"sh "stty -echo; echo begun; until test -e go; do sleep 0.02; done"; interactive"#;
        let desk = release(step);
        let (mut terminal, (settings, group)) = shell(&desk);
        terminal.type_in(&format!("{EXEC}\n"));
        terminal.wait_for("begun");
        kill_process(engine(&desk), signal).unwrap();
        terminal.wait_for("ready> ");
        assert_eq!(terminal.settings().1, group, "the shell has it back");
        // The step goes on under its supervisor, and ends while the shell has the terminal.
        desk.put("go");
        desk.call(&["resume"]).code(0);
        assert_eq!(terminal.settings(), (settings, group), "{signal:?}");
        terminal.type_in("exit 3\n");
        terminal.ends_with(3);
    }
}
