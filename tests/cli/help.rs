//! `--help` of every command: examples, exit codes, and never wider than 80 columns.

use crate::case::Case;

#[track_caller]
fn helps(command: &str, golden: &str) {
    let helped = Case::new().run(&format!("{command} --help")).code(0).stderr("");
    for line in helped.printed().lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    drop(helped.stdout_golden(golden));
}

#[test]
fn the_program_and_every_command_help() {
    helps("", "help");
    helps("check", "help_check");
    helps("test", "help_test");
    helps("diff", "help_diff");
    helps("fmt", "help_fmt");
    helps("plan", "help_plan");
    helps("render", "help_render");
    helps("exec", "help_exec");
    helps("rehearse", "help_rehearse");
    helps("resume", "help_resume");
    helps("rollback", "help_rollback");
    helps("runs", "help_runs");
    helps("show", "help_show");
    helps("logs", "help_logs");
    helps("status", "help_status");
    helps("audit", "help_audit");
    helps("resolve", "help_resolve");
    helps("abandon", "help_abandon");
    helps("explain", "help_explain");
    helps("completions", "help_completions");
    helps("man", "help_man");
    helps("schema", "help_schema");
}
