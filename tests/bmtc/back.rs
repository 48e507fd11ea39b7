//! The way back fails itself: an inverse stops it, a person is called, and once the cause is gone
//! `runbook rollback` goes on where it stopped.

use super::cases::one_case;
use super::world::World;

/// The release fails at its last step, and one inverse on the way back with it.
#[track_caller]
fn inverse_fails(unit: &str, program: &str, fault: &[&str], remaining: &[&str]) {
    one_case(&format!("{unit}/inverse fails"), |world| fails_and_goes_on(world, unit, program, fault, remaining));
}

fn fails_and_goes_on(world: &World, unit: &str, program: &str, fault: &[&str], remaining: &[&str]) -> i32 {
    world.http_fault(r#"{"/v1/ride_summary": {"status": 500}}"#);
    world.fault(program, "inverse", fault);
    let code = world.exec().end();
    let story = world.story();
    assert_eq!((code, story.verdict().as_deref()), (4, Some("incomplete")), "{}", world.told());
    assert!(world.was_reached(program, "inverse"), "{}", world.told());
    assert_eq!(story.remaining(), remaining, "{}", world.told());
    assert_eq!(story.undone().last().map(String::as_str), Some(unit), "{}", world.told());
    world.clear_faults();
    let code = world.go_on("rollback");
    let story = world.story();
    assert_eq!((code, story.verdict().as_deref()), (1, Some("rolled-back")), "{}", world.told());
    assert!(story.is_verified(), "{}", world.told());
    assert_eq!(story.cause().as_deref(), Some("smoke-post"), "the first cause keeps its name{}", world.told());
    let mut once = story.undone();
    once.dedup();
    let all = ["start-service", "migrate", "checkout", "dependencies-back", "stop-service", "fetch"];
    assert_eq!(once, all, "{}", world.told());
    assert_eq!(story.undone().len(), all.len() + 1, "only the failed one ran again{}", world.told());
    world.is_as_before();
    code
}

#[test]
fn the_stop_of_the_new_release() {
    inverse_fails(
        "start-service",
        "systemctl",
        &["unit=bmtc-api.service", "verb=stop", "nth=2", "refuse=Job canceled."],
        &["start-service", "migrate", "checkout", "dependencies-back", "stop-service", "fetch"],
    );
}

#[test]
fn the_restore_of_the_database() {
    inverse_fails(
        "migrate",
        "sqlite3",
        &["match=*.timeout*", "kill=2"],
        &["migrate", "checkout", "dependencies-back", "stop-service", "fetch"],
    );
}

#[test]
fn the_return_of_the_checkout() {
    inverse_fails(
        "checkout",
        "git",
        &["match=reset --hard*", "exit=1", "work=no"],
        &["checkout", "dependencies-back", "stop-service", "fetch"],
    );
}

#[test]
fn the_environment_of_before() {
    inverse_fails(
        "dependencies-back",
        "uv",
        &["is=sync --frozen", "step=dependencies-back", "exit=1", "work=no"],
        &["dependencies-back", "stop-service", "fetch"],
    );
}

#[test]
fn the_start_of_the_old_release() {
    inverse_fails(
        "stop-service",
        "systemctl",
        &["unit=bmtc-api.service", "verb=start", "nth=2", "refuse=Job canceled."],
        &["stop-service", "fetch"],
    );
}
