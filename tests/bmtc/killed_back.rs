//! SIGKILL on the way back: to the engine, to the supervisor, to both, or to the process of the inverse
//! itself, at a random moment of every inverse. Then the run is resumed or rolled back to its end, and
//! everything is as before.
//!
//! An inverse that was cut short runs once more; one that has ended well never does.

use std::time::Duration;

use super::cases::Cases;
use super::moments::{Moments, how_many};
use super::procedure::{up_to, way_back};
use super::run::{Engine, kill};
use super::world::World;

/// Who is killed.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Victim {
    Engine,
    Supervisor,
    Both,
    Inverse,
}

/// What is taken back, from where, and when.
struct Moment {
    unit: &'static str,
    victim: Victim,
    /// The step that fails, so that the run turns round.
    failed: &'static str,
    /// Milliseconds from the start of the inverse to the kill.
    after: u64,
    /// Of the inverse's own processes: `leader`, `group`, or the `last` that it started.
    whom: &'static str,
    /// What goes on.
    verb: &'static str,
}

/// How long an inverse usually takes, in milliseconds.
fn usual(unit: &str) -> u64 {
    match unit {
        "fetch" => 150,
        "stop-service" | "start-service" | "checkout" => 60,
        "dependencies-back" => 100,
        "migrate" => 500,
        other => panic!("{other}?"),
    }
}

