//! Runs of the real binary in a world: started, watched, killed, resumed, rolled back.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::story::Story;
use super::world::{World, all_processes, argv};

/// Longer than any case takes on a busy machine: only a hang gets there.
const PATIENCE: Duration = Duration::from_mins(4);

/// An engine at work.
pub struct Engine {
    child: Child,
    state: PathBuf,
}

impl World {
    /// Starts the release.
    pub fn exec(&self) -> Engine {
        self.exec_with(&[])
    }

    /// Starts the release with other words in the runbook: each is there exactly once.
    pub fn exec_with(&self, changes: &[(&str, &str)]) -> Engine {
        if changes.is_empty() && !self.is_quick {
            return self.exec_file(&release());
        }
        self.exec_file(&self.book(changes))
    }

    /// Rehearses the release in this world, with other words in the runbook: the exit code.
    pub fn rehearse(&self, changes: &[(&str, &str)]) -> i32 {
        let text = std::fs::read_to_string(release()).unwrap();
        let start = text.find("rehearse {").unwrap();
        let end = start + text[start..].find('}').unwrap() + 1;
        let settings = self.pairs("inputs").into_iter().map(|(name, value)| format!(" {name}={value:?}"));
        let here = format!("rehearse {{\n    set{}\n}}", settings.collect::<String>());
        let changes: Vec<_> = changes.iter().copied().chain([(&text[start..end], here.as_str())]).collect();
        let file = self.book(&changes).to_string_lossy().into_owned();
        self.engine(&["rehearse".to_owned(), file]).end()
    }

    /// What the rehearsal showed: where each run turned round, and what keeps its way back from being
    /// proven.
    pub fn rehearsed(&self) -> Vec<(String, Option<String>)> {
        let folder = self.state().join("rehearsals/bmtc-api");
        let file = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).next().unwrap();
        let shown: serde_json::Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let said = |value: &serde_json::Value| value.as_str().map(str::to_owned);
        let way_back = |it: &serde_json::Value| (said(&it["turn"]["unit"]).unwrap_or_default(), said(&it["trouble"]));
        shown["ways_back"].as_array().unwrap().iter().map(way_back).collect()
    }

    /// The runbook with other words in it: each is there exactly once.
    fn book(&self, changes: &[(&str, &str)]) -> PathBuf {
        let mut text = std::fs::read_to_string(release()).unwrap();
        for (from, to) in changes {
            assert_eq!(text.matches(from).count(), 1, "{from} is not once in the runbook");
            text = text.replace(from, to);
        }
        if self.is_quick {
            text = text.replace("every=\"1s\"", "every=\"100ms\"").replace("every=\"2s\"", "every=\"100ms\"");
        }
        let folder = self.beside("book");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("bmtc-api-0.3.0.kdl"), text).unwrap();
        folder.join("bmtc-api-0.3.0.kdl")
    }

    fn exec_file(&self, file: &Path) -> Engine {
        let mut arguments = vec!["exec".to_owned(), file.to_string_lossy().into_owned()];
        for (name, value) in self.pairs("inputs") {
            arguments.extend(["--set".to_owned(), format!("{name}={value}")]);
        }
        self.engine(&arguments)
    }

    /// Runs `resume` or `rollback` to its end: the exit code.
    pub fn go_on(&self, verb: &str) -> i32 {
        self.engine(&[verb.to_owned(), "--yes".to_owned()]).end()
    }

    /// Says what became of a step: the exit code.
    pub fn resolve(&self, step: &str, outcome: &str) -> i32 {
        let words = ["resolve", &self.run_id(), step, "--as", outcome, "--reason", "looked", "--state-dir"];
        let mut command = Command::new(env!("CARGO_BIN_EXE_runbook"));
        command.args(words).arg(self.state()).env_clear().envs(self.pairs("environment")).stdin(Stdio::null());
        command.output().unwrap().status.code().unwrap_or(-1)
    }

    fn run_id(&self) -> String {
        let runs = std::fs::read_dir(self.state().join("runs")).unwrap();
        runs.map(|run| run.unwrap().file_name().into_string().unwrap()).min().unwrap()
    }

    /// What the run has come to.
    pub fn story(&self) -> Story {
        Story::read(&self.state())
    }

    fn state(&self) -> PathBuf {
        self.beside("state")
    }

    fn engine(&self, arguments: &[String]) -> Engine {
        let said = |name: &str| {
            let path = self.beside(name);
            File::options().create(true).append(true).open(path).unwrap()
        };
        let child = Command::new(env!("CARGO_BIN_EXE_runbook"))
            .args(arguments)
            .args(["--format", "json", "--state-dir"])
            .arg(self.state())
            .env_clear()
            .envs(self.pairs("environment"))
            .env("HOME", self.root.parent().unwrap())
            .env("LANG", "C.UTF-8")
            .stdin(Stdio::null())
            .stdout(said("stdout"))
            .stderr(said("stderr"))
            .spawn()
            .unwrap();
        Engine { child, state: self.state() }
    }
}

