//! One running step, from the start of its processes to the end of the last of them.
//!
//! ```text
//! Running ──ended by itself──▶ Lingering ──nothing left──▶ over
//!    │                             │ somebody left
//!    └── budget, stop, terminal ─▶ Terminating ──grace──▶ Killing ──none left, or they can't be──▶ over
//! ```
//!
//! That its pipes are still open never decides that a step runs: a process that it left behind may
//! hold them for ever.
//!
//! It leaves waiting to the loop. Invariant: a step is over only when no process of its tree is left,
//! when those that are left are named, or when they may stay.

use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use rustix::time::Timespec;

use super::errand::{Handshake, Task};
use super::live::Live;
use super::output::{Outputs, Place};
use super::protocol::{Answer, Deposited, End, Ending, HowStopped, Stream};
use super::spawn::{Feed, Launch, Part, Refusal, Spawned, path_of, spawn, user_beyond};
use super::terminal::Terminal;
use super::tree::{House, Process, Traces};
use super::{deposit::Deposit, sudo};
use crate::event::AttemptKey;
use crate::model::{SubjectName, render_duration};
use crate::perform::mask::Masker;
use crate::plan::{ResolvedAction, ResolvedActivity};

/// How often those being killed are looked for again.
const KILL_EVERY: Duration = Duration::from_millis(20);
/// For how long.
const KILL_FOR: Duration = Duration::from_secs(10);
/// What is still read from a pipe after the end; somebody else may write to it for ever.
const LAST_WORDS: usize = 8 * 1024 * 1024;

/// What a step needs to know of its surroundings.
pub(super) struct Settings {
    pub(super) run: Utf8PathBuf,
    pub(super) own_program: Utf8PathBuf,
    pub(super) grace: Duration,
    pub(super) leak_wait: Duration,
}

/// A running step.
pub(super) struct Step {
    pub(super) number: u64,
    pub(super) key: AttemptKey,
    activity: ResolvedActivity,
    parts: Vec<Part>,
    group: Pid,
    started: Instant,
    outputs: Outputs,
    pub(super) live: Live,
    pub(super) stdout: Option<OwnedFd>,
    pub(super) stderr: Option<OwnedFd>,
    pub(super) feed: Option<Feed>,
    handshake: Option<Handshake>,
    deposit: Option<Deposit>,
    terminal: Option<Terminal>,
    stopped: bool,
    traces: Traces,
    state: State,
    /// Why we ended it; `None`: it ends by itself.
    why: Option<String>,
    left_behind: Vec<String>,
    survivors: Vec<String>,
}

enum State {
    Running,
    Lingering { until: Instant },
    Terminating { until: Instant },
    Killing { until: Instant },
}

/// What is left of a step that is over.
pub(super) struct Over {
    pub(super) ending: Ending,
    /// Processes that may stay.
    pub(super) stayed: Vec<Process>,
    /// The pipes that those hold: to be read for as long as somebody can.
    pub(super) pipes: Vec<OwnedFd>,
}

