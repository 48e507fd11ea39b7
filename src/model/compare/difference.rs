//! What comes of a comparison, ready to be shown: no difference needs the two runbooks any more.

use camino::Utf8PathBuf;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Class, UnitKind};

/// One difference between two versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Difference {
    /// How risky it is.
    pub class: Class,
    /// What it is about.
    pub kind: UnitKind,
    /// The id of that in the newer version, or in the older one where it is gone; empty for what has
    /// none: the runbook's head, `wait`, `parallel`.
    pub id: String,
    /// What became of it, as the end of a sentence.
    pub what: String,
    /// How it was; `None` where there was nothing.
    pub old: Option<Shown>,
    /// How it is; `None` where there is nothing.
    pub new: Option<Shown>,
    /// The ids of all others for which the same line differs in the same way, as a line of `defaults`.
    pub also: Vec<String>,
}

/// One side of a difference.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, JsonSchema)]
pub struct Shown {
    /// What it says: the author's own lines for a whole unit, one canonical line for all else.
    pub text: String,
    /// The file; `None` for what stands nowhere, such as what is expected without being written.
    #[schemars(with = "Option<String>")]
    pub file: Option<Utf8PathBuf>,
    /// The line, from 1; `None` without a file, or for a file that isn't text.
    pub line: Option<usize>,
}
