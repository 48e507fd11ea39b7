//! `runbook plan`: what a reviewer reads of the runbooks of this repository, and what a CI can rely on.

use crate::case::Case;

const REPOSITORY: &str = env!("CARGO_MANIFEST_DIR");

/// What is printed of a runbook of the repository; its path and digest show as `[REPO]` and `[DIGEST]`.
#[track_caller]
fn planned(path: &str, format: &str, golden: &str) {
    let file = format!("{REPOSITORY}/runbooks/{path}.kdl");
    let case = Case::new()
        .redact(&regex::escape(REPOSITORY), "[REPO]")
        .redact("[0-9a-f]{64}|digest `?[0-9a-f]{12}", "[DIGEST]");
    let planned = case.run_with(&["plan", "--format", format, &file]).code(0).stderr("").left("..", "home/\nwork/\n");
    drop(planned.stdout_golden(golden));
}

#[test]
fn the_demo_reads_well() {
    planned("demo/release", "human", "plan_demo");
    planned("demo/release", "markdown", "plan_demo_markdown");
    planned("demo/release", "json", "plan_demo_json");
}

#[test]
fn the_bmtc_release_reads_well() {
    planned("bmtc-api/bmtc-api-0.3.0", "human", "plan_bmtc");
    planned("bmtc-api/bmtc-api-0.3.0", "markdown", "plan_bmtc_markdown");
}

#[test]
fn what_is_not_plain_sailing_reads_well() {
    let text = r#"
runbook shop "Shop {{version}}" {
    window "2026-06-10T22:00Z" "2026-06-11T02:00Z"
    budget "2h" downtime="5m"
}
input version "2.0"
input environment staging { one-of staging production; }
phase before "The day before" at="T-1d" {
    check room "There is room" { disk "/var"; expect free above="1GB"; on-failure warn; }
    step announce "Tell the customers" { run tell; irreversible because="A message that was read can't be taken back"; }
}
phase release "The release" at=T {
    checkpoint well "It is well" { check answers "It answers" { http GET "http://127.0.0.1:1/"; }; }
    manual ready "Is everybody there?" by="the shift leader"
    check counts "What there is" { run count; capture orders stdout; budget "1m" estimate="5s"; }
    step purge "Remove the carts" {
        run purge "{{orders}}"
        when orders is-not=0
        atomic
        budget "10m" estimate="1m"
        inverse "Bring them back" valid-for="30s" loses="carts filled since" { run restore; budget "5m" estimate="2m"; }
    }
    wait "5m"
    parallel {
        step left "The left half" { run left; budget "1m" estimate="20s"; inverse { run unleft; }; }
        step right "The right half" { run right; budget "1m" estimate="10s"; inverse { manual "Take the right half back"; }; }
    }
    step invoices "Send invoices" { run invoices; when environment is=production; inverse none because="There is nothing to send back"; }
    step poster "Hang the poster up" { manual "Hang the poster up"; inverse none because="It does no harm"; }
}
"#;
    Case::new().file("shop.kdl", text).run("plan shop.kdl").code(0).stderr("").stdout_golden("plan_shop");
}

#[test]
fn a_thousand_steps_are_folded_where_they_are_alike() {
    let steps: String = (0..1000)
        .map(|number| format!("step s{number} {{ run do; budget \"1m\" estimate=\"1s\"; inverse {{ run undo; }}; }}\n"))
        .collect();
    let text = format!("runbook long \"Long\"\nphase only \"Only\" {{\n{steps}}}\n");
    let planned = Case::new().file("long.kdl", &text).run("plan long.kdl").code(0).stderr("");
    let (_, matrix) = planned.printed().split_once("If it fails").unwrap();
    assert_eq!(matrix.lines().count(), 7, "{matrix}");
    assert!(matrix.contains("… 998 more like this: each undoes itself, then what is above it"), "{matrix}");
    assert!(matrix.contains("s999 … s0 (1000)"), "{matrix}");
}

#[test]
fn a_rejected_runbook_has_no_plan_and_an_input_without_a_value_is_asked_for() {
    let rejected = Case::new().file("x.kdl", "runbook x \"X\"\nphase p { stepp s { run y; }; }\n").run("plan x.kdl");
    let rejected = rejected.code(3).stdout("");
    assert!(
        rejected.complained().ends_with("error: 1 error in x.kdl: there is no plan\n"),
        "{}",
        rejected.complained()
    );
    let text = "runbook x \"X\"\ninput version\nphase p { check c { run echo \"{{version}}\"; }; }\n";
    let lacking = Case::new().file("x.kdl", text).run("plan x.kdl").code(2).stdout("");
    assert!(lacking.complained().contains("runbook::plan::missing_input"), "{}", lacking.complained());
}
