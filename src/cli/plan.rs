//! `runbook plan FILE`: what would run, in order, and what happens if it fails at any place of it. It
//! executes nothing. Without `--probe` and `--history` it reads the files of the bundle and nothing else: no
//! environment, no network, no process.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::Utf8PathBuf;

use super::check::setting;
use super::drive::block_on;
use super::history::tell_history;
use super::plan_file::{PlanFile, Target};
use super::probe::probe;
use super::refusal::{accepted, refused, show_plan_errors};
use super::state::StateArguments;
use super::{Exit, Terminal};
use crate::engine::forecast::{Origin, foresee};
use crate::event::Forecast;
use crate::journal::this_host;
use crate::model::bundle::load_with;
use crate::plan::Plan;
use crate::report::{render_forecast, render_forecast_json, render_forecast_markdown};
use crate::syntax::Sources;

/// `runbook plan`.
#[derive(Debug, clap::Args)]
pub struct PlanArguments {
    /// The runbook
    #[arg(value_name = "FILE")]
    file: Utf8PathBuf,
    /// Give an input its value
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,
    /// Look at the system as it is now: checks and `applied`, never acting
    #[arg(long)]
    probe: bool,
    /// Say what past runs took, and when the way back was last rehearsed
    #[arg(long)]
    history: bool,
    /// Keep the plan in a file, for `runbook exec --plan`
    #[arg(long, value_name = "PLAN")]
    out: Option<Utf8PathBuf>,
    /// The host that the kept plan is for [default: this one]
    #[arg(long, value_name = "HOST", requires = "out")]
    host: Option<String>,
    /// How the plan is shown
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: PlanFormat,
    #[command(flatten)]
    state: StateArguments,
}

/// How a plan is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum PlanFormat {
    /// As a page.
    #[default]
    Human,
    /// As tables for a pull request.
    Markdown,
    /// As one JSON object.
    Json,
}

/// Shows what would run.
pub fn run(arguments: &PlanArguments, terminal: &Terminal) -> Exit {
    let mut loaded = load_with(&arguments.file, &arguments.settings);
    let runbook = match accepted(&mut loaded, &arguments.file, ": there is no plan", terminal) {
        Ok(runbook) => runbook,
        Err(exit) => return exit,
    };
    let settings: BTreeMap<_, _> = arguments.settings.iter().cloned().collect();
    let plan = match Plan::resolve(&Arc::new(runbook), &settings, None) {
        Ok(plan) => plan,
        Err(errors) => {
            show_plan_errors(&errors, terminal);
            return Exit::Usage;
        }
    };
    let digest = loaded.bundle.digest.to_string();
    let mut forecast = foresee(&plan, Origin { file: arguments.file.as_str(), digest: &digest });
    if arguments.history
        && let Err(error) = tell_history(&arguments.state, &mut forecast)
    {
        return refused(&error, terminal);
    }
    let mut exit = Exit::Success;
    if arguments.probe {
        match probed(&plan, &mut forecast, &loaded.sources, terminal) {
            Ok(true) => {}
            Ok(false) => exit = Exit::Refused,
            Err(exit) => return exit,
        }
    }
    show(&forecast, arguments.format, terminal);
    let Some(path) = &arguments.out else { return exit };
    let here = this_host();
    let host = arguments.host.clone().unwrap_or_else(|| here.clone());
    let folder = Some(loaded.bundle.folder.clone()).filter(|_| host == here);
    let kept = PlanFile::of(forecast, &loaded.bundle, &loaded.sources, Target { host, folder });
    match kept.write(path) {
        Ok(()) => exit,
        Err(error) => {
            error.show(terminal);
            Exit::Refused
        }
    }
}

/// Whether a run would be begun now.
fn probed(plan: &Plan, forecast: &mut Forecast, sources: &Sources, terminal: &Terminal) -> Result<bool, Exit> {
    let mut may_begin = Err(Exit::Internal);
    let looking = async {
        may_begin = Box::pin(probe(plan, forecast, sources.clone(), terminal)).await;
        Exit::Success
    };
    match (block_on(looking, terminal), may_begin) {
        (Exit::Success, may_begin) => may_begin,
        (exit, _) => Err(exit),
    }
}

fn show(forecast: &Forecast, format: PlanFormat, terminal: &Terminal) {
    terminal.print(&match format {
        PlanFormat::Human => render_forecast(forecast, terminal.style()),
        PlanFormat::Markdown => render_forecast_markdown(forecast),
        PlanFormat::Json => render_forecast_json(forecast),
    });
}
