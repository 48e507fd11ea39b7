//! The loop that waits for everything at once: the engine's requests, what steps print, the ends of
//! processes, deadlines.
//!
//! Invariant: it blocks nowhere but in `poll` (and in the syncs of its log), whatever the engine or
//! a step does: an engine that doesn't listen loses live lines, never an ending.

use std::collections::HashSet;
use std::io::{IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::FdFlags;
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, recvmsg};
use rustix::time::Timespec;

use super::ledger::Ledger;
use super::protocol::{Answer, Frames, Request, Stream, encode};
use super::step::{Over, Remains, Settings, Step, read_and_forget};
use super::tree::{self, House, Identity};
use crate::event::AttemptKey;
use crate::perform::mask::Masker;
use crate::plan::ResolvedActivity;
use crate::system;

/// So much is read at a time.
const PIECE: usize = 256 * 1024;
/// Live lines are left out while the engine has more than this to read.
const UNREAD: usize = 256 * 1024;
/// A message carries at most so many descriptors.
const DESCRIPTORS: usize = 16;

/// The signals that tell the loop something.
pub(super) struct Signals {
    /// Readable when any came.
    pub(super) came: UnixStream,
    /// SIGCONT was among them.
    pub(super) continued: Arc<AtomicBool>,
}

/// Everything that the supervisor looks after.
pub(super) struct Watch {
    engine: Option<UnixStream>,
    frames: Frames,
    unsent: Vec<u8>,
    signals: Signals,
    ledger: Ledger,
    settings: Settings,
    secrets: Vec<String>,
    masker: Masker,
    steps: Vec<Step>,
    /// Of steps whose end is told next.
    remains: Vec<Remains>,
    /// Locks: held until the end of this process, and never touched.
    held: Vec<OwnedFd>,
    stayed: HashSet<Identity>,
    stayed_groups: HashSet<i32>,
    abandoned: Vec<OwnedFd>,
    buffer: Vec<u8>,
}

/// What became ready.
#[derive(Default)]
struct Ready {
    engine: bool,
    signals: bool,
    /// By step: stdout, stderr, stdin.
    steps: Vec<[bool; 3]>,
    abandoned: Vec<bool>,
}

impl Watch {
    pub(super) fn new(
        engine: UnixStream,
        frames: Frames,
        held: Vec<OwnedFd>,
        signals: Signals,
        ledger: Ledger,
        (settings, secrets): (Settings, Vec<String>),
    ) -> Self {
        Self {
            engine: Some(engine),
            frames,
            unsent: encode(&Answer::Ready),
            signals,
            ledger,
            settings,
            masker: Masker::new(&secrets),
            secrets,
            steps: Vec::new(),
            remains: Vec::new(),
            held,
            stayed: HashSet::new(),
            stayed_groups: HashSet::new(),
            abandoned: Vec::new(),
            buffer: vec![0; PIECE],
        }
    }

    /// Until the engine is gone and the last step is over.
    pub(super) fn run(mut self) {
        self.understand();
        loop {
            // It may be only now that the engine is found to be gone: nothing would wake us any more.
            self.send();
            // The engine goes on meanwhile: what it does next through us waits for this, and all else it asks for.
            self.settle();
            self.send();
            self.remains.clear();
            if self.engine.is_none() && self.steps.is_empty() {
                return;
            }
            let ready = self.wait();
            if ready.engine {
                self.hear();
            }
            self.read(&ready);
            if ready.signals {
                self.reap();
            }
            self.advance();
        }
    }

    /// Waits until something is ready or due.
    fn wait(&self) -> Ready {
        let mut polled = vec![PollFd::new(&self.signals.came, PollFlags::IN)];
        if let Some(engine) = &self.engine {
            let send = if self.unsent.is_empty() { PollFlags::empty() } else { PollFlags::OUT };
            polled.push(PollFd::new(engine, PollFlags::IN | send));
        }
        for step in &self.steps {
            polled.extend(
                [&step.stdout, &step.stderr].into_iter().flatten().map(|pipe| PollFd::new(pipe, PollFlags::IN)),
            );
            polled.extend(step.feed.iter().map(|feed| PollFd::new(&feed.pipe, PollFlags::OUT)));
        }
        polled.extend(self.abandoned.iter().map(|pipe| PollFd::new(pipe, PollFlags::IN)));
        let now = Instant::now();
        let due = self.steps.iter().filter_map(Step::due).min();
        let timeout = due.and_then(|due| Timespec::try_from(due.saturating_duration_since(now)).ok());
        // A signal that interrupts has also made `came` readable: the next round sees it.
        let _ = poll(&mut polled, timeout.as_ref());
        let mut answers = polled.iter().map(|polled| !polled.revents().is_empty());
        let mut next = |asked: bool| asked && answers.next().unwrap_or(false);
        let signals = next(true);
        let engine = next(self.engine.is_some());
        let of_step =
            |step: &Step| [next(step.stdout.is_some()), next(step.stderr.is_some()), next(step.feed.is_some())];
        let steps = self.steps.iter().map(of_step).collect();
        let abandoned = self.abandoned.iter().map(|_| answers.next().unwrap_or(false)).collect();
        Ready { engine, signals, steps, abandoned }
    }

    /// Takes what the engine sent; its end is no reason to end anything.
    fn hear(&mut self) {
        let Some(engine) = &self.engine else { return };
        match receive(engine, &mut self.buffer, &mut self.held) {
            Ok(0) => self.engine = None,
            Ok(read) => {
                self.frames.push(&self.buffer[..read]);
                self.understand();
            }
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => {}
            Err(_) => self.engine = None,
        }
    }

