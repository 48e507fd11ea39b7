//! The runbooks of the repository, run for real: `runbooks/examples/` as `docs/examples/README.md`
//! plays them through, and the demo.

use crate::case::{Case, Ran};

const PROGRAM: &str = env!("CARGO_BIN_EXE_runbook");

/// A folder to play in, and a state directory of its own.
fn case() -> Case {
    Case::new().folder("place").with_state_dir("state")
}

fn runbook(path: &str) -> String {
    format!("{}/runbooks/{path}.kdl", env!("CARGO_MANIFEST_DIR"))
}

/// Runs a runbook of the repository with the case's `place`.
fn exec(case: Case, path: &str, more: &[&str]) -> Ran {
    let place = format!("place={}", case.path("place").to_str().unwrap());
    let file = runbook(path);
    let arguments: Vec<_> = ["exec", "--yes", &file, "--set", &place].into_iter().chain(more.iter().copied()).collect();
    case.run_with(&arguments)
}

fn in_a_minute() -> String {
    format!("closes={}", jiff::Timestamp::now() + jiff::SignedDuration::from_mins(1))
}

#[test]
fn a_step_that_no_longer_fits_before_the_window_closes_does_not_start_and_the_rest_is_taken_back() {
    exec(case(), "examples/time-to-safe", &["--set", &in_a_minute()]).code(1).left("place", "");
    exec(case(), "examples/time-to-safe", &[]).code(0).left("place", "long\nshort\n");
}

#[test]
fn a_step_that_never_started_is_not_undone() {
    exec(case(), "examples/never-started", &[]).code(1).left("place", "");
    exec(case(), "examples/never-started", &["--set", "program=true"]).code(0).left("place", "first\n");
}

#[test]
fn a_failure_behind_the_point_of_no_return_undoes_what_came_after_it_and_halts() {
    let right = exec(case(), "examples/no-return", &["--past-no-return"]).code(0);
    right.left("place", "announcements\nfirst\nsecond\n");
    let wrong = exec(case(), "examples/no-return", &["--past-no-return", "--set", "wanted=3"]).code(7);
    wrong.left("place", "announcements\nfirst\n");
}

#[test]
fn the_point_of_no_return_is_not_passed_without_a_word_of_a_person() {
    exec(case(), "examples/no-return", &[]).code(7).left("place", "first\n");
}

#[test]
fn a_rollback_goes_on_after_the_inverse_that_failed_was_repaired() {
    let stopped = exec(case(), "examples/failing-inverse", &[]).code(4).left("place", "first\nlocked\n").then();
    let again = stopped.run("rollback --yes").code(4).left("place", "first\nlocked\n").then();
    again.file("place/key", "").run("rollback --yes").code(1).left("place", "");
}

#[test]
fn a_run_whose_engine_was_killed_goes_on_forward_and_repeats_nothing() {
    let case = case();
    let place = case.path("place").to_str().unwrap().to_owned();
    let running =
        case.fifo("place/started").spawn(&format!("exec --yes {} --set place={place}", runbook("examples/crash")));
    running.until_written("place/started");
    running.kill().file("place/go", "").run("resume --yes").code(0).content("place/long", "started\nended\n");
}

#[test]
fn the_demo_succeeds_again_and_again() {
    let program = format!("program={PROGRAM}");
    let first = exec(case(), "demo/release", &["--set", &program]).code(0).content("place/settings", "fares = on\n");
    exec(first.then(), "demo/release", &["--set", &program]).code(0).content("place/current/version", "2.0");
}

#[test]
fn the_demo_that_fails_is_taken_back_and_verified() {
    let program = format!("program={PROGRAM}");
    let back = exec(case(), "demo/fails", &["--set", &program]).code(1).content("place/settings", "fares = off\n");
    let back = back.content("place/current/version", "1.0");
    assert!(back.printed().contains("rolled back, verified"), "{}", back.printed());
    // The service of before runs again; it would end by itself.
    back.then().run("demo-service stop place").code(0).stdout("");
}
