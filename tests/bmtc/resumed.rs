//! Engine and supervisor killed inside every step, before its work or after it, and the run resumed
//! forward: to the released state. Where nobody can know what became of the step it stops with 4, a
//! person looks, and it goes on after `resolve`.

use std::process::Command;
use std::time::{Duration, Instant};

use super::procedure::{ONCE, STEPS};
use super::run::kill;
use super::world::World;

/// Longer than anything takes on a busy machine: only a hang gets there.
const PATIENCE: Duration = Duration::from_mins(4);

/// Where a step is held up: the program, and which of its calls.
fn held(step: &str) -> (&'static str, &'static [&'static str]) {
    match step {
        "fetch" => ("git", &["match=fetch*", "step=fetch"]),
        "stop-service" => ("systemctl", &["unit=bmtc-api.service", "verb=stop"]),
        "take-backup" => ("systemctl", &["unit=bmtc-backup.service", "verb=start"]),
        "checkout" => ("git", &["match=checkout --detach*", "step=checkout"]),
        "dependencies" => ("uv", &["is=sync --frozen", "step=dependencies"]),
        "migrate" => ("uv", &["match=*migrate*", "step=migrate"]),
        "start-service" => ("systemctl", &["unit=bmtc-api.service", "verb=start"]),
        other => panic!("{other}?"),
    }
}

/// Where a step is when its engine dies.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Moment {
    BeforeItsWork,
    AfterItsWork,
}

/// A world in which engine and supervisor died inside a step.
#[track_caller]
fn dead_in(step: &str, moment: Moment) -> World {
    let world = World::quick(&format!("{step}/both killed {moment:?}, then resume"));
    let (program, which) = held(step);
    let hold = match (moment, program) {
        (Moment::AfterItsWork, _) => "hold=600",
        // A job of systemd's goes on without its client.
        (Moment::BeforeItsWork, "systemctl") => "slow=8",
        (Moment::BeforeItsWork, _) => "delay=600",
    };
    world.fault(program, "held", &[which, &[hold]].concat());
    let mut engine = world.exec();
    let until = Instant::now() + PATIENCE;
    while !world.was_reached(program, "held") || moment == Moment::AfterItsWork && !is_there(&world, step) {
        assert!(Instant::now() < until, "{step} isn't reached{}", world.told());
        std::thread::sleep(Duration::from_millis(5));
    }
    let supervisor = engine.supervisor();
    engine.kill();
    supervisor.into_iter().for_each(kill);
    world.clear_faults();
    world
}

/// Whether the work of a held step is done, as far as that can be seen from outside.
fn is_there(world: &World, step: &str) -> bool {
    let code = world.root.join("opt/bmtc-api");
    match step {
        "checkout" => {
            said(Command::new("git").current_dir(code).args(["describe", "--tags", "--exact-match"])) == "v0.3.0"
        }
        "migrate" => {
            let tables = "SELECT count(*) FROM sqlite_master WHERE name = 'alerts'";
            said(Command::new("sqlite3").arg(world.root.join("var/lib/bmtc-api/bmtc.db")).arg(tables)) == "1"
        }
        "stop-service" => unit(world, &["show", "bmtc-api.service", "-p", "ActiveState", "--value"]) == "inactive",
        "start-service" => unit(world, &["show", "bmtc-api.service", "-p", "ActiveState", "--value"]) == "active",
        // These may run twice: that they have run is all that there is to wait for.
        _ => true,
    }
}

fn said(command: &mut Command) -> String {
    String::from_utf8(command.output().unwrap().stdout).unwrap().trim().to_owned()
}

/// Calls the world's `systemctl` as nobody's step.
fn unit(world: &World, arguments: &[&str]) -> String {
    said(Command::new(world.root.join("bin/systemctl")).args(arguments).env("RUNBOOK_STEP_ID", "oracle"))
}

impl World {
    /// Released, where a person had one step run again.
    #[track_caller]
    fn is_released_after(&self, code: i32, again: Option<&str>) {
        let told = self.told();
        assert_eq!((code, self.story().verdict().as_deref()), (0, Some("succeeded")), "{told}");
        assert_eq!(self.story().started(), STEPS, "{told}");
        // The client of a job outlives the engine that asked for the job, until systemd answers it.
        let strays: Vec<_> = self.strays().into_iter().filter(|it| !it.contains("/bin/systemctl ")).collect();
        assert!(strays.is_empty(), "these still run: {strays:#?}\n{told}");
        if let Some(missing) = self.missing() {
            panic!("not released:\n{missing}\n{told}");
        }
        for (step, program, words) in ONCE {
            let calls = self.calls();
            let times = calls.iter().filter(|call| call.0 == program && call.1 == step && call.2.starts_with(words));
            let most = 1 + usize::from(again == Some(step));
            assert!(times.count() <= most, "{step} ran more than {most} times{told}");
        }
    }
}

