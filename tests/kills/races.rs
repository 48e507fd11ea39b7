//! Two engines that want one lock, or one run, at the same moment: one of them wins, and the other has
//! started nothing.

use std::process::{Child, Command};
use std::time::Instant;

use crate::house::{House, code};

/// The step waits until the race is over.
const RELEASE: &str = r#"
runbook release "Release" { lock release; }
phase deploy "Deploy" {
    step one "One" { sh "echo begin one >> truth; cat go; echo end one >> truth"; inverse { sh "echo undo one >> truth"; }; }
}
"#;

fn races() -> u64 {
    std::env::var("RUNBOOK_RACES").ok().and_then(|it| it.parse().ok()).unwrap_or(50)
}

fn house() -> House {
    let house = House::of(RELEASE);
    assert!(Command::new("mkfifo").arg(house.path("go")).status().unwrap().success());
    house
}

/// The codes of both, the loser's first. The step goes on when one of them has ended.
fn race(house: &House, arguments: &[&str]) -> [i32; 2] {
    let mut both: Vec<Child> = (0..2).map(|_| house.runbook(arguments).spawn().unwrap()).collect();
    let began = Instant::now();
    let first = loop {
        let ended = both.iter_mut().position(|engine| engine.try_wait().unwrap().is_some());
        match ended {
            Some(first) => break first,
            None if began.elapsed().as_secs() > 60 => panic!("neither of them ends"),
            None => std::thread::sleep(std::time::Duration::from_millis(1)),
        }
    };
    let mut loser = both.swap_remove(first);
    let mut winner = both.swap_remove(0);
    let lost = code(loser.wait().unwrap());
    // Opened only when the step reads it: by then the winner has begun it.
    std::fs::write(house.path("go"), "").unwrap();
    [lost, code(winner.wait().unwrap())]
}

fn lines(house: &House) -> Vec<String> {
    house.truth().into_iter().map(|(what, step)| format!("{what} {step}")).collect()
}

#[test]
fn of_two_engines_for_one_lock_one_wins_and_the_other_has_started_nothing() {
    for number in 0..races().div_ceil(2) {
        let house = house();
        assert_eq!(race(&house, &["exec", "--yes", "release.kdl"]), [5, 0], "race {number}");
        assert_eq!(lines(&house), ["begin one", "end one"], "race {number}");
        let runs = std::fs::read_dir(house.path("state/runs")).unwrap().flatten();
        let journals = runs.map(|run| std::fs::read_to_string(run.path().join("journal.jsonl")).unwrap());
        let mut started: Vec<bool> = journals.map(|journal| journal.contains("\"attempt-started\"")).collect();
        started.sort_unstable();
        assert_eq!(started, [false, true], "race {number}");
    }
}

#[test]
fn of_two_engines_for_one_dead_run_one_wins_and_nothing_runs_twice() {
    for number in 0..races() / 2 {
        let house = house();
        let mut engine = house.runbook(&["exec", "--yes", "release.kdl"]).spawn().unwrap();
        while house.truth().is_empty() {
            assert!(engine.try_wait().unwrap().is_none(), "it ended before its step began");
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        engine.kill().unwrap();
        engine.wait().unwrap();
        let run = house.run().unwrap();
        assert_eq!(race(&house, &["resume", &run]), [5, 0], "race {number}");
        assert_eq!(lines(&house), ["begin one", "end one"], "race {number}");
    }
}
