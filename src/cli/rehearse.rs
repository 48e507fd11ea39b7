//! `runbook rehearse FILE`: a release and every way back of it, for real, under the settings of its
//! `rehearse` node. First to the end and back; then, for each step, a run that fails right after it.
//! Each is an ordinary run in the journal whose head says where it turns round; the engine does the rest.
//!
//! Invariant: the next run begins only after the one before has left the environment as it was.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::Utf8PathBuf;
use jiff::Timestamp;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::LocalSet;

use super::drive::{DrivingArguments, Ground, Rights, block_on, drive_before, inherited, prepare};
use super::driven::Driven;
use super::listening::{Listening, OutputFormat};
use super::new_run::NewRun;
use super::refusal::{accepted, refused, show_plan_errors};
use super::shown_before::{Rehearsed, ShownBefore};
use super::signals::until_shown;
use super::state::{StateArguments, user_name};
use super::{Exit, Terminal, escape};
use crate::engine::first_turn;
use crate::event::{
    BROKEN_OFF, LeftOut, Purpose, Record, Rehearsal, RehearsedWayBack, Turn, Verdict, Wish, left_out, steps_to_rehearse,
};
use crate::journal::{JournalError, this_host};
use crate::model::Runbook;
use crate::model::bundle::{Bundle, load};
use crate::plan::Plan;
use crate::report::{Printer, render_rehearsal, render_rehearsed};
use crate::syntax::Sources;

/// `runbook rehearse`.
#[derive(Debug, clap::Args)]
pub struct RehearseArguments {
    /// The runbook
    #[arg(value_name = "FILE")]
    file: Utf8PathBuf,
    /// Don't ask for confirmation
    #[arg(long)]
    yes: bool,
    /// Begin anew, and not where a rehearsal was broken off
    #[arg(long)]
    anew: bool,
    /// How it is shown
    #[arg(long, value_enum, default_value_t = RehearsalFormat::Human, value_name = "FORMAT")]
    format: RehearsalFormat,
    #[command(flatten)]
    state: StateArguments,
}

/// How a rehearsal is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum RehearsalFormat {
    /// A line for each run, and a table at the end
    Human,
    /// One JSON object at the end: the record that is kept
    Json,
}

/// A rehearsal that goes on.
struct Rehearsing<'a> {
    arguments: &'a RehearseArguments,
    terminal: &'a Terminal,
    printer: Printer,
    runbook: Arc<Runbook>,
    settings: BTreeMap<String, String>,
    bundle: Bundle,
    sources: Arc<Sources>,
    rights: Rights,
    /// As it is without a run.
    plan: Plan,
    /// The title, the inputs and the start of the first run; `None` before it.
    first: Option<(String, BTreeMap<String, String>, Timestamp)>,
    ways_back: Vec<RehearsedWayBack>,
}

impl RehearseArguments {
    /// Whether somebody can be asked.
    fn is_attended(&self, terminal: &Terminal) -> bool {
        terminal.is_attended() && self.format == RehearsalFormat::Human
    }

    fn driving(&self) -> DrivingArguments {
        DrivingArguments {
            yes: self.yes,
            past_no_return: false,
            outside_window: false,
            reason: None,
            format: match self.format {
                RehearsalFormat::Human => None,
                RehearsalFormat::Json => Some(OutputFormat::Json),
            },
        }
    }
}

/// Ctrl-C or SIGTERM since the rehearsal began: what it means for the run is the engine's; no other run
/// begins.
struct Interrupted([Option<Signal>; 2]);

impl Interrupted {
    fn listen() -> Self {
        Self([SignalKind::interrupt(), SignalKind::terminate()].map(|kind| signal(kind).ok()))
    }

    async fn is_so(&mut self) -> bool {
        for signal in self.0.iter_mut().flatten() {
            let heard = tokio::select! {
                biased;
                heard = signal.recv() => heard.is_some(),
                () = std::future::ready(()) => false,
            };
            if heard {
                return true;
            }
        }
        false
    }
}

