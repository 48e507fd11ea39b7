//! Which subjects the answer of an action has, and what each of them is. An expectation on anything
//! else is an error when the runbook is read, not when it runs.

use super::{Action, Dimension, KubeUntil, KubeVerb, Matcher, ServiceVerb, SubjectName};

/// What the value of a subject is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubjectKind {
    /// A text of the author's or a program's making, which may also be a number or a time.
    Text,
    /// A word or name from the system.
    Word,
    /// A number in one of these dimensions.
    Number(&'static [Dimension]),
    /// A moment.
    Time,
    /// Yes or no.
    Flag,
    /// What a JSON path finds.
    Json,
}

/// Matchers of any text.
const WORD: &[Matcher] = &[
    Matcher::Is,
    Matcher::IsNot,
    Matcher::Contains,
    Matcher::Lacks,
    Matcher::Matches,
    Matcher::LacksMatch,
    Matcher::Empty,
    Matcher::Exists,
    Matcher::OneOf,
];
/// Matchers of a number.
const NUMBER: &[Matcher] = &[
    Matcher::Is,
    Matcher::IsNot,
    Matcher::Above,
    Matcher::Below,
    Matcher::AtLeast,
    Matcher::AtMost,
    Matcher::Exists,
    Matcher::OneOf,
];
/// Matchers of a moment.
const TIME: &[Matcher] = &[Matcher::Is, Matcher::IsNot, Matcher::After, Matcher::Before, Matcher::Exists];
/// Matchers of yes or no.
const FLAG: &[Matcher] = &[Matcher::Is, Matcher::IsNot];
/// What there is of a program.
const PROGRAM: &[SubjectName] =
    &[SubjectName::Exit, SubjectName::Stdout, SubjectName::Stderr, SubjectName::Output, SubjectName::Duration];
/// What there is of a file.
const FILE: &[SubjectName] = &[
    SubjectName::Exists,
    SubjectName::Path,
    SubjectName::Size,
    SubjectName::Age,
    SubjectName::Modified,
    SubjectName::Sha256,
    SubjectName::Mode,
    SubjectName::Owner,
    SubjectName::Gzip,
];
/// What there is of a pipeline into a file: how it ended, and the file.
const PIPED: &[SubjectName] = &[
    SubjectName::Exit,
    SubjectName::Stderr,
    SubjectName::Duration,
    SubjectName::Exists,
    SubjectName::Path,
    SubjectName::Size,
    SubjectName::Age,
    SubjectName::Modified,
    SubjectName::Sha256,
    SubjectName::Mode,
    SubjectName::Owner,
    SubjectName::Gzip,
];
/// What there is of an answer to a statement.
const ANSWERED: &[SubjectName] = &[SubjectName::Value, SubjectName::Count];
/// What there is of a file system.
const SPACE: &[SubjectName] = &[SubjectName::Free, SubjectName::Used, SubjectName::Total];
/// What there is of an address.
const PORT: &[SubjectName] = &[SubjectName::Listening];
/// What there is of processes.
const PROCESSES: &[SubjectName] = &[SubjectName::Count, SubjectName::Exists, SubjectName::Since];
/// What there is of a person's work.
const CONFIRMED: &[SubjectName] = &[SubjectName::Answer, SubjectName::Output];
/// What there is of a response.
const RESPONSE: &[SubjectName] =
    &[SubjectName::Status, SubjectName::Header, SubjectName::Body, SubjectName::Json, SubjectName::Duration];
/// What there is of a workload that is rolled out: `available` is the lowest number that was seen.
const WORKLOAD: &[SubjectName] = &[
    SubjectName::Available,
    SubjectName::Ready,
    SubjectName::Updated,
    SubjectName::Replicas,
    SubjectName::Revision,
    SubjectName::Json,
    SubjectName::Duration,
];
/// What there is of objects.
const OBJECTS: &[SubjectName] = &[SubjectName::Exists, SubjectName::Count, SubjectName::Json, SubjectName::Body];
/// What there is of an object that was changed.
const OBJECT: &[SubjectName] = &[SubjectName::Exists, SubjectName::Json];
/// What there is of a container's log.
const LOG: &[SubjectName] = &[SubjectName::Output];
/// What there is of a Job.
const JOB: &[SubjectName] = &[SubjectName::Result, SubjectName::Output, SubjectName::Json, SubjectName::Duration];
/// What there is of a unit.
const UNIT: &[SubjectName] =
    &[SubjectName::Active, SubjectName::Sub, SubjectName::Result, SubjectName::Enabled, SubjectName::Since];

/// The words of actions and the subjects that their answers have, in the order of the reference.
pub const SUBJECTS_OF: [(&[&str], &[SubjectName]); 15] = [
    (&["run", "sh", "pipe"], PROGRAM),
    (&["pipe … to"], PIPED),
    (&["http"], RESPONSE),
    (&["sql"], ANSWERED),
    (&["file", "write", "copy", "link", "replace"], FILE),
    (&["disk"], SPACE),
    (&["port"], PORT),
    (&["process"], PROCESSES),
    (&["service"], UNIT),
    (&["kube set-image", "kube scale", "kube restart", "kube apply", "kube wait … rollout"], WORKLOAD),
    (&["kube get", "kube wait … condition", "kube events"], OBJECTS),
    (&["kube annotate", "kube label", "kube delete"], OBJECT),
    (&["kube logs"], LOG),
    (&["kube job"], JOB),
    (&["manual"], CONFIRMED),
];

