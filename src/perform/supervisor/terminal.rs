//! The terminal, for `interactive`: handed to the step's process group, and taken back whatever
//! became of the step.
//!
//! Taking it back is done from the background, where the kernel stops whoever tries, unless SIGTTOU
//! is ignored. What is ignored here would be ignored in every step, too; so a process of its own
//! does it, started by a shell that ignores that one signal.
//!
//! Invariant: the terminal is given away only if it was ours, and taken back only from the step.

use std::fs::File;
use std::os::fd::AsFd;
use std::process::{Command, ExitCode, Stdio};

use camino::Utf8Path;
use rustix::process::Pid;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr, tcsetpgrp};

use super::tree::{Process, below_us, everything};

/// The word that makes the supervisor's program take the terminal back.
pub(super) const FOREGROUND_WORD: &str = "foreground";

/// The terminal while a step may use it.
pub(super) struct Terminal {
    device: File,
    settings: Option<Termios>,
    handed_over: bool,
}

impl Terminal {
    /// The terminal of this session.
    pub(super) fn open() -> Result<Self, String> {
        let opened = File::options().read(true).write(true).open("/dev/tty");
        let device = opened.map_err(|_| "`interactive` needs a terminal, and there is none".to_owned())?;
        let settings = tcgetattr(&device).ok();
        Ok(Self { device, settings, handed_over: false })
    }

    /// What the step reads and writes.
    pub(super) fn device(&self) -> &File {
        &self.device
    }

    /// Hands it to a process group, if it is ours to give.
    pub(super) fn hand_over(&mut self, group: Pid) {
        let foreground = tcgetpgrp(&self.device).ok();
        if foreground.is_some() && foreground == own_group() {
            self.handed_over = tcsetpgrp(&self.device, group).is_ok();
        }
    }

    /// Takes it back, with the settings of before. When the engine is dead a shell may have taken it for
    /// itself; then it is not ours any more.
    pub(super) fn take_back(&mut self, own_program: &Utf8Path) {
        if !std::mem::take(&mut self.handed_over) || self.is_somebody_elses() {
            return;
        }
        let (Ok(device), Some(group)) = (self.device.try_clone(), own_group()) else { return };
        let taken = Command::new("/bin/sh")
            .args(["-c", "trap '' TTOU; exec \"$@\"", "sh", own_program.as_str()])
            .args([super::SUPERVISE_WORD, FOREGROUND_WORD, &group.as_raw_pid().to_string()])
            .stdin(Stdio::from(device))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if taken.is_ok_and(|status| status.success())
            && let Some(settings) = &self.settings
        {
            // A terminal that is gone has no settings any more.
            let _ = tcsetattr(&self.device, OptionalActions::Drain, settings);
        }
    }

    /// Whether the group that has it is neither ours nor one of what runs below us.
    fn is_somebody_elses(&self) -> bool {
        let foreground = tcgetpgrp(&self.device).ok();
        if foreground.is_none() || foreground == own_group() {
            return false;
        }
        let has_it = |process: &Process| process.group() == foreground;
        let below: Vec<_> = below_us(|_| true).iter().filter(|it| has_it(it)).map(|it| it.identity).collect();
        everything().iter().any(|process| has_it(process) && !process.is_dead() && !below.contains(&process.identity))
    }
}

/// The group that we are in; `None`: one outside of this container.
pub(super) fn own_group() -> Option<Pid> {
    Process::own()?.group()
}

/// Makes a process group the foreground of the terminal on standard input.
pub(super) fn foreground_main(group: &str) -> ExitCode {
    let group = group.parse().ok().and_then(Pid::from_raw);
    match group.map(|group| tcsetpgrp(std::io::stdin().as_fd(), group)) {
        Some(Ok(())) => ExitCode::SUCCESS,
        Some(Err(_)) | None => ExitCode::FAILURE,
    }
}
