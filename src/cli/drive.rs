//! Driving a run: what `exec`, `resume` and `rollback` have in common once they know the run.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use camino::{Utf8Path, Utf8PathBuf};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::clusters::{before_the_run, reach_clusters};
use super::driven::Driven;
use super::keeping::{SharedLocks, SharedStore};
use super::leases::Leases;
use super::listening::{Listening, OutputFormat};
use super::person::TerminalPerson;
use super::refusal::show_refusal;
use super::secrets::{fetch_secrets, secrets_in};
use super::signals::{listen_to_signals, listen_to_steps, step_aside_when_suspended, until_shown};
use super::state::{holder, user_name};
use super::users::{keep_fresh, prove_users, users};
use super::{Exit, Terminal};
use crate::engine::judge::Judge;
use crate::engine::{Carrier, Engine, EngineError, Footing, Notice, steady_clock};
use crate::event::{ClusterReached, EngineStarted, Event, FORMAT, Purpose, Record, RunStarted, Stamped, Verdict};
use crate::journal::{RunDirectory, RunLocks, RunStore, StateDirectory, Writer, this_host};
use crate::model::Values;
use crate::model::bundle::Bundle;
use crate::perform::mask::{Masker, mask_panics};
use crate::perform::process::{Ahead, Supervisor, SupervisorOptions, supervisor_lives};
use crate::perform::supervisor::Log;
use crate::perform::{LeaseNews, Real, forbid_core_dumps};
use crate::plan::Plan;
use crate::syntax::Sources;
use crate::system;

/// How a person wants a run to be driven.
#[derive(Debug, Clone, clap::Args)]
pub struct DrivingArguments {
    /// Don't ask for confirmation; questions that only a person can answer stay
    #[arg(long)]
    pub yes: bool,
    /// Go past the point of no return without asking
    #[arg(long)]
    pub past_no_return: bool,
    /// Start steps outside the window, for this --reason
    #[arg(long, requires = "reason")]
    pub outside_window: bool,
    /// Why; kept in the journal
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// How events are shown [default: human on a terminal, else plain]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<OutputFormat>,
}

/// A run that is about to be driven.
pub struct Ground {
    pub state: StateDirectory,
    pub run: RunDirectory,
    pub plan: Arc<Plan>,
    pub sources: Arc<Sources>,
    pub record: Record,
    pub events: Vec<Stamped>,
    pub writer: Writer,
    /// The head of a new run; `None` for one that goes on.
    pub head: Option<RunStarted>,
    pub inherited: BTreeMap<String, String>,
    pub folder: Utf8PathBuf,
    /// The stretch to whose start a person wants to go back; `None`: the run's own.
    pub back_to: Option<usize>,
    /// The steps whose inverses a person passes over.
    pub skip: Vec<String>,
    /// Something that is noted first.
    pub notes: Vec<String>,
    /// The supervisor of a new run, if it was started already.
    pub ahead: Option<Ahead>,
}

/// The names that actions inherit.
const INHERITED: [&str; 11] = [
    "PATH",
    "LANG",
    "LANGUAGE",
    "TZ",
    "SSH_AUTH_SOCK",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
];

/// What actions inherit of our environment.
pub fn inherited() -> BTreeMap<String, String> {
    std::env::vars().filter(|(name, _)| INHERITED.contains(&name.as_str()) || name.starts_with("LC_")).collect()
}

/// One thread, and all its tasks on it.
pub fn block_on(future: impl Future<Output = Exit>, terminal: &Terminal) -> Exit {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime {
        Ok(runtime) => {
            let exit = tokio::task::LocalSet::new().block_on(&runtime, future);
            // A question that nobody answered must not hold up the end.
            runtime.shutdown_background();
            exit
        }
        Err(error) => {
            terminal.error(&format!("the engine can't start: {error}"), None);
            Exit::Internal
        }
    }
}

/// What a run and its way back need besides their files: fetched and proven before the first effect.
#[derive(Clone)]
pub struct Rights {
    /// Every secret, by `secret.NAME`.
    pub secrets: Values,
    /// This program's own path.
    pub own_program: Utf8PathBuf,
    /// The clusters that the run and its way back ask.
    pub clusters: Vec<ClusterReached>,
}

