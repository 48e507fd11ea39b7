//! The performers of the built-in actions: which file performs which kind of action, as whom, and
//! within which limits. `run`, `sh` and `pipe` belong to the supervisor, `manual` to a person.
//!
//! Invariant: whatever happens, the attempt ends, and says what became of its effect.

use std::time::{Duration, Instant};

use super::Stop;
use super::change::{Broken, change_file, file_before, forget_before, holds};
use super::delegate::{self, Asked};
use super::disk::observe_disk;
use super::ending::Ending;
use super::file::{self, find, observe_while};
use super::http::request;
use super::kube::{kube_before, kube_dry_run, perform_kube, probe_kube, restore_kube};
use super::limits::{Cancelled, Cut, Limits, Teller};
use super::port::observe_port;
use super::process_list::observe_processes;
use super::restore::restore_file;
use super::service::{Systemctl, change_unit, observe_unit, probe_unit, restore_unit, unit_before};
use super::sql::run_statement;
use crate::event::{Observation, Performance};
use crate::model::ServiceVerb;
use crate::plan::{ResolvedAction, ResolvedActivity, ResolvedFileChange, ResolvedKube, StateBefore};

/// How long a dry run may take.
const LOOKING: Duration = Duration::from_secs(30);

/// Performs a built-in action within its budget. `run`, `sh`, `pipe` and `manual` aren't built in:
/// they did not start.
pub async fn perform_built_in(activity: &ResolvedActivity, stop: &Stop) -> Performance {
    perform_telling(activity, stop, None).await
}

/// The same, with somebody to tell how far it is.
pub(super) async fn perform_telling(activity: &ResolvedActivity, stop: &Stop, teller: Option<Teller>) -> Performance {
    let started = Instant::now();
    let ending = match delegate::other_user(activity) {
        Some(user) => delegate::perform_as(user, activity, stop).await,
        None => perform_here(activity, &Limits::new(activity.budget, stop).telling(teller)).await,
    };
    ending.after(started.elapsed())
}

/// The state that an action with a derived inverse is about to change; `Ok(None)` for all others.
/// The bytes of a file are kept beside it, durably.
///
/// # Errors
/// The state can't be read or kept, in the operator's words; the step must not start.
pub async fn capture_before(activity: &ResolvedActivity) -> Result<Option<StateBefore>, String> {
    let Some(derived) = derived(&activity.action) else { return Ok(None) };
    if let Some(user) = delegate::other_user(activity) {
        return delegate::ask_as(user, &Asked::Capture(activity.clone())).await.and_then(|answer| answer);
    }
    let limits = Limits::new(activity.budget, &Stop::default());
    match derived {
        Derived::Kube(kube) => {
            let before = kube_before(kube, &activity.surroundings, &limits).await?;
            Ok(before.map(|before| StateBefore::Kube(Box::new(before))))
        }
        Derived::Unit(verb, unit) => unit_before(&Systemctl::new(&activity.surroundings, &limits), verb, unit).await,
        Derived::File(change) => {
            let (change, surroundings) = (change.clone(), activity.surroundings.clone());
            let (kept, cut) = limits.act(move |cancelled| file_before(&change, &surroundings, cancelled)).await;
            kept.and_then(|kept| kept).map(Some).map_err(|words| because(words, cut))
        }
    }
}

/// Whether the effect of an action with a derived inverse is there; `None` when nobody can tell: the
/// start of a oneshot, an action without a derived inverse, something that can't be looked at.
pub async fn probe(activity: &ResolvedActivity, before: &StateBefore) -> Option<bool> {
    let derived = derived(&activity.action)?;
    if let Some(user) = delegate::other_user(activity) {
        return delegate::ask_as(user, &Asked::Probe(activity.clone(), before.clone())).await.ok().flatten();
    }
    let limits = Limits::new(activity.budget, &Stop::default());
    match derived {
        Derived::Kube(_) => match before {
            StateBefore::Kube(before) => Box::pin(probe_kube(before, &activity.surroundings, &limits)).await,
            StateBefore::File { .. } | StateBefore::Unit { .. } | StateBefore::Daemon => None,
        },
        Derived::Unit(verb, unit) => probe_unit(&Systemctl::new(&activity.surroundings, &limits), verb, unit).await,
        Derived::File(_) => {
            let before = before.clone();
            limits.look(move |cancelled| holds(&before, cancelled)).await.ok().flatten()
        }
    }
}

/// What the other side says of a change without keeping it; `None`: it has no dry run.
pub async fn dry_run(activity: &ResolvedActivity) -> Option<Result<(), String>> {
    let ResolvedAction::Kube(kube) = &activity.action else { return None };
    let limits = Limits::new(activity.budget.min(LOOKING), &Stop::default());
    Box::pin(kube_dry_run(kube, &activity.surroundings, &limits)).await
}

/// Removes the bytes that were kept beside a file, as the user who kept them.
///
/// # Errors
/// They can't be removed; in the operator's words.
pub async fn forget(activity: &ResolvedActivity, before: &StateBefore) -> Result<(), String> {
    match delegate::other_user(activity) {
        Some(user) => {
            let asked = Asked::Forget(activity.clone(), before.clone());
            delegate::ask_as(user, &asked).await.and_then(|answer| answer)
        }
        None => forget_before(before),
    }
}

