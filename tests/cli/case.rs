//! `Case`: a folder with files, a command line, and what must come of it.
//!
//! ```ignore
//! Case::new()
//!     .file("release.kdl", "runbook …")
//!     .run("check release.kdl")
//!     .code(0)
//!     .stdout("release.kdl is fine: …\n")
//!     .stderr("");
//! ```
//!
//! Hermetic: the environment is cleared, home and state are the case's own, the zone is UTC, nothing
//! is a terminal (so lines are 80 wide and without colours). The case's folder shows as `[DIR]`.
#![allow(dead_code, reason = "what runs, is killed and is read again is asked for by the tests of exec")]

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use regex::Regex;
use tempfile::TempDir;

use crate::golden;

/// A folder with files, in which commands are run.
#[must_use = "run it"]
pub struct Case {
    root: TempDir,
    environment: Vec<(String, String)>,
    input: Option<String>,
    limits: Option<(u64, u64)>,
    in_container: bool,
    redactions: Vec<(Regex, String)>,
}

/// A command that has ended.
#[must_use = "say what its exit code is"]
pub struct Ran {
    case: Case,
    output: Output,
}

/// A command that has ended as it should.
pub struct Checked {
    case: Case,
    stdout: String,
    stderr: String,
}

/// A command that still runs.
#[must_use = "wait for it, or kill it"]
pub struct Running {
    case: Case,
    child: Child,
    stdout: ChildStdout,
    seen: Vec<u8>,
}

impl Case {
    /// An empty folder.
    pub fn new() -> Self {
        let root = TempDir::new().unwrap();
        for folder in ["work", "home"] {
            std::fs::create_dir(root.path().join(folder)).unwrap();
        }
        Self { root, environment: Vec::new(), input: None, limits: None, in_container: false, redactions: Vec::new() }
    }

    /// With a file of text; its folders are made.
    pub fn file(self, path: &str, text: &str) -> Self {
        self.bytes(path, text.as_bytes())
    }

    /// With a file of bytes; its folders are made.
    pub fn bytes(self, path: &str, bytes: &[u8]) -> Self {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
        self
    }

    /// With a file that may be executed.
    pub fn script(self, path: &str, text: &str) -> Self {
        let case = self.file(path, text);
        std::fs::set_permissions(case.path(path), PermissionsExt::from_mode(0o755)).unwrap();
        case
    }

    /// With an empty folder.
    pub fn folder(self, path: &str) -> Self {
        std::fs::create_dir_all(self.path(path)).unwrap();
        self
    }

    /// With a symbolic link.
    pub fn link(self, path: &str, to: &str) -> Self {
        symlink(to, self.path(path)).unwrap();
        self
    }

    /// With a named pipe: a step that writes to it and a test that reads it wait for each other.
    pub fn fifo(self, path: &str) -> Self {
        let status = Command::new("mkfifo").arg(self.path(path)).status().unwrap();
        assert!(status.success(), "mkfifo {path}");
        self
    }

    /// With a variable in the environment.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a state directory of the case's own, at `work/NAME`, by `RUNBOOK_STATE`.
    pub fn with_state_dir(self, name: &str) -> Self {
        let path = self.path(name);
        self.env("RUNBOOK_STATE", path.to_str().unwrap())
    }

    /// With something on standard input; without, it is empty.
    pub fn stdin(mut self, text: &str) -> Self {
        self.input = Some(text.to_owned());
        self
    }

    /// With at most so much memory (address space) and processor time.
    pub fn limits(mut self, megabytes: u64, seconds: u64) -> Self {
        self.limits = Some((megabytes, seconds));
        self
    }

    /// In a container of its own processes, with the group and the session of who started it outside:
    /// they are 0 there, as for a command of `docker exec` or of a CI job.
    pub fn in_container(mut self) -> Self {
        self.in_container = true;
        self
    }

    /// With a text in place of what changes from run to run, in both outputs.
    pub fn redact(mut self, pattern: &str, with: &str) -> Self {
        self.redactions.push((Regex::new(pattern).unwrap(), with.to_owned()));
        self
    }

    /// The path of a file of the case.
    pub fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root.path().join("work").join(path)
    }

    /// Runs `runbook` with arguments between blanks.
    pub fn run(self, arguments: &str) -> Ran {
        let arguments: Vec<_> = arguments.split_whitespace().collect();
        self.run_with(&arguments)
    }

    /// Runs `runbook` with arguments that may hold blanks or anything else.
    pub fn run_with<S: AsRef<OsStr>>(mut self, arguments: &[S]) -> Ran {
        let input = self.input.take();
        let mut command = self.command(arguments);
        command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
        let mut child = command.spawn().unwrap();
        if let (Some(text), Some(mut stdin)) = (input, child.stdin.take()) {
            // A command that doesn't read its input may be gone before it is written.
            drop(stdin.write_all(text.as_bytes()));
        }
        Ran { output: child.wait_with_output().unwrap(), case: self }
    }

    /// Starts `runbook` and leaves it running.
    pub fn spawn(self, arguments: &str) -> Running {
        let arguments: Vec<_> = arguments.split_whitespace().collect();
        let mut child = self.command(&arguments).stdin(Stdio::null()).spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        Running { case: self, child, stdout, seen: Vec::new() }
    }

    fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let program = env!("CARGO_BIN_EXE_runbook");
        let mut command = match self.limits {
            None if self.in_container => {
                let mut container = Command::new("unshare");
                container.args(["--user", "--map-root-user", "--pid", "--fork", "--mount-proc", program]);
                container
            }
            None => Command::new(program),
            Some((megabytes, seconds)) => {
                let script = format!("ulimit -v {} && ulimit -t {seconds} && exec \"$0\" \"$@\"", megabytes * 1024);
                let mut shell = Command::new("/bin/sh");
                shell.args(["-c", &script, program]);
                shell
            }
        };
        command
            .args(arguments)
            .current_dir(self.path(""))
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
            .env("HOME", self.root.path().join("home"))
            .env("XDG_STATE_HOME", self.root.path().join("home/state"))
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", "UTC")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn shown(&self, bytes: &[u8]) -> String {
        let root = self.path("");
        let mut text = String::from_utf8_lossy(bytes).replace(root.to_str().unwrap().trim_end_matches('/'), "[DIR]");
        for (pattern, with) in &self.redactions {
            text = pattern.replace_all(&text, with.as_str()).into_owned();
        }
        text
    }
}

