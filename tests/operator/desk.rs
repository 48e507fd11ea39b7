//! A desk: a folder with a runbook, its state, and terminals at which `runbook` is called.
//!
//! Every process that is signalled here was started by the test itself.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Condvar, LazyLock, Mutex, mpsc};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcgetattr, tcgetpgrp, tcsetwinsize};
use tempfile::TempDir;

/// Longer than anything takes: only a hanging test ends by it.
const HANGS: Duration = Duration::from_secs(90);

/// A folder with `release.kdl`.
pub struct Desk {
    folder: TempDir,
}

impl Desk {
    /// With this runbook; `[DIR]` in it is the folder.
    pub fn new(runbook: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let text = runbook.replace("[DIR]", folder.path().to_str().unwrap());
        std::fs::write(folder.path().join("release.kdl"), text).unwrap();
        Self { folder }
    }

    /// The path of a file.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes a file that a step waits for.
    pub fn put(&self, name: &str) {
        std::fs::write(self.path(name), "").unwrap();
    }

    /// Kills the step that wrote its own id into `pid`; the engine that lost its supervisor may do it first.
    pub fn kill_step(&self) {
        let pid = std::fs::read_to_string(self.path("pid")).unwrap().trim().parse().unwrap();
        let killed = kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL);
        assert!(matches!(killed, Ok(()) | Err(Errno::SRCH)), "{killed:?}");
    }

    /// What the steps wrote into `log`, a word a line.
    pub fn log(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.path("log")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Waits, for longer than anything else takes, until a step has written into `log`.
    pub fn wait_for_line(&self, at_most: Duration) {
        let start = std::time::Instant::now();
        while self.log().is_empty() && start.elapsed() < at_most {
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder.path()).env_clear();
        command
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.folder.path())
            .env("RUNBOOK_STATE", self.path("state"))
            .env("USER", "olga")
            .env("LANG", "C.UTF-8")
            .env("TERM", "xterm-256color");
        command
    }

    /// Makes a folder.
    pub fn folder(&self, name: &str) {
        std::fs::create_dir(self.path(name)).unwrap();
    }

    /// Writes a file.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Writes an executable script.
    pub fn program(&self, name: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt;
        self.write(name, text);
        std::fs::set_permissions(self.path(name), std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// What is in a file.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Calls `runbook` without a terminal, to its end.
    pub fn call(&self, arguments: &[&str]) -> Called {
        self.call_with(arguments, &[])
    }

    /// Likewise, with more in the environment.
    pub fn call_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Called {
        let mut command = self.command_of(arguments);
        Called(command.envs(environment.iter().copied()).stdin(Stdio::null()).output().unwrap())
    }

    /// A call of `runbook` whose ends are still to be said.
    pub fn command_of(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(program());
        command.args(arguments);
        command
    }

    /// Calls `runbook` on a terminal of its own.
    pub fn at_terminal(&self, arguments: &[&str]) -> Terminal {
        self.at_terminal_with(arguments, &[])
    }

    /// Likewise, with more in the environment.
    pub fn at_terminal_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Terminal {
        self.terminal(&[&[program()], arguments].concat(), environment)
    }

    /// Calls any program on a terminal of its own, as the leader of the session there.
    pub fn terminal(&self, words: &[&str], environment: &[(&str, &str)]) -> Terminal {
        let terminal = self.silent_terminal(words, environment);
        listen(terminal.leader.as_ref().unwrap().try_clone().unwrap(), Arc::clone(&terminal.shown));
        terminal
    }

    /// Likewise; nobody reads what it shows.
    pub fn silent_terminal(&self, words: &[&str], environment: &[(&str, &str)]) -> Terminal {
        let leader = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&leader).unwrap();
        unlockpt(&leader).unwrap();
        tcsetwinsize(&leader, Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
        let name = ptsname(&leader, Vec::new()).unwrap().into_string().unwrap();
        let follower = File::options().read(true).write(true).open(&name).unwrap();
        let ends = || Stdio::from(OwnedFd::from(follower.try_clone().unwrap()));
        let child = self
            .command("setsid")
            .arg("--ctty")
            .args(words)
            .envs(environment.iter().copied())
            .stdin(ends())
            .stdout(ends())
            .stderr(ends())
            .spawn()
            .unwrap();
        let leader = File::from(leader);
        let settings = format!("{:?}", tcgetattr(&follower).unwrap());
        let shown = Arc::default();
        Terminal { leader: Some(leader), follower: Some(follower), settings, child: Some(child), shown, read: 0 }
    }

    /// The events of the newest run that was begun, one JSON text each.
    pub fn events(&self) -> Vec<String> {
        let Ok(runs) = std::fs::read_dir(self.path("state/runs")) else { return Vec::new() };
        let newest = runs.map(|run| run.unwrap().path()).max_by_key(|run| run.metadata().unwrap().modified().unwrap());
        let journal = newest.map(|run| std::fs::read_to_string(run.join("journal.jsonl")).unwrap_or_default());
        journal.unwrap_or_default().lines().map(str::to_owned).collect()
    }

    /// Waits until the journal has an event with this text.
    pub fn wait_for_event(&self, text: &str) {
        let start = std::time::Instant::now();
        while !self.events().iter().any(|event| event.contains(text)) {
            assert!(start.elapsed() < HANGS, "no event with {text}: {:#?}", self.events());
            std::thread::yield_now();
        }
    }

    /// Waits until no engine has the only run.
    pub fn wait_until_free(&self) {
        let lock = File::open(self.path("state/runs").join(self.run()).join("engine.lock")).unwrap();
        rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockShared).unwrap();
    }

    /// The id of the only run.
    pub fn run(&self) -> String {
        let runs = std::fs::read_dir(self.path("state/runs")).unwrap();
        runs.map(|run| run.unwrap().file_name().into_string().unwrap()).min().unwrap()
    }
}

