//! `runbook render FILE`: a runbook as a document for people. Without `--history` it reads the files of
//! the bundle and nothing else: no environment, no network, no process, no clock; the same bundle and settings make
//! the same bytes. With `--check` it writes nothing and compares.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::check::setting;
use super::history::way_back_of;
use super::refusal::{accepted, refused, show_plan_errors};
use super::state::StateArguments;
use super::{Exit, Terminal};
use crate::engine::forecast::{self, foresee};
use crate::model::bundle::load_with;
use crate::plan::{Plan, quote};
use crate::report::{Document, Origin, render_text_diff, to_html, to_markdown};

/// `runbook render`.
#[derive(Debug, clap::Args)]
pub struct RenderArguments {
    /// The runbook
    #[arg(value_name = "FILE")]
    file: Utf8PathBuf,
    /// What it becomes
    #[arg(long, value_enum, value_name = "FORM")]
    to: Form,
    /// Give an input its value; one without a value reads as its name
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,
    /// Write it here instead of printing it
    #[arg(long, value_name = "PATH", conflicts_with = "check")]
    out: Option<Utf8PathBuf>,
    /// Say when the way back was last rehearsed; the document is of today then
    #[arg(long, conflicts_with = "check")]
    history: bool,
    /// Write nothing; end with 3 if this file isn't what would be written
    #[arg(long, value_name = "PATH")]
    check: Option<Utf8PathBuf>,
    #[command(flatten)]
    state: StateArguments,
}

/// What a runbook becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// Markdown, at home on GitHub
    Markdown,
    /// One page that needs nothing else
    Html,
}

/// Renders a runbook.
pub fn run(arguments: &RenderArguments, terminal: &Terminal) -> Exit {
    let text = match rendered(arguments, terminal) {
        Ok(text) => text,
        Err(exit) => return exit,
    };
    if let Some(path) = &arguments.check {
        return compare(arguments, path, &text, terminal);
    }
    let Some(path) = &arguments.out else {
        terminal.print(&text);
        return Exit::Success;
    };
    match write(path, &text) {
        Ok(()) => Exit::Success,
        Err(error) => {
            terminal.error(&format!("{path} can't be written: {error}"), None);
            Exit::Rejected
        }
    }
}

/// The document; where there is none, what was wrong is said.
fn rendered(arguments: &RenderArguments, terminal: &Terminal) -> Result<String, Exit> {
    let mut loaded = load_with(&arguments.file, &arguments.settings);
    let runbook = accepted(&mut loaded, &arguments.file, "", terminal)?;
    let settings: BTreeMap<_, _> = arguments.settings.iter().cloned().collect();
    let plan = Plan::draft(&Arc::new(runbook), &settings).map_err(|errors| {
        show_plan_errors(&errors, terminal);
        Exit::Usage
    })?;
    let digest = loaded.bundle.digest.to_string();
    let file = loaded.bundle.entry.as_str();
    let forecast = foresee(&plan, forecast::Origin { file, digest: &digest });
    let proven = match arguments.history.then(|| way_back_of(&arguments.state, &plan.runbook.id.value, &digest)) {
        Some(Err(error)) => return Err(refused(&error, terminal)),
        Some(Ok(proven)) => Some(proven),
        None => None,
    };
    let document = Document::of(&plan, &forecast, Origin { file, digest: &digest, proven: proven.as_deref() });
    Ok(match arguments.to {
        Form::Markdown => to_markdown(&document),
        Form::Html => to_html(&document),
    })
}

/// Whether a file is what would be written; if not, the difference, and how to rewrite it.
fn compare(arguments: &RenderArguments, path: &Utf8Path, text: &str, terminal: &Terminal) -> Exit {
    let found = match fs::read(path) {
        Ok(found) if found == text.as_bytes() => return Exit::Success,
        Ok(found) => String::from_utf8_lossy(&found).into_owned(),
        Err(error) => {
            terminal.error(&format!("{path} can't be read: {error}"), Some(&rewrite(arguments, path)));
            return Exit::Rejected;
        }
    };
    if arguments.to == Form::Markdown {
        terminal.print(&render_text_diff(path.as_str(), &found, text, terminal.style()));
    }
    terminal.error(&format!("{path} is stale: it isn't what {} says", arguments.file), Some(&rewrite(arguments, path)));
    Exit::Rejected
}

/// The command that writes the file.
fn rewrite(arguments: &RenderArguments, path: &Utf8Path) -> String {
    let form = match arguments.to {
        Form::Markdown => "markdown",
        Form::Html => "html",
    };
    let settings =
        arguments.settings.iter().map(|(name, value)| format!(" --set {}", quote(&format!("{name}={value}"))));
    let settings: String = settings.collect();
    let (file, path) = (quote(arguments.file.as_str()), quote(path.as_str()));
    format!("runbook render {file} --to {form}{settings} --out {path}")
}

/// Writes a file whole or not at all; one that is there keeps its permissions.
fn write(path: &Utf8Path, text: &str) -> io::Result<()> {
    let target = if path.is_symlink() { path.canonicalize_utf8()? } else { path.to_owned() };
    let new = target.with_file_name(format!(".{}.new", target.file_name().unwrap_or("document")));
    let written = fs::File::create_new(&new).and_then(|mut file| {
        if let Ok(of_before) = fs::metadata(&target) {
            file.set_permissions(of_before.permissions())?;
        }
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, &target)
    });
    if written.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::AlreadyExists) {
        // Nothing but what was begun here: the file itself is as it was.
        drop(fs::remove_file(&new));
    }
    written
}
