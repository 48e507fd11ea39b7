//! Several people for one system: a state directory that a group shares. Who comes second sees the
//! first one's run, goes on with it, takes it back or gives it up, under an identity of their own.
//!
//! The people are real users by their numbers. Whoever isn't root runs these tests as the root of a
//! user namespace.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

const ANNA: &str = "54321";
const BERT: &str = "54322";
/// In no group of theirs.
const CARL: &str = "54323";
const GROUP: u32 = 54320;
/// Longer than anything takes: only a hanging test ends by it.
const HANGS: Duration = Duration::from_secs(90);

const RELEASE: &str = r#"
runbook release "Release" { lock release; }
phase deploy "Deploy" {
    step one "One" { sh "echo one >> log"; inverse { sh "echo undone one >> log"; }; }
    step two "Two" { sh "echo two >> log; echo $$ > pid; cat go; echo done two >> log"; inverse { sh "echo undone two >> log"; }; }
    step three "Three" { sh "echo three >> log"; inverse { sh "echo undone three >> log"; }; }
}
"#;

/// A folder that all can reach, with a state for the group.
struct Office {
    folder: tempfile::TempDir,
    engine: Option<Child>,
}

/// Whether this process may be other users; if not, it ran the test in a user namespace where it may.
fn can_be_others(test: &str) -> bool {
    if rustix::process::geteuid().is_root() {
        return true;
    }
    let own = std::env::current_exe().unwrap();
    let mut unshare = Command::new("unshare");
    unshare
        .args(["--user", "--map-root-user", "--map-auto", "--"])
        .arg(own)
        .args(["--exact", &format!("group::{test}")]);
    let output = unshare.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    false
}

impl Office {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let office = Self { folder, engine: None };
        office.allow("", 0o755);
        // Copied, because nobody else may reach the folder that it was built in.
        std::fs::copy(env!("CARGO_BIN_EXE_runbook"), office.path("runbook")).unwrap();
        std::fs::create_dir(office.path("work")).unwrap();
        office.allow("work", 0o777);
        std::fs::write(office.path("work/release.kdl"), RELEASE).unwrap();
        std::fs::write(office.path("work/log"), "").unwrap();
        office.allow("work/log", 0o666);
        assert!(Command::new("mkfifo").arg(office.path("work/go")).status().unwrap().success());
        office.allow("work/go", 0o666);
        std::fs::create_dir(office.path("state")).unwrap();
        std::os::unix::fs::chown(office.path("state"), None, Some(GROUP)).unwrap();
        office.allow("state", 0o2770);
        office
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn allow(&self, name: &str, mode: u32) {
        std::fs::set_permissions(self.path(name), std::fs::Permissions::from_mode(mode)).unwrap();
    }

    fn command(&self, user: &str, arguments: &[&str]) -> Command {
        let group = if user == CARL { CARL.to_owned() } else { GROUP.to_string() };
        let mut command = Command::new("setpriv");
        command.args(["--reuid", user, "--regid", &group, "--clear-groups", "--"]).arg(self.path("runbook"));
        command.args(arguments).current_dir(self.path("work")).env_clear();
        command.env("PATH", "/usr/local/bin:/usr/bin:/bin").env("RUNBOOK_STATE", self.path("state"));
        let name = if user == ANNA { "anna" } else { "bert" };
        command.env("USER", name).env("LANG", "C.UTF-8").stdin(Stdio::null());
        command
    }

