//! What a check or a step does: one of a closed set of actions.

use super::{KubeAction, Pod, Template};
use crate::syntax::{Span, Spanned};

/// One action. Matched without `_` everywhere.
#[derive(Debug, Clone)]
pub enum Action {
    /// `run PROGRAM ARG…`: one program, no shell.
    Run(Program),
    /// `sh #"""…"""#`: a script; its text is never interpolated.
    Script(Spanned<String>),
    /// `pipe { run …; run …; to "file" }`.
    Pipe {
        /// The parts, first to last.
        parts: Vec<Program>,
        /// The file that appears when every part succeeded; `None`: standard output is observed.
        to: Option<Template>,
    },
    /// `http METHOD URL {…}`.
    Http(Box<HttpRequest>),
    /// `sql URL "statement" {bind …}`.
    Sql {
        /// `sqlite:PATH` or `postgres://…`.
        url: Template,
        /// The statement; its text is never interpolated.
        statement: Spanned<String>,
        /// The values of `?1`/`$1`/`:name`, in order.
        bindings: Vec<Binding>,
    },
    /// `file PATTERN pick=…`: observes.
    File {
        /// A path or a glob.
        pattern: Template,
        /// Which one, if several match; `None`: one must match.
        pick: Option<FilePick>,
    },
    /// `disk PATH`: observes the file system that holds the path.
    Disk(Template),
    /// `port ADDRESS`: observes whether something listens.
    Port(Template),
    /// `process NAME`: observes running processes.
    Process(Template),
    /// `service UNIT`: observes.
    Service(Template),
    /// `service VERB UNIT`: changes.
    ServiceChange {
        /// What is done to it.
        verb: ServiceVerb,
        /// The unit; `None` only for `daemon-reload`.
        unit: Option<Template>,
    },
    /// `write PATH "…"|template=…`.
    Write {
        /// The file.
        path: Template,
        /// What it holds afterwards.
        content: Content,
        /// `mode="0644"`; `None`: as before, 0644 for a new file.
        mode: Option<u32>,
    },
    /// `copy FROM to=…`.
    Copy {
        /// The file that is read.
        from: Template,
        /// The file that is written.
        to: Template,
        /// `mode="0644"`; `None`: as the source.
        mode: Option<u32>,
    },
    /// `link PATH to=…`: a symbolic link.
    Link {
        /// The link.
        path: Template,
        /// What it points to.
        to: Template,
    },
    /// `replace PATH matches=… with=… count=1`.
    Replace(Box<Replacement>),
    /// `kube VERB …`: looks at a cluster or changes it. `kube exec` is a program: [`Program::pod`].
    Kube(Box<KubeAction>),
    /// `manual "…"`: a person does it.
    Manual(Template),
}

/// What of an action is processes: programs, or a script.
#[derive(Debug, Clone, Copy)]
pub enum Processes<'a> {
    /// One program, or the parts of a pipe.
    Programs {
        /// First to last.
        programs: &'a [Program],
        /// The file that a pipe leaves; `None`: standard output is observed.
        to: Option<&'a Template>,
    },
    /// A script.
    Script(&'a Spanned<String>),
}

/// A program and its arguments.
#[derive(Debug, Clone)]
pub struct Program {
    /// A name on PATH, or a path.
    pub program: Template,
    /// As spelled, interpolated.
    pub arguments: Vec<Template>,
    /// The container that it runs in: `kube exec`; `None`: this machine.
    pub pod: Option<Box<Pod>>,
    /// The whole node.
    pub span: Span,
}

/// `http METHOD URL {…}`.
#[derive(Debug, Clone)]
pub struct HttpRequest {
    /// Upper case.
    pub method: Spanned<String>,
    /// Values in it are percent-encoded, except at its very beginning.
    pub url: Template,
    /// `header NAME VALUE`, in order.
    pub headers: Vec<(String, Template)>,
    /// What is sent; `None`: nothing.
    pub body: Option<HttpBody>,
    /// `follow`: redirects are followed.
    pub follow: bool,
    /// `link-local allow`: link-local addresses may be asked.
    pub link_local: bool,
}

/// What a request sends.
#[derive(Debug, Clone)]
pub enum HttpBody {
    /// `json field=…`: an object of fields.
    Json(Vec<JsonField>),
    /// `body "…" type="…"`.
    Text {
        /// The text.
        text: Template,
        /// `type=`; `None`: `text/plain; charset=utf-8`.
        kind: Option<Template>,
    },
    /// `body file=… type="…"`.
    File {
        /// The file.
        path: Template,
        /// `type=`; `None`: `application/octet-stream`.
        kind: Option<Template>,
    },
    /// `form name=…`.
    Form(Vec<(String, Template)>),
}

/// One field of a JSON body.
#[derive(Debug, Clone)]
pub struct JsonField {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Template,
    /// Whether it was written as a number, flag or null (then it is sent as such).
    pub literal: super::Literal,
}