    fn understand(&mut self) {
        loop {
            match self.frames.take::<Request<'_>>() {
                Ok(Some(request)) => self.answer(request),
                Ok(None) => return,
                // Another language than ours: as good as gone.
                Err(_) => return self.engine = None,
            }
        }
    }

    fn answer(&mut self, request: Request<'_>) {
        match request {
            Request::Welcome(_) | Request::Hold => {}
            Request::Mask(secrets) => {
                self.secrets.extend(secrets);
                self.masker = Masker::new(&self.secrets);
            }
            Request::Perform { number, key, activity } => self.start(number, &key, activity.into_owned()),
            Request::Settle => {
                self.settle();
                self.tell(&Answer::Settled);
            }
            Request::Stop { number } => {
                for step in self.steps.iter_mut().filter(|step| step.number == number) {
                    step.cut_short("it was ended on request".to_owned(), &self.settings);
                }
            }
        }
    }

    fn start(&mut self, number: u64, key: &AttemptKey, activity: ResolvedActivity) {
        let (masker, settings) = (&self.masker, &self.settings);
        let launch = |place| Step::start(number, key.clone(), activity, place, masker, settings);
        let started = self.ledger.start(key, launch);
        self.tell_if_broken();
        match started {
            Ok(step) => self.steps.push(step),
            Err(ending) => self.tell(&Answer::Ended { number, ending }),
        }
    }

    fn read(&mut self, ready: &Ready) {
        let mut answers = Vec::new();
        for (step, [stdout, stderr, stdin]) in self.steps.iter_mut().zip(&ready.steps) {
            if *stdout {
                step.read(Stream::Stdout, &mut self.buffer);
            }
            if *stderr {
                step.read(Stream::Stderr, &mut self.buffer);
            }
            if *stdin {
                step.give();
            }
            if (*stdout || *stderr) && step.is_silent() {
                // Most likely it has ended, too; otherwise a signal says when.
                answers.extend(step.look(&self.settings));
            }
        }
        for answer in &answers {
            self.tell(answer);
        }
        let mut readable = ready.abandoned.iter();
        let buffer = &mut self.buffer;
        self.abandoned.retain(|pipe| !readable.next().is_some_and(|ready| *ready) || read_and_forget(pipe, buffer));
    }

    /// Children of ours ended or stopped: those of steps are asked by their step, all others go.
    fn reap(&mut self) {
        let mut sink = [0; 256];
        while self.signals.came.read(&mut sink).is_ok_and(|read| read == sink.len()) {}
        if self.signals.continued.swap(false, Ordering::Relaxed) {
            self.steps.iter_mut().for_each(Step::go_on);
        }
        for index in 0..self.steps.len() {
            if let Some(answer) = self.steps[index].look(&self.settings) {
                self.tell(&answer);
            }
        }
        if tree::somebody_ended() {
            self.house().reap_orphans();
        }
    }

    fn advance(&mut self) {
        let now = Instant::now();
        let mut index = 0;
        while index < self.steps.len() {
            let lines = self.steps[index].live.take(now);
            if !lines.is_empty() && self.unsent.len() < UNREAD {
                let number = self.steps[index].number;
                self.tell(&Answer::Lines { number, lines });
            }
            if let Some(processes) = self.steps[index].note_due(now) {
                self.ledger.began(&self.steps[index].key, processes);
            }
            let house = self.house();
            if !self.steps[index].advance(now, &house, &self.settings) {
                index += 1;
                continue;
            }
            let step = self.steps.remove(index);
            let (number, key) = (step.number, step.key.clone());
            let Over { ending, stayed, pipes, remains } = step.finish(&house, &self.settings, &mut self.buffer);
            self.remains.push(remains);
            if !stayed.is_empty() {
                self.stayed.extend(stayed.iter().map(|process| process.identity));
                self.stayed_groups.extend(tree::groups_of(&stayed));
                self.abandoned.extend(pipes);
            }
            self.ledger.end(&key, &ending);
            self.tell_if_broken();
            self.tell(&Answer::Ended { number, ending: Box::new(ending) });
        }
    }

    fn house(&self) -> House {
        House {
            parts: self.steps.iter().flat_map(Step::pids).collect(),
            stayed: self.stayed.clone(),
            stayed_groups: self.stayed_groups.clone(),
            alone: self.steps.len() == 1,
        }
    }

    fn settle(&mut self) {
        self.ledger.settle();
        self.tell_if_broken();
    }

    /// Before the ending that couldn't be noted is told: nobody acts on it any more.
    fn tell_if_broken(&mut self) {
        if let Some(why) = self.ledger.broke() {
            self.tell(&Answer::Broken { why });
        }
    }

    fn tell(&mut self, answer: &Answer) {
        if self.engine.is_some() {
            self.unsent.extend_from_slice(&encode(answer));
        }
    }

    fn send(&mut self) {
        while let Some(engine) = &mut self.engine
            && !self.unsent.is_empty()
        {
            match engine.write(&self.unsent) {
                Ok(0) => return,
                Ok(written) => drop(self.unsent.drain(..written)),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => {
                    self.engine = None;
                    self.unsent.clear();
                }
            }
        }
    }
}

/// Receives bytes, and the descriptors that come with them.
pub(super) fn receive(
    engine: &UnixStream,
    buffer: &mut [u8],
    held: &mut Vec<OwnedFd>,
) -> Result<usize, rustix::io::Errno> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(DESCRIPTORS))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let message = recvmsg(engine.as_fd(), &mut [IoSliceMut::new(buffer)], &mut control, system::RECEIVE)?;
    for received in control.drain() {
        if let RecvAncillaryMessage::ScmRights(descriptors) = received {
            for descriptor in descriptors {
                rustix::io::fcntl_setfd(&descriptor, FdFlags::CLOEXEC)?;
                held.push(descriptor);
            }
        }
    }
    Ok(message.bytes)
}
