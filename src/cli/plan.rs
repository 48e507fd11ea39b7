//! `runbook plan FILE`: what would run, in order, and what happens if it fails at any place of it. It
//! executes nothing. Without `--probe` it reads the files of the bundle and nothing else: no environment,
//! no network, no process.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::Utf8PathBuf;

use super::check::setting;
use super::findings::{Format, Summary, render_findings};
use super::refusal::show_plan_errors;
use super::{Exit, Terminal};
use crate::engine::forecast::{Origin, foresee};
use crate::event::Forecast;
use crate::model::bundle::load_with;
use crate::plan::Plan;
use crate::report::{render_forecast, render_forecast_json, render_forecast_markdown};

/// `runbook plan`.
#[derive(Debug, clap::Args)]
pub struct PlanArguments {
    /// The runbook
    #[arg(value_name = "FILE")]
    file: Utf8PathBuf,
    /// Give an input its value
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,
    /// How the plan is shown
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: PlanFormat,
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
    let accepted = loaded.is_accepted();
    let Some(runbook) = loaded.runbook.take().filter(|_| accepted) else {
        let text =
            render_findings(&loaded.findings, &loaded.sources, Format::Human, terminal.width, terminal.error_colours);
        terminal.print_error(&text);
        terminal.error(&format!("{} in {}: there is no plan", Summary::of(&loaded.findings), arguments.file), None);
        return Exit::Rejected;
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
    let forecast = foresee(&plan, Origin { file: arguments.file.as_str(), digest: &digest });
    show(&forecast, arguments.format, terminal);
    Exit::Success
}

fn show(forecast: &Forecast, format: PlanFormat, terminal: &Terminal) {
    terminal.print(&match format {
        PlanFormat::Human => render_forecast(forecast, terminal.style()),
        PlanFormat::Markdown => render_forecast_markdown(forecast),
        PlanFormat::Json => render_forecast_json(forecast),
    });
}
