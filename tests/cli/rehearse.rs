//! `runbook rehearse`: every way back, for real, in a place that is not the release's.

use std::path::Path;

use crate::case::{Case, Checked};

/// A release in a folder that the rehearsal replaces by another; `steps` are in its second phase.
fn release(steps: &str) -> Case {
    let text = format!(
        "runbook release \"Release\" {{
    lock \"release/{{{{place}}}}\"
}}
input place live
rehearse {{ set place=scratch; }}
defaults {{ cd \"{{{{place}}}}\"; }}
phase before \"Before\" {{
    checkpoint as-before \"As before\" {{
        preserve names \"The files\" {{ run ls; }}
    }}
}}
phase release \"Release\" {{
{steps}
}}
"
    );
    Case::new().with_state_dir("state").folder("live").folder("scratch").file("release.kdl", &text)
}

/// A step that makes a file which its inverse removes.
fn makes(name: &str) -> String {
    format!(
        "step {name} \"Make {name}\" {{
            run touch {name}
            idempotent
            applied {{ run test -e {name}; }}
            inverse {{ run rm -f {name}; }}
        }}\n"
    )
}

fn without_times(case: Case) -> Case {
    let case = case.redact(r"(\d+m )?\d+(\.\d)?s +", "[TIME] ").redact("out +back +", "out back ");
    case.redact(r"release-\d{8}-\d{6}-\w{5}", "[RUN]")
}

fn runs(checked: Checked) -> Vec<String> {
    let listed = checked.then().run("runs --most 100").code(0);
    listed.printed().lines().skip(1).map(str::to_owned).collect()
}

