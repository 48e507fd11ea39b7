//! `runbook exec FILE`: runs a release.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;

use super::check::setting;
use super::drive::{DrivingArguments, Ground, block_on, drive, inherited, prepare};
use super::new_run::NewRun;
use super::plan_file::{PlanFile, PlanFileError, Target};
use super::refusal::{accepted, show_plan_errors, show_refusal};
use super::state::{StateArguments, user_name};
use super::{Exit, Terminal};
use crate::engine::forecast::{Origin, foresee};
use crate::event::{Purpose, Wish};
use crate::journal::this_host;
use crate::model::bundle::{Loaded, load_with};
use crate::plan::Plan;
use crate::report::{Beginning, Style, render_before};

/// `runbook exec`.
#[derive(Debug, clap::Args)]
pub struct ExecArguments {
    /// The runbook
    #[arg(value_name = "FILE", required_unless_present = "plan")]
    file: Option<Utf8PathBuf>,
    /// Run exactly what `runbook plan --out PLAN` has written, or refuse
    #[arg(long, value_name = "PLAN", conflicts_with_all = ["file", "settings", "on_failure"])]
    plan: Option<Utf8PathBuf>,
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

/// What is to run.
struct Asked<'a> {
    file: Utf8PathBuf,
    settings: BTreeMap<String, String>,
    /// The plan that it must be, and where that lies; `None`: whatever it is now.
    plan: Option<(&'a Utf8Path, PlanFile)>,
}

impl<'a> Asked<'a> {
    fn of(arguments: &'a ExecArguments) -> Result<Self, PlanFileError> {
        let Some(path) = &arguments.plan else {
            let settings = arguments.settings.iter().cloned().collect();
            return Ok(Self { file: arguments.file.clone().unwrap_or_default(), settings, plan: None });
        };
        let plan = PlanFile::read(path)?;
        let file = Utf8PathBuf::from(&plan.forecast.head.file);
        Ok(Self { file, settings: plan.forecast.inputs.clone(), plan: Some((path, plan)) })
    }

    /// What is noted first in the run.
    fn notes(&self) -> Vec<String> {
        let plan = self.plan.iter();
        plan.map(|(path, plan)| format!("it is the plan {path}, digest {}", plan.short())).collect()
    }

    /// Whether what would run now is what was planned; shows what differs.
    fn is_as_planned(&self, plan: &Plan, loaded: &Loaded, terminal: &Terminal) -> bool {
        let Some((path, kept)) = &self.plan else { return true };
        let digest = loaded.bundle.digest.to_string();
        let forecast = foresee(plan, Origin { file: self.file.as_str(), digest: &digest });
        let target = Target { host: this_host(), folder: Some(loaded.bundle.folder.clone()) };
        let now = PlanFile::of(forecast, &loaded.bundle, &loaded.sources, target);
        let style = Style { colour: terminal.error_colours, ..terminal.style() };
        let differences = kept.differences(&now, style);
        if !differences.is_empty() {
            terminal.print_error(&differences);
            PlanFileError::Stale { path: path.to_path_buf() }.show(terminal);
        }
        differences.is_empty()
    }
}

/// Runs a release.
pub fn run(arguments: &ExecArguments, terminal: &Terminal) -> Exit {
    let asked = match Asked::of(arguments) {
        Ok(asked) => asked,
        Err(error) => {
            error.show(terminal);
            return Exit::Refused;
        }
    };
    let settings: Vec<_> = asked.settings.clone().into_iter().collect();
    let mut loaded = load_with(&asked.file, &settings);
    let runbook = match accepted(&mut loaded, &asked.file, ": nothing ran", terminal) {
        Ok(runbook) => Arc::new(runbook),
        Err(exit) => return exit,
    };
    let plan = match Plan::resolve(&runbook, &asked.settings, None) {
        Ok(plan) => plan,
        Err(errors) => {
            show_plan_errors(&errors, terminal);
            return Exit::Usage;
        }
    };
    if !asked.is_as_planned(&plan, &loaded, terminal) {
        return Exit::Refused;
    }
    if !arguments.driving.yes
        && terminal.is_attended()
        && !confirmed(&plan, &asked.file, &loaded.bundle.digest.to_string(), terminal)
    {
        terminal.error("not confirmed: nothing was changed", None);
        return Exit::Refused;
    }
    let begin = async move {
        let rights = match prepare(&plan, &inherited(), None, terminal).await {
            Ok(rights) => rights,
            Err(exit) => return exit,
        };
        if let Err(exit) = rights.not_kept_in(&loaded.bundle, terminal) {
            return exit;
        }
        let ahead = rights.starts_supervisor(&plan);
        // The run has a plan of its own, with its id in it.
        drop(plan);
        let notes = asked.notes();
        let new = NewRun {
            clusters: rights.clusters.clone(),
            file: &asked.file,
            runbook: &runbook,
            settings: &asked.settings,
            bundle: &loaded.bundle,
            sources: &Arc::new(loaded.sources),
            on_failure: arguments.on_failure.map(|what| match what {
                OnFailure::Rollback => Wish::Rollback,
                OnFailure::Halt => Wish::Halt,
            }),
            rehearsal: None,
        };
        match arguments.state.open_or_create().and_then(|state| new.ground(state)) {
            Ok(ground) => {
                drive(Ground { notes, ahead, ..ground }, rights, Purpose::Exec, &arguments.driving, terminal).await
            }
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
