//! `runbook resume [RUN]` and `runbook rollback [RUN]`: go on with a run whose engine is gone, or
//! take it back. They read nothing but the run's own bundle and journal.

use std::sync::Arc;

use super::drive::{DrivingArguments, Ground, block_on, drive, prepare};
use super::refusal::refused;
use super::state::{Found, StateArguments, holder};
use super::{Exit, Terminal};
use crate::event::{Purpose, Question, Record, Reply, Stamped};
use crate::journal::{JournalError, resume as resume_journal};
use crate::model::bundle::load_saved;
use crate::plan::{Plan, RunFacts};

/// `runbook resume` and `runbook rollback`.
#[derive(Debug, clap::Args)]
pub struct ResumeArguments {
    /// The run [default: the one that is open]
    #[arg(value_name = "RUN")]
    run: Option<String>,
    #[command(flatten)]
    driving: DrivingArguments,
    #[command(flatten)]
    state: StateArguments,
}

/// Goes on with a run, or takes it back.
pub fn run(arguments: &ResumeArguments, purpose: Purpose, terminal: &Terminal) -> Exit {
    go_on(&arguments.state, arguments.run.as_deref(), purpose, &arguments.driving, Vec::new(), terminal)
}

/// Goes on with a run after some questions have been answered.
pub fn go_on(
    state: &StateArguments,
    asked: Option<&str>,
    purpose: Purpose,
    driving: &DrivingArguments,
    answers: Vec<(Question, Reply, String)>,
    terminal: &Terminal,
) -> Exit {
    let found = match state.find(asked) {
        Ok(Some(found)) if found.record.is_open() => found,
        Ok(Some(found)) => {
            terminal.error(&format!("run {} has ended: nothing is open", found.run.id()), None);
            return Exit::Refused;
        }
        Ok(None) => {
            terminal.error("no run is open", Some("`runbook runs` lists all of them"));
            return Exit::Refused;
        }
        Err(error) => return refused(&error, terminal),
    };
    if purpose == Purpose::Rollback && !driving.yes && terminal.is_attended() {
        let title = found.record.head.as_ref().map_or("", |head| head.title.as_str());
        terminal.line(&super::escape(title));
        if !terminal.confirm(&format!("Take back run {}?", found.run.id())) {
            terminal.error("not confirmed: nothing was changed", None);
            return Exit::Refused;
        }
    }
    match ground(found, answers) {
        Ok(ground) => block_on(
            async {
                match prepare(&ground.plan, &ground.inherited, terminal).await {
                    Ok(rights) => drive(ground, rights, purpose, driving, terminal).await,
                    Err(exit) => exit,
                }
            },
            terminal,
        ),
        Err(error) => refused(&error, terminal),
    }
}

fn ground(found: Found, answers: Vec<(Question, Reply, String)>) -> Result<Ground, JournalError> {
    let Found { state, run, .. } = found;
    // Two engines must not mend one journal: the lock is taken for that, and again for the run.
    let lock = run.take_engine_lock(&holder(run.id().as_str()))?;
    let resumed = resume_journal::<Stamped>(&run)?;
    drop(lock);
    let record = Record::of(&resumed.events);
    let path = run.journal();
    let unreadable =
        |why: String| JournalError::Io { doing: "go on with", path: path.clone(), source: std::io::Error::other(why) };
    let head = record.head.clone().ok_or_else(|| unreadable("it has no beginning: nothing ran".to_owned()))?;
    let mut loaded = load_saved(&run.bundle()).map_err(|error| unreadable(error.to_string()))?;
    let runbook = loaded.runbook.take().ok_or_else(|| unreadable("its bundle holds no runbook".to_owned()))?;
    let facts = RunFacts { id: head.run.clone(), started: record.started };
    let plan = Plan::resolve(&Arc::new(runbook), &head.inputs, Some(&facts))
        .map_err(|errors| unreadable(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")))?;
    let notes = resumed
        .torn
        .iter()
        .map(|torn| format!("{} bytes of a record that was never whole were cut from the journal's end", torn.bytes));
    Ok(Ground {
        state,
        plan: Arc::new(plan),
        sources: Arc::new(loaded.sources),
        record,
        notes: notes.collect(),
        events: resumed.events,
        writer: resumed.writer,
        head: None,
        inherited: head.environment.clone(),
        folder: head.folder.as_str().into(),
        answers,
        run,
    })
}