fn kept(case: &Case) -> serde_json::Value {
    let mut files: Vec<_> =
        std::fs::read_dir(case.path("state/rehearsals/release")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    serde_json::from_slice(&std::fs::read(files.remove(0)).unwrap()).unwrap()
}

#[test]
fn every_way_back_is_rehearsed_and_leaves_the_place_as_it_was() {
    let steps = makes("one") + &makes("two");
    let checked = without_times(release(&steps)).run("rehearse release.kdl").code(0);
    let checked = checked.stdout_golden("rehearse_proven").stderr("").left("scratch", "").left("live", "");
    let runs = runs(checked);
    assert_eq!(runs.len(), 3, "{runs:#?}");
    assert!(runs.iter().all(|run| run.contains("rehearsed")), "{runs:#?}");
}

#[test]
fn what_it_showed_is_kept_with_the_digest_of_the_runbook() {
    let case = release(&makes("one")).run("rehearse --format json release.kdl").code(0);
    let printed: serde_json::Value = serde_json::from_str(case.printed()).unwrap();
    let case = case.then();
    let kept = kept(&case);
    assert_eq!(printed, kept);
    assert_eq!(kept["inputs"]["place"], "scratch");
    assert_eq!(kept["digest"].as_str().unwrap().len(), 64);
    assert_eq!(kept["ways_back"][1]["turn"], serde_json::json!({"at": "after", "unit": "one"}));
    assert_eq!(kept["ways_back"][1]["twice"], true);
    assert_eq!(kept["ways_back"][1]["trouble"], serde_json::Value::Null);
}

#[test]
fn each_run_says_that_it_is_a_rehearsal_and_where_it_turns_round() {
    let case = release(&makes("one")).run("rehearse release.kdl").code(0).then();
    let shown = case.run("show").code(0);
    assert!(shown.printed().contains("this is a rehearsal, and it fails right after one"), "{}", shown.printed());
}

#[test]
fn a_runbook_that_doesnt_say_how_is_refused() {
    let case = Case::new().with_state_dir("state");
    let text =
        "runbook release \"Release\"\nphase p \"P\" { step s \"S\" { run touch done; inverse { run rm -f done; }; }; }";
    let checked = case.file("release.kdl", text).run("rehearse release.kdl").code(5);
    assert!(checked.complained().contains("rehearse { set environment=scratch; }"), "{}", checked.complained());
    checked.stdout("").lacks("state").lacks("done");
}

#[test]
fn settings_that_leave_the_lock_as_it_is_are_rejected_before_anything_runs() {
    let case = release(&makes("one"));
    let text = std::fs::read_to_string(case.path("release.kdl")).unwrap().replace("release/{{place}}", "release");
    let checked = case.file("release.kdl", &text).run("rehearse release.kdl").code(3);
    assert!(checked.complained().contains("runbook::check::rehearse_lock"), "{}", checked.complained());
    checked.lacks("state").left("scratch", "");
}

#[test]
fn an_inverse_that_leaves_something_behind_is_found_and_ends_the_rehearsal() {
    let leaves = "step two \"Two\" { run touch two rest; inverse { run rm -f two; }; }\n";
    let checked =
        without_times(release(&(makes("one") + leaves + &makes("three")))).run("rehearse release.kdl").code(4);
    assert!(
        checked.printed().contains("every inverse held, and as-before/names isn't as before"),
        "{}",
        checked.printed()
    );
    assert!(checked.printed().contains("runbook rollback [RUN]"), "{}", checked.printed());
    let case = checked.left("scratch", "rest\n").then();
    let kept = kept(&case);
    assert_eq!(kept["ways_back"].as_array().unwrap().len(), 1, "it stops at once: {kept:#}");
    // The scratch environment is locked until a person has repaired it.
    let again = case.run("rehearse release.kdl").code(5);
    assert!(again.complained().contains("runbook resume") || again.printed().contains("runbook resume"));
    std::fs::remove_file(again.then().path("scratch/rest")).unwrap();
}

#[test]
fn a_step_that_only_claims_to_be_idempotent_is_found_and_the_others_are_rehearsed() {
    let claims = "step two \"Two\" { run mkdir two; idempotent; inverse { run rm -rf two; }; }\n";
    let checked = release(&(makes("one") + claims + &makes("three"))).run("rehearse release.kdl").code(1);
    assert!(checked.printed().contains("two isn't idempotent: run again, "), "{}", checked.printed());
    assert!(checked.printed().contains("Not every way back is proven: 3 of 4."), "{}", checked.printed());
    checked.left("scratch", "");
}

#[test]
fn a_release_that_fails_is_taken_back_and_nothing_more_is_rehearsed() {
    let fails = "step two \"Two\" { run false; inverse { run \"true\"; }; }\n".replace("run false", "run \"false\"");
    let checked = release(&(makes("one") + &fails)).run("rehearse release.kdl").code(1);
    assert!(checked.printed().contains("it failed before its turn: two: "), "{}", checked.printed());
    assert_eq!(runs(checked.left("scratch", "")).len(), 1);
}

#[test]
fn what_comes_behind_a_point_of_no_return_is_said_not_to_be_proven() {
    let behind =
        "step tell \"Tell\" { run touch told; irreversible because=\"It was read\"; }\n".to_owned() + &makes("two");
    let checked = without_times(release(&(makes("one") + &behind))).run("rehearse release.kdl").code(1);
    checked.stdout_golden("rehearse_no_return").left("scratch", "");
}

#[test]
fn windows_and_on_failure_halt_dont_hold_for_a_rehearsal() {
    let case =
        release(&(makes("one") + "step two \"Two\" { run touch two; on-failure halt; inverse { run rm two; }; }\n"));
    let text = std::fs::read_to_string(case.path("release.kdl")).unwrap();
    let text = text.replace("    lock", "    window \"2001-01-01T00:00Z\" \"2001-01-01T01:00Z\"\n    lock");
    case.file("release.kdl", &text).run("rehearse release.kdl").code(0).left("scratch", "");
}

#[test]
fn a_rehearsal_whose_engine_was_killed_is_taken_back_by_resume() {
    let waits =
        "step two \"Two\" { sh #\"echo here > here; touch two; cat go > /dev/null\"#; inverse { run rm -f two; }; }\n";
    let case = release(&(makes("one") + waits + &makes("three"))).fifo("scratch/here").fifo("scratch/go");
    let running = case.spawn("rehearse release.kdl");
    // In the run to the end; `one` fails before it; then in the run that fails right after it.
    running.until_written("scratch/here");
    running.write("scratch/go", "");
    running.until_written("scratch/here");
    let case = running.kill();
    std::fs::write(case.path("scratch/go"), "").unwrap();
    let resumed = case.run("resume --yes").code(1);
    assert!(resumed.printed().contains("this is a rehearsal, and it fails right after two"), "{}", resumed.printed());
    let case = resumed.left("scratch", "go\nhere\n").then();
    assert!(!case.path("state/rehearsals").exists(), "what was broken off proves nothing");
}

#[test]
fn a_rehearsal_that_was_broken_off_goes_on_where_it_was() {
    let waits =
        "step two \"Two\" { sh #\"echo here > here; touch two; cat go > /dev/null\"#; inverse { run rm -f two; }; }\n";
    let case = release(&(makes("one") + waits + &makes("three"))).fifo("scratch/here").fifo("scratch/go");
    let running = case.spawn("rehearse release.kdl");
    // In the run to the end, and then in the run that fails right after it.
    running.until_written("scratch/here");
    running.write("scratch/go", "");
    running.until_written("scratch/here");
    let case = running.kill();
    std::fs::write(case.path("scratch/go"), "").unwrap();
    let case = case.run("resume --yes").code(1).left("scratch", "go\nhere\n").then();
    for name in ["scratch/go", "scratch/here"] {
        std::fs::remove_file(case.path(name)).unwrap();
        std::fs::write(case.path(name), "").unwrap();
    }
    let went_on = case.run("rehearse release.kdl").code(0);
    let said = "going on where it was broken off: 3 ways back are proven already";
    assert!(went_on.printed().contains(said), "{}", went_on.printed());
    assert!(went_on.printed().ends_with("Every way back is proven.\n"), "{}", went_on.printed());
    let listed = went_on.then().run("runs --most 100").code(0);
    assert_eq!(listed.printed().lines().skip(1).count(), 4, "{}", listed.printed());
    let case = listed.then();
    assert_eq!(kept(&case)["ways_back"].as_array().unwrap().len(), 4);
    // What went to its end is begun anew.
    assert_eq!(runs(case.run("rehearse release.kdl").code(0)).len(), 8);
}

#[test]
fn the_ways_back_of_parallel_branches_are_rehearsed() {
    let steps = format!("parallel {{ {} {} }}\n{}", makes("one"), makes("two"), makes("three"));
    let case = release(&steps).run("rehearse release.kdl").code(0).left("scratch", "").then();
    let kept = kept(&case);
    let ways_back: Vec<_> = kept["ways_back"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["turn"]["unit"].as_str().unwrap_or("the end"), it["undone"].as_array().unwrap().len()))
        .collect();
    let after: Vec<_> = ways_back.iter().map(|(after, _)| *after).collect();
    assert_eq!(after, ["the end", "one", "two", "three"]);
    assert_eq!((ways_back[0].1, ways_back[3].1), (3, 3));
    // The other branch may have started or not when one of them fails.
    assert!(ways_back[1..3].iter().all(|(_, undone)| (1..=2).contains(undone)), "{ways_back:?}");
}

