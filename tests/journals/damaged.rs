//! Every image through what `resume`, `rollback` and the next supervisor do first: none goes unseen,
//! none panics, nothing that was whole is cut, and nothing at all is changed where it is refused.

use std::path::Path;

use camino::Utf8PathBuf;
use runbook::event::Stamped;
use runbook::journal::{Identity, JournalError, RunDirectory, StateDirectory, resume};
use runbook::perform::supervisor::{Log, LogError, read_log};
use tempfile::TempDir;

use super::golden::{Golden, NAMES};
use super::images::{Expected, Image, Images};
use super::seed::{Chance, is_long};

/// How many images of each file are tried: of all files 100,000, and more than 1,000,000.
fn how_many(images: &Images<'_>) -> usize {
    if is_long() { images.count() * 3 / 2 } else { 100_000 / (2 * NAMES.len()) }
}

/// A run whose records are overwritten again and again, where a sync costs nothing.
struct Bench {
    _folder: TempDir,
    run: RunDirectory,
}

impl Bench {
    fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() }.unwrap();
        let path = Utf8PathBuf::from_path_buf(folder.path().canonicalize().unwrap()).unwrap();
        let state = StateDirectory::open_or_create(&path.join("state"), &Identity::own()).unwrap();
        let run = state.create_run("golden", "2026-11-22T03:30:00Z".parse().unwrap()).unwrap();
        Self { _folder: folder, run }
    }

    /// What was kept aside, which goes.
    fn aside(&self, name: &str) -> Vec<u8> {
        let path = self.run.path().join(name);
        let bytes = std::fs::read(&path).unwrap_or_default();
        drop(std::fs::remove_file(path));
        bytes
    }

    fn journal(&self, image: &Image) -> Expected {
        let path = self.run.journal();
        std::fs::write(&path, &image.bytes).unwrap();
        match resume::<Stamped>(&self.run) {
            Ok(resumed) => {
                let tail = self.aside("journal.torn-1");
                assert_eq!(resumed.torn.map_or(0, |torn| torn.bytes), tail.len());
                let left = std::fs::read(&path).unwrap();
                assert_eq!(left, image.bytes[..image.bytes.len() - tail.len()]);
                found(resumed.events.len() as u64, tail)
            }
            Err(JournalError::Damaged { line, .. }) => {
                assert_eq!(std::fs::read(&path).unwrap(), image.bytes);
                Expected::Damaged { line }
            }
            Err(error) => panic!("{error}"),
        }
    }

    fn log(&self, image: &Image) -> Expected {
        let path = self.run.supervisor_log();
        std::fs::write(&path, &image.bytes).unwrap();
        let told = read_log(self.run.path());
        match Log::open(self.run.path()).map(drop) {
            Ok(()) => {
                let tail = self.aside("supervisor.torn-1");
                let left = std::fs::read(&path).unwrap();
                // Whoever opens it notes that first.
                assert!(left.starts_with(&image.bytes[..image.bytes.len() - tail.len()]));
                let told = told.unwrap();
                assert_eq!(told.torn, tail.len() as u64);
                found(told.notes.len() as u64, tail)
            }
            Err(LogError::Damaged { line, .. }) => {
                assert!(matches!(told, Err(LogError::Damaged { line: other, .. }) if other == line));
                assert_eq!(std::fs::read(&path).unwrap(), image.bytes);
                Expected::Damaged { line }
            }
            Err(error) => panic!("{error}"),
        }
    }
}

fn found(records: u64, tail: Vec<u8>) -> Expected {
    if tail.is_empty() { Expected::Shorter { records } } else { Expected::Torn { records, tail } }
}

/// Tries images of one file; each has to come to what it must.
fn tried(name: &str, whole: &[u8], recover: impl Fn(&Image) -> Expected) {
    let images = Images::of(whole);
    let mut chance = Chance::of(name);
    let (count, many) = (images.count(), how_many(&images));
    let (mut tried, mut ends) = (0, [0; 3]);
    let mut try_one = |image: &Image| {
        let expected = images.expected(image);
        let came = recover(image);
        assert!(came == expected, "{name}, {}: {came:?} instead of {expected:?}", image.how);
        ends[match expected {
            Expected::Shorter { .. } => 0,
            Expected::Torn { .. } => 1,
            Expected::Damaged { .. } => 2,
        }] += 1;
        tried += 1;
    };
    if is_long() {
        (0..count).filter_map(|number| images.get(number)).for_each(|image| try_one(&image));
        (count..many).for_each(|_| try_one(&images.of_two_faults(&mut chance)));
    } else {
        for _ in 0..many {
            // Some changes change nothing: the sample takes the next.
            let of_one = (chance.below(4) > 0).then(|| images.get(chance.below(count))).flatten();
            try_one(&of_one.unwrap_or_else(|| images.of_two_faults(&mut chance)));
        }
    }
    let [shorter, torn, damaged] = ends;
    eprintln!(
        "{name}: {tried} images: {damaged} refused with their line, {torn} torn, {shorter} shorter by whole lines"
    );
}

fn journal(name: &str) {
    let bench = Bench::new();
    tried(&format!("{name}/journal.jsonl"), &Golden::of(name).journal, |image| bench.journal(image));
}

fn log(name: &str) {
    let bench = Bench::new();
    tried(&format!("{name}/supervisor.jsonl"), &Golden::of(name).supervisor, |image| bench.log(image));
}

#[test]
fn no_damage_to_the_journal_of_a_linear_run_goes_unseen() {
    journal("linear");
}

#[test]
fn no_damage_to_the_journal_of_a_run_that_was_taken_back_goes_unseen() {
    journal("rolled-back");
}

#[test]
fn no_damage_to_the_journal_of_a_parallel_run_goes_unseen() {
    journal("parallel");
}

#[test]
fn no_damage_to_the_journal_of_a_halted_run_goes_unseen() {
    journal("halted");
}

#[test]
fn no_damage_to_the_journal_of_a_killed_run_goes_unseen() {
    journal("killed");
}

#[test]
fn no_damage_to_the_supervisors_log_of_a_linear_run_goes_unseen() {
    log("linear");
}

#[test]
fn no_damage_to_the_supervisors_log_of_a_run_that_was_taken_back_goes_unseen() {
    log("rolled-back");
}

#[test]
fn no_damage_to_the_supervisors_log_of_a_parallel_run_goes_unseen() {
    log("parallel");
}

#[test]
fn no_damage_to_the_supervisors_log_of_a_halted_run_goes_unseen() {
    log("halted");
}

#[test]
fn no_damage_to_the_supervisors_log_of_a_killed_run_goes_unseen() {
    log("killed");
}
