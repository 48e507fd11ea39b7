//! `runbook check` as a whole: what a sound runbook and a broken one look like, in every format.

use std::fmt::Write;

use crate::case::Case;

const SOUND: &str = r#"
runbook greeting "Say hello" {
    owner "ops"
}
input name "world"
phase main "Main" {
    checkpoint before "As before" {
        check clean "No greeting yet" { run ls "/tmp"; expect stdout lacks=hello; expect stdout contains="tmp"; }
    }
    step greet "Greet {{name}}" {
        write "/tmp/hello" "hello {{name}}"
    }
    check greeted "The greeting is there" {
        run cat "/tmp/hello"
        expect stdout is="hello {{name}}"
    }
}
"#;

/// Two errors and a warning.
const BROKEN: &str = r#"
runbook greeting "Say hello"
input name "world"
phase main {
    check clean { run echo "{{nam}}"; expect stdout lacks="x"; }
    stepp greet { run x; }
}
"#;

#[test]
fn a_sound_runbook_is_fine() {
    Case::new()
        .file("hello.kdl", SOUND)
        .run("check hello.kdl")
        .code(0)
        .stdout("hello.kdl is fine: 1 phase, 1 step (1 can be undone), 2 checks\n")
        .stderr("")
        .left("", "hello.kdl\n");
}

#[test]
fn every_mistake_is_shown_in_one_go_with_its_line() {
    Case::new().file("broken.kdl", BROKEN).run("check broken.kdl").code(3).stdout_golden("check_human").stderr("");
}

#[test]
fn plain_is_one_line_and_its_help() {
    Case::new().file("broken.kdl", BROKEN).run("check --format plain broken.kdl").code(3).stdout_golden("check_plain");
}

#[test]
fn json_is_one_object_per_finding() {
    let checked = Case::new().file("broken.kdl", BROKEN).run("check --format json broken.kdl").code(3);
    for line in checked.printed().lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).unwrap().is_object(), "{line}");
    }
    checked.stdout_golden("check_json");
}

#[test]
fn warnings_are_counted_in_the_last_line_and_reject_only_when_denied() {
    let text = SOUND.replace("expect stdout contains=\"tmp\";", "");
    let case = Case::new().file("hello.kdl", &text);
    let checked = case.run("check --format plain hello.kdl").code(0);
    checked
        .stdout_line("hello.kdl is fine, with 1 warning: 1 phase, 1 step (1 can be undone), 2 checks")
        .then()
        .run("check --format plain --deny warnings hello.kdl")
        .code(3)
        .stdout_line("1 warning in hello.kdl, denied");
}

#[test]
fn several_runbooks_are_checked_each_and_the_worst_decides() {
    Case::new()
        .file("a.kdl", SOUND)
        .file("b.kdl", "runbook")
        .run("check --format plain a.kdl b.kdl a.kdl")
        .code(3)
        .stdout_golden("check_several");
}

#[test]
fn a_setting_must_be_of_an_input_and_fit_it() {
    let text = SOUND.replace("input name \"world\"", "input name \"world\" matches=#\"[a-z]+\"#");
    Case::new()
        .file("hello.kdl", &text)
        .run("check hello.kdl --set name=moon")
        .code(0)
        .stderr("")
        .then()
        .run("check hello.kdl --set nam=moon --set name=M00N")
        .code(2)
        .stderr("error: there is no input `nam`\n  help: did you mean --set name=…?\nerror: input name: `M00N` doesn't match [a-z]+\n");
}

#[test]
fn settings_are_reviewed_as_they_will_be_in_force() {
    let case = Case::new().file(
        "release.kdl",
        "runbook release \"Release\" { window \"{{opens}}\" \"2026-06-10T10:00Z\"; lock \"release/{{stage}}\"; }
        input opens \"2026-06-10T08:00Z\"
        input stage production
        rehearse { set stage=staging; }
        phase only \"Only\" { check one \"One\" { run \"true\"; }; }",
    );
    let case = case.run("check release.kdl").code(0).then();
    let late = case.run("check --format plain --set opens=2026-06-10T11:00Z release.kdl").code(3);
    assert!(late.printed().contains("error[runbook::check::window]"), "{}", late.printed());
    let same = late.then().run("check --format plain --set stage=staging release.kdl").code(3);
    assert!(same.printed().contains("error[runbook::check::rehearse_lock]"), "{}", same.printed());
    let ran = same.then().with_state_dir("state").run("exec --set opens=2026-06-10T11:00Z release.kdl").code(3);
    assert!(ran.complained().contains("nothing ran"), "{}", ran.complained());
}

#[test]
fn a_wrong_command_line_is_a_usage_error() {
    Case::new().run("check").code(2).stdout("");
    Case::new().run("chek x.kdl").code(2).stdout("");
}

#[test]
fn what_a_terminal_would_obey_is_shown_instead() {
    let text = "runbook x \"\u{1b}[2J\u{202e}evil\"\nphase main {\n  \u{1b}[31mred \u{7}\n}\n";
    for (format, golden) in [("human", "escape_human"), ("plain", "escape_plain")] {
        let checked = Case::new().file("x.kdl", text).run(&format!("check --format {format} x.kdl")).code(3);
        assert!(!checked.printed().contains(['\u{1b}', '\u{202e}', '\u{7}']), "{:?}", checked.printed());
        checked.stdout_golden(golden);
    }
}

#[test]
fn a_file_name_is_escaped_too() {
    Case::new()
        .run_with(&["check", "--format", "plain", "a\u{1b}b.kdl"])
        .code(3)
        .stdout("error[runbook::bundle::missing]: there is no file `a\\u{1b}b.kdl`\n  help: name the runbook's file\n1 error in a\\u{1b}b.kdl\n");
}

#[test]
fn no_more_than_fifty_findings_of_a_file_are_shown() {
    let mut text = String::from("runbook x \"X\"\nphase main {\n");
    for number in 0..80 {
        writeln!(text, "    check c{number} {{ run echo \"{{{{missing{number}}}}}\"; }}").unwrap();
    }
    text.push_str("}\n");
    let checked = Case::new().file("x.kdl", &text).run("check --format plain x.kdl").code(3);
    assert_eq!(checked.printed().lines().filter(|line| line.contains(": error[")).count(), 50);
    checked.stdout_line("… and 30 more in x.kdl").stdout_line("80 errors in x.kdl");
}

#[test]
fn the_environment_and_standard_input_change_nothing() {
    Case::new()
        .file("hello.kdl", SOUND)
        .env("name", "moon")
        .env("FORCE_COLOR", "1")
        .env("CLICOLOR_FORCE", "1")
        .stdin("y\n")
        .run("check hello.kdl")
        .code(0)
        .stdout("hello.kdl is fine: 1 phase, 1 step (1 can be undone), 2 checks\n");
}
