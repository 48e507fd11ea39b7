//! Every step's own process killed with SIGKILL, at random moments: the step's whole group, only its
//! leader, or one of the programs that it runs. Each ends with everything as before.

use super::cases::Cases;
use super::moments::{Moments, how_many};
use super::procedure::{up_to, way_back};
use super::run::kill;
use super::world::World;

/// A program of a step, and how long it usually takes, in milliseconds.
struct Target {
    program: &'static str,
    which: &'static [&'static str],
    usual: u64,
}

fn targets(step: &str) -> &'static [Target] {
    const fn target(program: &'static str, which: &'static [&'static str], usual: u64) -> Target {
        Target { program, which, usual }
    }
    const FETCH: &[Target] = &[
        target("git", &["match=fetch*", "step=fetch"], 40),
        target("git", &["match=archive*", "step=fetch"], 20),
        target("uv", &["match=sync*", "step=fetch"], 300),
    ];
    const STOP: &[Target] = &[target("systemctl", &["unit=bmtc-api.service", "verb=stop"], 60)];
    const BACKUP: &[Target] = &[target("systemctl", &["unit=bmtc-backup.service", "verb=start"], 120)];
    const CHECKOUT: &[Target] = &[target("git", &["match=checkout --detach*", "step=checkout"], 40)];
    const DEPENDENCIES: &[Target] = &[
        target("uv", &["match=venv*", "step=dependencies"], 40),
        target("uv", &["is=sync --frozen", "step=dependencies"], 300),
    ];
    const MIGRATE: &[Target] = &[target("uv", &["match=*migrate*", "step=migrate"], 400)];
    const START: &[Target] = &[target("systemctl", &["unit=bmtc-api.service", "verb=start"], 20)];
    match step {
        "fetch" => FETCH,
        "stop-service" => STOP,
        "take-backup" => BACKUP,
        "checkout" => CHECKOUT,
        "dependencies" => DEPENDENCIES,
        "migrate" => MIGRATE,
        "start-service" => START,
        other => panic!("{other}?"),
    }
}

#[track_caller]
fn killed(step: &str) {
    let mut moments = Moments::of(&format!("killed {step}"));
    let mut cases = Cases::new();
    for number in 1..=how_many(2) {
        let target = moments.one_of(targets(step));
        let after = moments.below(target.usual);
        let victim = *moments.one_of(&["program", "leader", "group"]);
        let (seed, program) = (moments.seed(), target.program);
        let name = format!("{step}/killed, {number}: after {after} ms, {program}, {victim}, seed {seed}");
        cases.case(&name, |world| killed_at(world, step, target, after, victim));
    }
    cases.end();
}

fn killed_at(world: &World, step: &str, target: &Target, after: u64, victim: &str) -> i32 {
    let program = target.program;
    let mut fault = target.which.to_vec();
    let (how, whom) = (format!("kill={after}"), format!("victim={victim}"));
    let client = format!("kill-client={after}");
    if program == "systemctl" {
        fault.push(&client);
    } else {
        fault.extend([how.as_str(), &whom]);
    }
    world.fault(program, "kill", &fault);
    let code = world.exec().end();
    assert!(world.was_reached(program, "kill"), "nobody was killed, exit {code}{}", world.told());
    if program == "systemctl" && code == 0 {
        // The client had answered before its time came.
        world.is_released(code);
    } else {
        let story = world.story();
        assert_eq!(story.cause().as_deref(), Some(step), "{}", world.told());
        assert_eq!(story.to_undo(), way_back(&up_to(step)), "{}", world.told());
        world.is_taken_back(code);
    }
    code
}

#[test]
fn fetch() {
    killed("fetch");
}

#[test]
fn stop_service() {
    killed("stop-service");
}

#[test]
fn take_backup() {
    killed("take-backup");
}

#[test]
fn checkout() {
    killed("checkout");
}

#[test]
fn dependencies() {
    killed("dependencies");
}

#[test]
fn migrate() {
    killed("migrate");
}

#[test]
fn start_service() {
    killed("start-service");
}

/// A request has no process of its own: the one that answers it is killed.
#[test]
fn smoke_post() {
    let mut moments = Moments::of("killed smoke-post");
    let mut cases = Cases::new();
    for number in 1..=how_many(2) {
        let after = moments.below(300);
        let seed = moments.seed();
        cases.case(&format!("smoke-post/service killed, {number}: after {after} ms, seed {seed}"), |world| {
            world.http_fault(r#"{"/v1/ride_summary": {"delay": 600, "times": 1}}"#);
            let mut engine = world.exec();
            assert!(engine.wait_for_attempt("smoke-post"), "{}", world.told());
            std::thread::sleep(std::time::Duration::from_millis(after));
            kill(world.service());
            let code = engine.end();
            assert_eq!(world.story().cause().as_deref(), Some("smoke-post"), "{}", world.told());
            world.is_taken_back(code);
            code
        });
    }
    cases.end();
}