/// The program that is called: this build's, or the one that `RUNBOOK_PROGRAM` names.
pub fn program() -> &'static str {
    static NAMED: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("RUNBOOK_PROGRAM").ok());
    NAMED.as_deref().unwrap_or(env!("CARGO_BIN_EXE_runbook"))
}

/// A call that has ended.
pub struct Called(Output);

impl Called {
    /// It ended with this code.
    #[track_caller]
    pub fn code(self, code: i32) -> Self {
        assert_eq!(self.0.status.code(), Some(code), "{}", self.text());
        self
    }

    /// It said this.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.text().contains(text), "no {text:?} in\n{}", self.text());
        self
    }

    /// All that it said.
    pub fn text(&self) -> String {
        format!("{}{}", String::from_utf8_lossy(&self.0.stdout), String::from_utf8_lossy(&self.0.stderr))
    }
}

#[derive(Default)]
struct Shown {
    text: String,
    closed: bool,
}

/// A terminal at which `runbook` was called.
pub struct Terminal {
    leader: Option<File>,
    /// Keeps the terminal there, so that its settings can be read at the end.
    follower: Option<File>,
    settings: String,
    /// The engine; `None` once its end is waited for.
    child: Option<Child>,
    shown: Arc<(Mutex<Shown>, Condvar)>,
    /// How far what is shown has been waited for.
    read: usize,
}

fn listen(mut leader: File, shown: Arc<(Mutex<Shown>, Condvar)>) {
    std::thread::spawn(move || {
        let mut bytes = [0; 8192];
        loop {
            let count = leader.read(&mut bytes).unwrap_or(0);
            let mut now = shown.0.lock().unwrap();
            now.text.push_str(&String::from_utf8_lossy(&bytes[..count]));
            now.closed = count == 0;
            shown.1.notify_all();
            if count == 0 {
                return;
            }
        }
    });
}

impl Drop for Desk {
    /// What a failed test left running ends.
    fn drop(&mut self) {
        self.put("go");
        self.put("back");
    }
}

