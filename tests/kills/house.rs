//! A release whose steps write down what they do, in a file of their own that nobody else reads.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use tempfile::TempDir;

/// Every way in which a step can answer for itself: not at all, by `applied`, by being idempotent, by
/// what a built-in action finds.
const RELEASE: &str = r#"
runbook release "Release" { lock release; }
phase deploy "Deploy" {
    checkpoint before "Before" { check quiet "Quiet" { run test -e world; }; }
    step one "One" { ONE inverse { UNDO-ONE }; }
    step two "Two" { TWO applied { file "two.there"; expect exists is=#true; }; inverse { UNDO-TWO }; }
    step three "Three" { THREE idempotent; inverse { UNDO-THREE }; }
    step four "Four" { write four "released\n"; }
    step five "Five" { FIVE inverse { UNDO-FIVE }; }
}
"#;

/// The steps that write down what they do.
pub const STEPS: [&str; 4] = ["one", "two", "three", "five"];

/// A folder with the release, its state and what its steps wrote.
pub struct House {
    pub folder: TempDir,
}

impl House {
    pub fn new() -> Self {
        let mut text = RELEASE.to_owned();
        for step in STEPS {
            // The effect stands between the two lines: half of it is none.
            let there = format!(r#"sh "echo begin {step} >> truth; touch {step}.there; echo end {step} >> truth";"#);
            let back = format!(r#"sh "echo undo {step} >> truth; rm -f {step}.there; echo undone {step} >> truth";"#);
            let word = step.to_uppercase();
            text = text
                .replace(&format!("UNDO-{word} "), &format!("{back} "))
                .replace(&format!("{word} "), &format!("{there} "));
        }
        Self::of(&text)
    }

    /// With another runbook.
    pub fn of(text: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("kills.").tempdir().unwrap();
        std::fs::write(folder.path().join("release.kdl"), text).unwrap();
        std::fs::write(folder.path().join("world"), "").unwrap();
        Self { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A program that runs in the folder and knows its state.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", self.folder.path())
            .env("RUNBOOK_STATE", self.path("state"))
            .env("USER", "olga")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    /// `runbook` with these arguments, without anybody to ask.
    pub fn runbook(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(&program());
        command.args(arguments);
        command
    }

    /// Calls `runbook` to its end: its exit code.
    pub fn call(&self, arguments: &[&str]) -> i32 {
        code(self.runbook(arguments).status().unwrap())
    }
}

/// The program that is killed: this build's, or the one that `RUNBOOK_PROGRAM` names.
pub fn program() -> PathBuf {
    std::env::var_os("RUNBOOK_PROGRAM").map_or_else(|| env!("CARGO_BIN_EXE_runbook").into(), PathBuf::from)
}

/// The exit code; 137 for one that was killed.
pub fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or(137)
}

/// A C program or library of this folder, built once for each test.
pub fn build(source: &str, into: &Path, arguments: &[&str]) -> PathBuf {
    let built = into.join(source.trim_end_matches(".c"));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kills").join(source);
    let status = Command::new("cc").args(["-O1", "-Wall", "-o"]).arg(&built).arg(source).args(arguments).status();
    assert!(status.unwrap().success(), "cc fails");
    built
}
