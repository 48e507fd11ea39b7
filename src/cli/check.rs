//! `runbook check FILE…`: everything that is wrong or weak, all of it in one go. It reads the files
//! of the bundle and nothing else: no environment, no network, no process; past runs only behind
//! `--history`.

use camino::{Utf8Path, Utf8PathBuf};

use super::escape::escape;
use super::findings::{Format, Summary, count, render_findings};
use super::history::{estimates_off, past_of};
use super::refusal::refused;
use super::state::StateArguments;
use super::{Exit, Terminal};
use crate::journal::JournalError;
use crate::model::bundle::{Loaded, load_with};
use crate::model::check_setting;
use crate::model::{Inverse, Item, Runbook};
use crate::syntax::suggest::closest;

/// `runbook check`.
#[derive(Debug, clap::Args)]
pub struct CheckArguments {
    /// The runbooks
    #[arg(required = true, value_name = "FILE")]
    files: Vec<Utf8PathBuf>,
    /// How findings are shown
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
    /// Reject a runbook with these, too
    #[arg(long, value_name = "KIND")]
    deny: Option<Denied>,
    /// Check that an input takes this value
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,
    /// Compare estimates with what past runs took
    #[arg(long)]
    history: bool,
    #[command(flatten)]
    state: StateArguments,
}

/// What else rejects a runbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Denied {
    /// Warnings.
    Warnings,
}

/// Checks every file; the worst of them decides.
pub fn run(arguments: &CheckArguments, terminal: &mut Terminal) -> Exit {
    let mut rejected = false;
    let mut misused = false;
    for path in &arguments.files {
        let mut loaded = load_with(path, &arguments.settings);
        if arguments.history
            && let Err(error) = add_history(&mut loaded, &arguments.state)
        {
            return refused(&error, terminal);
        }
        let summary = Summary::of(&loaded.findings);
        let denied = arguments.deny == Some(Denied::Warnings) && summary.warnings > 0;
        rejected |= !loaded.is_accepted() || denied;
        terminal.print(&render_findings(
            &loaded.findings,
            &loaded.sources,
            arguments.format,
            terminal.width,
            terminal.colours,
        ));
        if arguments.format != Format::Json {
            terminal.line(&last_line(&loaded, path, summary, denied));
        }
        misused |= loaded.runbook.is_some_and(|runbook| !settings_fit(&runbook, &arguments.settings, terminal));
    }
    match (rejected, misused) {
        (true, _) => Exit::Rejected,
        (false, true) => Exit::Usage,
        (false, false) => Exit::Success,
    }
}

/// Adds what past runs say about the estimates.
fn add_history(loaded: &mut Loaded, state: &StateArguments) -> Result<(), JournalError> {
    if let Some(runbook) = &loaded.runbook {
        let past = past_of(state, &runbook.id.value)?;
        loaded.findings.extend(estimates_off(runbook, &loaded.sources, &past));
    }
    Ok(())
}

/// Whether all settings are of inputs and fit them; says what doesn't.
fn settings_fit(runbook: &Runbook, settings: &[(String, String)], terminal: &Terminal) -> bool {
    let mut fit = true;
    for (name, value) in settings {
        let input = runbook.inputs.iter().find(|input| input.name.value == *name);
        let (message, help) = match input.map(|input| check_setting(input, value)) {
            Some(Ok(())) => continue,
            Some(Err(error)) => (format!("input {name}: {error}"), None),
            None => {
                let known: Vec<_> = runbook.inputs.iter().map(|input| input.name.value.as_str()).collect();
                let help = match closest(name, known.iter().copied()) {
                    Some(near) => format!("did you mean --set {near}=…?"),
                    None => format!("its inputs are {}", known.join(", ")),
                };
                (format!("there is no input `{name}`"), Some(help))
            }
        };
        terminal.error(&escape(&message), help.as_deref());
        fit = false;
    }
    fit
}

fn last_line(loaded: &Loaded, path: &Utf8Path, summary: Summary, denied: bool) -> String {
    let path = escape(path.as_str());
    match &loaded.runbook {
        Some(_) if loaded.is_accepted() && denied => format!("{summary} in {path}, denied"),
        Some(runbook) if loaded.is_accepted() => {
            let warned = if summary.warnings > 0 { format!(", with {summary}") } else { String::new() };
            format!("{path} is fine{warned}: {}", contents(runbook))
        }
        Some(_) | None => format!("{summary} in {path}"),
    }
}

/// `3 phases, 8 steps (7 can be undone), 12 checks`.
fn contents(runbook: &Runbook) -> String {
    let mut counts = Counts::default();
    runbook.phases.iter().flat_map(|phase| &phase.items).for_each(|item| counts.add(item));
    let undone = if counts.steps > 0 { format!(" ({} can be undone)", counts.undone) } else { String::new() };
    format!(
        "{}, {}{undone}, {}",
        count(runbook.phases.len(), "phase"),
        count(counts.steps, "step"),
        count(counts.checks, "check")
    )
}

#[derive(Default)]
struct Counts {
    steps: usize,
    undone: usize,
    checks: usize,
}

impl Counts {
    fn add(&mut self, item: &Item) {
        match item {
            Item::Check(_) => self.checks += 1,
            Item::Checkpoint(checkpoint) => self.checks += checkpoint.checks.len(),
            Item::Step(step) => {
                self.steps += 1;
                self.undone += usize::from(matches!(step.inverse, Inverse::Written(_) | Inverse::Derived));
            }
            Item::Parallel(parallel) => parallel.branches.iter().for_each(|branch| self.add(branch)),
            Item::OnRollback(_) | Item::Manual(_) | Item::Wait(_) => {}
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