/// The step whose failure leaves the most for this inverse: its own, with the work done.
fn own_step(unit: &'static str) -> &'static str {
    if unit == "dependencies-back" { "dependencies" } else { unit }
}

/// The step does its work and fails.
fn fails(world: &World, step: &str) {
    let (program, fault): (_, &[&str]) = match step {
        "fetch" => ("uv", &["match=sync*", "step=fetch", "exit=1"]),
        "stop-service" => ("systemctl", &["unit=bmtc-api.service", "verb=stop", "exit=1"]),
        "checkout" => ("git", &["match=checkout --detach*", "exit=1"]),
        "dependencies" => ("uv", &["is=sync --frozen", "step=dependencies", "exit=1"]),
        "migrate" => ("uv", &["match=*migrate*", "exit=1"]),
        "start-service" => ("systemctl", &["unit=bmtc-api.service", "verb=start", "exit=1"]),
        "smoke-post" => return world.http_fault(r#"{"/v1/ride_summary": {"status": 500}}"#),
        other => panic!("{other}?"),
    };
    world.fault(program, "fails", fault);
}

/// The client of systemd dies after that long, in the middle of an inverse.
fn client_dies(world: &World, at: &Moment) {
    let verb = if at.unit == "start-service" { "verb=stop" } else { "verb=start" };
    let (nth, dies) = (format!("nth={}", nth_call(at)), format!("kill-client={}", at.after));
    // Its name is before that of the other fault, which hides a call from those behind it.
    world.fault("systemctl", "back", &["unit=bmtc-api.service", verb, &nth, &dies]);
}

/// Which call of its verb the inverse makes: the release itself has stopped, or started, the service.
fn nth_call(at: &Moment) -> u64 {
    if at.unit == "start-service" || at.failed == "smoke-post" { 2 } else { 1 }
}

fn killed_back(unit: &'static str, victim: Victim) {
    let mut moments = Moments::of(&format!("killed back {unit} {victim:?}"));
    let first = moments.below(2);
    let mut cases = Cases::new();
    for number in 1..=how_many(1) {
        let failed = *moments.one_of(&[own_step(unit), "smoke-post"]);
        let after = moments.below(usual(unit));
        let whom = *moments.one_of(&["leader", "group", "last"]);
        let verb = if (first + number).is_multiple_of(2) { "resume" } else { "rollback" };
        let at = Moment { unit, victim, failed, after, whom, verb };
        let who = match victim {
            Victim::Inverse => format!("inverse itself ({whom})"),
            Victim::Engine | Victim::Supervisor | Victim::Both => format!("{victim:?}").to_lowercase(),
        };
        let seed = moments.seed();
        let name =
            format!("{unit}/back: {who} killed, {number}: after {after} ms, {failed} failed, then {verb}, seed {seed}");
        cases.case(&name, |world| killed_at(world, &at));
    }
    cases.end();
}

fn killed_at(world: &World, at: &Moment) -> i32 {
    fails(world, at.failed);
    let is_client = at.victim == Victim::Inverse && ["start-service", "stop-service"].contains(&at.unit);
    if is_client {
        client_dies(world, at);
    }
    // So that the inverse of fetch, which takes no time, can be met.
    let slower = [("find . -maxdepth 1 -name .prefetch", "sleep 0.2; find . -maxdepth 1 -name .prefetch")];
    let mut engine = world.exec_with(if at.unit == "fetch" { &slower } else { &[] });
    assert!(engine.wait_for_inverse(at.unit), "its inverse doesn't begin{}", world.told());
    let supervisor = engine.supervisor();
    std::thread::sleep(Duration::from_millis(if is_client { 0 } else { at.after }));
    let code = match at.victim {
        Victim::Engine | Victim::Both => {
            engine.kill();
            if at.victim == Victim::Both {
                supervisor.into_iter().for_each(kill);
            }
            None
        }
        Victim::Supervisor => {
            supervisor.into_iter().for_each(kill);
            Some(engine.end())
        }
        Victim::Inverse => {
            if !is_client {
                kill_inverse(&engine, at);
            }
            Some(engine.end())
        }
    };
    assert!(!is_client || world.times_reached("systemctl", "back") >= nth_call(at), "never called{}", world.told());
    let code = match code {
        // It stopped at an inverse, and says so: that one is the first of those that remain.
        Some(4) => {
            let story = world.story();
            assert_eq!(story.verdict().as_deref(), Some("incomplete"), "{}", world.told());
            assert_eq!(story.remaining().first(), story.undone().last(), "{}", world.told());
            world.go_on(at.verb)
        }
        Some(code) => code,
        // It had ended before it was killed.
        None if world.story().verdict().is_some() => 1,
        None => world.go_on(at.verb),
    };
    is_taken_back_in_the_end(world, at, code);
    code
}

/// SIGKILL to the inverse's own process; it may have ended before.
fn kill_inverse(engine: &Engine, at: &Moment) {
    let processes = engine.processes_of(at.unit);
    match at.whom {
        "leader" => processes.first().copied().into_iter().for_each(kill),
        "last" => processes.last().copied().into_iter().for_each(kill),
        _ => processes.into_iter().for_each(kill),
    }
}

/// Everything is as before, by the reverse order; only what was cut short ran a second time.
fn is_taken_back_in_the_end(world: &World, at: &Moment, code: i32) {
    let (story, told) = (world.story(), world.told());
    assert_eq!((code, story.verdict().as_deref()), (1, Some("rolled-back")), "{told}");
    assert!(story.is_verified(), "it isn't verified{told}");
    assert_eq!(story.cause().as_deref(), Some(at.failed), "the first cause keeps its name{told}");
    let back = way_back(&up_to(at.failed));
    let mut once = story.undone();
    once.dedup();
    assert_eq!(once, back, "the way back{told}");
    let mut cut_short = Vec::new();
    for unit in &back {
        let ends: Vec<bool> = story.inverses_of(unit).iter().map(|it| it.failure.is_none()).collect();
        let (last, before) = ends.split_last().unwrap();
        assert!(*last && !before.contains(&true), "{unit} ran again after it had ended well: {ends:?}{told}");
        cut_short.extend(before.iter().map(|_| unit.as_str()));
    }
    // By the time of the kill the one after it may have begun.
    let place = |unit: &str| back.iter().position(|it| it == unit);
    assert!(cut_short.len() <= 1, "cut short: {cut_short:?}{told}");
    assert!(cut_short.iter().all(|unit| place(unit) >= place(at.unit)), "cut short: {cut_short:?}{told}");
    world.is_as_before();
}

/// A test for every inverse.
macro_rules! every_inverse {
    ($module:ident $victim:ident: $($test:ident $unit:literal)*) => {
        mod $module {
            $(
                #[test]
                fn $test() {
                    super::killed_back($unit, super::Victim::$victim);
                }
            )*
        }
    };
}

every_inverse! { engine Engine:
    start_service "start-service" migrate "migrate" checkout "checkout"
    dependencies_back "dependencies-back" stop_service "stop-service" fetch "fetch"
}
every_inverse! { supervisor Supervisor:
    start_service "start-service" migrate "migrate" checkout "checkout"
    dependencies_back "dependencies-back" stop_service "stop-service" fetch "fetch"
}
every_inverse! { both Both:
    start_service "start-service" migrate "migrate" checkout "checkout"
    dependencies_back "dependencies-back" stop_service "stop-service" fetch "fetch"
}
every_inverse! { inverse Inverse:
    start_service "start-service" migrate "migrate" checkout "checkout"
    dependencies_back "dependencies-back" stop_service "stop-service" fetch "fetch"
}
