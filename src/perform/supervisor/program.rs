//! Becoming a supervisor: what this process changes about itself before it looks after others.
//!
//! * Its standard input is the socket to the engine; it becomes `/dev/null` afterwards.
//! * It is the subreaper: what a step starts never gets away from below it.
//! * It survives what a terminal or a shell sends: handlers that do nothing, because what is
//!   *ignored* would be ignored in every step, too.
//! * Descriptors that were left open by others close when a step starts.
//! * No core dumps: its memory has secrets.
//!
//! It leaves the steps to `watch`. Invariant: no thread is ever started here.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rustix::io::FdFlags;
use signal_hook::consts::{
    SIGALRM, SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU, SIGUSR1, SIGUSR2,
};

use super::ledger::Ledger;
use super::log::Log;
use super::protocol::{Answer, Frames, Request, Welcome, encode};
use super::step::Settings;
use super::terminal::{FOREGROUND_WORD, foreground_main};
use super::watch::{Signals, Watch, receive};
use crate::perform::forbid_core_dumps;
use crate::perform::mask::{Masker, mask_panics};
use crate::system;

/// The hidden word that makes this binary a supervisor.
pub const SUPERVISE_WORD: &str = "__supervise";

/// Ends with a failure only when it never was a supervisor.
const NO_SUPERVISOR: u8 = 70;

/// The supervisor's `main`: this binary with [`SUPERVISE_WORD`] as its first argument.
#[must_use]
pub fn supervise_main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(2).collect();
    if let [word, group] = arguments.as_slice()
        && word == FOREGROUND_WORD
    {
        return foreground_main(group);
    }
    match become_supervisor() {
        Ok(watch) => {
            watch.run();
            ExitCode::SUCCESS
        }
        Err(_) => ExitCode::from(NO_SUPERVISOR),
    }
}

fn become_supervisor() -> std::io::Result<Watch> {
    close_inherited_on_exec()?;
    let engine = UnixStream::from(std::io::stdin().as_fd().try_clone_to_owned()?);
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    system::adopt_orphans()?;
    forbid_core_dumps();
    let signals = listen()?;
    // A folder that it stands in could not be unmounted.
    std::env::set_current_dir("/")?;
    let mut frames = Frames::default();
    let mut held = Vec::new();
    let welcome = first_words(&engine, &mut frames, &mut held)?;
    mask_panics(&Masker::new(&welcome.secrets));
    let log = match Log::open(&welcome.run) {
        Ok(log) => log,
        Err(error) => {
            use std::io::Write as _;
            (&engine).write_all(&encode(&Answer::Refused { why: error.to_string(), broken: error.is_broken() }))?;
            return Err(std::io::Error::other(error));
        }
    };
    engine.set_nonblocking(true)?;
    let settings =
        Settings { run: welcome.run, own_program: welcome.program, grace: welcome.grace, leak_wait: welcome.leak_wait };
    let ledger = Ledger::new(log, Box::new(jiff::Timestamp::now));
    Ok(Watch::new(engine, frames, held, signals, ledger, (settings, welcome.secrets)))
}

/// Waits for the engine's first message.
fn first_words(engine: &UnixStream, frames: &mut Frames, held: &mut Vec<OwnedFd>) -> std::io::Result<Welcome> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match frames.take::<Request<'_>>() {
            Ok(Some(Request::Welcome(welcome))) => return Ok(welcome),
            Ok(None) => {}
            Ok(Some(_)) | Err(_) => return Err(std::io::ErrorKind::InvalidData.into()),
        }
        match receive(engine, &mut buffer, held) {
            Ok(0) => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => frames.push(&buffer[..read]),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn listen() -> std::io::Result<Signals> {
    let (came, wake) = UnixStream::pair()?;
    came.set_nonblocking(true)?;
    let continued = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(SIGCONT, Arc::clone(&continued))?;
    for signal in [SIGCHLD, SIGCONT] {
        signal_hook::low_level::pipe::register(signal, wake.try_clone()?)?;
    }
    let survived = Arc::new(AtomicBool::new(false));
    for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGALRM, SIGTSTP, SIGTTIN, SIGTTOU, SIGUSR1, SIGUSR2] {
        signal_hook::flag::register(signal, Arc::clone(&survived))?;
    }
    Ok(Signals { came, continued })
}

/// Marks every descriptor above standard error.
fn close_inherited_on_exec() -> std::io::Result<()> {
    for number in system::descriptors()?.into_iter().filter(|number| *number > 2) {
        #[expect(unsafe_code, reason = "a descriptor that others left open has only a number")]
        // SAFETY: this process has one thread, and nothing is opened or closed during the call; the
        // one of the directory read above is closed by now and answers with an error.
        let descriptor = unsafe { BorrowedFd::borrow_raw(number) };
        let _ = rustix::io::fcntl_setfd(descriptor, FdFlags::CLOEXEC);
    }
    Ok(())
}
