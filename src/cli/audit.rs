//! `runbook audit [RUN]`: proves that what is on record of a run is whole, or says where it isn't. It
//! takes no lock, changes nothing, and works beside an engine that lives and after one that died.

use super::look::{find, nothing};
use super::refusal::refused;
use super::state::StateArguments;
use super::trust::bundle_flaw;
use super::{Exit, Terminal};
use crate::event::{Audit, AuditedBundle, Record, Stamped};
use crate::journal::{JournalError, RunDirectory, audit_journal, read_run};
use crate::model::bundle::load_saved;
use crate::perform::process::unrecorded;
use crate::perform::supervisor::audit_log;
use crate::report::render_audit;

/// `runbook audit`.
#[derive(Debug, clap::Args)]
pub struct AuditArguments {
    /// The run [default: the one that is open, else the newest]
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// How the findings are shown
    #[arg(long, value_enum, default_value_t = AuditFormat::Human, value_name = "FORMAT")]
    format: AuditFormat,
    #[command(flatten)]
    state: StateArguments,
}

/// How findings are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum AuditFormat {
    /// For people
    Human,
    /// One JSON object
    Json,
}

/// Audits a run.
pub fn run(arguments: &AuditArguments, terminal: &Terminal) -> Exit {
    let run = match which(arguments) {
        Ok(Some(run)) => run,
        Ok(None) => return nothing(terminal),
        Err(error) => return refused(&error, terminal),
    };
    match audit(&run) {
        Ok(audit) => {
            match arguments.format {
                AuditFormat::Human => terminal.print(&render_audit(&audit, terminal.style())),
                AuditFormat::Json => terminal.line(&serde_json::to_string(&audit).unwrap_or_default()),
            }
            if audit.sound { Exit::Success } else { Exit::Internal }
        }
        Err(error) => refused(&error, terminal),
    }
}

/// The run that is meant. One whose journal is damaged can be named; without a name it is the newest
/// that is found before a damaged one.
fn which(arguments: &AuditArguments) -> Result<Option<RunDirectory>, JournalError> {
    if let (Some(asked), Some(state)) = (&arguments.run, arguments.state.open()?) {
        return state.find_run(asked).map(Some);
    }
    if let Ok(found) = find(&arguments.state, arguments.run.as_deref()) {
        return Ok(found.map(|found| found.run));
    }
    let Some(state) = arguments.state.open()? else { return Ok(None) };
    let Some(newest) = state.runs()?.into_iter().next() else { return Ok(None) };
    state.open_run(&newest).map(Some)
}

fn audit(run: &RunDirectory) -> Result<Audit, JournalError> {
    let running = run.has_engine()?;
    // In this order: what the log says, the journal said before it.
    let (supervisor, notes) = audit_log(run.path());
    let journal = audit_journal(run);
    let record = read_run::<Stamped>(run).map(|read| Record::of(&read.events)).unwrap_or_default();
    let lost = |key: crate::event::AttemptKey| {
        format!(
            "{} was started, attempt {}, and the journal doesn't know it: records at its end are lost",
            key.unit, key.number
        )
    };
    // Behind damage the journal says more than can be read of it.
    let missing = if journal.flaws.is_empty() { unrecorded(&notes, &record) } else { Vec::new() };
    let disagreements: Vec<_> = missing.into_iter().map(lost).collect();
    let bundle = audit_bundle(run, &record);
    let sound =
        journal.flaws.is_empty() && supervisor.flaws.is_empty() && bundle.flaw.is_none() && disagreements.is_empty();
    Ok(Audit { run: run.id().to_string(), sound, running, journal, supervisor, bundle, disagreements })
}

fn audit_bundle(run: &RunDirectory, record: &Record) -> AuditedBundle {
    let digest = record.head.as_ref().map(|head| head.digest.clone());
    match (load_saved(&run.bundle()), &record.head) {
        (Ok(loaded), Some(head)) => {
            AuditedBundle { digest, files: loaded.bundle.files.len(), flaw: bundle_flaw(&loaded.bundle, head) }
        }
        (Ok(loaded), None) => AuditedBundle { digest, files: loaded.bundle.files.len(), flaw: None },
        (Err(error), _) => AuditedBundle { digest, files: 0, flaw: Some(error.to_string()) },
    }
}
