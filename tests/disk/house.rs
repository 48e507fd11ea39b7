//! A release that stopped after its first step, to be continued under a fault; then taken back without
//! one. It fails at its last step, so that a run that meets no fault writes all of [`WHOLE`].

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

const RELEASE: &str = r#"runbook release "Release"
phase only "Only" {
    step one "One" { sh "echo one >> log"; inverse { sh "echo un-one >> log"; }; }
    step gate "Gate" {
        sh "test -e allowed && echo gate >> log"
        idempotent
        atomic
        on-failure halt
        inverse { sh "echo un-gate >> log"; }
    }
    step settings "Settings" { write "settings" "2\n"; }
    step two "Two" { sh "echo two >> log"; inverse { sh "echo un-two >> log"; }; }
    step breaks "Breaks" { sh "echo breaks >> log; exit 3"; inverse { sh "echo un-breaks >> log"; }; }
}
"#;

/// What the steps write of a run without a fault: there, and back in exact reverse order.
pub const WHOLE: [&str; 8] = ["one", "gate", "two", "breaks", "un-breaks", "un-two", "un-gate", "un-one"];

/// The release and its state.
pub struct House {
    root: TempDir,
    run: String,
}

/// What a command said.
pub struct Ran {
    pub code: i32,
    pub text: String,
}

impl House {
    /// The release, stopped after its first step.
    pub fn new() -> Self {
        let root = TempDir::new().unwrap();
        let house = Self { root, run: String::new() };
        std::fs::create_dir(house.path("work")).unwrap();
        std::fs::write(house.path("work/release.kdl"), RELEASE).unwrap();
        std::fs::write(house.path("work/settings"), "1\n").unwrap();
        let ran = house.runbook(&[], &["exec", "--yes", "release.kdl"]);
        assert_eq!(ran.code, 7, "{}", ran.text);
        std::fs::write(house.path("work/allowed"), "").unwrap();
        std::fs::rename(house.path("state"), house.path("template")).unwrap();
        let run = std::fs::read_dir(house.path("template/runs")).unwrap().next().unwrap().unwrap();
        let run = run.file_name().into_string().unwrap();
        Self { run, ..house }
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    /// A file of the run's records.
    pub fn record(&self, file: &str) -> PathBuf {
        self.path("state/runs").join(&self.run).join(file)
    }

    /// Everything as it was after the first step.
    pub fn as_it_stopped(&self) {
        drop(std::fs::remove_dir_all(self.path("state")));
        let copied = Command::new("cp").arg("-a").args([self.path("template"), self.path("state")]).status().unwrap();
        assert!(copied.success());
        std::fs::write(self.path("work/log"), "one\n").unwrap();
        std::fs::write(self.path("work/settings"), "1\n").unwrap();
    }

    /// Everything as it was before the first step, and nothing on record.
    pub fn as_it_was(&self) {
        self.as_it_stopped();
        std::fs::remove_dir_all(self.path("state")).unwrap();
        std::fs::write(self.path("work/log"), "").unwrap();
    }

    /// Runs `runbook` behind another program's words.
    pub fn runbook(&self, before: &[&str], arguments: &[&str]) -> Ran {
        let program = env!("CARGO_BIN_EXE_runbook");
        let words: Vec<&str> = before.iter().copied().chain([program]).chain(arguments.iter().copied()).collect();
        let output = Command::new(words[0])
            .args(&words[1..])
            .current_dir(self.path("work"))
            .env_clear()
            .envs([("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"), ("USER", "anna"), ("TZ", "UTC")])
            .env("HOME", self.root.path())
            .env("RUNBOOK_STATE", self.path("state"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = [output.stdout.as_slice(), &output.stderr].concat();
        Ran { code: output.status.code().unwrap_or(-1), text: String::from_utf8_lossy(&text).into_owned() }
    }

    /// What the steps wrote.
    pub fn log(&self) -> Vec<String> {
        lines(&self.path("work/log"))
    }

    /// Whatever happened under the fault: without it, the run is taken back, all of it and nothing twice.
    #[track_caller]
    pub fn is_taken_back_afterwards(&self, what: &str, ran: &Ran) {
        let before = self.log();
        let told = format!("{what}: exit {}\n{}\nlog {before:?}", ran.code, ran.text);
        let is_over = before.is_empty() || before.iter().any(|line| line == "un-one");
        let after = self.runbook(&[], &["rollback", "--yes"]);
        let fine = after.code == 1 || (is_over && after.code == 5);
        assert!(fine, "{told}\nthen exit {}\n{}", after.code, after.text);
        let log = self.log();
        assert!(log.starts_with(&before), "{told}\nthen {log:?}");
        let there: Vec<&str> = log.iter().map(String::as_str).filter(|line| !line.starts_with("un-")).collect();
        let back: Vec<&str> = log.iter().filter_map(|line| line.strip_prefix("un-")).collect();
        let reverse: Vec<&str> = there.iter().rev().copied().collect();
        assert_eq!(back, reverse, "{told}\nthen {log:?}\n{}", after.text);
        assert!(WHOLE.starts_with(&there), "nothing twice, nothing passed over: {told}");
        assert_eq!(std::fs::read_to_string(self.path("work/settings")).unwrap(), "1\n", "{told}");
        if before.is_empty() {
            // A run that didn't even begin may have half a bundle.
            return;
        }
        let audit = self.runbook(&[], &["audit"]);
        assert_eq!(audit.code, 0, "{told}\nthen\n{}", audit.text);
    }

    /// That what is left to undo is printed as commands for a person.
    #[track_caller]
    pub fn names_what_is_left(&self, what: &str, ran: &Ran) {
        let log = self.log();
        for step in log.iter().filter(|line| !line.starts_with("un-")) {
            let command = format!("echo un-{step} >> log");
            let left = !log.contains(&format!("un-{step}"));
            assert!(!left || ran.text.contains(&command), "{what}: {command} isn't in\n{}", ran.text);
        }
    }
}

fn lines(path: &Path) -> Vec<String> {
    std::fs::read_to_string(path).unwrap_or_default().lines().map(str::to_owned).collect()
}