async fn perform_here(activity: &ResolvedActivity, limits: &Limits) -> Ending {
    let surroundings = &activity.surroundings;
    let systemctl = Systemctl::new(surroundings, limits);
    match &activity.action {
        ResolvedAction::Http(wanted) => request(wanted, surroundings, &activity.sought, limits).await,
        ResolvedAction::Sql { url, statement, bindings, read_only } => {
            run_statement(url, statement, bindings, *read_only, limits).await
        }
        ResolvedAction::File { pattern, pick, wants } => {
            let (pattern, pick, wants) = (pattern.clone(), pick.clone(), wants.clone());
            looked(limits, move |cancelled| match find(&pattern, pick.as_deref(), cancelled)? {
                Some(path) => observe_while(&path, &wants, cancelled),
                None => Ok(file::absent(&pattern)),
            })
            .await
        }
        ResolvedAction::Disk(path) => {
            let path = path.clone();
            looked(limits, move |_| observe_disk(&path)).await
        }
        ResolvedAction::Port(address) => observe_port(address, limits).await,
        ResolvedAction::Process(name) => {
            let name = name.clone();
            looked(limits, move |_| observe_processes(&name)).await
        }
        ResolvedAction::Service(unit) => observe_unit(&systemctl, unit).await,
        ResolvedAction::ServiceChange { verb, unit } => change_unit(&systemctl, *verb, unit.as_deref()).await,
        ResolvedAction::Change(change) => {
            let change = change.clone();
            changed(limits, move |cancelled| change_file(&change, cancelled)).await
        }
        // A rollout keeps much at hand, which others shouldn't carry.
        ResolvedAction::Kube(kube) => Box::pin(perform_kube(kube, surroundings, limits)).await,
        ResolvedAction::Restore(StateBefore::Kube(before)) => {
            Box::pin(restore_kube(before, surroundings, limits)).await
        }
        ResolvedAction::Restore(before) => restore(before, &systemctl, limits).await,
        ResolvedAction::Run(_) | ResolvedAction::Script(_) | ResolvedAction::Pipe { .. } => {
            Ending::did_not_start("programs are run by the supervisor, not here")
        }
        ResolvedAction::Manual(_) => Ending::did_not_start("a person does it, not runbook"),
    }
}

async fn restore(before: &StateBefore, systemctl: &Systemctl<'_>, limits: &Limits) -> Ending {
    match before.clone() {
        StateBefore::File { path, was, leaves } => {
            changed(limits, move |cancelled| restore_file(&path, &was, &leaves, cancelled)).await
        }
        StateBefore::Unit { unit, verb, was_active, was_enabled } => {
            restore_unit(systemctl, verb, &unit, was_active, was_enabled).await
        }
        StateBefore::Kube(_) => Ending::did_not_start("objects of a cluster are no unit"),
        StateBefore::Daemon => change_unit(systemctl, ServiceVerb::DaemonReload, None).await,
    }
}

/// Something that only looks, and blocks.
async fn looked(
    limits: &Limits,
    work: impl FnOnce(&Cancelled) -> Result<Observation, String> + Send + 'static,
) -> Ending {
    match limits.look(work).await {
        Ok(observed) => observed.into(),
        Err(words) => Ending::unknown(words),
    }
}

/// Something that changes a file, and blocks.
async fn changed(
    limits: &Limits,
    work: impl FnOnce(&Cancelled) -> Result<Observation, Broken> + Send + 'static,
) -> Ending {
    match limits.act(work).await {
        (Ok(Ok(observation)), _) => Ending::answered(observation),
        (Ok(Err(Broken::Before(words))), cut) => Ending::did_not_start(because(words, cut)),
        (Ok(Err(Broken::After(words))) | Err(words), _) => Ending::unknown(words),
    }
}

fn because(words: String, cut: Option<Cut>) -> String {
    cut.map_or(words, |cut| format!("{}; nothing was changed", cut.words()))
}

/// An action that knows how it is undone.
enum Derived<'a> {
    Unit(ServiceVerb, Option<&'a str>),
    File(&'a ResolvedFileChange),
    Kube(&'a ResolvedKube),
}

fn derived(action: &ResolvedAction) -> Option<Derived<'_>> {
    match action {
        ResolvedAction::ServiceChange { verb, unit } => Some(Derived::Unit(*verb, unit.as_deref())),
        ResolvedAction::Change(change) => Some(Derived::File(change)),
        ResolvedAction::Kube(kube) => Some(Derived::Kube(kube)),
        ResolvedAction::Run(_)
        | ResolvedAction::Script(_)
        | ResolvedAction::Pipe { .. }
        | ResolvedAction::Http(_)
        | ResolvedAction::Sql { .. }
        | ResolvedAction::File { .. }
        | ResolvedAction::Disk(_)
        | ResolvedAction::Port(_)
        | ResolvedAction::Process(_)
        | ResolvedAction::Service(_)
        | ResolvedAction::Restore(_)
        | ResolvedAction::Manual(_) => None,
    }
}