impl Ran {
    /// The exit code, where more than one is right.
    pub fn exit_code(&self) -> i32 {
        self.output.status.code().unwrap()
    }

    /// What it printed to both streams before it was killed, and its folder.
    pub fn left_behind(self) -> (Vec<u8>, Vec<u8>, Case) {
        (self.output.stdout, self.output.stderr, self.case)
    }

    /// It ended with this exit code.
    pub fn code(self, code: i32) -> Checked {
        let Self { case, output } = self;
        let (stdout, stderr) = (case.shown(&output.stdout), case.shown(&output.stderr));
        assert!(
            output.status.code() == Some(code),
            "ended with {} instead of code {code}\n--- stdout\n{stdout}\n--- stderr\n{stderr}",
            output.status
        );
        Checked { case, stdout, stderr }
    }
}

impl Checked {
    /// It printed exactly this to standard output.
    #[track_caller]
    pub fn stdout(self, expected: &str) -> Self {
        golden::assert_same("stdout", expected, &self.stdout);
        self
    }

    /// It printed exactly this to standard error.
    #[track_caller]
    pub fn stderr(self, expected: &str) -> Self {
        golden::assert_same("stderr", expected, &self.stderr);
        self
    }

    /// It printed to standard output exactly what `golden/NAME.txt` holds.
    #[track_caller]
    pub fn stdout_golden(self, name: &str) -> Self {
        golden::assert_golden(name, &self.stdout);
        self
    }

    /// It printed to standard error exactly what `golden/NAME.txt` holds.
    #[track_caller]
    pub fn stderr_golden(self, name: &str) -> Self {
        golden::assert_golden(name, &self.stderr);
        self
    }

    /// These lines of standard output, among others.
    #[track_caller]
    pub fn stdout_line(self, line: &str) -> Self {
        assert!(self.stdout.lines().any(|other| other == line), "no line is\n{line}\nin stdout\n{}", self.stdout);
        self
    }

    /// What it printed to standard output.
    pub fn printed(&self) -> &str {
        &self.stdout
    }

    /// What it printed to standard error.
    pub fn complained(&self) -> &str {
        &self.stderr
    }

    /// The files below the case's folder (or one in it), one path per line, sorted; folders end in `/`.
    #[track_caller]
    pub fn left(self, folder: &str, expected: &str) -> Self {
        let mut paths = Vec::new();
        list(&self.case.path(folder), "", &mut paths);
        golden::assert_same("what is left on disk", expected, &paths.concat());
        self
    }

    /// What a file of the case holds.
    #[track_caller]
    pub fn content(self, path: &str, expected: &str) -> Self {
        golden::assert_same(path, expected, &std::fs::read_to_string(self.case.path(path)).unwrap());
        self
    }

    /// A path of the case at which nothing is.
    #[track_caller]
    pub fn lacks(self, path: &str) -> Self {
        assert!(self.case.path(path).symlink_metadata().is_err(), "{path} is there\n--- stdout\n{}", self.stdout);
        self
    }

    /// The same folder, for the next command.
    pub fn then(self) -> Case {
        self.case
    }
}

impl Running {
    /// Waits until it has printed a text to standard output.
    pub fn until_printed(mut self, text: &str) -> Self {
        let mut chunk = [0; 4096];
        while !String::from_utf8_lossy(&self.seen).contains(text) {
            let length = self.stdout.read(&mut chunk).unwrap();
            assert!(length > 0, "it ended without printing {text}:\n{}", String::from_utf8_lossy(&self.seen));
            self.seen.extend_from_slice(&chunk[..length]);
        }
        self
    }

    /// Waits until a step writes to a named pipe; returns what it writes.
    pub fn until_written(&self, fifo: &str) -> String {
        std::fs::read_to_string(self.case.path(fifo)).unwrap()
    }

    /// Lets a step go on that waits to read from a named pipe.
    pub fn write(&self, fifo: &str, text: &str) {
        std::fs::write(self.case.path(fifo), text).unwrap();
    }

    /// The path of a file of the case.
    pub fn path(&self, path: &str) -> PathBuf {
        self.case.path(path)
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal: `TERM`, `INT`, `KILL`, …
    pub fn signal(self, name: &str) -> Self {
        let signal = format!("-{name}");
        let status = Command::new("kill").args([&signal, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success(), "kill {signal}");
        self
    }

    /// Kills it, as `kill -9` does, and gives the folder back.
    pub fn kill(mut self) -> Case {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.case
    }

    /// Waits for its end.
    pub fn wait(mut self) -> Ran {
        self.stdout.read_to_end(&mut self.seen).unwrap();
        let mut output = self.child.wait_with_output().unwrap();
        output.stdout = self.seen;
        Ran { case: self.case, output }
    }
}

fn list(folder: &Path, prefix: &str, paths: &mut Vec<String>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()).collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type().unwrap().is_dir() {
            paths.push(format!("{name}/\n"));
            list(&entry.path(), &format!("{name}/"), paths);
        } else {
            paths.push(format!("{name}\n"));
        }
    }
}
