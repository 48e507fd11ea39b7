//! `runbook schema NAME`: what editors and other programs must know of the language and of what is
//! printed as JSON, made from the one table and the types that this program itself uses. What is kept
//! in `schema/` and `docs/reference.md` is exactly what it prints.

use schemars::{JsonSchema, schema_for};

use super::findings::FindingLine;
use super::{Exit, Terminal, reference, schema_kdl, schema_words};
use crate::event::{Audit, Forecast, Rehearsal, Stamped};
use crate::report::{Differences, RunRecord};

/// `runbook schema`.
#[derive(Debug, clap::Args)]
pub struct SchemaArguments {
    /// Of what
    #[arg(value_enum, value_name = "NAME")]
    name: SchemaName,
}

/// What there are schemas of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum SchemaName {
    /// The language, in KDL's schema language.
    Kdl,
    /// The language as JSON: every word, matcher, subject and filter.
    Language,
    /// The reference of the language, in markdown.
    Reference,
    /// A line of `exec --format json`, which is a record of the journal, too: JSON Schema.
    Event,
    /// A line of `check --format json`: JSON Schema.
    Finding,
    /// What `audit --format json` prints: JSON Schema.
    Audit,
    /// What `rehearse --format json` prints, which is what is kept of a rehearsal: JSON Schema.
    Rehearsal,
    /// What `plan --format json` prints: JSON Schema.
    Plan,
    /// What `diff --to json` prints: JSON Schema.
    Diff,
    /// What `show --format json` prints, the record of a run: JSON Schema.
    Run,
}

/// Prints a schema.
pub fn run(arguments: &SchemaArguments, terminal: &Terminal) -> Exit {
    terminal.print(&match arguments.name {
        SchemaName::Kdl => schema_kdl::render(),
        SchemaName::Language => pretty(&schema_words::words()),
        SchemaName::Reference => reference::render(),
        SchemaName::Event => of::<Stamped>(),
        SchemaName::Finding => of::<FindingLine<'_>>(),
        SchemaName::Audit => of::<Audit>(),
        SchemaName::Rehearsal => of::<Rehearsal>(),
        SchemaName::Plan => of::<Forecast>(),
        SchemaName::Diff => of::<Differences<'_>>(),
        SchemaName::Run => of::<RunRecord>(),
    });
    Exit::Success
}

fn of<T: JsonSchema>() -> String {
    pretty(&schema_for!(T).to_value())
}

fn pretty(value: &serde_json::Value) -> String {
    // A value always has a text.
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}
