//! Changes of a unit, and the state of before that takes them back. The way back is absolute: it
//! brings the unit to the state that was captured, whatever it finds.

use std::time::Duration;

use super::super::ending::Ending;
use super::state::UnitState;
use super::systemctl::{Done, Systemctl, Trouble};
use crate::event::Observation;
use crate::model::ServiceVerb;
use crate::plan::StateBefore;

/// How long between two looks at a unit that is on its way.
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// `service VERB UNIT`: does it, waits until it is so, and answers with the state after it.
pub(in crate::perform) async fn change_unit(
    systemctl: &Systemctl<'_>,
    verb: ServiceVerb,
    unit: Option<&str>,
) -> Ending {
    let Some(unit) = unit else {
        return match systemctl.act(verb, None).await {
            Ok(Done::Yes) => Ending::answered(Observation::default()),
            Ok(Done::Refused(words)) => Ending::did_not_start(words),
            Ok(Done::Badly(words)) => Ending::unknown(words),
            Err(trouble) => trouble.looking(),
        };
    };
    let done = match systemctl.act(verb, Some(unit)).await {
        Ok(done) => done,
        Err(trouble) => return trouble.looking(),
    };
    if let Done::Refused(words) = done {
        return Ending::did_not_start(words);
    }
    let settled = match &done {
        Done::Yes => settled(systemctl, verb, unit).await,
        // A unit that systemd gave up on never gets where the verb leads: what it is now is the answer.
        Done::Refused(_) | Done::Badly(_) => at_rest(systemctl, unit).await,
    };
    match settled {
        Ok(state) => match done {
            Done::Yes if matches!(verb, ServiceVerb::Start | ServiceVerb::Restart) => {
                Ending::answered(state.after_good_start().observation())
            }
            Done::Yes => Ending::answered(state.observation()),
            Done::Refused(words) | Done::Badly(words) => Ending::answered_badly(state.observation(), words),
        },
        // The verb was done, so that something has changed.
        Err(trouble) => Ending::unknown(trouble.words()),
    }
}

/// The unit's state once it has stopped moving, or is what the verb leaves.
async fn settled(systemctl: &Systemctl<'_>, verb: ServiceVerb, unit: &str) -> Result<UnitState, Trouble> {
    once(systemctl, unit, |state| match verb {
        ServiceVerb::Start | ServiceVerb::Restart | ServiceVerb::Reload => !state.is_moving(),
        ServiceVerb::Stop => !state.is_moving() && !state.is_active(),
        ServiceVerb::Enable | ServiceVerb::Disable | ServiceVerb::DaemonReload => true,
    })
    .await
}

/// The unit's state once it has stopped moving.
async fn at_rest(systemctl: &Systemctl<'_>, unit: &str) -> Result<UnitState, Trouble> {
    once(systemctl, unit, |state| !state.is_moving()).await
}

/// The unit's state once it is so.
async fn once(systemctl: &Systemctl<'_>, unit: &str, is_so: impl Fn(&UnitState) -> bool) -> Result<UnitState, Trouble> {
    loop {
        let state = systemctl.state(unit).await?;
        if is_so(&state) {
            return Ok(state);
        }
        let limits = systemctl.limits();
        if let Err(cut) = limits.hold(tokio::time::sleep(BETWEEN_LOOKS)).await {
            return Err(Trouble::NoAnswer(format!("{unit} is not yet as wanted: {}", cut.words())));
        }
    }
}

/// What the inverse of a verb puts back; `Ok(None)` for a verb without one.
pub(in crate::perform) async fn unit_before(
    systemctl: &Systemctl<'_>,
    verb: ServiceVerb,
    unit: Option<&str>,
) -> Result<Option<StateBefore>, String> {
    let unit = match (verb, unit) {
        (ServiceVerb::Restart | ServiceVerb::Reload, _) => return Ok(None),
        (ServiceVerb::DaemonReload, _) | (_, None) => return Ok(Some(StateBefore::Daemon)),
        (_, Some(unit)) => unit,
    };
    let state = systemctl.state(unit).await.map_err(Trouble::words)?;
    if state.is_missing() {
        return Err(format!("there is no unit {unit}"));
    }
    if matches!(verb, ServiceVerb::Enable | ServiceVerb::Disable) && state.is_enabled().is_none() {
        let found = state.observation();
        let word = match found.get(crate::model::SubjectName::Enabled) {
            Some(crate::event::Datum::Text(word)) => word.clone(),
            _ => "without a unit file".to_owned(),
        };
        return Err(format!("{unit} is {word}: it can't be enabled or disabled, nor put back"));
    }
    Ok(Some(StateBefore::Unit {
        unit: unit.to_owned(),
        verb,
        was_active: state.is_up(),
        was_enabled: state.is_enabled(),
    }))
}

/// Brings the unit back to the state of before.
pub(in crate::perform) async fn restore_unit(
    systemctl: &Systemctl<'_>,
    verb: ServiceVerb,
    unit: &str,
    was_active: bool,
    was_enabled: Option<bool>,
) -> Ending {
    let state = match systemctl.state(unit).await {
        Ok(state) => state,
        Err(trouble) => return trouble.looking(),
    };
    let (is_back, way_back) = match verb {
        ServiceVerb::Start | ServiceVerb::Stop | ServiceVerb::Restart | ServiceVerb::Reload => (
            // A unit on its way is asked again: the verb waits until it is there.
            !state.is_moving() && state.is_active() == was_active,
            if was_active { ServiceVerb::Start } else { ServiceVerb::Stop },
        ),
        ServiceVerb::Enable | ServiceVerb::Disable => (
            was_enabled.is_none() || state.is_enabled() == was_enabled,
            if was_enabled == Some(true) { ServiceVerb::Enable } else { ServiceVerb::Disable },
        ),
        ServiceVerb::DaemonReload => return change_unit(systemctl, verb, None).await,
    };
    if is_back {
        return Ending::answered(state.observation());
    }
    change_unit(systemctl, way_back, Some(unit)).await
}

/// Whether the unit is in the state that the verb leaves; `None` when nobody can tell.
pub(in crate::perform) async fn probe_unit(
    systemctl: &Systemctl<'_>,
    verb: ServiceVerb,
    unit: Option<&str>,
) -> Option<bool> {
    let state = systemctl.state(unit?).await.ok()?;
    if verb == ServiceVerb::Stop && state.is_coming_up() {
        return Some(false);
    }
    if state.is_missing() || state.is_moving() {
        return None;
    }
    match verb {
        ServiceVerb::Start => (!state.is_oneshot()).then(|| state.is_active()),
        ServiceVerb::Stop => Some(!state.is_active()),
        ServiceVerb::Enable => state.is_enabled(),
        ServiceVerb::Disable => state.is_enabled().map(|enabled| !enabled),
        ServiceVerb::Restart | ServiceVerb::Reload | ServiceVerb::DaemonReload => None,
    }
}
