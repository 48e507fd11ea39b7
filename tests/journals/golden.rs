//! The recorded runs, and the promise that they are read for ever: a run that a former version left is
//! continued and taken back by this one, and one that a newer version left is refused.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use camino::{Utf8Path, Utf8PathBuf};
use runbook::event::frame::{Chain, frame, scan};
use tempfile::TempDir;

/// The recorded runs.
pub const NAMES: [&str; 5] = ["linear", "rolled-back", "parallel", "halted", "killed"];
/// Every format that there was, each with a folder of the recorded runs.
pub const FORMATS: [&str; 4] = ["v1", "v2", "v3", "v4"];

/// A recorded run.
pub struct Golden {
    pub journal: Vec<u8>,
    pub supervisor: Vec<u8>,
    pub folder: Utf8PathBuf,
}

impl Golden {
    /// One of the newest format.
    pub fn of(name: &str) -> Self {
        Self::recorded(FORMATS[FORMATS.len() - 1], name)
    }

    pub fn recorded(format: &str, name: &str) -> Self {
        let folder = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/journals").join(format).join(name);
        let read = |file: &str| std::fs::read(folder.join(file)).unwrap();
        Self { journal: read("journal.jsonl"), supervisor: read("supervisor.jsonl"), folder }
    }
}

/// A place in which a recorded run is as it was left: at `/mnt`, seen by nobody else.
pub struct Place {
    folder: TempDir,
    run: String,
}

impl Place {
    pub fn of(golden: &Golden) -> Self {
        let folder = TempDir::new().unwrap();
        let run = std::fs::read_to_string(golden.folder.join("run")).unwrap().trim().to_owned();
        let place = Self { folder, run };
        let target = place.records();
        std::fs::create_dir_all(&target).unwrap();
        copy(golden.folder.as_std_path(), &target);
        std::fs::rename(target.join("release"), place.folder.path().join("release")).unwrap();
        std::fs::remove_file(target.join("run")).unwrap();
        place
    }

    /// The run's own directory.
    pub fn records(&self) -> PathBuf {
        self.folder.path().join("state/runs").join(&self.run)
    }

    /// What the steps wrote, in their order.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("release/log")).unwrap_or_default()
    }

    /// Leaves a file where the steps run.
    pub fn allow(&self, name: &str) {
        std::fs::write(self.folder.path().join("release").join(name), "").unwrap();
    }

    /// Changes the events of one of the run's files, and frames and chains them anew.
    pub fn rewrite(&self, file: &str, change: impl Fn(&str) -> Option<String>) {
        let path = self.records().join(file);
        let bytes = std::fs::read(&path).unwrap();
        let (mut chain, mut text) = (Chain::genesis(), String::new());
        for payload in scan(&bytes).records.iter().filter_map(|record| change(record.payload)) {
            let (line, next) = frame(&payload, &chain);
            text.push_str(&line);
            chain = next;
        }
        std::fs::write(path, text).unwrap();
    }

    /// Runs `runbook`; its run is the one of this place.
    pub fn runs(&self, arguments: &[&str]) -> Ran {
        let script = "mount --bind \"$0\" /mnt && cd /mnt/release && exec \"$@\"";
        let output = Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
            .arg(self.folder.path())
            .args([env!("CARGO_BIN_EXE_runbook")])
            .args(arguments)
            .env_clear()
            .envs([("PATH", "/usr/local/bin:/usr/bin:/bin"), ("HOME", "/mnt"), ("USER", "anna"), ("TZ", "UTC")])
            .env("RUNBOOK_STATE", "/mnt/state")
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        Ran::of(&output)
    }
}

/// What a command said.
pub struct Ran {
    pub code: Option<i32>,
    pub text: String,
}

impl Ran {
    fn of(output: &Output) -> Self {
        let text = [output.stdout.as_slice(), &output.stderr].concat();
        Self { code: output.status.code(), text: String::from_utf8_lossy(&text).into_owned() }
    }

    #[track_caller]
    pub fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.text);
        self
    }

    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.text.contains(text), "{text:?} isn't in\n{}", self.text);
        self
    }
}

/// Copies a folder; nobody else may read the copy, whatever a clone's umask was.
fn copy(from: &Path, to: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(to, PermissionsExt::from_mode(0o700)).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).unwrap();
            std::fs::set_permissions(&target, PermissionsExt::from_mode(0o600)).unwrap();
        }
    }
    let state = to.ancestors().find(|path| path.ends_with("state"));
    for folder in state.into_iter().flat_map(|state| [state.to_owned(), state.join("runs")]) {
        std::fs::set_permissions(folder, PermissionsExt::from_mode(0o700)).unwrap();
    }
}

#[test]
fn the_recorded_runs_of_every_format_are_sound() {
    for format in FORMATS {
        for name in NAMES {
            Place::of(&Golden::recorded(format, name)).runs(&["audit"]).ended(0).says("sound: nothing is missing");
        }
    }
}

#[test]
fn a_run_that_a_former_version_halted_goes_on() {
    for format in FORMATS {
        let place = Place::of(&Golden::recorded(format, "halted"));
        place.allow("allowed");
        place.runs(&["resume", "--yes"]).ended(0).says("Every step is done.");
        assert_eq!(place.log(), "one\ntwo\nthree\n", "{format}");
        place.runs(&["audit"]).ended(0);
    }
}

#[test]
fn a_run_that_a_former_version_halted_is_taken_back() {
    for format in FORMATS {
        let place = Place::of(&Golden::recorded(format, "halted"));
        place.runs(&["rollback", "--yes"]).ended(1);
        assert_eq!(place.log(), "one\nun-one\n", "{format}");
    }
}

#[test]
fn a_run_of_a_former_version_whose_engine_was_killed_goes_on() {
    for format in FORMATS {
        let place = Place::of(&Golden::recorded(format, "killed"));
        place.runs(&["resume", "--yes"]).ended(0);
        assert_eq!(place.log(), "one\nkills\nthree\n", "{format}: its `applied` knows that it was done");
    }
}

#[test]
fn what_a_former_version_recorded_is_shown() {
    for name in NAMES {
        let place = Place::of(&Golden::recorded("v1", name));
        place.runs(&["show"]).ended(0).says(name);
        place.runs(&["runs"]).ended(0).says(name);
    }
}

/// A run that was begun by this version and went on with a newer one.
fn of_a_newer_version(file: &str) -> Place {
    let place = Place::of(&Golden::of("halted"));
    place.rewrite(file, |payload| Some(payload.replace("\"format\":4", "\"format\":5").replace("0.1.0", "1.4.0")));
    place
}

#[test]
fn a_journal_of_a_newer_version_is_refused_with_the_version_to_use() {
    let place = of_a_newer_version("journal.jsonl");
    for command in [["resume", "--yes"], ["rollback", "--yes"]] {
        let ran = place.runs(&command).ended(5).says("[runbook::journal::newer]").says("is of format 5");
        ran.says("Use runbook 1.4.0 or newer for this run. Nothing was changed");
    }
    place.runs(&["audit"]).ended(70).says("use runbook 1.4.0 or newer");
    place.runs(&["runs"]).ended(5).says("Use runbook 1.4.0 or newer");
    assert_eq!(place.log(), "one\n");
}

#[test]
fn a_supervisors_log_of_a_newer_version_is_refused() {
    let place = of_a_newer_version("supervisor.jsonl");
    for command in [["resume", "--yes"], ["rollback", "--yes"]] {
        place.runs(&command).ended(5).says("[runbook::journal::newer]").says("is of format 5");
    }
    assert_eq!(place.log(), "one\n");
}
