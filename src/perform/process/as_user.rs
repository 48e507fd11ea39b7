//! The far side of `as USER`: this binary behind `sudo`, doing the errand that it reads from its
//! standard input. And the proof, before the first effect, that this will be possible.
//!
//! Proving again also keeps the credential of `sudo` fresh: it counts from its last use.
//!
//! Invariant: not one byte of standard input after the errand is read; it belongs to the program.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use camino::Utf8Path;
use rustix::process::{Pid, Signal, kill_process};

use crate::perform::forbid_core_dumps;
use crate::perform::kube::run_in_pod;
use crate::perform::mask::silence_panics;
use crate::perform::supervisor::{
    Errand, Task, arguments_of, is_us, locate, numbered, path_of, rename_durably, script_program, send, words_of,
};
use crate::plan::ResolvedProgram;

/// As shells say that a program can't be run.
const CANNOT_RUN: u8 = 126;

/// Proves that actions can run as a user: does nothing at all as that user, just as an action would.
/// `path` is where `sudo` is looked for: the PATH of the actions. It takes as long as `sudo` takes,
/// and never asks for a password.
///
/// # Errors
/// Why not, in the operator's words (mostly those of `sudo`).
pub fn prove_user(user: &str, own_program: &Utf8Path, path: &str) -> Result<(), String> {
    if is_us(user) { Ok(()) } else { send(user, own_program, path, Task::Prove) }
}

/// The `main` of an errand: this binary with `__as` as its first argument.
#[must_use]
pub fn as_user_main() -> ExitCode {
    forbid_core_dumps();
    silence_panics();
    let Some(errand) = read_errand() else { return ExitCode::from(CANNOT_RUN) };
    match do_errand(&errand) {
        Ok(code) => code,
        Err(why) => {
            // Nobody listens to standard error any more: then nobody wants to know.
            let _ = io::stderr().write_all(why.as_bytes());
            ExitCode::from(CANNOT_RUN)
        }
    }
}

fn read_errand() -> Option<Errand> {
    let length = u32::from_be_bytes(read_exactly(4)?.try_into().ok()?);
    serde_json::from_slice(&read_exactly(length as usize)?).ok()
}

/// Reads without a buffer of its own, which would swallow what belongs to the program.
fn read_exactly(length: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; length];
    let mut have = 0;
    while have < length {
        match rustix::io::read(rustix::stdio::stdin(), &mut bytes[have..]) {
            Ok(0) => return None,
            Ok(read) => have += read,
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return None,
        }
    }
    Some(bytes)
}

fn do_errand(errand: &Errand) -> Result<ExitCode, String> {
    match &errand.task {
        Task::Program(program @ ResolvedProgram { pod: Some(pod), .. }) => run_in_pod(errand, program, pod),
        Task::Prove
        | Task::Program(_)
        | Task::Script { .. }
        | Task::Receive(_)
        | Task::Rename { .. }
        | Task::Remove(_)
        | Task::Signal { .. } => do_here(errand).map(|()| ExitCode::SUCCESS),
    }
}

fn do_here(errand: &Errand) -> Result<(), String> {
    let cannot = |why: String| errand.cannot(&why);
    let begin = || io::stderr().write_all(errand.begins().as_bytes()).map_err(|error| error.to_string());
    match &errand.task {
        Task::Prove => begin(),
        Task::Program(program) => become_program(errand, program),
        Task::Script { shell, text } => {
            let (program, _script) =
                script_program(*shell, text).map_err(|error| cannot(format!("the script: {}", words_of(&error))))?;
            become_program(errand, &program)
        }
        Task::Receive(path) => {
            let mut file = File::options()
                .write(true)
                .create_new(true)
                .open(path)
                .map_err(|error| cannot(format!("{path} can't be written: {}", words_of(&error))))?;
            begin()?;
            let received = io::copy(&mut io::stdin(), &mut file).and_then(|_| file.sync_all());
            received.map_err(|error| format!("{path}: {}\n", words_of(&error)))
        }
        Task::Rename { from, to } => {
            begin()?;
            rename_durably(from, to).map_err(|error| format!("{to} can't be put in place: {}\n", words_of(&error)))
        }
        Task::Remove(path) => {
            begin()?;
            std::fs::remove_file(path).map_err(|error| format!("{path}: {}\n", words_of(&error)))
        }
        Task::Signal { signal, pids } => {
            begin()?;
            let signal = [Signal::TERM, Signal::CONT, Signal::STOP, Signal::KILL]
                .into_iter()
                .find(|known| known.as_raw() == *signal);
            for pid in pids.iter().copied().filter_map(Pid::from_raw) {
                // Whoever is gone by now needs no signal.
                let _ = signal.map(|signal| kill_process(pid, signal));
            }
            Ok(())
        }
    }
}

/// Becomes the program: comes back only when that isn't possible.
fn become_program(errand: &Errand, program: &ResolvedProgram) -> Result<(), String> {
    let account = numbered(rustix::process::geteuid().as_raw());
    let home = account.as_ref().map(|account| account.home.clone()).or_else(|| std::env::var("HOME").ok());
    let name = account.map_or_else(|| errand.user.clone(), |account| account.name);
    let mut env = errand.env.clone();
    for (key, value) in [("HOME", home), ("USER", Some(name.clone())), ("LOGNAME", Some(name))] {
        if let Some(value) = value
            && !env.iter().any(|(known, _)| known == key)
        {
            env.push((key.to_owned(), value));
        }
    }
    let found = locate(program, &errand.cd, path_of(&env)).map_err(|why| errand.cannot(&why))?;
    std::env::set_current_dir(&errand.cd)
        .map_err(|error| errand.cannot(&format!("the folder {} can't be entered: {}", errand.cd, words_of(&error))))?;
    let terminal = errand.interactive.then(|| File::options().read(true).write(true).open("/dev/tty"));
    let terminal =
        terminal.transpose().map_err(|error| errand.cannot(&format!("no terminal: {}", words_of(&error))))?;
    io::stderr().write_all(errand.begins().as_bytes()).map_err(|error| error.to_string())?;
    if let Some(terminal) = terminal {
        let handed = rustix::stdio::dup2_stdin(&terminal)
            .and_then(|()| rustix::stdio::dup2_stdout(&terminal))
            .and_then(|()| rustix::stdio::dup2_stderr(&terminal));
        handed.map_err(|error| error.to_string())?;
    }
    let error = Command::new(found).arg0(&program.program).args(arguments_of(program)).env_clear().envs(env).exec();
    Err(format!("{} can't be run: {}\n", program.program, words_of(&error)))
}