impl SubjectKind {
    /// The matchers that can be asked of it; of a JSON document those of what a path finds in it.
    #[must_use]
    pub fn matchers(self) -> &'static [Matcher] {
        match self {
            Self::Text => &Matcher::ALL,
            Self::Word | Self::Json => WORD,
            Self::Number(_) => NUMBER,
            Self::Time => TIME,
            Self::Flag => FLAG,
        }
    }

    /// What a person calls it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Word => "word",
            Self::Number(_) => "number",
            Self::Time => "time",
            Self::Flag => "yes or no",
            Self::Json => "JSON",
        }
    }
}

impl Action {
    /// The subjects of its answer, in the order of the reference.
    #[must_use]
    pub fn subjects(&self) -> &'static [SubjectName] {
        match self {
            Self::Run(_) | Self::Script(_) | Self::Pipe { to: None, .. } => PROGRAM,
            Self::Http(_) => RESPONSE,
            Self::Sql { .. } => ANSWERED,
            Self::Pipe { to: Some(_), .. } => PIPED,
            Self::File { .. } | Self::Write { .. } | Self::Copy { .. } | Self::Link { .. } | Self::Replace(_) => FILE,
            Self::Disk(_) => SPACE,
            Self::Port(_) => PORT,
            Self::Process(_) => PROCESSES,
            Self::ServiceChange { verb: ServiceVerb::DaemonReload, .. } => &[],
            Self::Service(_) | Self::ServiceChange { .. } => UNIT,
            Self::Kube(kube) => subjects_of_kube(&kube.verb),
            Self::Manual(_) => CONFIRMED,
        }
    }

    /// The subject that a `preserve` takes without a `select`; `None` where one must be written.
    #[must_use]
    pub fn usual_subject(&self) -> Option<SubjectName> {
        match self {
            Self::Run(_) | Self::Script(_) | Self::Pipe { to: None, .. } => Some(SubjectName::Stdout),
            Self::Http(_) => Some(SubjectName::Body),
            Self::Sql { .. } => Some(SubjectName::Value),
            Self::File { .. } | Self::Pipe { to: Some(_), .. } => Some(SubjectName::Sha256),
            Self::Disk(_)
            | Self::Port(_)
            | Self::Process(_)
            | Self::Service(_)
            | Self::ServiceChange { .. }
            | Self::Write { .. }
            | Self::Copy { .. }
            | Self::Link { .. }
            | Self::Replace(_)
            | Self::Manual(_) => None,
            Self::Kube(kube) => match &kube.verb {
                KubeVerb::Get { .. } | KubeVerb::Events { .. } => Some(SubjectName::Body),
                KubeVerb::Logs { .. } | KubeVerb::Job(_) => Some(SubjectName::Output),
                KubeVerb::SetImage { .. }
                | KubeVerb::Apply(_)
                | KubeVerb::Scale { .. }
                | KubeVerb::Restart { .. }
                | KubeVerb::Delete { .. }
                | KubeVerb::Mark { .. }
                | KubeVerb::Wait { .. } => None,
            },
        }
    }
}

impl SubjectName {
    /// What its value is.
    #[must_use]
    pub fn kind(self) -> SubjectKind {
        match self {
            Self::Exit
            | Self::Status
            | Self::Count
            | Self::Available
            | Self::Ready
            | Self::Updated
            | Self::Replicas
            | Self::Revision => SubjectKind::Number(&[Dimension::Count]),
            Self::Duration | Self::Age => SubjectKind::Number(&[Dimension::Seconds]),
            Self::Size => SubjectKind::Number(&[Dimension::Bytes, Dimension::Count]),
            Self::Free | Self::Used => SubjectKind::Number(&[Dimension::Bytes, Dimension::Percent]),
            Self::Total => SubjectKind::Number(&[Dimension::Bytes]),
            Self::Modified | Self::Since => SubjectKind::Time,
            Self::Exists | Self::Listening => SubjectKind::Flag,
            Self::Json => SubjectKind::Json,
            Self::Stdout | Self::Stderr | Self::Output | Self::Header | Self::Body | Self::Value => SubjectKind::Text,
            Self::Path
            | Self::Sha256
            | Self::Mode
            | Self::Owner
            | Self::Gzip
            | Self::Active
            | Self::Sub
            | Self::Result
            | Self::Enabled
            | Self::Answer => SubjectKind::Word,
        }
    }
}

fn subjects_of_kube(verb: &KubeVerb) -> &'static [SubjectName] {
    match verb {
        KubeVerb::SetImage { .. }
        | KubeVerb::Apply(_)
        | KubeVerb::Scale { .. }
        | KubeVerb::Restart { .. }
        | KubeVerb::Wait { until: KubeUntil::Rollout, .. } => WORKLOAD,
        KubeVerb::Wait { until: KubeUntil::Condition(_), .. } | KubeVerb::Get { .. } | KubeVerb::Events { .. } => {
            OBJECTS
        }
        KubeVerb::Delete { .. } | KubeVerb::Mark { .. } => OBJECT,
        KubeVerb::Logs { .. } => LOG,
        KubeVerb::Job(_) => JOB,
    }
}
