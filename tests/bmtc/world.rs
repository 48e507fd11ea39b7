//! One world: built for a case, hurt on purpose, judged by the oracle, destroyed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// A BMTC service with all that its release touches.
pub struct World {
    folder: Option<tempfile::TempDir>,
    /// Its root.
    pub root: PathBuf,
    /// Case and moment, for every message.
    pub name: String,
    /// Polls ask more often than an operator would: a case is about what happens, not about waiting.
    pub is_quick: bool,
}

impl World {
    /// A new one, its snapshot taken.
    pub fn new(name: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("bmtc.").tempdir_in(ground()).unwrap();
        let root = folder.path().canonicalize().unwrap().join("w");
        let own = std::process::id().to_string();
        let mut build = program("build-world");
        build.arg(&root).args(["--while-pid", &own]);
        if is_under_systemd() {
            build.arg("--systemd");
        }
        succeeded(&mut build);
        let world = Self { folder: Some(folder), root, name: name.to_owned(), is_quick: false };
        std::fs::write(world.beside("before.json"), world.snapshot()).unwrap();
        world
    }

    /// A world in which the service's own tests take no time, and in which is looked again soon: the
    /// release as it stands is seen once, in the case that succeeds.
    pub fn quick(name: &str) -> Self {
        let mut world = Self::new(name);
        world.is_quick = true;
        world.fault("uv", "tests", &["match=*pytest*", "times=all", "work=no", "stdout=10 passed in 0.01s"]);
        world
    }

    /// Something goes wrong from now on: what, in the words of the fixture.
    pub fn fault(&self, program: &str, name: &str, lines: &[&str]) {
        let hidden = self.root.join("faults").join(format!(".{program}.{name}"));
        std::fs::write(&hidden, lines.join("\n") + "\n").unwrap();
        std::fs::rename(hidden, self.root.join("faults").join(format!("{program}.{name}"))).unwrap();
    }

    /// The API answers wrongly from now on.
    pub fn http_fault(&self, text: &str) {
        let hidden = self.root.join("faults/.http");
        std::fs::write(&hidden, text).unwrap();
        std::fs::rename(hidden, self.root.join("faults/http.json")).unwrap();
    }

    /// Nothing goes wrong any more.
    pub fn clear_faults(&self) {
        for entry in std::fs::read_dir(self.root.join("faults")).unwrap() {
            let path = entry.unwrap().path();
            if !path.to_string_lossy().contains("uv.tests") {
                std::fs::remove_file(path).unwrap();
            }
        }
    }

    /// Whether a fault was reached.
    pub fn was_reached(&self, program: &str, name: &str) -> bool {
        self.times_reached(program, name) > 0
    }

    /// How many calls a fault was asked about.
    pub fn times_reached(&self, program: &str, name: &str) -> u64 {
        let seen = self.root.join("faults").join(format!("{program}.{name}.seen"));
        std::fs::metadata(seen).map_or(0, |it| it.len())
    }

    /// Every call of a program: program, step, arguments.
    pub fn calls(&self) -> Vec<(String, String, String)> {
        let text = std::fs::read_to_string(self.root.join("calls.log")).unwrap();
        let line = |line: &str| {
            let mut parts = line.splitn(5, '\t').map(str::to_owned);
            let (program, _pid, step) = (parts.next()?, parts.next()?, parts.next()?);
            Some((program, step, parts.nth(1)?))
        };
        text.lines().filter_map(line).collect()
    }

    /// The differences to before, one a line; `None`: all is as before.
    pub fn differences(&self) -> Option<String> {
        // What is to go wrong mustn't meet the oracle.
        self.clear_faults();
        Self::asked("compare", &[&self.beside("before.json"), &self.root])
    }

    /// What a release must have left and hasn't, one a line; `None`: it is released.
    pub fn missing(&self) -> Option<String> {
        Self::asked("released", &[&self.root])
    }

    /// The processes of steps that still run, with what they are.
    pub fn strays(&self) -> Vec<String> {
        let root = self.root.to_string_lossy().into_owned();
        let line = |pid: &i32| {
            let environment = std::fs::read(format!("/proc/{pid}/environ")).ok()?;
            let environment = String::from_utf8_lossy(&environment).replace('\0', "\n");
            (environment.contains("RUNBOOK_STEP_ID=") && environment.contains(&root)).then(|| argv(*pid).join(" "))
        };
        all_processes().iter().filter_map(line).collect()
    }

