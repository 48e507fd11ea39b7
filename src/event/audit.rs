//! What an audit of a run finds: of each file of records how much of it is sound, whether the bundle
//! is the one that the run began with, whether the files agree.
//!
//! It reads no files itself; those who own one hand it the bytes. Invariant: a run without findings is
//! one that `resume` and `rollback` would read.

use schemars::JsonSchema;
use serde::Serialize;

use super::frame::{End, inspect};
use super::{FORMAT, newer};
use crate::model::digest::Digest;

/// What an audit of a run finds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Audit {
    /// The run's id.
    pub run: String,
    /// Whether there are no findings.
    pub sound: bool,
    /// Whether an engine writes to it meanwhile.
    pub running: bool,
    /// Its journal.
    pub journal: AuditedFile,
    /// Its supervisor's log.
    pub supervisor: AuditedFile,
    /// What it was started with.
    pub bundle: AuditedBundle,
    /// What one file says and the other one would have to know: a line each.
    pub disagreements: Vec<String>,
}

/// One file of records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AuditedFile {
    /// How many records are sound and in their place, from the first one on.
    pub records: u64,
    /// How many bytes they take.
    pub bytes: u64,
    /// The SHA-256 of the last of them, as `sha256sum` says it of that line; `None`: there is none.
    pub head: Option<String>,
    /// How many bytes of a record that was never whole stand at the end: no finding, since that is
    /// what a crash leaves. They are cut when the run goes on.
    pub torn: u64,
    /// What is wrong.
    pub flaws: Vec<Flaw>,
}

/// Something that is wrong with a file of records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Flaw {
    /// The line, from 1; `None`: it is about the whole file.
    pub line: Option<u64>,
    /// The line's first byte, from 0.
    pub byte: Option<u64>,
    /// What is wrong.
    pub why: String,
}

/// The bundle that the run was started with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AuditedBundle {
    /// The digest that the journal's head says; `None`: the journal has no head.
    pub digest: Option<String>,
    /// How many files it holds.
    pub files: usize,
    /// What is wrong with it; `None`: its bytes are those that the run began with.
    pub flaw: Option<String>,
}

impl AuditedFile {
    /// A file that can't even be read.
    #[must_use]
    pub fn unreadable(why: &str) -> Self {
        let flaws = vec![Flaw { line: None, byte: None, why: why.to_owned() }];
        Self { records: 0, bytes: 0, head: None, torn: 0, flaws }
    }
}

/// Audits the bytes of one file of records; `understood` says what is wrong with the meaning of a
/// record that is whole.
#[must_use]
pub fn audit_file(bytes: &[u8], understood: impl Fn(&str) -> Result<(), String>) -> AuditedFile {
    let (found, faults) = inspect(bytes);
    let place = |line: u64, byte: usize, why: String| Flaw { line: Some(line), byte: Some(byte as u64), why };
    let mut flaws: Vec<_> = faults.iter().map(|fault| place(fault.line, fault.at, fault.why.to_string())).collect();
    if let Some(newer) = newer(found.records.iter().map(|record| record.payload)) {
        let why =
            format!("it is of format {}, and this version reads up to {FORMAT}: use {}", newer.format, newer.who_can());
        flaws.push(Flaw { line: None, byte: None, why });
    } else {
        let unknown = found.records.iter().filter_map(|record| {
            let why = understood(record.payload).err()?;
            Some(place(record.number, record.offset, format!("it isn't known to this version: {why}")))
        });
        flaws.extend(unknown);
    }
    flaws.sort_by_key(|flaw| flaw.line);
    let torn = match found.end {
        End::TornTail { bytes, .. } => bytes as u64,
        End::Whole | End::Damaged { .. } => 0,
    };
    let count = found.head.count();
    let head = (count > 0).then(|| Digest::from(*found.head.hash()).to_string());
    AuditedFile { records: count, bytes: found.whole as u64, head, torn, flaws }
}
