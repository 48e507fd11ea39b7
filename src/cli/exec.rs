//! `runbook exec FILE`: runs a release.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;

use super::check::setting;
use super::drive::{DrivingArguments, Ground, block_on, drive, inherited, prepare};
use super::findings::{Format, Summary, render_findings};
use super::refusal::{show_plan_errors, show_refusal};
use super::state::{StateArguments, user_name};
use super::{Exit, Terminal};
use crate::event::{FORMAT, Outline, Purpose, Record, RunStarted, Wish};
use crate::journal::{JournalError, start, this_host, way_back_of};
use crate::model::Runbook;
use crate::model::bundle::{Loaded, load_with};
use crate::plan::{KeptFiles, Plan, RunFacts};
use crate::report::{Beginning, render_before};

/// `runbook exec`.
#[derive(Debug, clap::Args)]
pub struct ExecArguments {
    /// The runbook
    #[arg(value_name = "FILE")]
    file: Utf8PathBuf,
    /// Give an input its value
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,
    /// What any failure leads to, instead of what the runbook says
    #[arg(long, value_enum, value_name = "WHAT")]
    on_failure: Option<OnFailure>,
    #[command(flatten)]
    driving: DrivingArguments,
    #[command(flatten)]
    state: StateArguments,
}

/// What a failure leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum OnFailure {
    /// Take everything back
    Rollback,
    /// Stop with effects in place
    Halt,
}

/// Runs a release.
pub fn run(arguments: &ExecArguments, terminal: &Terminal) -> Exit {
    let mut loaded = load_with(&arguments.file, &arguments.settings);
    let accepted = loaded.is_accepted();
    let Some(runbook) = loaded.runbook.take().filter(|_| accepted) else {
        let text =
            render_findings(&loaded.findings, &loaded.sources, Format::Human, terminal.width, terminal.error_colours);
        terminal.print_error(&text);
        terminal.error(&format!("{} in {}: nothing ran", Summary::of(&loaded.findings), arguments.file), None);
        return Exit::Rejected;
    };
    let runbook = Arc::new(runbook);
    let settings: BTreeMap<_, _> = arguments.settings.iter().cloned().collect();
    let plan = match Plan::resolve(&runbook, &settings, None) {
        Ok(plan) => plan,
        Err(errors) => {
            show_plan_errors(&errors, terminal);
            return Exit::Usage;
        }
    };
    if !arguments.driving.yes
        && terminal.is_attended()
        && !confirmed(&plan, &arguments.file, &loaded.bundle.digest.to_string(), terminal)
    {
        terminal.error("not confirmed: nothing was changed", None);
        return Exit::Refused;
    }
    let begin = async move {
        let rights = match prepare(&plan, &inherited(), terminal).await {
            Ok(rights) => rights,
            Err(exit) => return exit,
        };
        if let Err(exit) = rights.not_kept_in(&loaded.bundle, terminal) {
            return exit;
        }
        // The run has a plan of its own, with its id in it.
        drop(plan);
        match ground(arguments, loaded, &runbook, &settings) {
            Ok(ground) => drive(ground, rights, Purpose::Exec, &arguments.driving, terminal).await,
            Err(error) => {
                show_refusal(&error, terminal);
                Exit::Refused
            }
        }
    };
    block_on(begin, terminal)
}

/// Shows what is about to run, and asks whether to begin.
fn confirmed(plan: &Plan, file: &Utf8Path, digest: &str, terminal: &Terminal) -> bool {
    let (host, user) = (this_host(), user_name());
    let beginning = Beginning { plan, file: file.as_str(), digest, host: &host, user: &user, now: Timestamp::now() };
    terminal.print(&render_before(&beginning, terminal.style()));
    terminal.confirm("Begin?")
}

/// Makes the run: its directory, its bundle, its journal, all durable before anything is changed.
fn ground(
    arguments: &ExecArguments,
    loaded: Loaded,
    runbook: &Arc<Runbook>,
    settings: &BTreeMap<String, String>,
) -> Result<Ground, JournalError> {
    let state = arguments.state.open_or_create()?;
    let now = Timestamp::now();
    let run = state.create_run(&runbook.id.value, now)?;
    let bundle = run.bundle();
    loaded.bundle.write_to(&bundle).map_err(|source| JournalError::Io { doing: "keep", path: bundle, source })?;
    let facts = RunFacts { id: run.id().to_string(), started: now };
    // It resolved without these facts, so it resolves with them.
    let plan = Plan::resolve(runbook, settings, Some(&facts))
        .map_err(|errors| JournalError::Io {
            doing: "resolve",
            path: arguments.file.clone(),
            source: std::io::Error::other(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")),
        })?
        .with_kept_files(KeptFiles::of(&loaded.bundle, &run.bundle()));
    let folder = camino::absolute_utf8(&runbook.folder).unwrap_or_else(|_| runbook.folder.clone());
    let inherited = inherited();
    let head = RunStarted {
        format: FORMAT,
        run: facts.id,
        runbook: runbook.id.value.clone(),
        title: plan.title.clone(),
        file: arguments.file.to_string(),
        digest: loaded.bundle.digest.to_string(),
        inputs: plan.inputs.clone(),
        environment: inherited.clone(),
        folder: folder.to_string(),
        outline: Outline::of(&plan),
        on_failure: arguments.on_failure.map(|what| match what {
            OnFailure::Rollback => Wish::Rollback,
            OnFailure::Halt => Wish::Halt,
        }),
        rehearsal: None,
    };
    let writer = start(&run, way_back_of(plan.units.len()))?;
    Ok(Ground {
        state,
        run,
        plan: Arc::new(plan),
        sources: Arc::new(loaded.sources),
        record: Record::default(),
        events: Vec::new(),
        writer,
        head: Some(head),
        inherited,
        folder,
        back_to: None,
        skip: Vec::new(),
        notes: Vec::new(),
    })
}