    /// The main process of the service.
    pub fn service(&self) -> i32 {
        let arguments = ["show", "bmtc-api.service", "-p", "MainPID", "--value"];
        let mut systemctl = Command::new(self.root.join("bin/systemctl"));
        let output = succeeded(systemctl.args(arguments).env("RUNBOOK_STEP_ID", "oracle"));
        String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
    }

    /// The values that a run needs, as they are in a file of the world.
    pub fn pairs(&self, file: &str) -> BTreeMap<String, String> {
        let text = std::fs::read_to_string(self.root.join(file)).unwrap();
        text.lines().filter_map(|line| line.split_once('=')).map(|(a, b)| (a.to_owned(), b.to_owned())).collect()
    }

    /// A path beside the world.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.root.parent().unwrap().join(name)
    }

    fn snapshot(&self) -> String {
        let output = succeeded(program("oracle").arg("snapshot").arg(&self.root));
        String::from_utf8(output.stdout).unwrap()
    }

    fn asked(verb: &str, paths: &[&Path]) -> Option<String> {
        let output = program("oracle").arg(verb).args(paths).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (!output.status.success()).then_some(said)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = program("build-world").arg("--destroy").arg(&self.root).output();
        if std::thread::panicking() && std::env::var_os("RUNBOOK_BMTC_KEEP").is_some() {
            let kept = self.folder.take().map(tempfile::TempDir::keep);
            eprintln!("{} is kept in {kept:?}", self.name);
        }
    }
}

/// Whether the units are to run under this host's systemd.
pub fn is_under_systemd() -> bool {
    std::env::var("RUNBOOK_BMTC_SYSTEMD").is_ok_and(|it| it == "1")
}

/// Where worlds are: in memory, where a host has room for them there. A world is hundreds of files that
/// are gone after some seconds, and SIGKILL takes nothing from a file that isn't on a disk yet.
fn ground() -> PathBuf {
    let asked = std::env::var_os("TMPDIR").is_some();
    memory().filter(|_| !asked).unwrap_or_else(std::env::temp_dir)
}

#[cfg(target_os = "linux")]
fn memory() -> Option<PathBuf> {
    /// More bytes than the release itself wants to see free.
    const ROOM: u64 = 3_000_000_000;
    let memory = Path::new("/dev/shm");
    let about = rustix::fs::statvfs(memory).ok()?;
    let runs_programs = !about.f_flag.contains(rustix::fs::StatVfsMountFlags::NOEXEC);
    (runs_programs && about.f_bavail * about.f_frsize > ROOM).then(|| memory.to_owned())
}

#[cfg(not(target_os = "linux"))]
fn memory() -> Option<PathBuf> {
    None
}

/// A program of the fixture, ready to be started.
fn program(name: &str) -> Command {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    let mut program = Command::new(PYTHON.get_or_init(python));
    program.args(["-I", "-S"]).arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bmtc").join(name));
    program
}

/// The interpreter itself: what stands on PATH may be a script of some version manager, which takes
/// longer than the program. Found once, and kept beside the build.
fn python() -> PathBuf {
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python3");
    if let Some(found) = std::fs::read_link(&kept).ok().filter(|found| found.exists()) {
        return found;
    }
    let asked = succeeded(Command::new("python3").args(["-I", "-S", "-c", "import sys; print(sys.executable)"]));
    let found = PathBuf::from(String::from_utf8(asked.stdout).unwrap().trim());
    // Another test may be first.
    let _ = std::os::unix::fs::symlink(&found, &kept);
    found
}

/// Every process of this host.
pub fn all_processes() -> Vec<i32> {
    let entries = std::fs::read_dir("/proc").unwrap();
    entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// The command line of a process; empty for one that is gone.
pub fn argv(pid: i32) -> Vec<String> {
    let bytes = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    text.split('\0').filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

#[track_caller]
fn succeeded(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{said}", output.status);
    output
}