/// Rehearses a release.
pub fn run(arguments: &RehearseArguments, terminal: &Terminal) -> Exit {
    let mut loaded = load(&arguments.file);
    let runbook = match accepted(&mut loaded, &arguments.file, ": nothing ran", terminal) {
        Ok(runbook) => runbook,
        Err(exit) => return exit,
    };
    let Some(rehearse) = &runbook.rehearse else {
        let message = format!("{} doesn't say how it is rehearsed: nothing ran", arguments.file);
        let help = "name the settings of a scratch environment: rehearse { set environment=scratch; }, with an input \
                    of them in the lock's name";
        terminal.error(&message, Some(help));
        return Exit::Refused;
    };
    let settings: BTreeMap<_, _> =
        rehearse.settings.iter().map(|(name, value)| (name.value.clone(), value.clone())).collect();
    let runbook = Arc::new(runbook);
    let plan = match Plan::resolve(&runbook, &settings, None) {
        Ok(plan) => plan,
        Err(errors) => {
            show_plan_errors(&errors, terminal);
            terminal.error("these settings are those of `rehearse`: nothing ran", None);
            return Exit::Refused;
        }
    };
    let attended = arguments.is_attended(terminal);
    let is_shown = arguments.format == RehearsalFormat::Human;
    if is_shown {
        terminal.print(&introduction(&plan, &settings, attended));
    }
    if attended && !arguments.yes && !terminal.confirm("Begin?") {
        terminal.error("not confirmed: nothing was changed", None);
        return Exit::Refused;
    }
    let go = async move {
        let rights = match prepare(&plan, &inherited(), None, terminal).await {
            Ok(rights) => rights,
            Err(exit) => return exit,
        };
        if let Err(exit) = rights.not_kept_in(&loaded.bundle, terminal) {
            return exit;
        }
        let (bundle, sources) = (loaded.bundle, Arc::new(loaded.sources));
        let (first, ways_back) = (None, Vec::new());
        let furthest = first_turn(&plan, attended);
        let (unhindered, printer) = terminal.unhindered();
        let rehearsing = Rehearsing {
            arguments,
            terminal: &unhindered,
            printer: printer.clone(),
            runbook,
            settings,
            bundle,
            sources,
            rights,
            plan,
            first,
            ways_back,
        };
        let exit = rehearsing.go(furthest).await;
        until_shown(printer).await;
        exit
    };
    block_on(go, terminal)
}

/// What is about to happen.
fn introduction(plan: &Plan, settings: &BTreeMap<String, String>, attended: bool) -> String {
    let settings: Vec<_> = settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let furthest = match first_turn(plan, attended) {
        Turn::End => "to the end and back".to_owned(),
        Turn::Before(unit) | Turn::After(unit) => format!("to {unit}, which isn't rehearsed, and back"),
    };
    let text = format!(
        "Rehearsing {}\n  for real, with {}\n  {furthest}, then a run that fails right after each step; windows don't hold\n",
        plan.title,
        settings.join(" "),
    );
    escape(&text).into_owned()
}

