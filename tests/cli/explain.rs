//! `runbook explain`.

use crate::case::Case;

#[test]
fn a_code_is_explained_whole_or_by_its_last_word() {
    Case::new().run("explain runbook::check::restart").code(0).stdout_golden("explain").stderr("");
    Case::new().run("explain restart").code(0).stdout_golden("explain");
}

#[test]
fn an_unknown_code_is_a_usage_error_with_a_suggestion() {
    Case::new()
        .run("explain runbook::check::restrat")
        .code(2)
        .stdout("")
        .stderr("error: there is no code `runbook::check::restrat`\n  help: did you mean runbook::check::restart?\n");
}

#[test]
fn every_code_that_can_be_reported_is_explained() {
    let listed = Case::new().run("explain").code(0).stdout_golden("explain_all").printed().to_owned();
    for code in listed.lines() {
        let explained = Case::new().run(&format!("explain {code}")).code(0);
        assert!(explained.printed().lines().count() > 2, "{code} has no explanation");
    }
}
