//! What can be wrong with a file of a bundle, in the author's words.

use camino::Utf8PathBuf;

use super::folder::{MAX_FILE, MAX_FILES, MAX_TEXT, MAX_TOTAL};
use crate::model::render_bytes;
use crate::syntax::{Finding, Severity, Span};

/// Why a file can't be part of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// There is no such file.
    #[error("there is no file `{0}`")]
    Missing(Utf8PathBuf),
    /// It is a directory, a pipe, a device or a socket.
    #[error("`{path}` is {kind}, not a file")]
    NotAFile {
        /// As it is written.
        path: Utf8PathBuf,
        /// `a directory`, `a named pipe`, …
        kind: &'static str,
    },
    /// The system refuses to read it.
    #[error("`{path}` can't be read: {reason}")]
    Unreadable {
        /// As it is written.
        path: Utf8PathBuf,
        /// What the system says.
        reason: String,
    },
    /// It leads out of the bundle's folder.
    #[error("`{path}` leads out of the runbook's folder")]
    Outside {
        /// As it is written.
        path: Utf8PathBuf,
    },
    /// A file of text that is too large to be a runbook or a template.
    #[error("`{path}` is {}; a runbook's text may be {} at most", render_bytes(*.size), render_bytes(MAX_TEXT))]
    TextTooLarge {
        /// As it is written.
        path: Utf8PathBuf,
        /// Its size in bytes.
        size: u64,
    },
    /// A file that is too large for a bundle.
    #[error("`{path}` is {}; a file of a bundle may be {} at most", render_bytes(*.size), render_bytes(MAX_FILE))]
    FileTooLarge {
        /// As it is written.
        path: Utf8PathBuf,
        /// Its size in bytes.
        size: u64,
    },
    /// All files together are too many or too large.
    #[error("the runbook's files are more than {MAX_FILES}, or larger than {} together", render_bytes(MAX_TOTAL))]
    BundleTooLarge,
    /// A template that isn't UTF-8.
    #[error("`{path}` isn't UTF-8 text (byte {byte})")]
    NotText {
        /// As it is written.
        path: Utf8PathBuf,
        /// The first byte that isn't, counted from zero.
        byte: usize,
    },
    /// A file includes itself, directly or through others.
    #[error("`{0}` includes itself")]
    Cycle(Utf8PathBuf),
    /// A file is included a second time.
    #[error("`{0}` is included twice")]
    Twice(Utf8PathBuf),
    /// `include` isn't one path.
    #[error("`include` takes one path and nothing else")]
    NotAnInclude,
    /// A pattern of `files` isn't a glob.
    #[error("`{pattern}` isn't a pattern: {reason}")]
    NotAPattern {
        /// As it is written.
        pattern: String,
        /// What is wrong.
        reason: String,
    },
    /// A pattern of `files` matches no file.
    #[error("no file matches `{0}`")]
    NothingMatches(String),
    /// A file's name isn't UTF-8.
    #[error("the name of `{0}` isn't UTF-8")]
    NameNotText(String),
}

impl BundleError {
    /// Every code of this layer with its explanation.
    pub const CODES: &[(&'static str, &'static str)] = &[
        (
            "runbook::bundle::missing",
            "A file that is named isn't there. Paths of `include`, `files` and `template=` start at the file they stand in, not at the folder in which runbook is called.",
        ),
        (
            "runbook::bundle::not_a_file",
            "A directory, a pipe, a device or a socket stands where a file is needed. It isn't opened.",
        ),
        ("runbook::bundle::unreadable", "The system refuses to read a file of the runbook."),
        (
            "runbook::bundle::outside",
            "A path leads out of the folder of the runbook: by `..`, as an absolute path, or through a symbolic link. What a runbook is made of lies in its own folder, so that what was reviewed is what runs, and a stranger's runbook can't read other files.",
        ),
        (
            "runbook::bundle::too_large",
            "A file, or all files of a runbook together, are larger than a runbook needs. `files` is for what the runbook calls, such as scripts; data belongs elsewhere.",
        ),
        ("runbook::bundle::not_text", "A template, or a file's name, isn't UTF-8."),
        ("runbook::bundle::cycle", "A file includes itself, directly or through others."),
        ("runbook::bundle::twice", "A file is included a second time; everything in it would be defined twice."),
        ("runbook::bundle::include", "`include` takes one path and nothing else: include \"path.kdl\"."),
        (
            "runbook::bundle::pattern",
            "A pattern of `files` isn't a glob. `*` and `?` stay within a folder, `**` crosses folders.",
        ),
        (
            "runbook::bundle::nothing_matches",
            "A pattern of `files` matches no file: probably it is misspelled, or starts elsewhere. Patterns start at the file they stand in.",
        ),
    ];

