//! Why the journal, its directory or a lock couldn't do its work, in the operator's words.
//!
//! The text never blames, names the path, and the help names the way on. What state the system is
//! in (the exit code) is settled here for these errors alone: nothing was changed yet (5), or the
//! record can't be trusted or continued (70). Invariant: no error here holds anything a step
//! printed, so it can be shown as it is.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use miette::Diagnostic;
use thiserror::Error;

use super::lock::LockRefusal;
use crate::event::FORMAT;
use crate::event::frame::Damage;

/// Why the journal, its directory or a lock couldn't do its work.
#[derive(Debug, Error, Diagnostic)]
pub enum JournalError {
    /// A write or sync failed; nothing is written any more.
    #[error("the journal {path} can't be written: {why}")]
    #[diagnostic(
        code(runbook::journal::broken),
        help(
            "No action starts from here on. When the disk is well again, `runbook rollback` or `runbook resume` reads the journal back from it and goes on."
        )
    )]
    Broken {
        /// The journal.
        path: Utf8PathBuf,
        /// What the system said.
        why: String,
    },
    /// The disk is full and what was to be written is not in the journal; what was before is.
    #[error("the disk is full: the journal {path} has no room for another record")]
    #[diagnostic(
        code(runbook::journal::full),
        help("Free space on its file system, then go on with `runbook resume`.")
    )]
    Full {
        /// The journal.
        path: Utf8PathBuf,
    },
    /// The space that a rollback needs can't be set aside before the first action.
    #[error("the disk is too full to start: {path} needs {bytes} bytes that a rollback can count on")]
    #[diagnostic(
        code(runbook::journal::no_space),
        help("Free space on its file system, or choose another one with `--state-dir`.")
    )]
    NoSpace {
        /// The journal.
        path: Utf8PathBuf,
        /// How much is needed.
        bytes: u64,
    },
    /// A line is damaged, and no crash explains it.
    #[error("the journal {path} is damaged in line {line}: {why}")]
    #[diagnostic(
        code(runbook::journal::damaged),
        help("What happened after line {before} can't be known from it, so nothing is continued or taken back by itself. `runbook show` prints the lines before it.", before = line - 1)
    )]
    Damaged {
        /// The journal.
        path: Utf8PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong.
        why: Damage,
    },
    /// A line is whole, but this version doesn't know what it says.
    #[error("line {line} of the journal {path} isn't known to this version: {why}")]
    #[diagnostic(
        code(runbook::journal::unknown_event),
        help("Use the version of runbook that wrote it, or a newer one.")
    )]
    UnknownEvent {
        /// The journal.
        path: Utf8PathBuf,
        /// The line, from 1.
        line: u64,
        /// What the decoder said.
        why: String,
    },
    /// The journal lacks records that its supervisor has seen the effects of.
    #[error("the journal {path} has lost records at its end: {step} was started, and it doesn't know it")]
    #[diagnostic(
        code(runbook::journal::lost),
        help(
            "What is missing would be missing from the way back, too, so nothing is continued or taken back by itself. `runbook audit` says all that was started."
        )
    )]
    Lost {
        /// The journal.
        path: Utf8PathBuf,
        /// A step that was started.
        step: String,
    },
    /// A newer version of runbook had the run.
    #[error("the journal {path} is of format {format}, and this version of runbook reads formats up to {FORMAT}")]
    #[diagnostic(
        code(runbook::journal::newer),
        help(
            "Use {who_can} for this run. Nothing was changed: what can't be read is neither continued nor taken back."
        )
    )]
    Newer {
        /// The journal.
        path: Utf8PathBuf,
        /// The newest format in it.
        format: u32,
        /// Which version can go on.
        who_can: String,
    },
    /// An event can't be written as JSON: a mistake of ours.
    #[error("an event can't be written as JSON: {why}")]
    #[diagnostic(code(runbook::journal::not_json), help("This is a mistake in runbook; please report it."))]
    NotJson {
        /// What the encoder said.
        why: String,
    },
    /// A file of a run can't be read or made.
    #[error("can't {doing} {path}: {source}")]
    #[diagnostic(code(runbook::journal::io))]
    Io {
        /// `read`, `create`, …
        doing: &'static str,
        /// What it is about.
        path: Utf8PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The state directory can't be used.
    #[error("can't {doing} {path}: {source}")]
    #[diagnostic(
        code(runbook::journal::unreachable),
        help("Ask for the right to it, or choose another place with `--state-dir` or `RUNBOOK_STATE`.")
    )]
    Unreachable {
        /// `open`, `create`, …
        doing: &'static str,
        /// What it is about.
        path: Utf8PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Something in the state directory could have been made or changed by somebody else.
    #[error("{path} isn't safe to use: {why}")]
    #[diagnostic(code(runbook::journal::not_safe), help("{}", why.help()))]
    NotSafe {
        /// What it is about.
        path: Utf8PathBuf,
        /// Why.
        why: Distrust,
    },
    /// There is no place for the state directory.
    #[error("there is no place to keep the journal: HOME isn't set")]
    #[diagnostic(code(runbook::journal::no_home), help("Set `--state-dir` or `RUNBOOK_STATE`."))]
    NoHome,
    /// No run has this id.
    #[error("there is no run {asked} in {state}")]
    #[diagnostic(
        code(runbook::journal::no_such_run),
        help("`runbook runs` lists the runs; `--state-dir` names another place.")
    )]
    NoSuchRun {
        /// What was asked for.
        asked: String,
        /// The state directory.
        state: Utf8PathBuf,
    },
    /// Several runs begin like this.
    #[error("{asked} fits {count} runs: {}", candidates.join(", "))]
    #[diagnostic(code(runbook::journal::ambiguous_run), help("Give more of the id; its last part alone is enough."))]
    AmbiguousRun {
        /// What was asked for.
        asked: String,
        /// How many fit.
        count: usize,
        /// The newest of them, five at most.
        candidates: Vec<String>,
    },
    /// A lock isn't given.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Refused(#[from] LockRefusal),
}

