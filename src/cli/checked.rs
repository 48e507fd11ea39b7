//! One runbook after `check` has read it: what was found, whether that rejects it, and the line that
//! says so. The runbook itself isn't kept: of a thousand, only what is told of them is in memory.

use camino::{Utf8Path, Utf8PathBuf};

use super::escape::escape;
use super::findings::{Summary, count};
use super::history::{estimates_off, past_of};
use super::repository::check_repository;
use super::scripts::check_scripts;
use super::state::StateArguments;
use crate::model::bundle::{Loaded, NamedFile, load_with};
use crate::model::review::outside;
use crate::model::{AllowedFinding, Inverse, Item, Runbook, check_setting};
use crate::syntax::suggest::closest;
use crate::syntax::{Finding, Sources};

/// A file that was checked.
#[derive(Debug)]
pub(super) struct Checked {
    /// Its path, as it was named or found.
    pub path: Utf8PathBuf,
    /// Whether it is a runbook; what was only found may be a part of one.
    pub is_runbook: bool,
    /// What was found, in the order of the files and lines.
    pub findings: Vec<Finding>,
    /// Warnings that the runbook accepts.
    pub allowed: Vec<AllowedFinding>,
    /// The files that the findings point into.
    pub sources: Sources,
    /// How many findings there are.
    pub summary: Summary,
    /// It must not run as it is.
    pub rejected: bool,
    /// Settings that no input takes: a message, and help.
    pub misfits: Vec<(String, Option<String>)>,
    /// `release.kdl is fine: 2 phases, …`.
    pub last_line: String,
    /// Warnings reject it, too.
    pub denies_warnings: bool,
}

/// How closely runbooks are looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scrutiny<'a> {
    /// What inputs are set to.
    pub settings: &'a [(String, String)],
    /// Warnings reject, too.
    pub denies_warnings: bool,
    /// Scripts go through a real shell.
    pub shell: bool,
    /// Paths and revisions are looked up, revisions in this repository; empty: in the runbook's own.
    pub repository: Option<&'a Utf8Path>,
    /// Estimates are compared with past runs, which are kept there.
    pub history: Option<&'a StateArguments>,
}

impl Checked {
    /// Reads and reviews a file.
    pub fn of(file: &NamedFile, scrutiny: Scrutiny<'_>) -> Self {
        let mut loaded = load_with(&file.path, scrutiny.settings);
        look_beyond(&mut loaded, scrutiny);
        let settings = scrutiny.settings;
        let summary = Summary::of(&loaded.findings);
        let denied = scrutiny.denies_warnings && summary.warnings > 0;
        Self {
            is_runbook: file.by_name || loaded.is_runbook(),
            rejected: !loaded.is_accepted() || denied,
            misfits: loaded.runbook.as_ref().map(|runbook| misfits(runbook, settings)).unwrap_or_default(),
            last_line: last_line(&loaded, &file.path, summary, denied),
            path: file.path.clone(),
            findings: loaded.findings,
            allowed: loaded.allowed,
            sources: loaded.sources,
            summary,
            denies_warnings: scrutiny.denies_warnings,
        }
    }
}

/// Adds what isn't in the text: what shells, the repository and past runs say.
fn look_beyond(loaded: &mut Loaded, scrutiny: Scrutiny<'_>) {
    if let Some(runbook) = loaded.runbook.as_ref().filter(|_| scrutiny.shell) {
        let found = check_scripts(runbook, &loaded.sources);
        loaded.add(found, outside::is_of_shell);
    }
    if let (Some(runbook), Some(repository)) = (&loaded.runbook, scrutiny.repository) {
        let found = check_repository(runbook, scrutiny.settings, repository);
        loaded.add(found, outside::is_of_repository);
    }
    if let (Some(runbook), Some(state)) = (&loaded.runbook, scrutiny.history) {
        // Runs that can't be read say nothing about a runbook.
        let past = past_of(state, &runbook.id.value).unwrap_or_default();
        let found = estimates_off(runbook, &loaded.sources, &past);
        // What no run says today, one may say tomorrow: no `allow` is a leftover for that.
        loaded.add(found, |_| false);
    }
}

/// The settings that are of no input, or don't fit theirs.
fn misfits(runbook: &Runbook, settings: &[(String, String)]) -> Vec<(String, Option<String>)> {
    let mut misfits = Vec::new();
    for (name, value) in settings {
        let input = runbook.inputs.iter().find(|input| input.name.value == *name);
        match input.map(|input| check_setting(input, value)) {
            Some(Ok(())) => {}
            Some(Err(error)) => misfits.push((format!("input {name}: {error}"), None)),
            None => {
                let known: Vec<_> = runbook.inputs.iter().map(|input| input.name.value.as_str()).collect();
                let help = match closest(name, known.iter().copied()) {
                    Some(near) => format!("did you mean --set {near}=…?"),
                    None => format!("its inputs are {}", known.join(", ")),
                };
                misfits.push((format!("there is no input `{name}`"), Some(help)));
            }
        }
    }
    misfits
}

fn last_line(loaded: &Loaded, path: &Utf8Path, summary: Summary, denied: bool) -> String {
    let path = escape(path.as_str());
    match &loaded.runbook {
        Some(_) if loaded.is_accepted() && denied => format!("{summary} in {path}, denied"),
        Some(runbook) if loaded.is_accepted() => {
            let warned = if summary.warnings > 0 { format!(", with {summary}") } else { String::new() };
            let allowed = match loaded.allowed.len() {
                0 => String::new(),
                number => format!("; {} allowed", count(number, "warning")),
            };
            format!("{path} is fine{warned}: {}{allowed}", contents(runbook))
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
