//! Looking at runs: `runs`, `show`, `logs`, `status`. They take no lock, change nothing, and work
//! beside an engine that lives and after one that died.

use std::time::Duration;

use jiff::Timestamp;

use super::kept_output::print_kept_output;
use super::listening::remaining;
use super::refusal::refused;
use super::state::{Found, StateArguments};
use super::{Exit, Terminal};
use crate::event::{Record, Stamped};
use crate::journal::{Follower, JournalError, RunId, StateDirectory, read_run};
use crate::model::bundle::load_saved;
use crate::perform::process::supervisor_lives;
use crate::plan::{KeptFiles, Plan, RunFacts};
use crate::report::{AtWork, Closing, RunRecord, Tally, escape, render_runs, render_status, show};

/// `runbook runs`.
#[derive(Debug, clap::Args)]
pub struct RunsArguments {
    /// Show at most so many, the newest first
    #[arg(long, default_value_t = 20, value_name = "COUNT")]
    most: usize,
    #[command(flatten)]
    state: StateArguments,
}

/// `runbook show`.
#[derive(Debug, clap::Args)]
pub struct ShowArguments {
    /// The run [default: the one that is open, else the newest]
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// How it is shown
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: ShowFormat,
    #[command(flatten)]
    state: StateArguments,
}

/// How a run is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum ShowFormat {
    /// As the terminal showed it.
    #[default]
    Human,
    /// Its record as one JSON object.
    Json,
}

/// `runbook logs`.
#[derive(Debug, clap::Args)]
pub struct LogsArguments {
    /// The run [default: the one that is open, else the newest]
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// Only of this step or check
    #[arg(value_name = "STEP")]
    step: Option<String>,
    #[command(flatten)]
    state: StateArguments,
}

/// `runbook status`.
#[derive(Debug, clap::Args)]
pub struct StatusArguments {
    /// The run [default: the one that is open]
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// Go on showing what happens until the run ends
    #[arg(long)]
    follow: bool,
    #[command(flatten)]
    state: StateArguments,
}

/// Lists the runs.
pub fn runs(arguments: &RunsArguments, terminal: &Terminal) -> Exit {
    let read = |state: &StateDirectory, id: &RunId| -> Result<((Record, bool), Option<JournalError>), JournalError> {
        let run = state.open_run(id)?;
        let read = read_run::<Stamped>(&run)?;
        let record = Record::of(&read.events);
        Ok(((record, run.has_engine()?), read.undamaged(&run.journal()).err()))
    };
    let (mut records, mut unreadable) = (Vec::new(), Vec::new());
    let mut all = || -> Result<(), JournalError> {
        let Some(state) = arguments.state.open()? else { return Ok(()) };
        for id in state.runs()?.iter().take(arguments.most) {
            match read(&state, id) {
                // What stands before the damage is still told, but not as if it were all.
                Ok((run, damage)) => {
                    records.extend(Some(run).filter(|(record, _)| damage.is_none() || record.head.is_some()));
                    unreadable.extend(damage);
                }
                // One run that can't be read doesn't hide the others.
                Err(error) => unreadable.push(error),
            }
        }
        Ok(())
    };
    if let Err(error) = all() {
        return refused(&error, terminal);
    }
    terminal.print(&render_runs(&records, terminal.style()));
    named(&unreadable, terminal)
}

/// Says why runs can't be read; what else was asked for is answered by then.
fn named(unreadable: &[JournalError], terminal: &Terminal) -> Exit {
    unreadable.iter().fold(Exit::Success, |_, error| refused(error, terminal))
}

/// Shows a run as the terminal showed it.
pub fn show_run(arguments: &ShowArguments, terminal: &Terminal) -> Exit {
    let found = match find(&arguments.state, arguments.run.as_deref()) {
        Ok(Some(found)) => found,
        Ok(None) => return nothing(terminal),
        Err(error) => return refused(&error, terminal),
    };
    let records = found.run.path().to_string();
    let left = |all| plan_of(&found).map(|plan| remaining(&plan, &found.record, all)).unwrap_or_default();
    if arguments.format == ShowFormat::Json {
        let left = left(found.record.is_open());
        let Some(record) = RunRecord::of(&found.events, left) else { return nothing(terminal) };
        terminal.print(&record.to_json());
        return Exit::Success;
    }
    let (tally, left) = (Tally::of(&found.events), left(false));
    let closing = Closing { tally: &tally, records: &records, remaining: &left, rows: usize::MAX };
    terminal.print(&show(&found.events, &closing, terminal.style()));
    Exit::Success
}