/// Fetches every secret, proves every user and every cluster; `began`: the clusters that a run began with.
///
/// # Errors
/// Something is missing; everything that is was said.
pub async fn prepare(
    plan: &Plan,
    inherited: &BTreeMap<String, String>,
    began: Option<&[ClusterReached]>,
    terminal: &Terminal,
) -> Result<Rights, Exit> {
    let Ok(own_program) = own_program() else {
        terminal.error("the path of this program isn't known", None);
        return Err(Exit::Internal);
    };
    forbid_core_dumps();
    let secrets = fetch_secrets(plan, inherited).await;
    let proven = prove_users(&users(plan), &own_program, inherited);
    let reached = reach_clusters(plan, inherited, began).await;
    let missing = [secrets.as_ref().err(), proven.as_ref().err(), reached.as_ref().err()];
    let missing: Vec<_> = missing.into_iter().flatten().flatten().collect();
    for why in missing {
        terminal.error(why, None);
    }
    if let (Ok(secrets), Ok(()), Ok(clusters)) = (secrets, proven, reached) {
        Ok(Rights { secrets, own_program, clusters })
    } else {
        terminal.error("nothing was changed: the run needs these, or its way back does", None);
        Err(Exit::Refused)
    }
}

impl Rights {
    /// Starts the supervisor of a run that has processes, so that it comes up while the run is made.
    pub fn starts_supervisor(&self, plan: &Plan) -> Option<Ahead> {
        // What keeps it from starting is told by the first action, which tries again.
        plan.has_processes().then(|| Ahead::start(&self.own_program).ok()).flatten()
    }

    /// Refuses a bundle that would keep a secret with the run.
    ///
    /// # Errors
    /// It holds one; where was said.
    pub fn not_kept_in(&self, bundle: &Bundle, terminal: &Terminal) -> Result<(), Exit> {
        let kept = secrets_in(bundle, &self.secrets);
        for why in &kept {
            terminal.error(why, Some("nothing was changed"));
        }
        if kept.is_empty() { Ok(()) } else { Err(Exit::Refused) }
    }
}

/// Drives a run to its end, and shows it.
pub async fn drive(
    ground: Ground,
    rights: Rights,
    purpose: Purpose,
    arguments: &DrivingArguments,
    terminal: &Terminal,
) -> Exit {
    let (terminal, printer) = terminal.unhindered();
    let records = ground.run.path().to_owned();
    let listening = Listening::new(arguments.format, (&terminal, &printer), records, &ground.events, &ground.plan);
    let exit = match Box::pin(drive_before(listening, ground, rights, purpose, arguments, &terminal)).await {
        // Whoever goes on with the run needn't wait until this one's terminal is read again.
        Ok(driven) => {
            driven.close(&terminal);
            driven.exit()
        }
        Err(exit) => exit,
    };
    until_shown(printer).await;
    exit
}

