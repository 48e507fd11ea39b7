//! What a person says about a run without driving it: `resolve` (what became of a step) and
//! `abandon` (nobody will go on with it).

use jiff::Timestamp;

use super::refusal::refused;
use super::state::{Found, StateArguments, holder, user_name};
use super::{Exit, Terminal};
use crate::event::{Event, Question, Reply, Stamped, Verdict};
use crate::journal::{JournalError, resume};
use crate::perform::process::supervisor_lives;
use crate::report::step_at_work;

/// `runbook resolve RUN STEP --as applied|not-applied --reason …`.
#[derive(Debug, clap::Args)]
pub struct ResolveArguments {
    /// The run
    #[arg(value_name = "RUN")]
    run: String,
    /// The step whose outcome is unknown
    #[arg(value_name = "STEP")]
    step: String,
    /// What became of it
    #[arg(long = "as", value_enum, value_name = "OUTCOME")]
    outcome: Settled,
    /// How you know; kept in the journal
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    state: StateArguments,
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Settled {
    /// Its whole effect is there
    Applied,
    /// Nothing of it is there
    NotApplied,
}

/// `runbook abandon RUN --reason …`.
#[derive(Debug, clap::Args)]
pub struct AbandonArguments {
    /// The run
    #[arg(value_name = "RUN")]
    run: String,
    /// Why; kept in the journal
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    state: StateArguments,
}

/// Keeps what a person says became of a step.
pub fn resolve(arguments: &ResolveArguments, terminal: &Terminal) -> Exit {
    let found = match open_run(&arguments.state, &arguments.run, terminal) {
        Ok(found) => found,
        Err(exit) => return exit,
    };
    let step = super::escape(&arguments.step);
    let Some(unit) = found.record.unit(&arguments.step) else {
        terminal.error(&format!("run {} has no step {step}", found.run.id()), None);
        return Exit::Usage;
    };
    if !unit.forward.last().is_some_and(crate::event::Attempt::failed) {
        let help = "only a step whose last attempt has ended without success can be settled; `runbook resume` finds that out first";
        terminal.error(&format!("{step} isn't waiting to be settled"), Some(help));
        return Exit::Refused;
    }
    let question = Question::Settle(arguments.step.clone());
    let reply = match arguments.outcome {
        Settled::Applied => Reply::Applied,
        Settled::NotApplied => Reply::NotApplied,
    };
    let event = Event::Answered { question, reply, by: user_name(), reason: Some(arguments.reason.clone()) };
    match keep(&found, event) {
        Ok(()) => {
            terminal.line(&format!("{step} is settled. `runbook resume {}` goes on.", found.run.id()));
            Exit::Success
        }
        Err(error) => refused(&error, terminal),
    }
}

/// Gives a run up: its effects stay, its locks are free again.
pub fn abandon(arguments: &AbandonArguments, terminal: &Terminal) -> Exit {
    let found = match open_run(&arguments.state, &arguments.run, terminal) {
        Ok(found) => found,
        Err(exit) => return exit,
    };
    if let Err(exit) = nothing_runs(&found, terminal) {
        return exit;
    }
    let verdict = Verdict::Abandoned { reason: arguments.reason.clone() };
    let given_up = keep(&found, Event::RunEnded { verdict }).and_then(|()| {
        for name in &found.record.locks {
            let lock = found.state.take_lock(name, &holder(found.run.id().as_str()))?;
            lock.clear()?;
            lock.give_back()?;
        }
        Ok(())
    });
    match given_up {
        Ok(()) => {
            terminal.line(&format!("Run {} is abandoned: what it did stays, its locks are free.", found.run.id()));
            Exit::Success
        }
        Err(error) => refused(&error, terminal),
    }
}

/// A step that still runs isn't given up: it could change things under the next run.
fn nothing_runs(found: &Found, terminal: &Terminal) -> Result<(), Exit> {
    if !supervisor_lives(found.run.path()).unwrap_or(false) {
        return Ok(());
    }
    let step = step_at_work(&found.events).unwrap_or_else(|| "a step".to_owned());
    let run = found.run.id();
    let help =
        format!("wait until it has ended (`runbook status {run}`), or take the run back: `runbook rollback {run}`");
    terminal.error(&format!("{step} of run {run} still runs under its supervisor: nothing was changed"), Some(&help));
    Err(Exit::Refused)
}

fn open_run(state: &StateArguments, asked: &str, terminal: &Terminal) -> Result<Found, Exit> {
    match state.find(Some(asked)) {
        Ok(Some(found)) if found.record.is_open() => Ok(found),
        Ok(Some(found)) => {
            terminal.error(&format!("run {} has ended: nothing is open", found.run.id()), None);
            Err(Exit::Refused)
        }
        Ok(None) => {
            terminal.error("there are no runs", None);
            Err(Exit::Refused)
        }
        Err(error) => Err(refused(&error, terminal)),
    }
}

/// Appends one event to a run that no engine and no step works on.
fn keep(found: &Found, event: Event) -> Result<(), JournalError> {
    let _lock = found.run.take_engine_lock(&holder(found.run.id().as_str()))?;
    let mut writer = resume::<Stamped>(&found.run)?.writer;
    writer.append(&Stamped { at: Timestamp::now(), event })?;
    writer.sync()
}
