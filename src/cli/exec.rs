//! `runbook exec FILE`: runs a release.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;

use super::check::setting;
use super::drive::{DrivingArguments, Ground, block_on, drive, inherited, prepare};
use super::findings::{Format, Summary, render_findings};
use super::new_run::NewRun;
use super::refusal::{show_plan_errors, show_refusal};
use super::state::{StateArguments, user_name};
use super::{Exit, Terminal};
use crate::event::{Purpose, Wish};
use crate::journal::this_host;
use crate::model::bundle::load_with;
use crate::plan::Plan;
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
        let ahead = rights.starts_supervisor(&plan);
        // The run has a plan of its own, with its id in it.
        drop(plan);
        let new = NewRun {
            file: &arguments.file,
            runbook: &runbook,
            settings: &settings,
            bundle: &loaded.bundle,
            sources: &Arc::new(loaded.sources),
            on_failure: arguments.on_failure.map(|what| match what {
                OnFailure::Rollback => Wish::Rollback,
                OnFailure::Halt => Wish::Halt,
            }),
            rehearsal: None,
        };
        match arguments.state.open_or_create().and_then(|state| new.ground(state)) {
            Ok(ground) => drive(Ground { ahead, ..ground }, rights, Purpose::Exec, &arguments.driving, terminal).await,
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
