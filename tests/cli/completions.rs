//! What is made from the command line itself: completions, asked in a real shell, and the manual, read
//! by a real reader.

use std::process::Command;

use crate::case::Case;

/// What bash offers for a line, asked as its completion would be.
fn offered(line: &[&str]) -> Vec<String> {
    let words = line.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" ");
    let last = line.len() - 1;
    let script = format!(
        "source <(\"$0\" completions bash)\nCOMP_WORDS=({words}); COMP_CWORD={last}\n_runbook runbook '{}' '{}'\nprintf \
         '%s\\n' \"${{COMPREPLY[@]}}\"",
        line[last],
        line[last - 1]
    );
    let output = Command::new("bash")
        .args(["--norc", "--noprofile", "-c", &script, env!("CARGO_BIN_EXE_runbook")])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .output()
        .unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_commands_options_and_their_values() {
    assert_eq!(offered(&["runbook", "ro"]), ["rollback"]);
    assert_eq!(offered(&["runbook", "check", "--den"]), ["--deny"]);
    assert_eq!(offered(&["runbook", "check", "--format", "s"]), ["sarif"]);
    assert!(offered(&["runbook", ""]).contains(&"completions".to_owned()));
}

#[test]
fn hidden_commands_are_not_completed() {
    assert!(!offered(&["runbook", "demo"]).contains(&"demo-service".to_owned()));
}

#[test]
fn every_shell_gets_a_script() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = Case::new().run(&format!("completions {shell}")).code(0).stderr("");
        assert!(script.printed().contains("rollback"), "{shell}");
    }
    Case::new().run("completions cmd").code(2);
}

#[test]
fn the_manual_has_a_page_per_command_that_a_linter_accepts() {
    let written = Case::new().run("man pages").code(0).stderr("");
    let case = written.then();
    let mut pages: Vec<_> = std::fs::read_dir(case.path("pages")).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.sort();
    assert!(pages.len() > 12 && pages.contains(&case.path("pages/runbook-exec.1")), "{pages:?}");
    assert!(!pages.contains(&case.path("pages/runbook-demo-service.1")));
    let lint = Command::new("mandoc").args(["-T", "lint", "-W", "error"]).args(&pages).output().unwrap();
    assert!(lint.status.success(), "{}", String::from_utf8_lossy(&lint.stdout));
    let page = std::fs::read_to_string(case.path("pages/runbook-exec.1")).unwrap();
    assert!(page.contains(".TH RUNBOOK-EXEC 1"), "{page}");
}

#[test]
fn a_page_shows_examples_and_exit_codes_as_they_are_written() {
    let written = Case::new().run("man pages").code(0);
    let case = written.then();
    let shown = Command::new("mandoc")
        .args(["-T", "utf8", "-O", "width=100"])
        .arg(case.path("pages/runbook-check.1"))
        .output()
        .unwrap();
    let text = String::from_utf8(shown.stdout).unwrap();
    // Bold is a letter, a backspace and the letter again.
    let plain: String =
        text.split('\u{8}').enumerate().map(|(at, part)| if at == 0 { part } else { &part[1..] }).collect();
    assert!(plain.contains("runbook check release.kdl") && plain.contains("3  rejected"), "{plain}");
}
