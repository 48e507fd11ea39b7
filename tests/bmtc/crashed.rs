//! Engine, supervisor or both killed with SIGKILL at a random moment after a step began; then the
//! run is resumed or rolled back. Going forward ends released, or with a person to be asked about
//! one step; going back ends with everything as before. Nothing acts twice.

use std::time::Duration;

use super::cases::Cases;
use super::moments::{Moments, how_many};
use super::run::kill;
use super::world::World;

/// Who is killed.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Victim {
    Engine,
    Supervisor,
    Both,
}

/// How long a step usually takes, in milliseconds.
fn usual(step: &str) -> u64 {
    match step {
        "fetch" => 600,
        "stop-service" | "take-backup" => 150,
        "checkout" => 60,
        "dependencies" | "migrate" => 500,
        "start-service" => 400,
        "smoke-post" => 20,
        other => panic!("{other}?"),
    }
}

/// The runs of one step: at every moment one is resumed and the next rolled back.
#[track_caller]
fn crashed(step: &str, victim: Victim) {
    let mut moments = Moments::of(&format!("crashed {step} {victim:?}"));
    let first = moments.below(2);
    let mut cases = Cases::new();
    for number in 1..=how_many(1) {
        let after = moments.below(usual(step));
        let verb = if (first + number).is_multiple_of(2) { "resume" } else { "rollback" };
        let seed = moments.seed();
        let who = format!("{victim:?}").to_lowercase();
        let name = format!("{step}/{who} killed, {number}: after {after} ms, then {verb}, seed {seed}");
        cases.case(&name, |world| crashed_at(world, step, victim, after, verb));
    }
    cases.end();
}

fn crashed_at(world: &World, step: &str, victim: Victim, after: u64, verb: &str) -> i32 {
    let mut engine = world.exec();
    assert!(engine.wait_for_attempt(step), "{}", world.told());
    let supervisor = engine.supervisor().expect("a supervisor is at work");
    std::thread::sleep(Duration::from_millis(after));
    if victim != Victim::Supervisor {
        engine.kill();
    }
    if victim != Victim::Engine {
        kill(supervisor);
    }
    let code = match victim {
        Victim::Supervisor => engine.end(),
        Victim::Engine | Victim::Both if world.story().verdict().is_some() => {
            // The run had ended before the engine was killed.
            world.is_released(0);
            return 0;
        }
        Victim::Engine | Victim::Both => world.go_on(verb),
    };
    let code = if code == 4 { asks_for_a_person(world, step, victim) } else { code };
    match (victim, verb, code) {
        (_, _, 1) => world.is_taken_back(code),
        // A supervisor that dies between two steps is replaced, and nothing is lost.
        (Victim::Supervisor, _, _) => {
            let unknown = world.story().attempts().iter().any(|it| it.outcome.as_deref() == Some("unknown"));
            assert!(!unknown, "an unknown outcome was passed over{}", world.told());
            world.is_released(code);
        }
        (_, "resume", _) => world.is_released(code),
        (..) => panic!("{verb} ended with {code}{}", world.told()),
    }
    code
}

/// Only a step that nobody can tell about, and that mustn't run twice, needs a person; who takes the
/// run back instead.
#[track_caller]
fn asks_for_a_person(world: &World, step: &str, victim: Victim) -> i32 {
    let story = world.story();
    assert_eq!(story.verdict().as_deref(), Some("unsettled"), "{}", world.told());
    let unknown =
        |step: &str| story.attempts().iter().any(|it| it.unit == step && it.outcome.as_deref() == Some("unknown"));
    assert!(
        ["stop-service", "checkout", "migrate", "start-service"].iter().any(|step| unknown(step)),
        "{}",
        world.told()
    );
    assert!(victim == Victim::Both || !["checkout", "migrate"].contains(&step), "its supervisor knew{}", world.told());
    world.go_on("rollback")
}

/// A test for every step.
macro_rules! every_step {
    ($module:ident $victim:ident: $($test:ident $step:literal)*) => {
        mod $module {
            $(
                #[test]
                fn $test() {
                    super::crashed($step, super::Victim::$victim);
                }
            )*
        }
    };
}

every_step! { engine Engine:
    fetch "fetch" stop_service "stop-service" take_backup "take-backup" checkout "checkout"
    dependencies "dependencies" migrate "migrate" start_service "start-service" smoke_post "smoke-post"
}
every_step! { supervisor Supervisor:
    fetch "fetch" stop_service "stop-service" take_backup "take-backup" checkout "checkout"
    dependencies "dependencies" migrate "migrate" start_service "start-service" smoke_post "smoke-post"
}
every_step! { both Both:
    fetch "fetch" stop_service "stop-service" take_backup "take-backup" checkout "checkout"
    dependencies "dependencies" migrate "migrate" start_service "start-service" smoke_post "smoke-post"
}