#[test]
fn the_demo_is_rehearsed_whole() {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks/demo");
    let read = |name: &str| std::fs::read_to_string(demo.join(name)).unwrap();
    let inputs = read("parts/inputs.kdl").replace("../../target/release/runbook", env!("CARGO_BIN_EXE_runbook"));
    let case = Case::new().with_state_dir("state").file("release.kdl", &read("release.kdl"));
    let case = case.file("parts/inputs.kdl", &inputs).file("parts/world.kdl", &read("parts/world.kdl"));
    let checked = case.file("parts/release.kdl", &read("parts/release.kdl")).run("rehearse release.kdl").code(0);
    assert!(checked.printed().ends_with("Every way back is proven.\n"), "{}", checked.printed());
    checked.lacks(".scratch");
}

#[test]
fn estimates_are_compared_with_past_runs_only_where_that_is_asked_for() {
    let slow = "step one \"One\" { run touch one; budget \"2h\" estimate=\"1h\"; inverse { run rm -f one; expect stdout empty=#true; }; }\n\
                check two \"Two\" { run ls; budget \"2m\" estimate=\"1s\"; }";
    let mut case = release(slow).redact("took .* in the median", "took [TIME] in the median");
    case = case.redact("runs, .* in 95", "runs, [TIME] in 95").redact(r"estimate=.\d+s.", "estimate=[TIME]");
    for _ in 0..2 {
        case = case.run("exec --yes release.kdl").code(0).then();
    }
    // Rehearsals, and two runs, say nothing.
    case = case.run("rehearse release.kdl").code(0).then();
    let checked = case.run("check --history --format plain release.kdl").code(0);
    assert!(!checked.printed().contains("estimate_off"), "{}", checked.printed());
    case = checked.then().run("exec --yes release.kdl").code(0).then();
    let checked = case.run("check --format plain release.kdl").code(0);
    assert!(!checked.printed().contains("estimate_off"), "{}", checked.printed());
    let checked = checked.then().run("check --history --format plain release.kdl").code(0);
    case = checked.stdout_golden("check_history").then();
    for (command, says_runs) in [("plan", true), ("plan --format markdown", true), ("render --to markdown", false)] {
        let plain = case.run(&format!("{command} release.kdl")).code(0);
        assert!(!plain.printed().contains("same digest"), "{}", plain.printed());
        assert!(!plain.printed().contains("in the median"), "{}", plain.printed());
        let told = plain.then().run(&format!("{command} --history release.kdl")).code(0);
        assert!(told.printed().contains("way back last proven today, same digest"), "{}", told.printed());
        assert_eq!(told.printed().contains("in the median of 3 runs"), says_runs, "{}", told.printed());
        assert_eq!(told.printed().contains("the estimate of 1h is off"), says_runs, "{}", told.printed());
        case = told.then();
    }
    // What was measured isn't what would run.
    let planned = case.run("plan --history --out release.plan release.kdl").code(0);
    planned.then().run("exec --yes --plan release.plan").code(0);
}
