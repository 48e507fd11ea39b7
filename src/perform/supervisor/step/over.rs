//! The end of a step: its last words, the exits of its parts, the file that it leaves.
//!
//! Invariant: an exit code is told only when every part ended by itself.

use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;

use camino::Utf8Path;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::Signal;
use rustix::time::Timespec;

use super::{Settings, Step};
use crate::model::SubjectName;
use crate::perform::supervisor::errand::{Handshake, Task};
use crate::perform::supervisor::protocol::{Deposited, End, Ending, Stream};
use crate::perform::supervisor::spawn::{Part, user_beyond};
use crate::perform::supervisor::sudo;
use crate::perform::supervisor::tree::{House, Process, Traces};
use crate::plan::{ResolvedAction, ResolvedActivity, ResolvedProcesses};

/// What is still read from a pipe after the end; somebody else may write to it for ever.
const LAST_WORDS: usize = 8 * 1024 * 1024;

/// What is left of a step that is over.
pub(in crate::perform::supervisor) struct Over {
    pub(in crate::perform::supervisor) ending: Ending,
    /// Processes that may stay.
    pub(in crate::perform::supervisor) stayed: Vec<Process>,
    /// The pipes that those hold: to be read for as long as somebody can.
    pub(in crate::perform::supervisor) pipes: Vec<OwnedFd>,
    /// What nobody needs any more.
    pub(in crate::perform::supervisor) remains: Remains,
}

/// What is to be let go of a step: once its end is told, since that takes a while, too.
pub(in crate::perform::supervisor) type Remains = (ResolvedActivity, Vec<Part>, Traces);

impl Step {
    /// The step is over: what it comes to.
    pub(in crate::perform::supervisor) fn finish(
        mut self,
        house: &House,
        settings: &Settings,
        buffer: &mut [u8],
    ) -> Over {
        if let Some(terminal) = &mut self.terminal {
            terminal.take_back(&settings.own_program);
        }
        let seconds = self.started.elapsed().as_secs_f64();
        self.last_words(Stream::Stdout, buffer);
        self.last_words(Stream::Stderr, buffer);
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
            stayed: stayed.iter().map(|process| process.identity.noted()).collect(),
            to,
            trouble,
        };
        Over { ending, stayed, pipes, remains: (self.activity, self.parts, self.traces) }
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
}

/// What is asked of the file that a pipe leaves.
fn wants_of(action: &ResolvedAction) -> Vec<SubjectName> {
    match action.processes() {
        Some(ResolvedProcesses::Programs { wants, .. }) => wants.to_vec(),
        Some(ResolvedProcesses::Script(_)) | None => Vec::new(),
    }
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
