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
    let step =
        |number| format!("step s{number} {{ run do; budget \"1m\" estimate=\"1s\"; inverse {{ run undo; }}; }}\n");
    let steps = (0..1000).map(step).collect::<Vec<_>>().concat();
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

const KEPT: &str = r#"
runbook shop "Shop {{version}}"
input version "2.0"
include "parts/steps.kdl"
"#;

const STEPS: &str = r#"
phase only "Only" {
    step left "Left" { write "left" "{{version}}"; }
    step right "Right" { write "right" "{{version}}"; }
}
"#;

/// A folder with a runbook and a plan of it.
fn kept(more: &str) -> Case {
    let case = Case::new().with_state_dir("state").file("shop.kdl", KEPT).file("parts/steps.kdl", STEPS);
    case.run(&format!("plan shop.kdl --set version=3.0 --out shop.plan {more}")).code(0).stderr("").then()
}

#[test]
fn a_kept_plan_runs_as_it_was_planned() {
    let ran = kept("").run("exec --yes --plan shop.plan").code(0).content("left", "3.0").content("right", "3.0");
    assert!(ran.printed().contains("it is the plan shop.plan, digest "), "{}", ran.printed());
}

#[test]
fn a_plan_whose_runbook_has_changed_is_refused_with_the_difference() {
    let changed = STEPS.replace("write \"right\"", "write \"wrong\"");
    let refused = kept("").file("parts/steps.kdl", &changed).run("exec --yes --plan shop.plan").code(5).stdout("");
    refused.lacks("left").lacks("state/runs").stderr_golden("plan_stale");
}

#[test]
fn a_plan_for_another_host_or_folder_is_refused() {
    let refused =
        kept("--host elsewhere").redact("this is .*", "this is [HOST]").run("exec --yes --plan shop.plan").code(5);
    let refused = refused.lacks("left");
    assert!(
        refused.complained().starts_with("host: planned for elsewhere, and this is [HOST]\n"),
        "{}",
        refused.complained()
    );
    let case = kept("");
    let (kept, shop) = (case.path("shop.plan"), std::fs::read_to_string(case.path("shop.plan")).unwrap());
    drop(kept);
    let case = Case::new().with_state_dir("state").file("shop.kdl", KEPT).file("parts/steps.kdl", STEPS);
    let refused = case.file("shop.plan", &shop).run("exec --yes --plan shop.plan").code(5).lacks("left");
    assert!(refused.complained().starts_with("folder: planned for "), "{}", refused.complained());
}

#[test]
fn a_plan_that_somebody_changed_is_no_plan() {
    let case = kept("");
    let text = std::fs::read_to_string(case.path("shop.plan")).unwrap();
    let changed = text.replace("\"version\": \"3.0\"", "\"version\": \"4.0\"");
    assert_ne!(text, changed);
    let refused = case.file("shop.plan", &changed).run("exec --yes --plan shop.plan").code(5).lacks("left");
    assert!(refused.complained().contains("error[runbook::plan::not_a_plan]"), "{}", refused.complained());
    for wrong in ["", "{}", "shop.kdl", "[1, 2"] {
        let refused = kept("").file("shop.plan", wrong).run("exec --yes --plan shop.plan").code(5);
        assert!(refused.complained().contains("isn't a plan"), "{}", refused.complained());
    }
    let missing = kept("").run("exec --yes --plan no.plan").code(5);
    assert!(missing.complained().contains("error[runbook::plan::unreadable]"), "{}", missing.complained());
}

#[test]
fn a_kept_plan_takes_no_other_settings() {
    let misused = kept("").run("exec --yes --plan shop.plan --set version=4.0").code(2);
    assert!(misused.complained().contains("cannot be used with"), "{}", misused.complained());
}

/// A folder, and a runbook that changes it.
const LIVE: &str = r##"
runbook shop "Shop"
input wanted "1.0"
secret key env=SHOP_KEY
phase only "Only" {
    checkpoint well "It is well" {
        check version "It is the version of before" { run cat "version"; expect stdout is="{{wanted}}"; capture before stdout; }
        preserve held "What it holds" { file "version"; }
    }
    check key "The key fits" { sh #"test ${#key} -eq 11"#; }
    step made "Make the folder" {
        run mkdir "made"
        applied { run test -d "made"; }
        inverse { run rmdir "made"; }
    }
    step write "Write the version" { write "version" "2.0"; }
    step link "Point to it" { link "current" to="version"; }
    step swap "Swap it" { replace "version" matches="2" with="3"; }
    step act "Act" { run touch "acted"; inverse { run rm "acted"; }; }
    check after "It is the new version" {
        run cat "version"
        expect stdout is="2.0"
        poll within="1h"
    }
    check warned "It prints what nobody may see" {
        sh #"echo "$key""#
        expect stdout is="{{before}}"
        on-failure warn
    }
    check late "Known late" { run echo "x"; capture early stdout; }
}
"##;

fn live() -> Case {
    Case::new()
        .file("shop.kdl", LIVE)
        .file("version", "1.0\n")
        .link("current", "version")
        .env("SHOP_KEY", "sesame-open")
        .env("TMPDIR", "/tmp")
}

#[test]
fn a_probe_looks_at_the_system_as_it_is_and_leaves_nothing() {
    let case = live();
    let temporary = case.path("../tmp");
    std::fs::create_dir(&temporary).unwrap();
    let case = case.env("TMPDIR", temporary.to_str().unwrap());
    let probed = case.run("plan --probe shop.kdl").code(0).stderr("");
    let probed = probed.left("..", "home/\ntmp/\nwork/\nwork/current\nwork/shop.kdl\nwork/version\n");
    assert!(!probed.printed().contains("sesame"), "{}", probed.printed());
    let found: Vec<_> =
        probed.printed().lines().filter(|line| line.contains(" now") || line.contains("applied")).collect();
    assert_eq!(
        found,
        [
            "Nothing was done. What is said of now is of the state before: checks behind a step look at what it has not done yet.",
            "  holds now",
            "  holds now",
            "  holds now",
            "  not applied yet",
            "  not applied yet",
            "  applied already: it would run all the same",
            "  doesn't hold now: expect stdout is=\"2.0\" doesn't hold: it was 1.0",
            "  doesn't hold now: expect stdout is=\"{{before}}\" doesn't hold: it was ***",
            "  holds now",
        ],
        "{}",
        probed.printed()
    );
}

#[test]
fn a_check_before_the_first_step_that_does_not_hold_now_would_refuse_the_run() {
    let probed = live().run("plan --probe shop.kdl --set wanted=0.9").code(5);
    assert!(probed.printed().contains("doesn't hold now"), "{}", probed.printed());
    let lacking = live().env("SHOP_KEY", "").run("plan --probe shop.kdl").code(5).stdout("");
    assert!(lacking.complained().contains("secret key is empty"), "{}", lacking.complained());
    live().env("SHOP_KEY", "").run("plan shop.kdl").code(0).stderr("");
}