    /// Anna begins, and is inside her second step.
    fn anna_begins(&mut self) -> String {
        let before = self.runs();
        let _ = std::fs::remove_file(self.path("work/pid"));
        let mut command = self.command(ANNA, &["exec", "--yes", "release.kdl"]);
        self.engine = Some(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        self.wait_for("two");
        let run = self.runs().into_iter().find(|run| !before.contains(run)).unwrap();
        // Its supervisor has noted whom it started, and the step has said who it is.
        let noted = || {
            let log = self.path("state/runs").join(&run).join("supervisor.jsonl");
            std::fs::read_to_string(log).unwrap_or_default().contains(r#""began":{"key":{"unit":"two""#)
        };
        let began = Instant::now();
        while !noted() || !std::fs::read_to_string(self.path("work/pid")).is_ok_and(|pid| pid.ends_with('\n')) {
            assert!(began.elapsed() < HANGS, "nobody notes what began");
            std::thread::sleep(Duration::from_millis(2));
        }
        run
    }

    fn runs(&self) -> Vec<String> {
        let runs = std::fs::read_dir(self.path("state/runs"));
        runs.into_iter().flatten().map(|run| run.unwrap().file_name().into_string().unwrap()).collect()
    }

    fn wait_for(&self, line: &str) {
        let began = Instant::now();
        while !self.log().iter().any(|it| it == line) {
            assert!(began.elapsed() < HANGS, "{line:?} never came: {:?}", self.log());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn kill_engine(&mut self) {
        let mut engine = self.engine.take().unwrap();
        engine.kill().unwrap();
        engine.wait().unwrap();
    }

    fn kill_both(&mut self) {
        let engine = self.engine.as_ref().unwrap().id();
        let children = std::fs::read_to_string(format!("/proc/{engine}/task/{engine}/children")).unwrap();
        let supervisor = children.split_whitespace().next().unwrap().parse().unwrap();
        // Stopped first: it would note that its supervisor died.
        kill_process(Pid::from_child(self.engine.as_ref().unwrap()), Signal::STOP).unwrap();
        kill_process(Pid::from_raw(supervisor).unwrap(), Signal::KILL).unwrap();
        self.kill_engine();
    }

    /// Ends what is left of the second step.
    fn kill_step(&self) {
        let pid: i32 = std::fs::read_to_string(self.path("work/pid")).unwrap().trim().parse().unwrap();
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        for pid in children.split_whitespace().map(|it| it.parse().unwrap()).chain([pid]) {
            let _ = kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL);
        }
    }

    fn call(&self, user: &str, arguments: &[&str]) -> Called {
        Called(self.command(user, arguments).output().unwrap())
    }

    /// Calls while the second step is let go.
    fn call_and_let_go(&self, user: &str, arguments: &[&str]) -> Called {
        let mut command = self.command(user, arguments);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        std::fs::write(self.path("work/go"), "").unwrap();
        Called(child.wait_with_output().unwrap())
    }

    fn log(&self) -> Vec<String> {
        std::fs::read_to_string(self.path("work/log")).unwrap().lines().map(str::to_owned).collect()
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        if let Some(mut engine) = self.engine.take() {
            let _ = engine.kill();
            let _ = engine.wait();
        }
        if self.path("work/pid").exists() {
            self.kill_step();
        }
    }
}

struct Called(Output);

impl Called {
    #[track_caller]
    fn code(self, code: i32) -> Self {
        assert_eq!(self.0.status.code(), Some(code), "{}", self.text());
        self
    }

    #[track_caller]
    fn says(self, text: &str) -> Self {
        assert!(self.text().contains(text), "no {text:?} in\n{}", self.text());
        self
    }

    fn text(&self) -> String {
        format!("{}{}", String::from_utf8_lossy(&self.0.stdout), String::from_utf8_lossy(&self.0.stderr))
    }
}

#[test]
fn the_second_one_sees_the_first_ones_run_and_goes_on_with_it() {
    if !can_be_others("the_second_one_sees_the_first_ones_run_and_goes_on_with_it") {
        return;
    }
    let mut office = Office::new();
    let run = office.anna_begins();
    office.call(BERT, &["runs"]).code(0).says(&run).says("running");
    office.call(BERT, &["exec", "--yes", "release.kdl"]).code(5).says(&format!("run {run} of anna"));
    office.kill_engine();
    office.call(BERT, &["status"]).code(0).says("what it started still runs");
    office.call_and_let_go(BERT, &["resume", &run]).code(0).says("succeeded");
    assert_eq!(office.log(), ["one", "two", "done two", "three"], "nothing was done twice");
    office.call(ANNA, &["show", &run]).code(0).says("bert").says("succeeded");
}

#[test]
fn the_second_one_takes_the_first_ones_run_back() {
    if !can_be_others("the_second_one_takes_the_first_ones_run_back") {
        return;
    }
    let mut office = Office::new();
    office.anna_begins();
    office.kill_engine();
    office.call_and_let_go(BERT, &["rollback", "--yes"]).code(1).says("rolled back");
    assert_eq!(office.log(), ["one", "two", "done two", "undone two", "undone one"]);
}

/// What a killed supervisor of Anna's left is Anna's: Bert can't end it. It is named, nothing runs
/// beside it, and the outcome is unknown.
#[test]
fn what_still_runs_under_another_user_is_named_and_keeps_the_outcome_unknown() {
    if !can_be_others("what_still_runs_under_another_user_is_named_and_keeps_the_outcome_unknown") {
        return;
    }
    let mut office = Office::new();
    let run = office.anna_begins();
    let step = std::fs::read_to_string(office.path("work/pid")).unwrap();
    office.kill_both();
    office.call(BERT, &["resume"]).code(4).says("can't be ended: ").says(&format!("({})", step.trim()));
    office.kill_step();
    let after = office.call(BERT, &["resume"]).code(4).says("nobody saw what became of it");
    assert!(!after.text().contains("can't be ended: "), "it is gone by now\n{}", after.text());
    office.call(BERT, &["resolve", &run, "two", "--as", "applied", "--reason", "looked"]).code(0);
    office.call(BERT, &["resume"]).code(0);
    assert_eq!(office.log(), ["one", "two", "three"]);
}

#[test]
fn a_dirty_lock_has_three_ways_out_for_everybody_in_the_group_and_none_for_others() {
    if !can_be_others("a_dirty_lock_has_three_ways_out_for_everybody_in_the_group_and_none_for_others") {
        return;
    }
    for way in ["resume", "rollback", "abandon"] {
        let mut office = Office::new();
        let run = office.anna_begins();
        office.kill_both();
        office.kill_step();
        let refused = office.call(BERT, &["exec", "--yes", "release.kdl"]).code(5).says("isn't clean");
        let refused = refused.says(&format!("`runbook resume {run}`")).says(&format!("`runbook rollback {run}`"));
        refused.says(&format!("`runbook abandon {run} --reason"));
        office.call(CARL, &["resume", &run]).code(5);
        match way {
            "resume" => {
                office.call(BERT, &["resume", &run]).code(4);
                let words = ["resolve", &run, "two", "--as", "applied", "--reason", "looked"];
                office.call(BERT, &words).code(0);
                office.call(BERT, &["resume", &run]).code(0);
            }
            "rollback" => drop(office.call(BERT, &["rollback", &run, "--yes"]).code(1)),
            _ => drop(office.call(BERT, &["abandon", &run, "--reason", "repaired by hand"]).code(0)),
        }
        // The lock is free again: the next one gets past it, to its own second step.
        std::fs::write(office.path("work/log"), "").unwrap();
        office.anna_begins();
        office.kill_engine();
        office.kill_step();
    }
}
