//! Real `sudo` on a real terminal: asked for its password in an interactive step, with a credential that
//! a person has fetched before, without one, and in a step that may not ask. Each with a terminal of
//! sudo's own between it and what it runs, and without one.

use crate::guarded::{ASKS, PASSWORD, guarded, olga_runs};

/// Whether sudo puts a terminal of its own in between: some systems come with the one, some with the other.
const RULES: [&str; 2] = ["Defaults use_pty", "Defaults !use_pty"];

const EXEC: &str = "exec runbook exec --yes --on-failure halt release.kdl";

fn release(step: &str) -> String {
    r#"
runbook release "A release"
defaults { cd "[DIR]"; }
phase deploy "Deploy" {
    step one "The step" {
        STEP
        inverse { sh "id -un >> log"; as deploy; }
    }
}
"#
    .replace("STEP", step)
}

#[test]
fn a_password_is_asked_for_in_an_interactive_step_and_the_terminal_is_as_before() {
    let step = r#"sh "sudo -u deploy id -un >> log"; interactive"#;
    for rules in RULES {
        let Some(desk) = guarded(&release(step).replace("as deploy;", ""), rules) else { return };
        let mut terminal = olga_runs(&desk, EXEC);
        terminal.wait_for(ASKS);
        terminal.type_in("wrong\n");
        terminal.wait_for("Sorry, try again.");
        terminal.wait_for(ASKS);
        terminal.type_in(&format!("{PASSWORD}\n"));
        let shown = terminal.ends_with(0);
        assert!(!shown.contains(PASSWORD), "{shown}");
        assert_eq!(desk.log(), ["deploy"], "{rules}");
    }
}

#[test]
fn a_credential_that_was_fetched_before_is_used_there_and_back() {
    let step = r#"sh "id -un >> log; exit 1"; as deploy"#;
    for rules in RULES {
        let Some(desk) = guarded(&release(step), rules) else { return };
        let script = EXEC.replace("--on-failure halt ", "");
        let mut terminal = olga_runs(&desk, &format!("sudo -v && {script}"));
        terminal.wait_for(ASKS);
        terminal.type_in(&format!("{PASSWORD}\n"));
        let shown = terminal.ends_with(1);
        assert_eq!(shown.matches(ASKS).count(), 1, "{rules}: asked once\n{shown}");
        assert_eq!(desk.log(), ["deploy", "deploy"], "{rules}");
    }
}

#[test]
fn without_a_credential_nothing_starts_and_nobody_is_asked() {
    let step = r#"sh "id -un >> log""#;
    for rules in RULES {
        let Some(desk) = guarded(&release(step), rules) else { return };
        let shown = olga_runs(&desk, EXEC).ends_with(5);
        assert!(shown.contains("as deploy: sudo: a password is required"), "{rules}: {shown}");
        assert!(!shown.contains(ASKS), "{shown}");
        assert!(desk.log().is_empty(), "{rules}");
    }
}

#[test]
fn a_sudo_that_may_not_ask_is_ended() {
    let step = r#"sh "sudo -u deploy id -un >> log""#;
    for rules in RULES {
        let Some(desk) = guarded(&release(step).replace("as deploy;", ""), rules) else { return };
        let shown = olga_runs(&desk, EXEC).ends_with(7);
        assert!(shown.contains("it asks for the terminal") && !shown.contains("can't be ended"), "{rules}: {shown}");
        assert!(desk.log().is_empty(), "{rules}");
    }
}

/// A credential that lasts for two and a half minutes, and a step that takes longer.
#[test]
fn a_credential_is_kept_fresh_for_as_long_as_the_run_takes() {
    let is_long = std::env::var("RUNBOOK_RELIABILITY").is_ok_and(|form| form == "long");
    let step = format!(r#"sh "sleep {}; id -un >> log; exit 1"; as deploy"#, if is_long { 200 } else { 0 });
    let Some(desk) = guarded(&release(&step), "Defaults use_pty, timestamp_timeout=2.5") else { return };
    let script = EXEC.replace("--on-failure halt ", "");
    let mut terminal = olga_runs(&desk, &format!("sudo -v && {script}"));
    terminal.wait_for(ASKS);
    terminal.type_in(&format!("{PASSWORD}\n"));
    if is_long {
        desk.wait_for_line(std::time::Duration::from_mins(10));
    }
    terminal.ends_with(1);
    assert_eq!(desk.log(), ["deploy", "deploy"]);
}
