//! What the parts of the words mean: properties, matchers, subjects. Invariant: there is a sentence for
//! each property of the table, and a closed match for all else.

use crate::model::{Matcher, SubjectName};

/// The word and the property, and what it says.
pub(super) const PROPERTIES: &[(&str, &str, &str)] = &[
    ("release", "type", "`major`, `minor`, `patch`, `hotfix` or `custom`."),
    (
        "lock",
        "store",
        "`local` (unless written): within the state directory; `kubernetes`: in the cluster, too, as a Lease.",
    ),
    ("budget", "downtime", "How long the service may be down."),
    ("budget", "estimate", "How long an attempt is expected to take."),
    ("budget", "escalate-after", "After how many times the estimate people are called, such as `\"2x\"`."),
    ("input", "matches", "A regex for the whole value."),
    ("input", "type", "`string`, `int`, `number`, `bool`, `path` or `version`."),
    ("input", "help", "What to enter."),
    ("secret", "env", "The variable that has the value."),
    ("secret", "file", "The file that has the value."),
    ("phase", "at", "Not before this: `T`, `\"T-8d\"`, `\"T+2h\"` or a time. T is the start of the window."),
    ("manual", "by", "Who confirms it."),
    ("capture", "matches", "A regex; its group is the value."),
    ("capture", "default", "The value where there is nothing to capture."),
    ("select", "matches", "A regex; its group is the value."),
    ("poll", "within", "How long it looks; it is the budget, too."),
    ("poll", "every", "How long it waits between two looks."),
    ("poll", "hold", "How many times in a row the expectations hold."),
    ("poll", "estimate", "How long it is expected to take."),
    ("retry", "delay", "How long it waits before it acts again."),
    ("retry", "backoff", "By how much the delay grows each time."),
    ("applied", "until", "The later step that takes this effect back."),
    ("inverse", "valid-for", "How long after the step it may run by itself; then it is asked about."),
    ("inverse", "loses", "What the way back costs."),
    ("inverse", "because", "Why there is none: `inverse none because=…`."),
    ("irreversible", "because", "Why it can't be taken back."),
    ("allow", "because", "Why the warning is accepted."),
    ("body", "file", "The file that is sent."),
    ("body", "type", "Its content type."),
    ("file", "pick", "`newest` or `oldest`, where several match."),
    ("kube", "namespace", "Where the object is; otherwise what `kubernetes` says."),
    ("kube", "replicas", "How many: `kube scale`."),
    ("kube", "condition", "The condition that must be true: `kube wait`."),
    ("kube", "selector", "Which labels: `kube get`, `kube wait`."),
    ("kube", "field-selector", "Which fields: `kube get`."),
    ("kube", "container", "Which container: `kube exec`, `kube logs`."),
    ("kube", "since", "How far back: `kube logs`, `kube events`."),
    ("kube", "template", "The manifest, with its values put in: `kube apply`, `kube job`."),
    ("kube", "tail", "How many of the last lines: `kube logs`."),
    ("write", "template", "The file whose text is written, with its values put in."),
    ("write", "mode", "The permissions, such as `\"0644\"`."),
    ("copy", "to", "The file that is written."),
    ("copy", "mode", "The permissions, such as `\"0644\"`."),
    ("link", "to", "What it points to."),
    ("replace", "matches", "The regex that is replaced."),
    ("replace", "with", "What stands there then."),
    ("replace", "count", "How many matches there must be; 1 unless written."),
];

/// What a property of a word says, in one sentence; empty for one that isn't in the table.
#[must_use]
pub fn property_meaning(word: &str, property: &str) -> &'static str {
    let found = PROPERTIES.iter().find(|(of, name, _)| *of == word && *name == property);
    found.map_or("", |(_, _, meaning)| meaning)
}

impl Matcher {
    /// When it holds, in one sentence about the subject.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Is => "It equals this; of JSON by subset.",
            Self::IsNot => "It doesn't equal this.",
            Self::Contains => "It has this text in it.",
            Self::Lacks => "It hasn't this text in it.",
            Self::Matches => "The regex matches somewhere in it, in linear time.",
            Self::LacksMatch => "The regex matches nowhere in it.",
            Self::Like => "It is this text, line by line, with wildcards.",
            Self::Above => "It is a greater number, with its unit.",
            Self::Below => "It is a smaller number.",
            Self::AtLeast => "It is this number or a greater one.",
            Self::AtMost => "It is this number or a smaller one.",
            Self::After => "It is a later time.",
            Self::Before => "It is an earlier time.",
            Self::Empty => "It is empty, or it isn't.",
            Self::Exists => "It is there, or it isn't.",
            Self::OneOf => "It equals one of these; written as a child.",
        }
    }
}

impl SubjectName {
    /// What it is, in one sentence.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Exit => "The exit code.",
            Self::Stdout => "Standard output, without its last newline.",
            Self::Stderr => "Standard error, without its last newline.",
            Self::Output => "Both, as they came.",
            Self::Duration => "How long it took.",
            Self::Status => "The status of the response.",
            Self::Header => "A header of the response, by its name.",
            Self::Body => "The body as text.",
            Self::Json => "The body as JSON: what a path (RFC 9535) finds in it, or all of it.",
            Self::Value => "The first value of the first row.",
            Self::Count => "How many rows or processes there are.",
            Self::Exists => "Whether it is there.",
            Self::Path => "Its path.",
            Self::Size => "Its size in bytes.",
            Self::Age => "How long ago it was modified.",
            Self::Modified => "When it was modified.",
            Self::Sha256 => "The SHA-256 of its bytes.",
            Self::Mode => "Its permissions, such as `\"0644\"`.",
            Self::Owner => "Who owns it.",
            Self::Gzip => "Whether it is a sound archive: `intact`, `damaged` or `not-gzip`.",
            Self::Free => "What is free, in bytes or per cent.",
            Self::Used => "What is used, in bytes or per cent.",
            Self::Total => "How large it is.",
            Self::Active => "The unit's state, such as `active`.",
            Self::Sub => "The state below that, such as `running`.",
            Self::Result => "How its last run ended, such as `success`.",
            Self::Enabled => "Whether it starts with the machine.",
            Self::Since => "When the main process started.",
            Self::Listening => "Whether something listens.",
            Self::Answer => "What the person answered.",
            Self::Available => "The lowest number of available replicas that was seen while it was rolled out.",
            Self::Ready => "How many replicas are ready at its end.",
            Self::Updated => "How many replicas are of the newest template at its end.",
            Self::Replicas => "How many replicas there are at its end.",
            Self::Revision => "The revision at its end.",
        }
    }
}