impl Step {
    /// Starts the processes of a step.
    ///
    /// # Errors
    /// None could be started; the error is in the operator's words.
    pub(super) fn start(
        number: u64,
        key: AttemptKey,
        activity: ResolvedActivity,
        place: Utf8PathBuf,
        masker: &Masker,
        settings: &Settings,
    ) -> Result<Self, String> {
        let mut terminal = activity.surroundings.interactive.then(Terminal::open).transpose()?;
        let sign = format!("{:x}-{number}-{}", std::process::id(), jiff::Timestamp::now().as_nanosecond());
        let launch = Launch {
            activity: &activity,
            own_program: &settings.own_program,
            terminal: terminal.as_ref().map(Terminal::device),
            sign: &sign,
        };
        let started = Instant::now();
        let (spawned, halfway) = match spawn(&launch) {
            Ok(spawned) => (spawned, None),
            Err(Refusal::Halfway(spawned, why)) => (*spawned, Some(why)),
            Err(Refusal::DidNotStart(why)) => return Err(why),
        };
        let Spawned { parts, stdout, stderr, feed, handshake, deposit } = spawned;
        let group = parts.first().map_or(rustix::process::getpid(), |part| part.pid);
        if let Some(terminal) = &mut terminal {
            terminal.hand_over(group);
            // It may have asked before it was given.
            let _ = kill_process_group(group, Signal::CONT);
        }
        let place = Place { run: settings.run.clone(), step: place };
        let outputs = Outputs::new(masker, place, (stdout.is_some(), stderr.is_some() && terminal.is_none()));
        let words = activity.surroundings.env.iter();
        let words = words.filter(|(name, _)| name == "RUNBOOK_STEP_ID" || name == "RUNBOOK_ATTEMPT");
        let traces = Traces {
            group: group.as_raw_pid(),
            parts: parts.iter().map(|part| part.pid.as_raw_pid()).collect(),
            words: words.map(|(name, value)| format!("{name}={value}")).collect(),
            pipes: [&stdout, &stderr].into_iter().flatten().filter_map(pipe_name).collect(),
            seen: std::collections::HashSet::new(),
        };
        let mut step = Self {
            number,
            key,
            activity,
            parts,
            group,
            started,
            outputs,
            live: Live::default(),
            stdout,
            stderr,
            feed,
            handshake,
            deposit,
            terminal,
            stopped: false,
            traces,
            state: State::Running,
            why: None,
            left_behind: Vec::new(),
            survivors: Vec::new(),
        };
        if let Some(why) = halfway {
            step.cut_short(why, settings);
        }
        Ok(step)
    }

