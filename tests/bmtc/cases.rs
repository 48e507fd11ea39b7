//! Cases: each has a world of its own, and a line in the tally of the whole matrix.
//!
//! With a tally, a case that has passed under this seed isn't run again: a matrix that was stopped goes
//! on. What a case shows is left to its test.
//!
//! Invariant: a case that fails doesn't keep the next one from running, and its test fails.

use std::collections::HashSet;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use super::world::World;

/// The cases of one test.
pub struct Cases {
    /// The names of those that passed in an earlier run.
    passed: HashSet<String>,
    failed: Vec<String>,
}

impl Cases {
    pub fn new() -> Self {
        let tally =
            std::env::var_os("RUNBOOK_BMTC_TALLY").map(|file| std::fs::read_to_string(file).unwrap_or_default());
        let mut passed = HashSet::new();
        for line in tally.iter().flat_map(|text| text.lines()) {
            if let Some((name, code)) = line.split_once('\t')
                && !code.starts_with("failed")
            {
                passed.insert(name.to_owned());
            }
        }
        Self { passed, failed: Vec::new() }
    }

    /// One case in a quick world: `body` hurts it, judges it and says how the run ended.
    pub fn case(&mut self, name: &str, body: impl FnOnce(&World) -> i32) {
        self.case_in(name, World::quick, body);
    }

    /// The same in a world of another kind.
    pub fn case_in(&mut self, name: &str, world: fn(&str) -> World, body: impl FnOnce(&World) -> i32) {
        if self.passed.contains(name) {
            return;
        }
        let began = Instant::now();
        let ended = catch_unwind(AssertUnwindSafe(|| body(&world(name))));
        if ended.is_err() {
            self.failed.push(name.to_owned());
        }
        note(name, ended.ok(), began);
    }

    /// Every case has passed.
    #[track_caller]
    pub fn end(self) {
        assert!(self.failed.is_empty(), "{} failed: {:#?}", self.failed.len(), self.failed);
    }
}

/// A test that is one case.
#[track_caller]
pub fn one_case(name: &str, body: impl FnOnce(&World) -> i32) {
    let mut cases = Cases::new();
    cases.case(name, body);
    cases.end();
}

/// A line for the tally: the case, its exit code or `failed`, milliseconds, and when it ended.
fn note(name: &str, code: Option<i32>, began: Instant) {
    if let Some(file) = std::env::var_os("RUNBOOK_BMTC_TALLY") {
        let ended = code.map_or_else(|| "failed".to_owned(), |code| code.to_string());
        let (took, now) =
            (began.elapsed().as_millis(), SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs());
        let mut file = std::fs::File::options().create(true).append(true).open(file).unwrap();
        file.write_all(format!("{name}\t{ended}\t{took}\t{now}\n").as_bytes()).unwrap();
    }
}
