//! `runbook test`: the cases of the repository's runbooks, what a broken case shows, and every failure driven
//! through every step where there are no cases.

use crate::case::Case;

const REPOSITORY: &str = env!("CARGO_MANIFEST_DIR");

/// A release: a check before it, two steps, a check behind them.
const SHOP: &str = r##"
runbook shop "Shop"
input version "2.0"
phase only "Only" {
    checkpoint well "It is well" {
        check answers "It answers" { http GET "http://127.0.0.1:1/"; expect json "$.ok" is=#true; }
        preserve orders "Orders" { run count; }
    }
    step stop "Stop" { run stop; inverse { run start; }; }
    step migrate "Migrate" {
        run migrate
        expect stdout contains="done {{version}}"
        idempotent
        retry 2
        inverse { run restore; }
    }
    check sound "It is sound" { run look; capture rows stdout; expect stdout matches=#"^\d+$"#; }
    step note "Note {{rows}}" { run note "{{rows}}"; when rows is-not=0; inverse none because="It does no harm"; }
}
"##;

/// The same in a window, with preparations two hours before it that have a lock of their own.
const EVENING: &str = r#"
runbook shop "Shop" {
    window "2026-06-10T20:00Z" "2026-06-10T22:00Z"
    lock "shop/{{environment}}"
}
input environment production
phase prepare "Prepare" at="T-2h" {
    lock "backups"
    step backup "Back up" { run backup; inverse none because="A backup does no harm"; }
}
phase release "Release" {
    check up "It is up" { run look; }
    step stop "Stop" { run stop; inverse { run start; }; }
    step migrate "Migrate" { run migrate; budget "30m" estimate="20m"; inverse { run restore; }; }
}
"#;

fn shop(cases: &str) -> Case {
    Case::new().file("shop.kdl", SHOP).file("shop.test.kdl", cases)
}

fn evening(cases: &str) -> Case {
    Case::new().file("shop.kdl", EVENING).file("shop.test.kdl", cases)
}

#[track_caller]
fn held(cases: &str) {
    all_hold(shop(cases));
}

#[track_caller]
fn held_in_the_evening(cases: &str) {
    all_hold(evening(cases));
}

#[track_caller]
fn all_hold(case: Case) {
    let tested = case.run("test shop.kdl").code(0).stderr("");
    assert!(tested.printed().ends_with("all held\n"), "{}", tested.printed());
}

#[test]
fn the_cases_of_the_repository_hold() {
    for (path, golden) in [("demo/release", "test_demo"), ("bmtc-api/bmtc-api-0.3.0", "test_bmtc")] {
        let file = format!("{REPOSITORY}/runbooks/{path}.kdl");
        let case = Case::new().redact(&regex::escape(REPOSITORY), "[REPO]");
        let tested = case.run_with(&["test", &file]).code(0).stderr("").left("..", "home/\nwork/\n");
        drop(tested.stdout_golden(golden));
    }
}

#[test]
fn what_a_case_says_is_what_happens() {
    held("case a { answer stop; answer sound { stdout 3; }; must reach stop migrate note; must end 0; }");
    held("case a { answer sound { stdout 0; }; must skip note; must-not reach note; must end 0; }");
    held("case a { never-starts stop; must fail stop; must-not undo stop; must end 5; }");
    held("case a { fails migrate; answer migrate { stdout \"done 2.0\"; }; answer sound { stdout 1; }; must end 0; }");
    held("case a { fails migrate; must undo migrate stop; must verify well; must end 1; }");
    held("case a { set version=\"3.0\"; answer migrate { stdout \"done 2.0\"; }; must fail migrate; must end 1; }");
    held(
        "set version=\"3.0\"\ncase a { answer migrate { stdout \"done 3.0\"; }; answer sound { stdout 1; }; must end 0; }",
    );
    held("case a { answer answers { body #\"{\"ok\": false}\"#; }; must fail answers; must end 5; }");
    held("case a { answer answers { status 503; }; must fail answers; must end 5; }");
    held("case a { fails stop; fails answers verification; must end 4; }");
    held("case a { crash stop; must ask; must-not reach migrate; must end 4; }");
    held("case a { crash stop; reply stop rollback; must ask stop; must undo stop; must end 1; }");
    held("case a { crash migrate; answer sound { stdout 1; }; must reach note; must end 0; }");
    held("case a { fails migrate; crash stop inverse; must undo migrate stop; must end 1; }");
}

#[test]
fn windows_hold_in_a_case_that_says_what_time_it_is_and_in_no_other() {
    held_in_the_evening("case a { takes stop \"9h\"; must reach backup stop migrate; must end 0; }");
    held_in_the_evening("case a { begins \"2026-06-10T18:30Z\"; must reach backup stop migrate; must end 0; }");
    held_in_the_evening("case a { begins \"2026-06-10T17:59Z\"; must-not reach backup; must end 6; }");
    // Nothing of it may start any more, but what was prepared stays.
    held_in_the_evening("case a { begins \"2026-06-10T22:00Z\"; must reach backup; must-not reach up; must end 7; }");
    // The step itself would fit, but not with its whole way back.
    let slow = "begins \"2026-06-10T20:00Z\"; takes stop";
    let turned = "must fail migrate; must-not reach migrate; must undo stop; must end 1;";
    held_in_the_evening(&format!("case a {{ {slow} \"81m\"; {turned} }}"));
    held_in_the_evening(&format!("case a {{ {slow} \"79m\"; must reach migrate; must end 0; }}"));
}

#[test]
fn what_is_too_late_comes_when_its_window_has_closed() {
    held_in_the_evening("case a { too-late migrate; must fail migrate; must undo stop; must end 1; }");
    held_in_the_evening("case a { too-late stop; must reach up; must fail stop; must undo; must end 1; }");
    held_in_the_evening("case a { too-late up; must reach up; must fail stop; must end 1; }");
    held_in_the_evening("case a { too-late release; must reach backup; must-not reach up; must end 7; }");
    held_in_the_evening(
        "case a { too-late migrate; crash stop; reply stop applied; must fail migrate; must undo stop; must end 1; }",
    );
    let case = evening("case a {\n    too-late backup\n    must end 0\n}\n");
    case.run("test shop.kdl").code(3).stderr("").stdout(
        "✗ broken   a\n  too-late backup (shop.test.kdl:2:5)\n    phase prepare has no window: nothing in it is too late\n    it ends with 0: succeeded\nshop.kdl: 1 case, 1 broken\n",
    );
}

#[test]
fn a_run_is_kept_out_by_a_lock_that_another_one_holds() {
    held_in_the_evening("case a { lock-held; must-not reach backup; must end 5; }");
    held_in_the_evening("case a { lock-held backups; must-not reach backup; must end 5; }");
    // It has begun when it comes to the second one.
    held_in_the_evening("case a { lock-held \"shop/production\"; must reach backup; must-not reach up; must end 7; }");
    held_in_the_evening("case a { set environment=x; lock-held \"shop/x\"; must-not reach up; must end 7; }");
    held("case a { lock-held shop; must-not reach answers; must end 5; }");
    let case = evening("case a {\n    lock-held shop\n    must end 7\n}\n");
    case.run("test shop.kdl").code(3).stderr("").stdout(
        "✗ broken   a\n  lock-held shop (shop.test.kdl:2:15)\n    the run takes no such lock; it takes backups, shop/production\n  must end 7 (shop.test.kdl:3:5)\n    it ends with 0: succeeded\nshop.kdl: 1 case, 1 broken\n",
    );
}

#[test]
fn a_broken_promise_shows_its_line_and_what_happened_instead() {
    let cases = r#"
case wrong-order "The way back, the wrong way round" {
    no-answer migrate
    must undo stop migrate
    must-not verify well
    must fail stop
    must end 0
}
case right "This one holds" {
    fails stop
    must end 1
}
case unsaid "A value that nobody said has no value" {
    must end 0
}
"#;
    shop(cases).run("test shop.kdl").code(3).stderr("").stdout_golden("test_broken");
    shop(cases).run("test --format junit shop.test.kdl").code(3).stderr("").stdout_golden("test_broken_junit");
}

#[test]
fn what_is_wrong_with_a_case_is_shown_at_its_place() {
    let cases =
        "case one {\n    no-anwser migrate\n    fails migrat\n    answer sound { status 200; }\n    must end one\n}\n";
    shop(cases).run("test shop.kdl").code(3).stdout("").stderr_golden("test_mistakes");
    shop("case one {").run("test shop.kdl").code(3).stdout("");
    shop("case one { set name=x; must end 0; }").run("test shop.kdl").code(2).stdout("");
}

#[test]
fn without_cases_every_failure_is_driven_through_every_step() {
    let text = r#"
runbook shop "Shop"
phase only "Only" {
    checkpoint well "It is well" { check answers "It answers" { run look; }; }
    step first "First" { run first; inverse { run undo; }; }
    step build "Build" { run build; inverse { manual "Tear it down"; }; }
    check sound "It is sound" { run look; on-failure halt; }
    step tell "Tell" { run tell; irreversible because="They know"; }
}
"#;
    let case = Case::new().file("shop.kdl", text);
    let tested = case.run("test shop.kdl").code(3).stderr("").stdout_golden("test_driven");
    let xml = tested.then().run("test --format junit shop.kdl").code(3).stderr("");
    assert!(
        xml.printed().contains("<testsuites name=\"runbook test\" tests=\"11\" failures=\"7\">"),
        "{}",
        xml.printed()
    );
    let fine = Case::new().file("shop.kdl", SHOP).run("test shop.kdl").code(0).stderr("");
    fine.stdout("shop.kdl: 12 failures driven through its steps, and everything can be taken back from each\n");
}

#[test]
fn cases_lie_beside_the_runbook_and_nowhere_else() {
    let outside = Case::new().file("secret.kdl", "root:x:0:0\n").folder("a").file("a/shop.kdl", SHOP);
    let refused = outside.link("a/shop.test.kdl", "../secret.kdl").run("test a/shop.kdl").code(3).stdout("");
    assert!(!refused.complained().contains("root"), "{}", refused.complained());
    assert!(refused.complained().contains("leads out of the runbook's folder"), "{}", refused.complained());
}