impl Rehearsing<'_> {
    async fn go(mut self, furthest: Turn) -> Exit {
        let mut interrupted = Interrupted::listen();
        let mut before = match self.shown_before(&furthest) {
            Ok(before) => before,
            Err(error) => return refused(&error, self.terminal),
        };
        let (first, mut stopped) = match before.first.take() {
            Some(record) => {
                self.take(&record);
                (record, None)
            }
            None => match self.rehearse(furthest).await {
                Ok(first) if matches!(first.verdict, Ok(Verdict::Refused { .. })) => {
                    self.show_end(&first);
                    return Exit::Refused;
                }
                Ok(first) => {
                    let stopped = self.must_stop(&first);
                    (first.record, stopped)
                }
                Err(exit) => return exit,
            },
        };
        let mut left_out = left_out(&first);
        // Where the release itself fails there is nothing more to show: it is mended first.
        let turned = self.ways_back.last().is_some_and(RehearsedWayBack::has_turned);
        let steps = if turned { steps_to_rehearse(&first) } else { Vec::new() };
        drop(first);
        for step in steps {
            if let Some(shown) = before.after(&step) {
                self.take(shown);
                continue;
            }
            let broken_off = stopped.is_some() || interrupted.is_so().await;
            if broken_off {
                let why = BROKEN_OFF.to_owned();
                left_out.push(LeftOut { unit: step, why, has_way_back: true });
                continue;
            }
            stopped = match self.rehearse(Turn::After(step)).await {
                Ok(driven) => self.must_stop(&driven),
                Err(exit) => Some(exit),
            };
        }
        self.end(left_out, stopped)
    }

    /// One run: made, driven, and said how it ended.
    async fn rehearse(&mut self, turn: Turn) -> Result<Driven, Exit> {
        let Self { arguments, terminal, .. } = *self;
        let new = NewRun {
            clusters: self.rights.clusters.clone(),
            file: &arguments.file,
            runbook: &self.runbook,
            settings: &self.settings,
            bundle: &self.bundle,
            sources: &self.sources,
            // A rehearsal leaves nothing behind, whatever a step says about its failure.
            on_failure: Some(Wish::Rollback),
            rehearsal: Some(turn),
        };
        let ahead = self.rights.starts_supervisor(&self.plan);
        let ground = arguments.state.open_or_create().and_then(|state| new.ground(state));
        let ground = Ground { ahead, ..ground.map_err(|error| refused(&error, terminal))? };
        let records = ground.run.path().to_owned();
        let listening = match arguments.format {
            RehearsalFormat::Human => Listening::live_or_silent((terminal, &self.printer), records, &ground.plan),
            RehearsalFormat::Json => Listening::silent((terminal, &self.printer), records, &ground.plan),
        };
        let driving = arguments.driving();
        let rights = self.rights.clone();
        // What listens to signals and keeps rights fresh for this run ends with it.
        let own = LocalSet::new();
        let drive = drive_before(listening, ground, rights, Purpose::Exec, &driving, terminal);
        let driven = own.run_until(Box::pin(drive)).await?;
        driven.leave();
        self.take(&driven.record);
        Ok(driven)
    }

    /// Says what a run has shown, and keeps it.
    fn take(&mut self, record: &Record) {
        let Some(way_back) = RehearsedWayBack::of(record) else { return };
        if self.arguments.format == RehearsalFormat::Human {
            self.terminal.print(&render_rehearsed(&way_back, self.terminal.style()));
        }
        self.first = self.first.take().or_else(|| {
            let head = record.head.as_ref()?;
            Some((head.title.clone(), head.inputs.clone(), record.started))
        });
        self.ways_back.push(way_back);
    }

    /// What a rehearsal that was broken off has shown; nothing where it is begun anew.
    fn shown_before(&self, furthest: &Turn) -> Result<ShownBefore, JournalError> {
        let Self { arguments, terminal, runbook, plan, bundle, .. } = self;
        if arguments.anew {
            return Ok(ShownBefore::default());
        }
        let digest = bundle.digest.to_string();
        let what = Rehearsed { runbook: &runbook.id.value, digest: &digest, inputs: &plan.inputs };
        let before = ShownBefore::read(&arguments.state, &what, furthest)?;
        if before.count() > 0 && arguments.format == RehearsalFormat::Human {
            let ways = if before.count() == 1 {
                "one way back is".to_owned()
            } else {
                format!("{} ways back are", before.count())
            };
            terminal.line(&format!("  going on where it was broken off: {ways} proven already; --anew begins anew"));
        }
        Ok(before)
    }

    /// Whether a run has left the environment otherwise than it was: what it says at its end is shown.
    fn must_stop(&self, driven: &Driven) -> Option<Exit> {
        match &driven.verdict {
            Ok(Verdict::RolledBack { .. }) => None,
            // Nothing was changed by this one, but the ones before it were to leave what it asks for.
            Ok(Verdict::Refused { .. }) => Some(Exit::RolledBack),
            Ok(_) | Err(_) => {
                self.show_end(driven);
                Some(driven.exit())
            }
        }
    }

    /// The end of a run after which nothing more is rehearsed.
    fn show_end(&self, driven: &Driven) {
        match self.arguments.format {
            RehearsalFormat::Human => driven.close(self.terminal),
            RehearsalFormat::Json => {
                let trouble = self.ways_back.last().and_then(|way_back| way_back.trouble.clone());
                let error = driven.verdict.as_ref().err().map(ToString::to_string);
                let run = driven.record.run();
                self.terminal.error(&format!("run {run}: {}", error.or(trouble).unwrap_or_default()), None);
            }
        }
    }

    /// Keeps what was shown, and says it.
    fn end(self, left_out: Vec<LeftOut>, stopped: Option<Exit>) -> Exit {
        let Self { arguments, terminal, runbook, bundle, ways_back, first, .. } = self;
        let Some((title, inputs, started)) = first else { return stopped.unwrap_or(Exit::Internal) };
        let rehearsal = Rehearsal {
            runbook: runbook.id.value.clone(),
            title,
            digest: bundle.digest.to_string(),
            inputs,
            host: this_host(),
            user: user_name(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started,
            ended: Timestamp::now(),
            ways_back,
            left_out,
        };
        let kept = arguments.state.open_or_create().and_then(|state| state.keep_rehearsal(&rehearsal));
        match arguments.format {
            RehearsalFormat::Human => terminal.print(&render_rehearsal(&rehearsal, terminal.style())),
            RehearsalFormat::Json => terminal.line(&serde_json::to_string(&rehearsal).unwrap_or_default()),
        }
        match (stopped, kept) {
            (Some(exit), _) => exit,
            (None, Err(error)) => refused(&error, terminal),
            (None, Ok(_)) if rehearsal.is_proven() => Exit::Success,
            (None, Ok(_)) => Exit::RolledBack,
        }
    }
}
