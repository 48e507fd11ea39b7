//! A look at the system as it is now, before anything is done: the checks, each step's `applied`, and the
//! probes of actions that know how they are undone. It only looks, and takes no lock.
//!
//! What it finds is of the state before: a check that stands behind a step may well not hold yet.
//! Invariant: it never acts, whatever the plan says; a step's own action isn't even put together but to
//! ask whether its effect is there.

use std::time::Duration;

use crate::engine::carry::{Carried, Carrier, Errand};
use crate::engine::knowing::Known;
use crate::event::{Answer, AttemptKey, Direction, DryRun, Forecast, Found, Probed, Would};
use crate::model::{Activity, Inverse, SubjectName, Values};
use crate::perform::{Stop, dry_run, would_leave};
use crate::plan::{Plan, Unit, UnitKind};

/// Looks at everything in a forecast that can be looked at now. Whether every check that stands before the
/// first step holds: where one doesn't, the run would be refused.
pub async fn look_now(plan: &Plan, forecast: &mut Forecast, carrier: &Carrier) -> bool {
    let mut values = plan.values.clone();
    let runs = |index: usize| forecast.units.get(index).is_some_and(|unit| unit.would != Would::WouldSkip);
    let acts = |(index, unit): (usize, &Unit)| (unit.step().is_some() && runs(index)).then_some(index);
    let first = plan.units.iter().enumerate().find_map(acts).unwrap_or(plan.units.len());
    let mut may_begin = true;
    for (index, unit) in plan.units.iter().enumerate() {
        let Some(shown) = forecast.units.get_mut(index).filter(|shown| shown.would != Would::WouldSkip) else {
            continue;
        };
        let before = index < first;
        shown.probed = look(unit, &mut values, carrier, before).await;
        shown.dry_run = dry_run_of(unit, &values, carrier).await;
        let holds = shown.probed.as_ref().is_none_or(|probed| probed.found == Found::Holds);
        may_begin &= !before || holds || unit.only_warns();
    }
    may_begin
}

async fn look(unit: &Unit, values: &mut Values, carrier: &Carrier, waits: bool) -> Option<Probed> {
    match &unit.kind {
        UnitKind::Check(check) => Some(check_now(&unit.id, &check.activity, values, carrier, waits).await),
        UnitKind::Preserve(preserve) => {
            let errand =
                errand(&unit.id, &preserve.activity, values, carrier, waits, Some(preserve.select.subject.name));
            let seen = carrier.carry_out(&errand).await;
            if let Some(observation) = seen.observation.as_ref().filter(|_| seen.failure.is_none())
                && let Ok(Some(value)) = carrier.judge.select(&preserve.select, observation, values)
            {
                values.insert(preserve.name.value.clone(), value);
            }
            Some(held(seen))
        }
        UnitKind::Step(step) => match &step.applied {
            Some(applied) => {
                let errand = errand(&unit.id, &applied.activity, values, carrier, false, None);
                let (answer, seen) = carrier.ask_applied(&errand).await;
                let why = seen.failure.filter(|_| answer == Answer::CannotTell).map(|failure| failure.why);
                let found = match answer {
                    Answer::Yes => Found::Applied,
                    Answer::No => Found::NotApplied,
                    Answer::CannotTell => Found::CannotTell,
                };
                Some(Probed { found, why: why.unwrap_or_default() })
            }
            None if matches!(step.inverse, Inverse::Derived) => {
                Some(derived(&unit.id, &step.activity, values, carrier).await)
            }
            None => None,
        },
        UnitKind::OnRollback(_) | UnitKind::Manual(_) | UnitKind::Wait(_) => None,
    }
}

async fn check_now(id: &str, activity: &Activity, values: &mut Values, carrier: &Carrier, waits: bool) -> Probed {
    let seen = carrier.carry_out(&errand(id, activity, values, carrier, waits, None)).await;
    values.extend(seen.captures.clone());
    held(seen)
}

/// What a server says of a step's change; `None`: it has none to ask, or a value of it isn't known yet.
async fn dry_run_of(unit: &Unit, values: &Values, carrier: &Carrier) -> Option<DryRun> {
    let activity = &unit.step()?.activity;
    let resolved = carrier.resolve(&errand(&unit.id, activity, values, carrier, false, None)).ok()?;
    let why = dry_run(&resolved).await?.err();
    Some(DryRun { taken: why.is_none(), why: why.unwrap_or_default() })
}

/// Whether the effect of an action that knows how it is undone is there; it would run all the same.
async fn derived(id: &str, activity: &Activity, values: &Values, carrier: &Carrier) -> Probed {
    let resolved = match carrier.resolve(&errand(id, activity, values, carrier, false, None)) {
        Ok(resolved) => resolved,
        Err(why) => return Probed { found: Found::CannotTell, why },
    };
    let answer = match would_leave(&resolved).await {
        Some(leaves) => carrier.performer.probe(&resolved, &leaves).await,
        None => None,
    };
    match answer {
        Some(true) => Probed { found: Found::Applied, why: "it would run all the same".to_owned() },
        Some(false) => Probed { found: Found::NotApplied, why: String::new() },
        None => Probed { found: Found::CannotTell, why: String::new() },
    }
}

fn held(carried: Carried) -> Probed {
    match carried.failure {
        None => Probed { found: Found::Holds, why: String::new() },
        Some(failure) if carried.outcome == crate::event::Outcome::Applied => {
            Probed { found: Found::DoesntHold, why: failure.why }
        }
        Some(failure) => Probed { found: Found::CannotTell, why: failure.why },
    }
}

/// A look; only what decides whether the run begins is looked at until it holds.
fn errand(
    id: &str,
    activity: &Activity,
    values: &Values,
    carrier: &Carrier,
    waits: bool,
    preserved: Option<SubjectName>,
) -> Errand {
    let mut activity = activity.clone();
    if let Some(poll) = activity.poll.take_if(|_| !waits) {
        activity.budget.limit = poll.within.min(Duration::from_secs(30));
    }
    Errand {
        key: AttemptKey { unit: id.to_owned(), direction: Direction::Look, number: 1 },
        activity,
        known: Known::new(values.clone(), &carrier.secrets),
        restore: None,
        preserved,
        stop: Stop::default(),
        cut: Stop::default(),
    }
}
