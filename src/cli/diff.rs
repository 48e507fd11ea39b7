//! `runbook diff OLD NEW`: what the newer of two versions means differently, the riskiest first. It
//! reads the files of both bundles and nothing else, and starts nothing but git, for a version that is
//! named by its revision.

use std::panic::resume_unwind;
use std::thread;

use camino::{Utf8Path, Utf8PathBuf};

use super::findings::{Format, render_findings};
use super::revision::AtRevision;
use super::{Exit, Terminal};
use crate::model::bundle::{Loaded, load};
use crate::model::compare::{Class, Version, compare};
use crate::report::{differences_json, differences_markdown, render_differences};
use crate::syntax::Severity;

/// `runbook diff`.
#[derive(Debug, clap::Args)]
pub struct DiffArguments {
    /// The older version: a file, or REV:PATH as git names it
    old: Utf8PathBuf,
    /// The newer version
    new: Utf8PathBuf,
    /// How the differences are shown
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    to: To,
    /// Fail if there is a change of one of these classes
    #[arg(long, value_name = "CLASS,…", value_delimiter = ',', value_parser = class)]
    fail_on: Vec<Class>,
}

/// How differences are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum To {
    /// Lines for a person.
    #[default]
    Human,
    /// A comment on a pull request.
    Markdown,
    /// One JSON object.
    Json,
}

/// Compares; a class of `--fail-on` rejects the newer version.
pub fn run(arguments: &DiffArguments, terminal: &mut Terminal) -> Exit {
    // Each is read on its own; what is wrong with them is said one after the other.
    let (old, new) = thread::scope(|scope| {
        let old = scope.spawn(|| loaded(&arguments.old));
        let new = loaded(&arguments.new);
        (old.join().unwrap_or_else(|panic| resume_unwind(panic)), new)
    });
    let old = accepted(&arguments.old, old, terminal);
    let (Some(old), Some(new)) = (old, accepted(&arguments.new, new, terminal)) else { return Exit::Rejected };
    let (Some(before), Some(after)) = (version(&old), version(&new)) else { return Exit::Rejected };
    let differences = compare(before, after);
    let failing: Vec<_> = Class::ALL
        .into_iter()
        .filter(|class| arguments.fail_on.contains(class))
        .filter(|class| differences.iter().any(|difference| difference.class == *class))
        .collect();
    terminal.print(&match arguments.to {
        To::Human => render_differences(&differences, terminal.style()),
        To::Markdown => differences_markdown(arguments.old.as_str(), arguments.new.as_str(), &differences, &failing),
        To::Json => differences_json(&differences, &failing),
    });
    if failing.is_empty() {
        return Exit::Success;
    }
    let words: Vec<_> = failing.iter().map(|class| class.word()).collect();
    terminal.error(&format!("{} has changes that aren't to be: {}", arguments.new, words.join(", ")), None);
    Exit::Rejected
}

/// Reads a version; the error is why it can't be read.
fn loaded(path: &Utf8Path) -> Result<Loaded, String> {
    AtRevision::named(path.as_str()).map_or_else(|| Ok(load(path)), |at| at.load(path))
}

/// Says what is wrong with a version that is rejected. Warnings are `check`'s.
fn accepted(path: &Utf8Path, loaded: Result<Loaded, String>, terminal: &Terminal) -> Option<Loaded> {
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(why) => {
            let help = "a file whose name has a colon is written ./NAME";
            terminal.error(&format!("{path} can't be read: {why}"), Some(help));
            return None;
        }
    };
    if loaded.is_accepted() {
        return Some(loaded);
    }
    let errors: Vec<_> = loaded.findings.into_iter().filter(|finding| finding.severity == Severity::Error).collect();
    let text = render_findings(&errors, &loaded.sources, Format::Human, terminal.width, terminal.error_colours);
    terminal.print_error(&text);
    terminal.error(&format!("{path} was rejected; nothing is compared"), None);
    None
}

fn version(loaded: &Loaded) -> Option<Version<'_>> {
    let Loaded { sources, runbook, bundle, findings: _, allowed: _ } = loaded;
    Some(Version { runbook: runbook.as_ref()?, sources, bundle })
}

/// Reads a class of `--fail-on`.
fn class(word: &str) -> Result<Class, String> {
    word.parse().map_err(|error: crate::model::compare::NotAClass| error.to_string())
}