    /// The first processes that aren't reaped yet.
    pub(super) fn pids(&self) -> impl Iterator<Item = i32> + '_ {
        self.parts.iter().filter(|part| part.exit.is_none()).map(|part| part.pid.as_raw_pid())
    }

    /// Its process group's number, which is that of its first process.
    pub(super) fn pid(&self) -> i32 {
        self.group.as_raw_pid()
    }

    /// When it has to be looked at again at the latest; `None`: only when something happens.
    pub(super) fn due(&self) -> Option<Instant> {
        let state = match self.state {
            State::Running => self.started.checked_add(self.activity.budget),
            State::Lingering { until } | State::Terminating { until } => Some(until),
            State::Killing { .. } => Some(Instant::now() + KILL_EVERY),
        };
        [state, self.live.due()].into_iter().flatten().min()
    }

    /// Ends its whole tree, for a reason that isn't its own. What is being ended already stays so.
    pub(super) fn cut_short(&mut self, why: String, settings: &Settings) {
        if matches!(self.state, State::Terminating { .. } | State::Killing { .. }) {
            return;
        }
        self.why = Some(why);
        self.feed = None;
        if self.pids().next().is_some() {
            let _ = kill_process_group(self.group, Signal::TERM);
            // A stopped process hears TERM only after it goes on.
            let _ = kill_process_group(self.group, Signal::CONT);
        }
        self.state = State::Terminating { until: Instant::now() + settings.grace };
    }

    /// Takes what is there on a stream; closes it at its end.
    pub(super) fn read(&mut self, stream: Stream, buffer: &mut [u8]) -> usize {
        let pipe = match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        };
        let Some(reader) = pipe else { return 0 };
        let read = match rustix::io::read(&*reader, &mut *buffer) {
            Ok(read) => read,
            Err(rustix::io::Errno::INTR) => return 1,
            Err(_) => 0,
        };
        if read == buffer.len() {
            // It prints much: larger pieces cost less. Without the right to them all goes on as it is.
            let _ = rustix::pipe::fcntl_setpipe_size(reader, buffer.len());
        }
        if read == 0 {
            *pipe = None;
        }
        self.take(stream, &buffer[..read]);
        read
    }

    /// Gives its standard input what the pipe takes.
    pub(super) fn give(&mut self) {
        let Some(feed) = &mut self.feed else { return };
        match rustix::io::write(&feed.pipe, &feed.bytes[feed.given..]) {
            Ok(written) => feed.given += written,
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => {}
            // Nobody reads it any more; a program needn't.
            Err(_) => feed.given = feed.bytes.len(),
        }
        if feed.given == feed.bytes.len() {
            self.feed = None;
        }
    }

    /// Some child of ours changed its state: was it one of this step?
    pub(super) fn look(&mut self, settings: &Settings) -> Option<Answer> {
        let mut stopped_by = None;
        for part in self.parts.iter_mut().filter(|part| part.exit.is_none()) {
            match part.handle.try_wait() {
                Ok(Some(output)) => {
                    part.exit = Some(output.status);
                    continue;
                }
                Ok(None) => {}
                // Nobody else reaps our children; should somebody, its end is at least not missed.
                Err(_) => part.exit = Some(std::process::ExitStatus::from_raw(killed())),
            }
            let stops = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG;
            if let Ok(Some(status)) = waitid(WaitId::Pid(part.pid), stops) {
                stopped_by = status.stopping_signal();
            }
        }
        self.traces.parts = self.pids().collect();
        let signal = stopped_by?;
        if matches!(self.state, State::Killing { .. }) {
            return None;
        }
        let asked = signal == Signal::TTIN.as_raw() || signal == Signal::TTOU.as_raw();
        if asked && self.terminal.is_none() {
            self.cut_short(
                "it asks for the terminal; write `interactive`, or give it what it asks for".to_owned(),
                settings,
            );
            return Some(Answer::Stopped { number: self.number, how: HowStopped::AskedForTerminal });
        }
        self.stopped = true;
        if let Some(terminal) = &mut self.terminal {
            terminal.take_back(&settings.own_program);
            // Ctrl-Z meant the whole: the engine too gives the shell its terminal.
            let _ = rustix::process::kill_current_process_group(Signal::TSTP);
        }
        Some(Answer::Stopped { number: self.number, how: HowStopped::BySomebody })
    }

    /// We were continued: so is an interactive step that was stopped.
    pub(super) fn go_on(&mut self) {
        if let Some(terminal) = &mut self.terminal
            && std::mem::take(&mut self.stopped)
        {
            terminal.hand_over(self.group);
            let _ = kill_process_group(self.group, Signal::CONT);
        }
    }

    /// Goes on to the next state if it is time; says whether the step is over.
    pub(super) fn advance(&mut self, now: Instant, house: &House, settings: &Settings) -> bool {
        if matches!(self.state, State::Running) {
            if self.pids().next().is_none() {
                self.feed = None;
                self.state = State::Lingering { until: now + settings.leak_wait };
            } else if self.started.checked_add(self.activity.budget).is_some_and(|deadline| now >= deadline) {
                let budget = render_duration(self.activity.budget);
                self.cut_short(format!("the budget of {budget} is spent"), settings);
            }
        }
        match self.state {
            State::Running => false,
            State::Lingering { until } => self.linger(now >= until, house, settings),
            State::Terminating { until } => {
                if self.pids().next().is_none() && house.nothing_left_of(&self.traces) {
                    return true;
                }
                if now >= until {
                    self.state = State::Killing { until: now + KILL_FOR };
                    return self.kill(false, house, settings);
                }
                false
            }
            State::Killing { until } => self.kill(now >= until, house, settings),
        }
    }

    fn linger(&mut self, waited: bool, house: &House, settings: &Settings) -> bool {
        let silent = self.stdout.is_none() && self.stderr.is_none();
        if self.activity.surroundings.may_leak {
            return silent || waited;
        }
        if !silent && !waited {
            return false;
        }
        if house.nothing_left_of(&self.traces) {
            return true;
        }
        if !waited {
            return false;
        }
        let members = house.members_of(&mut self.traces);
        self.left_behind = members.iter().map(Process::told).collect();
        self.signal(&members, Signal::TERM, settings);
        self.signal(&members, Signal::CONT, settings);
        self.state = State::Terminating { until: Instant::now() + settings.grace };
        false
    }

    /// Stops the whole tree, so that nothing in it can fork any more, and kills it.
    fn kill(&mut self, last_time: bool, house: &House, settings: &Settings) -> bool {
        let mut members = house.members_of(&mut self.traces);
        let mut count = 0;
        while members.len() > count {
            count = members.len();
            self.signal(&members, Signal::STOP, settings);
            members = house.members_of(&mut self.traces);
        }
        self.signal(&members, Signal::KILL, settings);
        if self.pids().next().is_none() && house.nothing_left_of(&self.traces) {
            return true;
        }
        if last_time {
            self.survivors = members.iter().map(Process::told).collect();
            if self.survivors.is_empty() {
                self.survivors.push("something that forks faster than it can be ended".to_owned());
            }
        }
        last_time
    }

    fn signal(&self, members: &[Process], signal: Signal, settings: &Settings) {
        let refused: Vec<i32> =
            members.iter().filter(|member| !member.signal(signal)).map(|member| member.identity.pid).collect();
        if let Some(user) = user_beyond(&self.activity.surroundings)
            && !refused.is_empty()
        {
            // Those of another user, by that user; who survives is found by looking again.
            let task = Task::Signal { signal: signal.as_raw(), pids: refused };
            let _ = sudo::send(user, &settings.own_program, self.path(), task);
        }
    }

    /// The step is over: what it comes to.
    pub(super) fn finish(mut self, house: &House, settings: &Settings) -> Over {
        if let Some(terminal) = &mut self.terminal {
            terminal.take_back(&settings.own_program);
        }
        let seconds = self.started.elapsed().as_secs_f64();
        let mut buffer = vec![0; 64 * 1024];
        self.last_words(Stream::Stdout, &mut buffer);
        self.last_words(Stream::Stderr, &mut buffer);
        let rest = self.handshake.as_mut().map(Handshake::rest).unwrap_or_default();
        self.keep(Stream::Stderr, &rest);
        let mut trouble = None;
        let mut end = self.end(&settings.own_program, &mut trouble);
        if !self.survivors.is_empty() {
            end = End::CutShort { why: self.why.clone().unwrap_or_else(|| "it can't be ended".to_owned()) };
        }
        let mut shown = Vec::new();
        self.outputs.close(Stream::Stdout, &mut shown);
        self.outputs.close(Stream::Stderr, &mut shown);
        let to = self
            .deposit
            .as_ref()
            .filter(|_| end == End::Exited { code: 0 })
            .map(|deposit| Deposited { path: deposit.to().to_owned(), wants: wants_of(&self.activity.action) });
        let (stdout, stderr, output) = self.outputs.finish();
        let stayed = if self.activity.surroundings.may_leak && self.left_behind.is_empty() {
            house.orphans_of(&self.traces)
        } else {
            Vec::new()
        };
        let pipes = [self.stdout, self.stderr].into_iter().flatten().collect();
        let ending = Ending {
            end,
            seconds,
            stdout,
            stderr,
            output,
            left_behind: self.left_behind,
            survivors: self.survivors,
            to,
            trouble,
        };
        Over { ending, stayed, pipes }
    }

    /// What the exits of its parts come to, and with them the file that it leaves.
    fn end(&mut self, own_program: &Utf8Path, trouble: &mut Option<String>) -> End {
        let end = self.end_of_parts();
        let Some(deposit) = &self.deposit else { return end };
        let user = user_beyond(&self.activity.surroundings);
        if end != (End::Exited { code: 0 }) {
            match user {
                // What is left of it is hidden beside its place and harms nobody.
                Some(user) => {
                    drop(sudo::send(user, own_program, self.path(), Task::Remove(deposit.partial().to_owned())));
                }
                None => deposit.discard(),
            }
            return end;
        }
        let kept = match user {
            Some(user) => {
                let task = Task::Rename { from: deposit.partial().to_owned(), to: deposit.to().to_owned() };
                sudo::send(user, own_program, self.path(), task)
            }
            None => deposit.keep(),
        };
        match kept {
            Ok(()) => end,
            Err(why) => {
                *trouble = Some(why);
                End::Exited { code: 1 }
            }
        }
    }

    fn end_of_parts(&mut self) -> End {
        if let Some(why) = &self.why {
            return End::CutShort { why: why.clone() };
        }
        if let Some(handshake) = &self.handshake
            && let Some(why) = handshake.trouble()
        {
            let nothing_began =
                handshake.missing() == self.parts.len() || (self.parts.len() == 1 && handshake.refused.is_some());
            return if nothing_began { End::DidNotStart { why } } else { End::CutShort { why } };
        }
        let several = self.parts.len() > 1;
        let last = self.parts.len() - 1;
        let mut code = 0;
        let mut told = None;
        for (index, part) in self.parts.iter().enumerate() {
            let named = format!("part {} of {} ({})", index + 1, self.parts.len(), part.name);
            let Some(exit) = part.exit else { continue };
            let this = match (exit.code(), exit.signal()) {
                (Some(code), _) => code,
                // Whoever writes into a pipe that nobody reads to its end dies of that, as in a shell.
                (None, Some(signal)) if signal == Signal::PIPE.as_raw() && index < last => 128 + signal,
                (None, signal) => {
                    let signal = signal_name(signal.unwrap_or_default());
                    return End::Signalled { signal, part: several.then_some(named) };
                }
            };
            if this != 0 && code == 0 {
                code = this;
                told = several.then(|| format!("{named} exited with {this}\n"));
            }
        }
        if let Some(told) = told {
            self.keep(Stream::Stderr, told.as_bytes());
        }
        End::Exited { code }
    }

    fn path(&self) -> &str {
        path_of(&self.activity.surroundings.env)
    }

    fn last_words(&mut self, stream: Stream, buffer: &mut [u8]) {
        let mut total = 0;
        while total < LAST_WORDS {
            let Some(pipe) = (match stream {
                Stream::Stdout => &self.stdout,
                Stream::Stderr => &self.stderr,
            }) else {
                return;
            };
            let mut ready = [PollFd::new(pipe, PollFlags::IN)];
            let now = Timespec { tv_sec: 0, tv_nsec: 0 };
            if !matches!(poll(&mut ready, Some(&now)), Ok(1..)) {
                return;
            }
            total += self.read(stream, buffer);
        }
    }

    fn take(&mut self, stream: Stream, bytes: &[u8]) {
        match (&mut self.handshake, stream) {
            (Some(handshake), Stream::Stderr) => {
                let rest = handshake.filter(bytes);
                self.keep(stream, &rest);
            }
            (Some(_) | None, _) => self.keep(stream, bytes),
        }
    }

    fn keep(&mut self, stream: Stream, bytes: &[u8]) {
        let mut shown = Vec::new();
        self.outputs.push(stream, bytes, &mut shown);
        self.live.push(stream, &shown);
    }
}