    /// The code that `runbook explain` documents.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing(_) => "runbook::bundle::missing",
            Self::NotAFile { .. } => "runbook::bundle::not_a_file",
            Self::Unreadable { .. } => "runbook::bundle::unreadable",
            Self::Outside { .. } => "runbook::bundle::outside",
            Self::TextTooLarge { .. } | Self::FileTooLarge { .. } | Self::BundleTooLarge => {
                "runbook::bundle::too_large"
            }
            Self::NotText { .. } | Self::NameNotText(_) => "runbook::bundle::not_text",
            Self::Cycle(_) => "runbook::bundle::cycle",
            Self::Twice(_) => "runbook::bundle::twice",
            Self::NotAnInclude => "runbook::bundle::include",
            Self::NotAPattern { .. } => "runbook::bundle::pattern",
            Self::NothingMatches(_) => "runbook::bundle::nothing_matches",
        }
    }

    /// The finding at the place that names the file; `None` for the runbook itself.
    #[must_use]
    pub fn finding(&self, span: Option<Span>) -> Finding {
        Finding {
            code: self.code(),
            severity: Severity::Error,
            message: self.to_string(),
            labels: span.map(|span| (span, self.label().to_owned())).into_iter().collect(),
            help: Some(self.help(span.is_some()).to_owned()),
        }
    }

    fn label(&self) -> &'static str {
        match self {
            Self::Missing(_) => "named here",
            Self::NotAFile { .. } => "a file is needed here",
            Self::Unreadable { .. } | Self::NotText { .. } | Self::NameNotText(_) => "needed here",
            Self::Outside { .. } => "leads outside",
            Self::TextTooLarge { .. } | Self::FileTooLarge { .. } | Self::BundleTooLarge => "asked for here",
            Self::Cycle(_) => "back to a file that is being read",
            Self::Twice(_) => "again here",
            Self::NotAnInclude | Self::NotAPattern { .. } => "this",
            Self::NothingMatches(_) => "matches nothing",
        }
    }

    fn help(&self, is_named_in_a_file: bool) -> &'static str {
        match self {
            Self::Missing(_) if !is_named_in_a_file => "name the runbook's file",
            Self::Missing(_) => "paths of include, files and template= start at the file they stand in",
            Self::NotAFile { kind: "a directory", .. } => "name the .kdl file in it",
            Self::NotAFile { .. } => "name a regular file",
            Self::Unreadable { .. } => "make it readable for the user who checks and runs the runbook",
            Self::Outside { .. } => {
                "what a runbook is made of lies in its own folder: move the file there, or the runbook up"
            }
            Self::TextTooLarge { .. } => "split it into files that are included",
            Self::FileTooLarge { .. } | Self::BundleTooLarge => {
                "`files` is for what the runbook calls, such as scripts; narrow its patterns"
            }
            Self::NotText { .. } => "save it as UTF-8",
            Self::Cycle(_) | Self::Twice(_) => "include each file once",
            Self::NotAnInclude => "write include \"path.kdl\"",
            Self::NotAPattern { .. } => "write a path with `*`, `**` or `?`, such as \"scripts/**\"",
            Self::NothingMatches(_) => "patterns start at the file they stand in; `**` crosses folders",
            Self::NameNotText(_) => "rename the file, or narrow the pattern",
        }
    }
}
