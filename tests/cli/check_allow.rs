//! `allow`: a warning that is accepted, with its reason, beside what it is about.

use crate::case::{Case, Checked};

/// A check that is warned of, with a line in it, one in its phase and one in the head.
fn runbook(in_check: &str, in_phase: &str, in_head: &str) -> String {
    format!(
        "runbook demo \"Demo\" {{ owner ops; {in_head} }}\nphase main \"Main\" {{\n    {in_phase}\n    check log {{ run \
         journalctl; expect stdout lacks=ERROR; {in_check} }}\n}}\n"
    )
}

const ALLOW: &str = "allow \"runbook::check::lacks_of_nothing\" because=\"silence is what it says when all is well\"";

#[track_caller]
fn check(text: &str, code: i32) -> Checked {
    Case::new().file("a.kdl", text).run("check --format plain --deny warnings a.kdl").code(code)
}

#[test]
fn a_warning_is_accepted_by_the_node_it_is_about_and_by_those_around_it() {
    for text in [runbook(ALLOW, "", ""), runbook("", ALLOW, "")] {
        check(&text, 0).stdout("a.kdl is fine: 1 phase, no steps, 1 check; 1 warning allowed\n").stderr("");
    }
}

#[test]
fn an_allow_elsewhere_accepts_nothing_and_is_a_leftover() {
    check(&runbook("", "", ALLOW), 3).stdout_golden("allow_unused");
    let twice = runbook(&format!("{ALLOW}; {ALLOW}"), "", "");
    assert!(check(&twice, 3).printed().contains("unused_allow"));
}

#[test]
fn a_leftover_is_not_accepted_either() {
    let allowed = "allow \"runbook::check::unused_allow\" because=\"later\"";
    let text = runbook(&format!("{ALLOW}; {allowed}"), "", "");
    assert!(check(&text, 3).printed().contains("error[runbook::check::not_a_warning]"));
}

#[test]
fn it_needs_the_code_of_a_warning_and_a_reason() {
    for (line, code) in [
        ("allow \"runbook::check::lacks_of_nothing\"", "runbook::syntax::missing_property"),
        ("allow \"runbook::check::lacks_of_nothing\" because=\" \"", "runbook::model::empty_text"),
        ("allow because=\"x\"", "runbook::syntax::missing_argument"),
        ("allow lacks_of_nothing because=\"x\"", "runbook::check::not_a_warning"),
        ("allow \"runbook::check::undefined_name\" because=\"x\"", "runbook::check::not_a_warning"),
        ("allow \"runbook::syntax::unknown_node\" because=\"x\"", "runbook::check::not_a_warning"),
    ] {
        let checked = check(&runbook(line, "", ""), 3);
        assert!(checked.printed().contains(&format!("error[{code}]")), "{line}:\n{}", checked.printed());
    }
}

#[test]
fn the_last_word_of_a_code_is_answered_with_the_whole_one() {
    let checked = check(&runbook("allow lacks_of_nothing because=\"x\"", "", ""), 3);
    checked.stdout_line("  help: did you mean \"runbook::check::lacks_of_nothing\"?");
}

#[test]
fn an_error_is_never_accepted() {
    let text = "runbook a \"A\"\nphase main {\n    check x { run echo \"{{nam}}\"; allow \"runbook::check::undefined_name\" \
                because=\"x\"; }\n}\n";
    let checked = check(text, 3);
    assert!(checked.printed().contains("2 errors"), "{}", checked.printed());
    assert!(checked.printed().contains("mend what it says"), "{}", checked.printed());
}

#[test]
fn names_that_nothing_uses_are_accepted_where_they_are_given() {
    let allow = "{ allow \"runbook::check::unused\" because=\"read by the scripts\"; }";
    let text = format!(
        "runbook a \"A\"\ninput one \"1\" {allow}\nsecret two env=\"TWO\" {allow}\nlet three \"3\" {allow}\nphase main {{\n    \
         check x {{ run x; }}\n}}\n"
    );
    check(&text, 0).stdout("a.kdl is fine: 1 phase, no steps, 1 check; 3 warnings allowed\n");
}

#[test]
fn sarif_has_an_accepted_warning_with_its_reason() {
    let checked = Case::new().file("a.kdl", &runbook(ALLOW, "", "")).run("check --format sarif a.kdl").code(0);
    let log: serde_json::Value = serde_json::from_str(checked.printed()).unwrap();
    let suppression = &log["runs"][0]["results"][0]["suppressions"][0];
    assert_eq!(suppression["kind"], "inSource");
    assert_eq!(suppression["justification"], "silence is what it says when all is well");
}
