//! `runbook resume [RUN]` and `runbook rollback [RUN]`: go on with a run whose engine is gone, or
//! take it back. They read nothing but the run's own bundle and journal.

use std::sync::Arc;

use super::drive::{DrivingArguments, Ground, block_on, drive, prepare};
use super::listening::remaining;
use super::look::plan_of;
use super::refusal::refused;
use super::state::{Found, StateArguments, holder};
use super::trust::{bundle_flaw, supervisor_agrees};
use super::{Exit, Terminal};
use crate::event::{Purpose, Record, Stamped};
use crate::journal::{JournalError, resume as resume_journal};
use crate::model::bundle::{SavedBundleError, load_saved};
use crate::plan::{KeptFiles, Plan, RunFacts};
use crate::report::still_to_undo;

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

/// `runbook rollback`.
#[derive(Debug, clap::Args)]
pub struct RollbackArguments {
    #[command(flatten)]
    resume: ResumeArguments,
    /// Go back to the start of this phase, beyond the stretch that the run is in
    #[arg(long, value_name = "PHASE", requires = "reason")]
    to: Option<String>,
    /// Pass over the inverse of this step; it is left to a person
    #[arg(long, value_name = "STEP", requires = "reason")]
    skip: Vec<String>,
}

/// Goes on with a run.
pub fn resume(arguments: &ResumeArguments, terminal: &Terminal) -> Exit {
    go_on(arguments, Purpose::Resume, &WayBack { to: None, skip: &[] }, terminal)
}

/// Takes a run back.
pub fn roll_back(arguments: &RollbackArguments, terminal: &Terminal) -> Exit {
    let way_back = WayBack { to: arguments.to.as_deref(), skip: &arguments.skip };
    go_on(&arguments.resume, Purpose::Rollback, &way_back, terminal)
}

/// What a person says about the way back.
struct WayBack<'a> {
    to: Option<&'a str>,
    skip: &'a [String],
}

fn go_on(arguments: &ResumeArguments, purpose: Purpose, way_back: &WayBack<'_>, terminal: &Terminal) -> Exit {
    let ResumeArguments { run, driving, state } = arguments;
    let found = match state.find(run.as_deref()) {
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
    match ground(found) {
        Ok(mut ground) => block_on(
            async {
                if let Err(why) = way_back.hold_for(&mut ground) {
                    terminal.error(&why, Some("nothing was changed"));
                    return Exit::Usage;
                }
                let began = ground.record.head.as_ref().map(|head| head.clusters.clone()).unwrap_or_default();
                match prepare(&ground.plan, &ground.inherited, Some(&began), terminal).await {
                    Ok(rights) => drive(ground, rights, purpose, driving, terminal).await,
                    Err(exit) => exit,
                }
            },
            terminal,
        ),
        Err(Unfit::Journal(error)) => {
            if matches!(error, JournalError::Broken { .. }) {
                show_what_is_left(state, run.as_deref(), terminal);
            }
            refused(&error, terminal)
        }
        Err(Unfit::Bundle(error)) => {
            terminal.coded_error(Some(error.code()), &error.to_string(), Some("nothing was changed"));
            Exit::Internal
        }
    }
}

/// The disk fails before there is an engine: what is left to undo is printed for a person all the same.
fn show_what_is_left(state: &StateArguments, asked: Option<&str>, terminal: &Terminal) {
    let Ok(Some(found)) = state.find(asked) else { return };
    let left = plan_of(&found).map(|plan| remaining(&plan, &found.record, true)).unwrap_or_default();
    terminal.print(&still_to_undo(&left, terminal.style()));
}

/// Why a run can't be gone on with.
enum Unfit {
    Journal(JournalError),
    Bundle(SavedBundleError),
}

impl From<JournalError> for Unfit {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

fn ground(found: Found) -> Result<Ground, Unfit> {
    let Found { state, run, .. } = found;
    // Two engines must not mend one journal: the lock is taken for that, and again for the run.
    let lock = run.take_engine_lock(&holder(run.id().as_str()))?;
    let resumed = resume_journal::<Stamped>(&run)?;
    drop(lock);
    let record = Record::of(&resumed.events);
    supervisor_agrees(&run, &record)?;
    let path = run.journal();
    let unreadable =
        |why: String| JournalError::Io { doing: "go on with", path: path.clone(), source: std::io::Error::other(why) };
    let head = record.head.clone().ok_or_else(|| unreadable("it has no beginning: nothing ran".to_owned()))?;
    let mut loaded = load_saved(&run.bundle()).map_err(Unfit::Bundle)?;
    if let Some(why) = bundle_flaw(&loaded.bundle, &head) {
        return Err(unreadable(why).into());
    }
    let runbook = loaded.runbook.take().ok_or_else(|| unreadable("its bundle holds no runbook".to_owned()))?;
    let facts = RunFacts { id: head.run.clone(), started: record.started };
    let plan = Plan::resolve(&Arc::new(runbook), &head.inputs, Some(&facts))
        .map_err(|errors| unreadable(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")))?
        .with_kept_files(KeptFiles::of(&loaded.bundle, &run.bundle()));
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
        back_to: None,
        skip: Vec::new(),
        ahead: None,
        run,
    })
}

impl WayBack<'_> {
    /// Finds in the run what a person named.
    fn hold_for(&self, ground: &mut Ground) -> Result<(), String> {
        let run = ground.run.id();
        let starts = |stretch| ground.plan.phases.iter().find(|phase| phase.stretch == stretch);
        let first = |id: &str| {
            let phase = ground.plan.phases.iter().find(|phase| phase.id == id);
            let phase = phase.ok_or_else(|| format!("run {run} has no phase {}", super::escape(id)))?;
            match starts(phase.stretch) {
                Some(start) if start.id != phase.id => Err(format!(
                    "a rollback can't end at the start of {id}: it goes back to where a stretch begins, which is {}",
                    start.id
                )),
                Some(_) | None => Ok(phase.stretch),
            }
        };
        let back_to = self.to.map(first).transpose()?;
        for step in self.skip {
            let unit = ground.plan.index(step).and_then(|index| ground.plan.unit(index));
            if !unit.is_some_and(crate::plan::Unit::has_way_back) {
                return Err(format!("run {run} has no step {} with an inverse", super::escape(step)));
            }
        }
        ground.back_to = back_to;
        ground.skip = self.skip.to_vec();
        Ok(())
    }
}
