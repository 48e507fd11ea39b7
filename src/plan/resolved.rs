//! An action with every value put in: what a performer gets. It may hold secrets, so it is never
//! written anywhere; it travels only over pipes of our own.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Sought;
use super::resolved_kube::{KubeBefore, ResolvedKube, ResolvedPod};
use crate::model::{Leak, ServiceVerb, Shell, SubjectName};

/// An action and what surrounds it, with every value put in.
#[derive(Clone, Serialize, Deserialize)]
pub struct ResolvedActivity {
    /// What is done or looked at.
    pub action: ResolvedAction,
    /// How it runs.
    pub surroundings: ResolvedSurroundings,
    /// The hard limit of one attempt.
    pub budget: Duration,
    /// What is looked for in texts that are too long to be kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sought: Vec<Sought>,
    /// Whether an expectation, a capture or a `preserve` may read the texts; else only a person does.
    #[serde(skip)]
    pub reads_texts: bool,
}

/// How an action runs, with every value put in.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct ResolvedSurroundings {
    /// Where it runs: absolute.
    pub cd: Utf8PathBuf,
    /// The whole environment of a process: inherited, written, the values that scripts name, and
    /// `RUNBOOK_…`.
    pub env: Vec<(String, String)>,
    /// What runs a script.
    pub shell: ShellName,
    /// What it can read; `None`: nothing.
    pub stdin: Option<String>,
    /// Whose rights it has; `None`: the engine's.
    pub user: Option<String>,
    /// The terminal is handed over.
    pub interactive: bool,
    /// Processes may stay behind.
    pub may_leak: bool,
}

/// What runs a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ShellName {
    /// `sh -eu -c`.
    #[default]
    Sh,
    /// `bash -eu -o pipefail -c`.
    Bash,
}

impl From<Shell> for ShellName {
    fn from(shell: Shell) -> Self {
        match shell {
            Shell::Sh => Self::Sh,
            Shell::Bash => Self::Bash,
        }
    }
}

impl ResolvedSurroundings {
    /// Whether processes may stay behind, from the model's word.
    #[must_use]
    pub fn may_leak(leak: Leak) -> bool {
        match leak {
            Leak::Allow => true,
            Leak::Deny => false,
        }
    }
}

/// One action with every value put in. Paths are absolute.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResolvedAction {
    /// One program.
    Run(ResolvedProgram),
    /// A script.
    Script(String),
    /// A pipeline.
    Pipe {
        /// The parts, first to last.
        parts: Vec<ResolvedProgram>,
        /// The file that appears when every part succeeded.
        to: Option<Utf8PathBuf>,
        /// The subjects of that file that are asked for: hashing and decompressing are done only then.
        wants: Vec<SubjectName>,
    },
    /// A request.
    Http(ResolvedHttp),
    /// A statement.
    Sql {
        /// `sqlite:PATH` or `postgres://…`.
        url: String,
        /// The statement.
        statement: String,
        /// What is bound.
        bindings: Vec<(Option<String>, BoundValue)>,
        /// Only reading is allowed (checks, `applied`, `preserve`, `diagnose`).
        read_only: bool,
    },
    /// Observes a file.
    File {
        /// An absolute path or glob.
        pattern: String,
        /// Which one, if several match: `newest`, `oldest`, `largest`, `smallest`, `first`, `last`.
        pick: Option<String>,
        /// The subjects that are asked for: hashing and decompressing are done only then.
        wants: Vec<SubjectName>,
    },
    /// Observes the file system that holds a path.
    Disk(Utf8PathBuf),
    /// Observes whether something listens at `HOST:PORT`, `:PORT` or a socket's path.
    Port(String),
    /// Observes running processes of this name.
    Process(String),
    /// Observes a unit.
    Service(String),
    /// Changes a unit and waits until it is so.
    ServiceChange {
        /// What is done.
        verb: ServiceVerb,
        /// The unit; `None` for `daemon-reload`.
        unit: Option<String>,
    },
    /// Changes a file, atomically.
    Change(ResolvedFileChange),
    /// Puts back what was before a derived action: the inverse of `Change` and `ServiceChange`.
    Restore(StateBefore),
    /// Looks at a cluster or changes it.
    Kube(Box<ResolvedKube>),
    /// A person does it.
    Manual(String),
}

/// What of an action runs under the supervisor.
#[derive(Clone, Copy)]
pub enum ResolvedProcesses<'a> {
    /// One program, or the parts of a pipe.
    Programs {
        /// First to last.
        programs: &'a [ResolvedProgram],
        /// The file that a pipe leaves; `None`: standard output is observed.
        to: Option<&'a Utf8Path>,
        /// What is asked of that file.
        wants: &'a [SubjectName],
    },
    /// A script.
    Script(&'a str),
}

impl ResolvedAction {
    /// Whether it runs under the supervisor.
    #[must_use]
    pub fn is_process(&self) -> bool {
        self.processes().is_some()
    }

