//! A release that runs against the fixture: the real program, in a folder, a home and a state directory
//! of its own. Invariant: of the surroundings only what a test says reaches it.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::kubernetes::Cluster;

/// A step that waits until the test goes on. It ends with the folder, too.
pub const WAITS: &str = "step waits \"It waits\" {
    sh \"while test -e release.kdl && ! test -e go; do sleep 0.02; done\"
    inverse none because=\"it does nothing\"
}";

/// A folder with a runbook.
pub struct Release {
    folder: tempfile::TempDir,
}

/// What a run came to.
pub struct Told {
    pub code: Option<i32>,
    /// Standard output and standard error.
    pub text: String,
}

impl Release {
    /// A runbook of one phase with these nodes, for this cluster.
    pub fn of(cluster: &Cluster, nodes: &str) -> Self {
        Self::with(&cluster.kubeconfig(), nodes)
    }

    /// The same with another kubeconfig.
    pub fn with(kubeconfig: &Path, nodes: &str) -> Self {
        Self::within(kubeconfig, None, nodes)
    }

    /// The same with more in the head of the runbook.
    pub fn headed(kubeconfig: &Path, head: &str, nodes: &str) -> Self {
        Self::made(kubeconfig, head, None, nodes)
    }

    /// The same in a namespace; `None`: in the kubeconfig's own.
    pub fn within(kubeconfig: &Path, namespace: Option<&str>, nodes: &str) -> Self {
        Self::made(kubeconfig, "", namespace, nodes)
    }

    fn made(kubeconfig: &Path, head: &str, namespace: Option<&str>, nodes: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let namespace = namespace.map(|name| format!("namespace \"{name}\"; ")).unwrap_or_default();
        let text = format!(
            "runbook release \"Release\" {{ {head} }}\nkubernetes {{ kubeconfig \"{}\"; {namespace}}}\n\
             phase only \"Only\" {{\n{nodes}\n}}\n",
            kubeconfig.display()
        );
        std::fs::write(folder.path().join("release.kdl"), text).unwrap();
        std::fs::create_dir(folder.path().join("home")).unwrap();
        Self { folder }
    }

    /// A file beside the runbook.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes the file that [`WAITS`] waits for.
    pub fn go(&self) {
        std::fs::write(self.path("go"), "").unwrap();
    }

    /// Runs it to its end, and does something meanwhile; then [`WAITS`] goes on.
    pub fn exec_while(&self, meanwhile: impl FnOnce()) -> Told {
        std::thread::scope(|scope| {
            let told = scope.spawn(|| self.exec());
            let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(meanwhile));
            // Whatever came of it: nothing waits for it any more.
            self.go();
            let told = told.join().unwrap();
            done.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked));
            told
        })
    }

    /// Runs it to its end.
    pub fn exec(&self) -> Told {
        self.run(&["exec", "release.kdl"])
    }

    /// Runs the program.
    pub fn run(&self, arguments: &[&str]) -> Told {
        let output = self.command(arguments).output().unwrap();
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        Told { code: output.status.code(), text }
    }

    /// Starts the program.
    pub fn start(&self, arguments: &[&str]) -> Going {
        let mut child = self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Going { child, output, text: String::new() }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_runbook"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", self.folder.path().join("home"))
            .env("RUNBOOK_STATE", self.folder.path().join("state"))
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", "UTC")
            // For how long a lock is granted in a cluster.
            .env("RUNBOOK_LEASE", "6s")
            .stdin(Stdio::null());
        command
    }

    /// All that the run wrote down, in one text.
    pub fn journal(&self) -> String {
        let mut text = String::new();
        let mut folders: Vec<PathBuf> = vec![self.folder.path().join("state/runs")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                if entry.path().is_dir() {
                    folders.push(entry.path());
                } else if let Ok(bytes) = std::fs::read(entry.path()) {
                    text.push_str(&String::from_utf8_lossy(&bytes));
                }
            }
        }
        text
    }
}

/// A program that runs.
pub struct Going {
    child: Child,
    output: BufReader<ChildStdout>,
    text: String,
}

impl Going {
    /// Waits until it has said this.
    #[track_caller]
    pub fn until_it_says(&mut self, text: &str) {
        // What is folded to a line's width is one line again.
        while !self.text.split_whitespace().collect::<Vec<_>>().join(" ").contains(text) {
            let read = self.output.read_line(&mut self.text).unwrap();
            assert!(read > 0, "it ended before it said {text:?}:\n{}", self.text);
        }
    }

    /// Presses Ctrl-C.
    pub fn interrupt(&self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    }

    /// Kills it, and only it.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits for its end.
    pub fn told(mut self) -> Told {
        self.output.read_to_string(&mut self.text).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut self.text).unwrap();
        Told { code: self.child.wait().unwrap().code(), text: self.text }
    }
}

impl Told {
    /// It ended with this code.
    #[track_caller]
    pub fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.text);
        self
    }

    /// It says these texts.
    #[track_caller]
    pub fn says(self, texts: &[&str]) -> Self {
        // What is folded to a terminal's width is one line again.
        let text = self.text.split_whitespace().collect::<Vec<_>>().join(" ");
        for wanted in texts {
            assert!(text.contains(wanted), "{wanted:?} isn't in\n{}", self.text);
        }
        self
    }
}