/// What is asked of the file that a pipe leaves.
fn wants_of(action: &ResolvedAction) -> Vec<SubjectName> {
    if let ResolvedAction::Pipe { wants, .. } = action { wants.clone() } else { Vec::new() }
}

/// A wait status that says SIGKILL.
fn killed() -> i32 {
    Signal::KILL.as_raw()
}

fn pipe_name(pipe: &OwnedFd) -> Option<String> {
    let link = std::fs::read_link(format!("/proc/self/fd/{}", pipe.as_fd().as_raw_fd())).ok()?;
    link.to_str().map(str::to_owned)
}

/// `SIGKILL`, as operators call it.
fn signal_name(number: i32) -> String {
    let names = [
        (Signal::HUP, "SIGHUP"),
        (Signal::INT, "SIGINT"),
        (Signal::QUIT, "SIGQUIT"),
        (Signal::ILL, "SIGILL"),
        (Signal::TRAP, "SIGTRAP"),
        (Signal::ABORT, "SIGABRT"),
        (Signal::BUS, "SIGBUS"),
        (Signal::FPE, "SIGFPE"),
        (Signal::KILL, "SIGKILL"),
        (Signal::USR1, "SIGUSR1"),
        (Signal::SEGV, "SIGSEGV"),
        (Signal::USR2, "SIGUSR2"),
        (Signal::PIPE, "SIGPIPE"),
        (Signal::ALARM, "SIGALRM"),
        (Signal::TERM, "SIGTERM"),
        (Signal::XCPU, "SIGXCPU"),
        (Signal::XFSZ, "SIGXFSZ"),
        (Signal::SYS, "SIGSYS"),
    ];
    let known = names.iter().find(|(signal, _)| signal.as_raw() == number);
    known.map_or_else(|| format!("signal {number}"), |(_, name)| (*name).to_owned())
}

/// Reads and forgets; `false` at the end.
pub(super) fn read_and_forget(pipe: &OwnedFd, buffer: &mut [u8]) -> bool {
    let Ok(clone) = pipe.try_clone() else { return false };
    File::from(clone).read(buffer).is_ok_and(|read| read > 0)
}