    /// What of it runs under the supervisor; `None`: the engine itself performs it, or a person.
    #[must_use]
    pub fn processes(&self) -> Option<ResolvedProcesses<'_>> {
        match self {
            Self::Run(program) => {
                let programs = std::slice::from_ref(program);
                Some(ResolvedProcesses::Programs { programs, to: None, wants: &[] })
            }
            Self::Pipe { parts, to, wants } => {
                Some(ResolvedProcesses::Programs { programs: parts, to: to.as_deref(), wants })
            }
            Self::Script(text) => Some(ResolvedProcesses::Script(text)),
            Self::Http(_)
            | Self::Sql { .. }
            | Self::File { .. }
            | Self::Disk(_)
            | Self::Port(_)
            | Self::Process(_)
            | Self::Service(_)
            | Self::ServiceChange { .. }
            | Self::Change(_)
            | Self::Restore(_)
            | Self::Kube(_)
            | Self::Manual(_) => None,
        }
    }
}

/// A program and its arguments.
#[derive(Clone, Serialize, Deserialize)]
pub struct ResolvedProgram {
    /// A name on PATH, or a path.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// The words of it (0: the program) that are files of the run's bundle, and the copies that are to
    /// be run in their place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<(usize, Utf8PathBuf)>,
    /// The container that it runs in; `None`: this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod: Option<Box<ResolvedPod>>,
}

/// A request.
#[derive(Clone, Serialize, Deserialize)]
pub struct ResolvedHttp {
    /// Upper case.
    pub method: String,
    /// Percent-encoded.
    pub url: String,
    /// In order; `Idempotency-Key` is among them where it is due.
    pub headers: Vec<(String, String)>,
    /// What is sent; `None`: nothing.
    pub body: Option<ResolvedBody>,
    /// Redirects are followed.
    pub follow: bool,
    /// Link-local addresses may be asked.
    pub link_local: bool,
}

/// What a request sends.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResolvedBody {
    /// A text with its content type.
    Text {
        /// The text.
        text: String,
        /// The content type.
        kind: String,
    },
    /// A file, streamed.
    File {
        /// Absolute.
        path: Utf8PathBuf,
        /// The content type.
        kind: String,
    },
    /// Fields of a form.
    Form(Vec<(String, String)>),
}

/// A value for a statement.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BoundValue {
    /// A text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Decimal(f64),
    /// True or false.
    Flag(bool),
    /// NULL.
    Null,
}

/// A change of one file.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResolvedFileChange {
    /// The file holds this text.
    Write {
        /// Absolute.
        path: Utf8PathBuf,
        /// What it holds afterwards.
        text: String,
        /// `None`: as before, 0644 for a new file.
        mode: Option<u32>,
    },
    /// The file is a copy of another.
    Copy {
        /// Absolute.
        from: Utf8PathBuf,
        /// Absolute.
        to: Utf8PathBuf,
        /// `None`: as the source.
        mode: Option<u32>,
    },
    /// The path is a symbolic link.
    Link {
        /// Absolute.
        path: Utf8PathBuf,
        /// As written.
        to: String,
    },
    /// Matches in the file are replaced.
    Replace {
        /// Absolute.
        path: Utf8PathBuf,
        /// A regex.
        matches: String,
        /// The replacement.
        with: String,
        /// How many matches there must be.
        count: u32,
    },
}

/// What a derived action found before it acted: what its inverse puts back. Kept in the journal
/// with the intent, before the first effect, and never holds a secret (the bytes of a file lie
/// beside the file).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StateBefore {
    /// A file or link.
    File {
        /// Absolute.
        #[schemars(with = "String")]
        path: Utf8PathBuf,
        /// What was there.
        was: FileBefore,
        /// The SHA-256 of what the action leaves (a link: of its target): the guard of the way
        /// back, which stops and asks if the file is neither this nor what was before.
        leaves: String,
    },
    /// A unit.
    Unit {
        /// The unit.
        unit: String,
        /// What was done to it.
        verb: ServiceVerb,
        /// Whether it ran.
        was_active: bool,
        /// Whether it was enabled; `None` for `static` and the like, which can't be.
        was_enabled: Option<bool>,
    },
    /// `daemon-reload`: undone by another one, after the unit files are as before.
    Daemon,
    /// Objects of a cluster.
    Kube(Box<KubeBefore>),
}

/// What was at a path before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FileBefore {
    /// Nothing.
    Absent,
    /// A file, whose bytes are kept in `copy`.
    File {
        /// SHA-256 of its bytes.
        sha256: String,
        /// Its mode.
        mode: u32,
        /// The numbers of its owner and group.
        owner: (u32, u32),
        /// Where the bytes are kept: beside the file.
        #[schemars(with = "String")]
        copy: Utf8PathBuf,
    },
    /// A symbolic link.
    Link {
        /// What it pointed to.
        target: String,
    },
}
