//! The kills. A run is begun and killed; what goes on with it is killed, too, one time in three; then
//! it is brought to its end. Where a person must say what became of a step, the truth says it.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::house::{House, build, code, program};

/// How many kills there are, all tests together.
fn kills() -> u64 {
    std::env::var("RUNBOOK_KILLS").ok().and_then(|it| it.parse().ok()).unwrap_or(300)
}

/// Numbers that follow from one that is printed.
struct Chance {
    seed: u64,
    state: u64,
}

impl Chance {
    fn of(name: &str) -> Self {
        let seed = std::env::var("RUNBOOK_KILLS_SEED").ok().and_then(|it| it.parse().ok()).unwrap_or_else(|| {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
            u64::from(now.subsec_nanos())
        });
        eprintln!("RUNBOOK_KILLS_SEED={seed}");
        let state = name.bytes().fold(seed, |state, byte| state.wrapping_mul(31).wrapping_add(u64::from(byte)));
        Self { seed, state }
    }

    fn below(&mut self, end: u64) -> u64 {
        // splitmix64: every state is a good one.
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end.max(1)
    }
}

/// How many system calls the engine and the supervisor made, and whether anybody was killed.
struct Counts {
    engine: u64,
    supervisor: u64,
    killed: bool,
}

struct Killer {
    program: PathBuf,
    _folder: tempfile::TempDir,
}

impl Killer {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { program: build("killer.c", folder.path(), &[]), _folder: folder }
    }

    /// Runs `runbook` until the n-th system call of the victim.
    fn run(&self, house: &House, victim: &str, n: u64, arguments: &[&str]) -> (i32, Counts) {
        let counts = house.path("counts");
        let mut command = house.command(&self.program);
        command.args([victim, &n.to_string()]).arg(&counts).arg(program()).args(arguments);
        let code = code(command.status().unwrap());
        let told = std::fs::read_to_string(counts).unwrap();
        let numbers: Vec<u64> = told.split_whitespace().map(|it| it.parse().unwrap()).collect();
        let [engine, supervisor, killed] = numbers[..] else { panic!("{told}") };
        (code, Counts { engine, supervisor, killed: killed == 1 })
    }
}

const EXEC: [&str; 3] = ["exec", "--yes", "release.kdl"];

/// Brings a run to its end, and says how it ended.
fn bring_to_its_end(house: &House, verb: &str) -> i32 {
    let mut verb = verb;
    for _ in 0..20 {
        if house.run().is_none() {
            // Killed before there was a run.
            verb = "exec";
        }
        let code = if verb == "exec" { house.call(&EXEC) } else { house.call(&[verb, "--yes"]) };
        let events = house.events();
        let last = events.iter().rev().find(|event| event["event"] == "run-ended");
        let kind = last.and_then(|event| event["verdict"]["kind"].as_str()).unwrap_or_default().to_owned();
        match (code, kind.as_str()) {
            (4, "unsettled") => {
                let unit = last.unwrap()["verdict"]["unit"].as_str().unwrap().to_owned();
                let outcome = if house.is_whole(&unit) { "applied" } else { "not-applied" };
                let run = house.run().unwrap();
                let settled = house.call(&["resolve", &run, &unit, "--as", outcome, "--reason", "looked"]);
                assert_eq!(settled, 0, "{unit} can't be settled");
            }
            // Killed before its head was durable: there is nothing to go on with, and nothing was done.
            (5 | 70, _) if house.truth().is_empty() && !house.path("four").exists() => return 5,
            // It had ended before it was killed, or it has now.
            (5, "succeeded") => return 0,
            (5, "rolled-back") => return 1,
            // The supervisor was killed and the run turned round, or stopped in the middle of that.
            (4, _) => verb = "rollback",
            (code, _) => return code,
        }
    }
    panic!("it never ends")
}

/// What was killed, and what came of it.
fn judge(house: &House, what: &str, (kills, code): (u64, i32)) {
    let wrong = house.wrong(code);
    if wrong.is_empty() {
        if let Some(file) = std::env::var_os("RUNBOOK_KILLS_TALLY") {
            let mut file = std::fs::File::options().create(true).append(true).open(file).unwrap();
            file.write_all(format!("{what}\t{kills}\t{code}\n").as_bytes()).unwrap();
        }
        return;
    }
    let truth: Vec<_> = house.truth().into_iter().map(|(what, step)| format!("{what} {step}")).collect();
    let events: Vec<_> = house.events().iter().map(ToString::to_string).collect();
    panic!("{what}: {}\n{}\n{}", wrong.join("; "), truth.join("\n"), events.join("\n"));
}