/// Prints what steps printed.
pub fn logs(arguments: &LogsArguments, terminal: &Terminal) -> Exit {
    let found = match find(&arguments.state, arguments.run.as_deref()) {
        Ok(Some(found)) => found,
        Ok(None) => return nothing(terminal),
        Err(error) => return refused(&error, terminal),
    };
    if let Some(step) = &arguments.step
        && found.record.index(step).is_none()
    {
        terminal.error(&format!("run {} has no step {}", found.run.id(), escape(step)), None);
        return Exit::Usage;
    }
    match print_kept_output(&found, arguments.step.as_deref(), terminal) {
        Ok(0) => terminal.line("Nothing was printed."),
        Ok(_) => {}
        Err(error) => {
            terminal.error(&format!("the output can't be read: {error}"), None);
            return Exit::Internal;
        }
    }
    Exit::Success
}

/// Says where a run stands; follows it if that is wanted.
pub fn status(arguments: &StatusArguments, terminal: &Terminal) -> Exit {
    let sought = match &arguments.run {
        Some(run) => arguments.state.find(Some(run)).map(|found| (found, Vec::new())),
        None => arguments.state.find_readable(),
    };
    let (found, unreadable) = match sought {
        Ok((Some(found), unreadable)) => (found, unreadable),
        Ok((None, unreadable)) => {
            let can = if unreadable.is_empty() { "" } else { " that can be read" };
            terminal.line(&format!("No run{can} is open."));
            return named(&unreadable, terminal);
        }
        Err(error) => return refused(&error, terminal),
    };
    terminal.print(&render_status(&found.events, at_work(&found), Timestamp::now(), terminal.style()));
    let exit = named(&unreadable, terminal);
    if !arguments.follow {
        return exit;
    }
    match follow(&found, terminal) {
        Ok(exit) => exit,
        Err(error) => refused(&error, terminal),
    }
}

fn at_work(found: &Found) -> AtWork {
    if found.run.has_engine().unwrap_or(false) {
        AtWork::Engine
    } else if supervisor_lives(found.run.path()).unwrap_or(false) {
        AtWork::Supervisor
    } else {
        AtWork::Nobody
    }
}

/// Shows what happens until the run ends or its engine is gone.
fn follow(found: &Found, terminal: &Terminal) -> Result<Exit, JournalError> {
    let mut follower = Follower::<Stamped>::new(&found.run)?;
    let mut story = crate::report::Story::new(terminal.style());
    let mut record = Record::default();
    let told = found.events.len();
    let mut seen = 0;
    loop {
        // Asked before the events are read: what an engine writes last is read after it is gone.
        let alive = found.run.has_engine()?;
        let news = follower.news()?;
        for event in &news {
            seen += 1;
            record.fold(event);
            let lines = story.tell(event);
            if seen > told {
                for line in &lines {
                    terminal.line(line);
                }
            }
        }
        if let Some(verdict) = &record.verdict {
            return Ok(Exit::from(verdict));
        }
        if !alive && news.is_empty() {
            terminal.line("No engine works on it any more.");
            return Ok(Exit::Unsettled);
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// The plan of a run, from its own bundle; `None` where the bundle can't be read any more.
pub fn plan_of(found: &Found) -> Option<Plan> {
    let head = found.record.head.as_ref()?;
    let loaded = load_saved(&found.run.bundle()).ok()?;
    let facts = RunFacts { id: head.run.clone(), started: found.record.started };
    let kept = KeptFiles::of(&loaded.bundle, &found.run.bundle());
    let plan = Plan::resolve(&std::sync::Arc::new(loaded.runbook?), &head.inputs, Some(&facts)).ok()?;
    Some(plan.with_kept_files(kept))
}

/// The run asked for, else the one that is open, else the newest; `None`: there are none.
pub fn find(state: &StateArguments, asked: Option<&str>) -> Result<Option<Found>, JournalError> {
    match state.find(asked)? {
        Some(found) => Ok(Some(found)),
        None => state.newest(),
    }
}

/// Says that there are no runs.
pub fn nothing(terminal: &Terminal) -> Exit {
    terminal.line("There are no runs yet.");
    Exit::Success
}