/// The runbook of the release.
fn release() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks/bmtc-api/bmtc-api-0.3.0.kdl")
}

impl Engine {
    /// Waits for its end: the exit code.
    #[track_caller]
    pub fn end(mut self) -> i32 {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code().unwrap_or(-1);
            }
            if Instant::now() > until {
                self.kill();
                panic!("it doesn't end:\n{}", Story::read(&self.state).told());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until a step is begun; `false`: the engine ended before.
    #[track_caller]
    pub fn wait_for_attempt(&mut self, step: &str) -> bool {
        self.wait_for(step, "forward")
    }

    /// Waits until the inverse of a unit is begun; `false`: the engine ended before.
    #[track_caller]
    pub fn wait_for_inverse(&mut self, unit: &str) -> bool {
        self.wait_for(unit, "back")
    }

    #[track_caller]
    fn wait_for(&mut self, unit: &str, direction: &str) -> bool {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            // Before the journal is read: what it did before its end is on the disk then.
            let is_over = self.child.try_wait().unwrap().is_some();
            if Story::has_begun(&self.state, unit, direction) {
                return true;
            }
            if is_over {
                return false;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        panic!("{unit} doesn't begin:\n{}", Story::read(&self.state).told());
    }

    /// Its supervisor; `None` where it has none.
    pub fn supervisor(&self) -> Option<i32> {
        let own = self.child.id().cast_signed();
        all_processes()
            .into_iter()
            .find(|pid| parent(*pid) == Some(own) && argv(*pid).get(1).is_some_and(|it| it == "__supervise"))
    }

    /// The processes that a unit runs by now, its leader first: what it and its supervisor started with
    /// the unit's name.
    pub fn processes_of(&self, unit: &str) -> Vec<i32> {
        let named = format!("RUNBOOK_STEP_ID={unit}\0");
        let mut started = self.supervisor().map_or_else(Vec::new, descendants);
        started.extend(descendants(self.child.id().cast_signed()));
        let is_named = |pid: &i32| {
            let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            String::from_utf8_lossy(&environment).contains(&named)
        };
        started.retain(is_named);
        started
    }

    /// SIGKILL, and waits until it is gone.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// SIGKILL to one process; it may be gone already.
pub fn kill(pid: i32) {
    if let Some(pid) = Pid::from_raw(pid) {
        let _ = kill_process(pid, Signal::KILL);
    }
}

/// What a process started and what these started, the older ones first.
fn descendants(pid: i32) -> Vec<i32> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let texts = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    let own: Vec<i32> =
        texts.flat_map(|text| text.split_whitespace().filter_map(|it| it.parse().ok()).collect::<Vec<_>>()).collect();
    own.into_iter().flat_map(|child| std::iter::once(child).chain(descendants(child))).collect()
}

fn parent(pid: i32) -> Option<i32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}