/// It goes on by itself: what became of the step is known, or it may run again.
#[track_caller]
fn goes_on(step: &str, moment: Moment) {
    let world = dead_in(step, moment);
    let code = world.go_on("resume");
    world.is_released_after(code, None);
}

/// Nobody can know: it stops with 4, and goes on after a person said what became of it. A job of
/// systemd's comes to its end; nothing is there of all else.
#[track_caller]
fn asks_and_goes_on(step: &str) {
    let world = dead_in(step, Moment::BeforeItsWork);
    let code = world.go_on("resume");
    assert_eq!((code, world.story().verdict().as_deref()), (4, Some("unsettled")), "{}", world.told());
    let is_job = held(step).0 == "systemctl";
    let until = Instant::now() + PATIENCE;
    while is_job && !is_there(&world, step) {
        assert!(Instant::now() < until, "its job doesn't end{}", world.told());
        std::thread::sleep(Duration::from_millis(20));
    }
    let (outcome, again) = if is_there(&world, step) { ("applied", None) } else { ("not-applied", Some(step)) };
    assert_eq!(is_job, again.is_none(), "{}", world.told());
    assert_eq!(world.resolve(step, outcome), 0, "{}", world.told());
    let code = world.go_on("resume");
    world.is_released_after(code, again);
}

#[test]
fn a_fetch_runs_again() {
    goes_on("fetch", Moment::BeforeItsWork);
    goes_on("fetch", Moment::AfterItsWork);
}

#[test]
fn a_service_that_is_stopped_is_taken_as_stopped() {
    goes_on("stop-service", Moment::AfterItsWork);
}

#[test]
fn a_service_that_is_being_stopped_is_a_persons_to_settle() {
    asks_and_goes_on("stop-service");
}

#[test]
fn a_backup_runs_again() {
    goes_on("take-backup", Moment::BeforeItsWork);
    goes_on("take-backup", Moment::AfterItsWork);
}

#[test]
fn a_checkout_that_is_there_is_taken_as_done() {
    goes_on("checkout", Moment::AfterItsWork);
}

#[test]
fn a_checkout_that_is_not_there_is_a_persons_to_settle() {
    asks_and_goes_on("checkout");
}

#[test]
fn the_dependencies_are_built_again() {
    goes_on("dependencies", Moment::BeforeItsWork);
    goes_on("dependencies", Moment::AfterItsWork);
}

#[test]
fn a_migration_that_is_there_is_taken_as_done() {
    goes_on("migrate", Moment::AfterItsWork);
}

#[test]
fn a_migration_that_is_not_there_is_a_persons_to_settle() {
    asks_and_goes_on("migrate");
}

#[test]
fn a_service_that_was_started_is_taken_as_started() {
    goes_on("start-service", Moment::AfterItsWork);
}

#[test]
fn a_service_that_is_being_started_is_a_persons_to_settle() {
    asks_and_goes_on("start-service");
}

/// A request has no process that could be held up: the one that answers it takes its time.
#[test]
fn a_ride_is_posted_again() {
    let world = World::quick("smoke-post/both killed, then resume");
    world.http_fault(r#"{"/v1/ride_summary": {"delay": 600, "times": 1}}"#);
    let mut engine = world.exec();
    assert!(engine.wait_for_attempt("smoke-post"), "{}", world.told());
    let supervisor = engine.supervisor();
    engine.kill();
    supervisor.into_iter().for_each(kill);
    world.clear_faults();
    let code = world.go_on("resume");
    world.is_released_after(code, None);
}

#[test]
fn a_reboot_that_started_the_service_again_stops_the_run_until_that_is_put_right() {
    let world = dead_in("dependencies", Moment::BeforeItsWork);
    unit(&world, &["start", "bmtc-api.service"]);
    let code = world.go_on("resume");
    assert_eq!((code, world.story().verdict().as_deref()), (7, Some("halted")), "{}", world.told());
    assert!(world.story().told().contains("stop-service no longer holds"), "{}", world.told());
    unit(&world, &["stop", "bmtc-api.service"]);
    let code = world.go_on("resume");
    world.is_released_after(code, None);
}
