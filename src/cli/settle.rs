//! What a person says about a run without driving it: `resolve` (what became of a step) and
//! `abandon` (nobody will go on with it).

use camino::Utf8Path;
use jiff::Timestamp;

use super::clusters::before_the_run;
use super::drive::block_on;
use super::look::plan_of;
use super::refusal::refused;
use super::state::{Found, StateArguments, holder, user_name};
use super::{Exit, Terminal, leases};
use crate::event::{Event, LeaseTaken, Question, Reply, Stamped, Verdict};
use crate::journal::{JournalError, resume};
use crate::perform::free_lease;
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
    if let Err(error) = given_up {
        return refused(&error, terminal);
    }
    let run = found.run.id();
    block_on(
        async {
            let kept = free_leases(&found).await;
            if kept.is_empty() {
                terminal.line(&format!("Run {run} is abandoned: what it did stays, its locks are free."));
                return Exit::Success;
            }
            terminal.line(&format!("Run {run} is abandoned: what it did stays."));
            for why in &kept {
                terminal.error(why, None);
            }
            Exit::Unsettled
        },
        terminal,
    )
}

/// Frees the locks that the run may hold in clusters; what couldn't be freed, one line each.
async fn free_leases(found: &Found) -> Vec<String> {
    let (Some(head), Some(plan)) = (&found.record.head, plan_of(found)) else { return taken_leases(&found.events) };
    let folder = Utf8Path::new(&head.folder);
    let at = before_the_run(folder, &plan, &head.environment);
    // An engine that died may have taken more than it could keep a record of.
    let may_hold = |name: &String| found.record.locks.contains(name) || found.record.verdict.is_none();
    let mut kept = Vec::new();
    for lease in plan.leases.iter().filter(|lease| may_hold(&lease.lock)) {
        let freed = match lease.resolve(&plan.values, &at) {
            Ok(resolved) => free_lease(&resolved, &leases::holder(found.run.id().as_str())).await,
            Err(error) => Err(format!("the lock {} can't be freed in the cluster: {error}", lease.lock)),
        };
        kept.extend(freed.err());
    }
    kept
}

/// What a person frees of a run whose bundle can't be read any more: where its locks were says its journal.
fn taken_leases(events: &[Stamped]) -> Vec<String> {
    let taken = events.iter().filter_map(|stamped| match &stamped.event {
        Event::LockTaken { name, lease: Some(lease), .. } => Some((name, lease)),
        _ => None,
    });
    let told = taken.map(|(name, LeaseTaken { cluster, namespace, name: lease })| {
        format!(
            "the run's bundle can't be read, so the lock {name} may still be held in the cluster {cluster}; \
                 `kubectl -n {namespace} delete lease {lease}` frees it there"
        )
    });
    told.collect()
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
