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
//! It leaves waiting to the loop, and what the end comes to to `step/over`. Invariant: a step is over only when no process of its tree is left,
//! when those that are left are named, or when they may stay.

mod hunt;
mod over;

use std::cell::OnceCell;
use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::deposit::Deposit;
use super::errand::Handshake;
use super::live::Live;
use super::output::{Outputs, Place};
use super::programs::path_of;
use super::protocol::{Answer, HowStopped, Stream};
use super::spawn::{Feed, Launch, Part, Refusal, Spawned, spawn, user_beyond};
use super::terminal::Terminal;
use super::tree::{House, Process, Traces};
use crate::event::AttemptKey;
use crate::model::render_duration;
use crate::perform::mask::Masker;
use crate::plan::ResolvedActivity;
use crate::system;

/// How often those being killed are looked for again.
const KILL_EVERY: Duration = Duration::from_millis(20);
/// For how long all in all.
const KILL_FOR: Duration = Duration::from_secs(10);
/// What is over by then needn't be found again.
const AT_ONCE: Duration = Duration::from_millis(3);
pub(super) use over::{Over, Remains};

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
    /// None of its processes began before, in the system's own count.
    began: u64,
    /// Its first processes are written down.
    is_noted: bool,
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
        let launch = Launch {
            activity: &activity,
            own_program: &settings.own_program,
            terminal: terminal.as_ref().map(Terminal::device),
            number,
            sign: OnceCell::new(),
        };
        let (started, began) = (Instant::now(), system::begins_now());
        let (spawned, halfway) = match spawn(&launch) {
            Ok(spawned) => (spawned, None),
            Err(Refusal::Halfway(spawned, why)) => (*spawned, Some(why)),
            Err(Refusal::DidNotStart(why)) => return Err(why),
        };
        let Spawned { parts, stdout, stderr, feed, handshake, deposit } = spawned;
        let group = parts.first().map_or_else(rustix::process::getpid, |part| part.pid);
        if let Some(terminal) = &mut terminal {
            terminal.hand_over(group);
            // It may have asked before it was given.
            let _ = kill_process_group(group, Signal::CONT);
        }
        let place = Place { run: settings.run.clone(), step: place };
        let outputs =
            Outputs::new(masker, place, (stdout.is_some(), stderr.is_some() && terminal.is_none()), &activity.sought);
        let words = activity.surroundings.env.iter();
        let words = words.filter(|(name, _)| name == "RUNBOOK_STEP_ID" || name == "RUNBOOK_ATTEMPT");
        let traces = Traces {
            group: group.as_raw_pid(),
            parts: parts.iter().map(|part| part.pid.as_raw_pid()).collect(),
            words: words.map(|(name, value)| format!("{name}={value}")).collect(),
            pipes: [&stdout, &stderr].into_iter().flatten().filter_map(system::pipe_name).collect(),
            seen: HashSet::new(),
        };
        let mut step = Self {
            number,
            key,
            activity,
            parts,
            group,
            started,
            began,
            is_noted: false,
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

    /// Its first processes, to be written down for whoever looks for them when this supervisor is killed:
    /// their numbers, and a moment before which they didn't begin. `None`: they are, or it may be over at
    /// once. Another user's would be found by nothing else, and never wait.
    pub(super) fn note_due(&mut self, now: Instant) -> Option<Vec<(i32, u64)>> {
        let waits = user_beyond(&self.activity.surroundings).is_none() && now < self.started + AT_ONCE;
        if self.is_noted || waits {
            return None;
        }
        self.is_noted = true;
        Some(self.parts.iter().map(|part| (part.pid.as_raw_pid(), self.began)).collect())
    }

    /// When it has to be looked at again at the latest; `None`: only when something happens.
    pub(super) fn due(&self) -> Option<Instant> {
        let state = match self.state {
            State::Running => self.started.checked_add(self.activity.budget),
            State::Lingering { until } | State::Terminating { until } => Some(until),
            State::Killing { .. } => Some(Instant::now() + KILL_EVERY),
        };
        let note = (!self.is_noted).then(|| self.started + AT_ONCE);
        [state, self.live.due(), note].into_iter().flatten().min()
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
            let _ = system::enlarge_pipe(reader, buffer.len());
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

    /// Whether nobody has its pipes any more.
    pub(super) fn is_silent(&self) -> bool {
        self.stdout.is_none() && self.stderr.is_none()
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
        let silent = self.is_silent();
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

    fn path(&self) -> &str {
        path_of(&self.activity.surroundings.env)
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

/// A wait status that says SIGKILL.
fn killed() -> i32 {
    Signal::KILL.as_raw()
}

/// Reads and forgets; `false` at the end.
pub(super) fn read_and_forget(pipe: &OwnedFd, buffer: &mut [u8]) -> bool {
    let Ok(clone) = pipe.try_clone() else { return false };
    File::from(clone).read(buffer).is_ok_and(|read| read > 0)
}
