//! `runbook audit`: proves that what is on record of a run is whole, or says where it isn't.

use crate::case::Case;
use crate::exec_release::{logged, phase, release};

/// What changes from run to run.
fn steady(case: Case) -> Case {
    case.redact(r"release-\d{8}-\d{6}-[a-z0-9]{5}", "RUN")
        .redact(r"[0-9a-f]{64}", "DIGEST")
        .redact(r"\d+ bytes", "N bytes")
        .redact(r#""bytes":\d+"#, r#""bytes":N"#)
        .redact(r"byte \d+", "byte N")
        .redact(r#""byte":\d+"#, r#""byte":N"#)
}

fn ran() -> Case {
    // Of what is over at once the supervisor notes less.
    let step = "step one \"one\" { sh \"sleep 0.05; echo one >> log\"; inverse { sh \"echo un-one >> log\"; }; }\n";
    steady(release(&phase(step)).run("exec release.kdl").code(0).then())
}

/// Changes a file of the only run.
fn change(case: Case, file: &str, change: impl Fn(String) -> String) -> Case {
    let run = std::fs::read_dir(case.path("state/runs")).unwrap().next().unwrap().unwrap().path();
    let text = std::fs::read_to_string(run.join(file)).unwrap();
    std::fs::write(run.join(file), change(text)).unwrap();
    case
}

#[test]
fn a_sound_run_is_told_with_its_heads() {
    ran().run("audit").code(0).stdout_golden("audit_human").stderr("");
}

#[test]
fn the_head_is_the_sum_of_the_last_line() {
    let case = release(&phase(&logged("one"))).run("exec release.kdl").code(0).then();
    let run = std::fs::read_dir(case.path("state/runs")).unwrap().next().unwrap().unwrap().path();
    let text = std::fs::read_to_string(run.join("journal.jsonl")).unwrap();
    let last = text.split_inclusive('\n').next_back().unwrap();
    let head = runbook::model::digest::Digest::of(last).to_string();
    case.run("audit").code(0).stdout_line(&format!("  head      {head}"));
}

#[test]
fn for_programs_it_is_one_object() {
    ran().run("audit --format json").code(0).stdout_golden("audit_json").stderr("");
}

#[test]
fn every_damage_is_told_with_its_place() {
    let case = change(ran(), "journal.jsonl", |text| {
        text.replacen("engine-started", "engine-stopped", 1).replacen("phase-ended", "phase-begun", 1)
    });
    let case = change(case, "supervisor.jsonl", |text| {
        let mut lines: Vec<_> = text.split_inclusive('\n').collect();
        lines.remove(1);
        lines.concat()
    });
    let case = case.run("audit").code(70).stdout_golden("audit_damaged").stderr("").then();
    case.run("audit --format json").code(70).stdout_golden("audit_damaged_json");
}

#[test]
fn a_changed_bundle_is_told() {
    let case = change(ran(), "bundle/files/release.kdl", |text| text.replace("Release", "Another"));
    case.run("audit").code(70).stdout_golden("audit_bundle").stderr("");
}

#[test]
fn a_record_that_was_never_whole_is_no_finding() {
    let case = change(ran(), "journal.jsonl", |text| text[..text.len() - 9].to_owned());
    case.run("audit").code(0).stdout_golden("audit_torn").stderr("");
}

#[test]
fn it_works_beside_an_engine_and_changes_nothing() {
    let running = steady(release(&phase(
        "step waits \"Waits\" { sh \"echo there > started; cat go > /dev/null\"; inverse none because=\"it waits\"; }",
    )))
    .fifo("started")
    .fifo("go")
    .spawn("exec release.kdl");
    running.until_written("started");
    let state = running.path("state");
    let audit = std::process::Command::new(env!("CARGO_BIN_EXE_runbook"))
        .args(["audit", "--state-dir"])
        .arg(state)
        .env_clear()
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&audit.stdout);
    assert!(audit.status.success(), "{said}");
    assert!(said.contains("An engine has it now"), "{said}");
    running.write("go", "");
    running.wait().code(0);
}

#[test]
fn without_runs_there_is_nothing_to_audit() {
    Case::new().with_state_dir("state").run("audit").code(0).stdout("There are no runs yet.\n").stderr("");
    let refused = release(&phase(&logged("one"))).run("exec release.kdl").code(0).then().run("audit other").code(5);
    assert!(refused.complained().contains("there is no run other"), "{}", refused.complained());
}