/// Why a file or directory isn't trusted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Distrust {
    /// It is a symbolic link.
    #[error("it is a symbolic link")]
    Link,
    /// It is neither a directory nor a plain file, whichever belongs there.
    #[error("it isn't a {expected}")]
    WrongKind {
        /// `directory` or `file`.
        expected: &'static str,
    },
    /// It has a second name.
    #[error("it has {0} names (hard links)")]
    HardLinks(u64),
    /// It belongs to somebody else.
    #[error("it belongs to user {owner}, not to user {expected}")]
    ForeignOwner {
        /// The number of its owner.
        owner: u32,
        /// The number of who asks.
        expected: u32,
    },
    /// It belongs to another group than its state directory.
    #[error("it belongs to group {group}, not to group {expected}")]
    ForeignGroup {
        /// The number of its group.
        group: u32,
        /// The number of the state directory's group.
        expected: u32,
    },
    /// Others can write it.
    #[error("others can write it (mode {mode:04o})")]
    Writable {
        /// Its mode.
        mode: u32,
    },
}

impl Distrust {
    fn help(&self) -> &'static str {
        match self {
            Self::Link => "Give the path that the link points to.",
            Self::WrongKind { .. } | Self::HardLinks(_) => "See who made it, then move it away.",
            Self::ForeignOwner { .. } | Self::ForeignGroup { .. } => {
                "Run as its owner, or choose another place with `--state-dir`. A state directory that a group shares has mode 2770, and so has all in it."
            }
            Self::Writable { .. } => {
                "`chmod go-w` it. The one form that a group may write is mode 2770 with the group that may run."
            }
        }
    }
}

impl JournalError {
    /// The state that the system is in: 5 when nothing was changed, 70 when the record can't be
    /// trusted or continued.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NoSpace { .. }
            | Self::Unreachable { .. }
            | Self::NotSafe { .. }
            | Self::NoHome
            | Self::NoSuchRun { .. }
            | Self::AmbiguousRun { .. }
            | Self::Newer { .. }
            | Self::Refused(_) => 5,
            Self::Broken { .. }
            | Self::Full { .. }
            | Self::Damaged { .. }
            | Self::UnknownEvent { .. }
            | Self::Lost { .. }
            | Self::NotJson { .. }
            | Self::Io { .. } => 70,
        }
    }

    pub(super) fn io(doing: &'static str, path: &Utf8Path, source: impl Into<io::Error>) -> Self {
        Self::Io { doing, path: path.to_owned(), source: source.into() }
    }

    pub(super) fn unreachable(doing: &'static str, path: &Utf8Path, source: impl Into<io::Error>) -> Self {
        Self::Unreachable { doing, path: path.to_owned(), source: source.into() }
    }

    pub(super) fn not_safe(path: &Utf8Path, why: Distrust) -> Self {
        Self::NotSafe { path: path.to_owned(), why }
    }
}