/// Drives a run to its end before the eyes of a listener.
///
/// # Errors
/// Another engine has it; that was said.
pub async fn drive_before(
    listening: Listening,
    ground: Ground,
    rights: Rights,
    purpose: Purpose,
    arguments: &DrivingArguments,
    terminal: &Terminal,
) -> Result<Driven, Exit> {
    let Rights { secrets, own_program, clusters: _ } = rights;
    let id = ground.run.id().to_string();
    let hidden: Vec<String> = secrets.values().cloned().collect();
    let masker = Masker::new(&hidden);
    let panics = mask_panics(&masker);
    let run_path = ground.run.path().to_owned();
    let options = SupervisorOptions::new(run_path.clone(), own_program.clone(), hidden.clone());
    let supervisor = Rc::new(match ground.ahead {
        Some(ahead) => Supervisor::started_ahead(options, ahead),
        None => Supervisor::new(options),
    });
    let lock = ground.run.take_engine_lock(&holder(&id)).map_err(|error| {
        show_refusal(&error, terminal);
        Exit::Refused
    })?;
    keep_fresh(users(&ground.plan), own_program.clone(), ground.inherited.clone());
    let (sender, notices) = unbounded_channel();
    let leases = leases(&ground.plan, (&id, &ground.folder), &ground.inherited, &secrets, sender.clone());
    listen_to_signals(&sender);
    listen_to_steps(&supervisor, sender);
    if listening.is_live() {
        step_aside_when_suspended(listening.clone());
    }
    let attended = terminal.is_attended() && arguments.format != Some(OutputFormat::Json);
    let head = ground.head.map(Arc::new);
    let known = head.as_ref().or(ground.record.head.as_ref()).map(Arc::clone);
    let carrier = Carrier {
        performer: Rc::new(Real::new(Rc::clone(&supervisor), run_path.clone(), &hidden)),
        judge: Judge::default(),
        sources: ground.sources,
        folder: ground.folder,
        kept: ground.plan.kept.clone(),
        inherited: ground.inherited,
        run: id.clone(),
        secrets,
    };
    let state = Rc::new(ground.state);
    let last = head.is_none().then_some(ground.record.last);
    let clock = Rc::new(steady_clock(jiff::Timestamp::now(), last, system::up));
    let footing = Footing {
        store: Box::new(SharedStore::new(
            RunStore::new(ground.writer, ground.plan.units.len()),
            Rc::clone(&supervisor),
        )),
        locks: Rc::new(SharedLocks::new(
            RunLocks::new(Rc::clone(&state), holder(&id)),
            state,
            Rc::clone(&supervisor),
            leases,
        )),
        listeners: vec![Box::new(listening.clone())],
        person: Rc::new(TerminalPerson::new(listening.clone(), known, terminal.clone(), masker)),
        notices,
        clock,
    };
    let mut engine = Engine::new(Arc::clone(&ground.plan), ground.record, Rc::new(carrier), footing);
    let begin =
        EngineStarted { back_to: ground.back_to, skip: ground.skip, ..engine_started(purpose, attended, arguments) };
    let still_runs = head.is_none() && supervisor_lives(&run_path).unwrap_or(false);
    panics.hold_back();
    let verdict = caught(go(&mut engine, head, (begin, still_runs), &ground.notes)).await;
    if verdict.is_ok() {
        supervisor.let_go().await;
    }
    if verdict.as_ref().is_ok_and(Verdict::is_final) {
        Log::give_room_back(&run_path);
    }
    let record = engine.into_record();
    Ok(Driven { verdict, record, plan: ground.plan, listening, panics: panics.let_go(), lock })
}

/// The locks of a run that are held in clusters; what becomes of them the engine hears.
fn leases(
    plan: &Plan,
    (run, folder): (&str, &Utf8Path),
    inherited: &BTreeMap<String, String>,
    secrets: &Values,
    sender: UnboundedSender<Notice>,
) -> Leases {
    let tell = move |news: LeaseNews| {
        // An engine that is over hears nothing any more.
        let _ = sender.send(match news {
            LeaseNews::Told(text) => Notice::Told(text),
            LeaseNews::Lost => Notice::LockLost,
        });
    };
    let values = plan.values.clone().into_iter().chain(secrets.clone()).collect();
    Leases::of(plan, run, &values, &before_the_run(folder, plan, inherited), Rc::new(tell))
}

/// A panic of the engine ends it as a kill would, but for the end that is shown.
async fn caught(going: impl Future<Output = Result<Verdict, EngineError>>) -> Result<Verdict, EngineError> {
    let mut going = Box::pin(going);
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| going.as_mut().poll(context)));
        polled.unwrap_or(Poll::Ready(Err(EngineError::Panicked)))
    })
    .await
}

async fn go(
    engine: &mut Engine,
    head: Option<Arc<RunStarted>>,
    (begin, still_runs): (EngineStarted, bool),
    notes: &[String],
) -> Result<Verdict, EngineError> {
    match head {
        Some(head) => engine.begin(head, begin)?,
        None => engine.take_over(begin, still_runs).await?,
    }
    for text in notes {
        engine.note(Event::Noted { text: text.clone() })?;
    }
    engine.run().await
}

fn engine_started(purpose: Purpose, attended: bool, arguments: &DrivingArguments) -> EngineStarted {
    EngineStarted {
        purpose,
        host: this_host(),
        user: user_name(),
        pid: std::process::id(),
        boot: system::boot(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        format: FORMAT,
        attended,
        past_no_return: arguments.past_no_return,
        outside_window: arguments.reason.clone().filter(|_| arguments.outside_window),
        back_to: None,
        skip: Vec::new(),
        reason: arguments.reason.clone(),
    }
}

fn own_program() -> std::io::Result<Utf8PathBuf> {
    let path = std::env::current_exe()?;
    Utf8PathBuf::from_path_buf(path).map_err(|_| std::io::ErrorKind::InvalidData.into())
}
