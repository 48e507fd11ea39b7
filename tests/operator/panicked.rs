//! Panics of the engine, provoked in the program itself (`engine/provoked.rs`): the terminal is as it was,
//! the code is our own, no secret is told, and the run goes on or is taken back as after a kill.

use crate::desk::Desk;

const RELEASE: &str = r#"
runbook release "A release"
defaults { cd "[DIR]"; }
secret token env="TOKEN"
phase deploy "Deploy" {
    step first "The first step" {
        sh "echo first >> log"
        inverse { sh "echo undo-first >> log"; }
    }
    step second "The second step" {
        sh "echo begun; until test -e go; do sleep 0.02; done; echo second >> log"
        inverse { sh "echo undo-second >> log"; }
    }
    step third "The third step" {
        sh "echo third >> log"
        inverse { sh "echo undo-third >> log"; }
    }
}
"#;

const SECRET: &str = "hunter2-hunter2";

/// When the engine panics over the second step, and whether that one ends before.
const MOMENTS: [(&str, bool); 4] = [("started", false), ("told", false), ("carried", true), ("ended", true)];

/// A run whose engine panics at this moment, on a terminal; all that was shown there.
fn panicked(moment: &str, has_ended: bool) -> (Desk, String) {
    let desk = Desk::new(RELEASE);
    if has_ended {
        desk.put("go");
    }
    let asked = format!("{moment} second a header: Bearer {SECRET}\" and {SECRET}");
    let environment = [("TOKEN", SECRET), ("RUNBOOK_PANIC", asked.as_str())];
    let shown = desk.at_terminal_with(&["exec", "--yes", "release.kdl"], &environment).ends_with(70);
    (desk, shown)
}

fn says_where_without_a_secret(moment: &str, shown: &str) {
    let (_, end) = shown.split_once("engine::panicked").unwrap_or_else(|| panic!("{moment}: {shown}"));
    for said in ["runbook resume", "internal error: ", "provoked.rs", "a header: Bearer ***"] {
        assert!(end.contains(said), "{moment}: no {said:?} in {shown}");
    }
    assert!(!shown.contains("hunter2"), "{moment}: {shown}");
}

#[test]
fn a_run_whose_engine_panicked_goes_on_and_no_step_runs_twice() {
    for (moment, has_ended) in MOMENTS {
        let (desk, shown) = panicked(moment, has_ended);
        says_where_without_a_secret(moment, &shown);
        desk.put("go");
        desk.call_with(&["resume", "--yes"], &[("TOKEN", SECRET)]).code(0);
        assert_eq!(desk.log(), ["first", "second", "third"], "{moment}");
        desk.call(&["audit", &desk.run()]).code(0);
    }
}

#[test]
fn a_run_whose_engine_panicked_is_taken_back() {
    for (moment, has_ended) in MOMENTS {
        let (desk, _) = panicked(moment, has_ended);
        desk.put("go");
        desk.call_with(&["rollback", "--yes"], &[("TOKEN", SECRET)]).code(1);
        let log = desk.log();
        let ran: &[&str] = if moment == "started" { &["first"] } else { &["first", "second", "undo-second"] };
        assert_eq!(log, [ran, &["undo-first"]].concat(), "{moment}");
    }
}

/// The engine panics while the step has the terminal and has changed its settings.
#[test]
fn the_terminal_of_an_interactive_step_is_restored_after_a_panic() {
    let desk = Desk::new(&RELEASE.replace("sh \"echo begun;", "interactive; sh \"stty -echo; echo begun;"));
    desk.put("go");
    let environment = [("TOKEN", SECRET), ("RUNBOOK_PANIC", "carried second no more")];
    // Its settings are compared with those of before.
    let shown = desk.at_terminal_with(&["exec", "--yes", "release.kdl"], &environment).ends_with(70);
    assert!(shown.contains("no more"), "{shown}");
    desk.call_with(&["resume", "--yes"], &[("TOKEN", SECRET)]).code(0);
    assert_eq!(desk.log(), ["first", "second", "third"]);
}