/// So many kills of one victim: spread evenly over all its system calls, from a random one on.
fn at_system_calls(victim: &str, share: u64) {
    let killer = Killer::new();
    let mut chance = Chance::of(victim);
    let whole = House::new();
    let (code, counts) = killer.run(&whole, victim, 0, &EXEC);
    assert_eq!((code, counts.killed), (0, false));
    judge(&whole, "nobody killed", (0, code));
    let calls = if victim.starts_with("engine") { counts.engine } else { counts.supervisor };
    assert!(calls > 100, "{calls} system calls");
    let wanted = (kills() * share / 100).max(1);
    let offset = chance.below(calls);
    let mut reached = 0;
    for number in 0..wanted {
        let n = (offset + number * calls / wanted) % calls + 1;
        let verb = if chance.below(2) == 0 { "resume" } else { "rollback" };
        let house = House::new();
        let (_, counts) = killer.run(&house, victim, n, &EXEC);
        let mut what = format!("{victim} killed at call {n} of {calls}, then {verb}, seed {}", chance.seed);
        // A run has not always as many calls.
        let mut kills = u64::from(counts.killed);
        if chance.below(3) == 0 && house.run().is_some() {
            let again = ["engine", "supervisor", "engine+both"][usize::try_from(chance.below(3)).unwrap()];
            let n = chance.below(calls) + 1;
            let (_, counts) = killer.run(&house, again, n, &[verb, "--yes"]);
            if counts.killed {
                kills += 1;
                what = format!("{what}, {again} killed at its call {n}");
            }
        }
        let code = bring_to_its_end(&house, verb);
        judge(&house, &what, (kills, code));
        reached += kills;
    }
    assert!(reached * 10 >= wanted * 8, "only {reached} of {wanted} were killed");
    eprintln!("{victim}: {reached} kills at {calls} system calls");
}

#[test]
fn an_engine_killed_at_any_system_call_loses_and_repeats_nothing() {
    at_system_calls("engine", 35);
}

#[test]
fn a_supervisor_killed_at_any_system_call_loses_and_repeats_nothing() {
    at_system_calls("supervisor", 25);
}

#[test]
fn both_killed_at_any_system_call_of_the_supervisor_leave_what_can_be_settled() {
    at_system_calls("supervisor+both", 20);
}

/// The supervisor of an engine.
fn supervisor_of(engine: u32) -> Option<i32> {
    let children = std::fs::read_to_string(format!("/proc/{engine}/task/{engine}/children")).ok()?;
    children.split_whitespace().next()?.parse().ok()
}

#[test]
fn whoever_is_killed_at_a_random_moment_nothing_is_lost_or_repeated() {
    let mut chance = Chance::of("moments");
    let began = Instant::now();
    let whole = House::new();
    assert_eq!(whole.call(&EXEC), 0);
    let usual = u64::try_from(began.elapsed().as_micros()).unwrap();
    let wanted = (kills() * 20 / 100).max(1);
    for _ in 0..wanted {
        let house = House::new();
        let mut engine = house.runbook(&EXEC).spawn().unwrap();
        let (after, victim) = (chance.below(usual), chance.below(3));
        std::thread::sleep(Duration::from_micros(after));
        let supervisor = supervisor_of(engine.id()).and_then(Pid::from_raw).filter(|_| victim > 0);
        if let Some(supervisor) = supervisor {
            // It may be gone already.
            let _ = kill_process(supervisor, Signal::KILL);
        }
        if victim != 1 {
            let _ = engine.kill();
        }
        engine.wait().unwrap();
        let verb = if chance.below(2) == 0 { "resume" } else { "rollback" };
        let who = ["engine", "supervisor", "both"][usize::try_from(victim).unwrap()];
        let code = bring_to_its_end(&house, verb);
        judge(&house, &format!("{who} killed after {after} µs, then {verb}, seed {}", chance.seed), (1, code));
    }
}