/// `bind VALUE…` or `bind name=VALUE…`.
#[derive(Debug, Clone)]
pub struct Binding {
    /// `None`: by position.
    pub name: Option<String>,
    /// Its value.
    pub value: Template,
    /// Whether it was written as a number, flag or null (then it is bound as such).
    pub literal: super::Literal,
}

/// Which of several files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words of the language itself")]
pub enum FilePick {
    Newest,
    Oldest,
    Largest,
    Smallest,
    First,
    Last,
}

/// What is done to a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words of the language itself")]
pub enum ServiceVerb {
    Start,
    Stop,
    Restart,
    Reload,
    Enable,
    Disable,
    DaemonReload,
}

/// What a written file holds.
#[derive(Debug, Clone)]
pub enum Content {
    /// The text itself.
    Text(Template),
    /// `template=PATH`: a file of the bundle whose `{{…}}` are values.
    Template {
        /// As written, relative to the file it stands in.
        path: Spanned<String>,
        /// Its text, parsed when the runbook was read.
        text: Template,
    },
}

/// `replace PATH matches=… with=… count=1`.
#[derive(Debug, Clone)]
pub struct Replacement {
    /// The file.
    pub path: Template,
    /// The regex; values in it are escaped.
    pub matches: Template,
    /// The replacement; `$1` is a group, values are literal.
    pub with: Template,
    /// How many matches there must be; 1 unless written.
    pub count: u32,
}

impl Action {
    /// The word that makes it: `run`, `sh`, `service`, …
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Run(Program { pod: Some(_), .. }) | Self::Kube(_) => "kube",
            Self::Run(_) => "run",
            Self::Script(_) => "sh",
            Self::Pipe { .. } => "pipe",
            Self::Http(_) => "http",
            Self::Sql { .. } => "sql",
            Self::File { .. } => "file",
            Self::Disk(_) => "disk",
            Self::Port(_) => "port",
            Self::Process(_) => "process",
            Self::Service(_) | Self::ServiceChange { .. } => "service",
            Self::Write { .. } => "write",
            Self::Copy { .. } => "copy",
            Self::Link { .. } => "link",
            Self::Replace(_) => "replace",
            Self::Manual(_) => "manual",
        }
    }

    /// The processes that the action is; `None`: it is done without one of the author's.
    #[must_use]
    pub fn processes(&self) -> Option<Processes<'_>> {
        match self {
            Self::Run(program) => Some(Processes::Programs { programs: std::slice::from_ref(program), to: None }),
            Self::Pipe { parts, to } => Some(Processes::Programs { programs: parts, to: to.as_ref() }),
            Self::Script(text) => Some(Processes::Script(text)),
            Self::Http(_)
            | Self::Sql { .. }
            | Self::File { .. }
            | Self::Disk(_)
            | Self::Port(_)
            | Self::Process(_)
            | Self::Service(_)
            | Self::ServiceChange { .. }
            | Self::Write { .. }
            | Self::Copy { .. }
            | Self::Link { .. }
            | Self::Replace(_)
            | Self::Kube(_)
            | Self::Manual(_) => None,
        }
    }

    /// Whether a cluster is asked: by the action itself, or by one of its programs in a container.
    #[must_use]
    pub fn asks_a_cluster(&self) -> bool {
        let programs = match self.processes() {
            Some(Processes::Programs { programs, .. }) => programs,
            Some(Processes::Script(_)) | None => &[],
        };
        matches!(self, Self::Kube(_)) || programs.iter().any(|program| program.pod.is_some())
    }

    /// The file that the action itself changes; `None`: it changes none, or nobody can tell which.
    #[must_use]
    pub fn changed_file(&self) -> Option<&Template> {
        match self {
            Self::Write { path, .. } | Self::Link { path, .. } | Self::Copy { to: path, .. } => Some(path),
            Self::Replace(replacement) => Some(&replacement.path),
            Self::Run(_)
            | Self::Script(_)
            | Self::Pipe { .. }
            | Self::Http(_)
            | Self::Sql { .. }
            | Self::File { .. }
            | Self::Disk(_)
            | Self::Port(_)
            | Self::Process(_)
            | Self::Service(_)
            | Self::ServiceChange { .. }
            | Self::Kube(_)
            | Self::Manual(_) => None,
        }
    }

    /// Whether the action itself knows how it is undone.
    #[must_use]
    pub fn derives_inverse(&self) -> bool {
        if let Self::ServiceChange { verb, .. } = self {
            return match verb {
                ServiceVerb::Start
                | ServiceVerb::Stop
                | ServiceVerb::Enable
                | ServiceVerb::Disable
                | ServiceVerb::DaemonReload => true,
                ServiceVerb::Restart | ServiceVerb::Reload => false,
            };
        }
        if let Self::Kube(kube) = self {
            return kube.verb.derives_inverse();
        }
        self.changed_file().is_some()
    }
}

impl ServiceVerb {
    /// The word of `systemctl` and of the language.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
            Self::Reload => "reload",
            Self::Enable => "enable",
            Self::Disable => "disable",
            Self::DaemonReload => "daemon-reload",
        }
    }
}