impl Terminal {
    /// Waits until this stands on the terminal, behind what was waited for before.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) {
        let (shown, changed) = &*self.shown;
        let mut now = shown.lock().unwrap();
        // A live view never stands still: it is the whole that may take so long.
        let until = std::time::Instant::now() + HANGS;
        loop {
            if let Some(place) = now.text[self.read..].find(text) {
                self.read += place + text.len();
                return;
            }
            assert!(!now.closed, "{text:?} never came:\n{}", now.text);
            let left = until.saturating_duration_since(std::time::Instant::now());
            assert!(!left.is_zero(), "{text:?} never came:\n{}", now.text);
            now = changed.wait_timeout(now, left).unwrap().0;
        }
    }

    /// Reads a silent terminal until this stands on it, and no further.
    pub fn read_until(&mut self, text: &str) {
        let (mut shown, mut byte) = (Vec::new(), [0]);
        while !String::from_utf8_lossy(&shown).contains(text) {
            self.leader.as_mut().unwrap().read_exact(&mut byte).unwrap();
            shown.push(byte[0]);
            if shown.len() > 1 << 16 {
                shown.drain(..1 << 15);
            }
        }
    }

    /// All that was shown so far.
    pub fn shown(&self) -> String {
        self.shown.0.lock().unwrap().text.clone()
    }

    /// Types this.
    pub fn type_in(&mut self, text: &str) {
        self.leader.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
    }

    /// Presses Ctrl-S, and waits until the terminal takes nothing any more: the key works a little later.
    pub fn stop(&mut self) {
        self.type_in("\u{13}");
        let follower = self.follower.as_ref().unwrap();
        let takes = || {
            let mut asked = [PollFd::new(follower, PollFlags::OUT)];
            poll(&mut asked, Some(&Timespec::default())).unwrap();
            asked[0].revents().contains(PollFlags::OUT)
        };
        while takes() {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Waits for a question's prompt and types an answer.
    #[track_caller]
    pub fn answer(&mut self, line: &str) {
        self.wait_for("\n> ");
        self.type_in(&format!("{line}\n"));
    }

    /// The terminal's settings, and the process group that may read from it.
    pub fn settings(&self) -> (String, i32) {
        let group = tcgetpgrp(self.leader.as_ref().unwrap()).unwrap();
        (format!("{:?}", tcgetattr(self.follower.as_ref().unwrap()).unwrap()), group.as_raw_pid())
    }

    /// Gives the terminal another size.
    pub fn resize(&self, columns: u16, rows: u16) {
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(self.leader.as_ref().unwrap(), size).unwrap();
    }

    /// Presses Ctrl-C.
    pub fn interrupt(&mut self) {
        self.type_in("\u{3}");
    }

    /// Sends a signal to the engine, which is what was started here.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.engine(), signal).unwrap();
    }

    fn engine(&self) -> Pid {
        Pid::from_child(self.child.as_ref().unwrap())
    }

    /// Kills the engine's supervisor, its only child, and waits until it is dead: until then it holds its
    /// locks.
    pub fn kill_supervisor(&self) {
        let engine = self.engine().as_raw_pid();
        let children = std::fs::read_to_string(format!("/proc/{engine}/task/{engine}/children")).unwrap();
        let children: Vec<_> = children.split_whitespace().map(|pid| pid.parse().unwrap()).collect();
        let [supervisor] = children[..] else { panic!("{children:?}") };
        let supervisor = Pid::from_raw(supervisor).unwrap();
        let watched = pidfd_open(supervisor, PidfdFlags::empty()).unwrap();
        kill_process(supervisor, Signal::KILL).unwrap();
        poll(&mut [PollFd::new(&watched, PollFlags::IN)], None).unwrap();
    }

    /// Kills the engine and waits until it is gone.
    pub fn kill_engine(&mut self) {
        self.signal(Signal::KILL);
        self.child.as_mut().unwrap().wait().unwrap();
    }

    /// Closes the terminal, as a window or a connection is closed.
    pub fn close(&mut self) {
        self.follower = None;
        self.leader = None;
        // The listening thread holds the other copy; without the leader nobody can read.
        self.signal(Signal::HUP);
    }

    /// Waits for the end: its code, with the terminal's settings as they were before.
    #[track_caller]
    pub fn ends_with(mut self, code: i32) -> String {
        let engine = self.engine();
        let mut child = self.child.take().unwrap();
        let (sender, ended) = mpsc::channel();
        std::thread::spawn(move || sender.send(child.wait().unwrap()));
        let Ok(status) = ended.recv_timeout(HANGS) else {
            let _ = kill_process(engine, Signal::KILL);
            panic!("it never ended:\n{}", self.shown());
        };
        if let Some(follower) = self.follower.take() {
            assert_eq!(format!("{:?}", tcgetattr(&follower).unwrap()), self.settings, "the terminal's settings");
        }
        let (shown, changed) = &*self.shown;
        let mut now = shown.lock().unwrap();
        while !now.closed {
            now = changed.wait(now).unwrap();
        }
        assert_eq!(status.code(), Some(code), "{}", now.text);
        now.text.clone()
    }
}

impl Drop for Terminal {
    /// A test that fails leaves no engine behind.
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
