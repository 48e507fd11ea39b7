//! `runbook check PATH…`: everything that is wrong or weak, all of it in one go. It reads the files
//! of the bundle and nothing else: no environment, no network, no process, but those that `--shell` and
//! `--repo` ask for, and past runs behind `--history`. Several runbooks are read at the same time and told of in the order in which they were named.

use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use camino::Utf8PathBuf;

use super::annotations::render_annotations;
use super::checked::{Checked, Scrutiny};
use super::findings::{Format, Summary, count, render_findings};
use super::junit::render_junit;
use super::refusal::refused;
use super::sarif::render_sarif;
use super::state::StateArguments;
use super::{Exit, Terminal};
use crate::model::bundle::{NamedError, NamedFile, files_named};

/// As much as the main thread has: what is safe there on a stranger's file is safe here.
const STACK: usize = 8 << 20;

/// `runbook check`.
#[derive(Debug, clap::Args)]
pub struct CheckArguments {
    /// The runbooks: files, folders (every runbook below them), quoted patterns
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<Utf8PathBuf>,
    /// How findings are shown
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: CheckFormat,
    /// Reject a runbook with these, too
    #[arg(long, value_name = "KIND")]
    deny: Option<Denied>,
    /// Give scripts to the real shell's syntax check, and to shellcheck if it is installed
    #[arg(long)]
    shell: bool,
    /// Look for the paths and revisions that are named, in the runbook's repository or in PATH
    #[arg(long, value_name = "PATH", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    repo: Option<Utf8PathBuf>,
    /// Check that an input takes this value
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,
    /// Compare estimates with what past runs took
    #[arg(long)]
    history: bool,
    #[command(flatten)]
    state: StateArguments,
}

/// How findings are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum CheckFormat {
    /// With the lines they are about.
    #[default]
    Human,
    /// `file:line:column: error[code]: message`, and a line of help.
    Plain,
    /// One JSON object per line.
    Json,
    /// One SARIF 2.1.0 log, for code scanning.
    Sarif,
    /// Workflow commands, which GitHub shows in the diff.
    Github,
    /// One `JUnit` report, with a test suite per runbook.
    Junit,
}

/// What else rejects a runbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Denied {
    /// Warnings.
    Warnings,
}

/// Checks every file; the worst of them decides.
pub fn run(arguments: &CheckArguments, terminal: &mut Terminal) -> Exit {
    // One that can't be read is said once, and not for every runbook.
    if arguments.history
        && let Err(error) = arguments.state.open()
    {
        return refused(&error, terminal);
    }
    let (files, errors) = files_named(&arguments.paths);
    for error in &errors {
        terminal.error(&error.to_string(), Some(help(error)));
    }
    let checked = check_all(&files, arguments);
    let parts = checked.iter().filter(|file| !file.is_runbook).count();
    let runbooks: Vec<Checked> = checked.into_iter().filter(|file| file.is_runbook).collect();
    let is_search = files.iter().any(|file| !file.by_name);
    tell(&runbooks, arguments.format, terminal);
    for (message, help) in runbooks.iter().flat_map(|file| &file.misfits) {
        terminal.error(message, help.as_deref());
    }
    if is_search && runbooks.is_empty() {
        let help = "a runbook has a `runbook` node at its top";
        terminal.error(&format!("none of {} is a runbook", count(parts, ".kdl file")), Some(help));
    } else if is_search && arguments.format.is_for_people() {
        terminal.line(&total(&runbooks, parts));
    }
    let misused = !errors.is_empty() || runbooks.is_empty() || runbooks.iter().any(|file| !file.misfits.is_empty());
    match (runbooks.iter().any(|file| file.rejected), misused) {
        (true, _) => Exit::Rejected,
        (false, true) => Exit::Usage,
        (false, false) => Exit::Success,
    }
}

fn help(error: &NamedError) -> &'static str {
    match error {
        NamedError::EmptyFolder(_) => "name a folder with runbooks in it, or a runbook",
        NamedError::NoMatch(_) => "patterns start here: `*` stays within a folder, `**` crosses folders",
        NamedError::NotAPattern { .. } => "write a path with `*`, `**` or `?`, such as \"releases/**/*.kdl\"",
        NamedError::TooMany(_) => "name the folders that hold runbooks",
    }
}

/// Reads and reviews the files, several at a time; what comes back is in their order.
fn check_all(files: &[NamedFile], arguments: &CheckArguments) -> Vec<Checked> {
    let scrutiny = Scrutiny {
        settings: &arguments.settings,
        denies_warnings: arguments.deny == Some(Denied::Warnings),
        shell: arguments.shell,
        repository: arguments.repo.as_deref(),
        history: arguments.history.then_some(&arguments.state),
    };
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(files.len()));
    let work = || {
        for index in std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed)) {
            let Some(file) = files.get(index) else { return };
            let checked = Checked::of(file, scrutiny);
            done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((index, checked));
        }
    };
    let workers = std::thread::available_parallelism().map_or(1, NonZero::get).min(files.len());
    std::thread::scope(|scope| {
        for _ in 1..workers {
            // A machine that gives no more threads is one that reads slower.
            let worker = std::thread::Builder::new().stack_size(STACK);
            if worker.spawn_scoped(scope, work).is_err() {
                break;
            }
        }
        work();
    });
    let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, checked)| checked).collect()
}

/// Prints what was found.
fn tell(runbooks: &[Checked], format: CheckFormat, terminal: &Terminal) {
    let text = |format| {
        for file in runbooks {
            let text = render_findings(&file.findings, &file.sources, format, terminal.width, terminal.colours);
            terminal.print(&text);
            if format != Format::Json {
                terminal.line(&file.last_line);
            }
        }
    };
    match format {
        CheckFormat::Human => text(Format::Human),
        CheckFormat::Plain => text(Format::Plain),
        CheckFormat::Json => text(Format::Json),
        CheckFormat::Sarif => terminal.print(&render_sarif(runbooks)),
        CheckFormat::Github => terminal.print(&render_annotations(runbooks)),
        CheckFormat::Junit => terminal.print(&render_junit(runbooks)),
    }
}

/// `12 runbooks: 1 error, 3 warnings; 2 other .kdl files aren't runbooks`.
fn total(runbooks: &[Checked], parts: usize) -> String {
    let all = runbooks.iter().fold(Summary::default(), |all, file| all + file.summary);
    let rest = match parts {
        0 => String::new(),
        1 => "; 1 other .kdl file isn't one".to_owned(),
        _ => format!("; {parts} other .kdl files aren't"),
    };
    format!("{}: {all}{rest}", count(runbooks.len(), "runbook"))
}

impl CheckFormat {
    /// Whether lines around the findings are read by people, and by no parser.
    fn is_for_people(self) -> bool {
        match self {
            Self::Human | Self::Plain | Self::Github => true,
            Self::Json | Self::Sarif | Self::Junit => false,
        }
    }
}

/// Reads `name=value`.
pub fn setting(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .ok_or_else(|| "write NAME=VALUE".to_owned())
}
