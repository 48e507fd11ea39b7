//! systemd's units: `service UNIT` looks, `service start|stop|… UNIT` changes and waits until it is
//! so. Everything goes through `systemctl`, found on the PATH of the run; a change as another user
//! goes through `sudo -n`.
//!
//! Invariant: what a change answers is the state that was read after it.

mod change;
mod state;
mod systemctl;
#[cfg(test)]
mod tests;

pub(super) use change::{change_unit, probe_unit, restore_unit, unit_before};
pub(super) use systemctl::Systemctl;

use super::ending::Ending;

/// `service UNIT`.
pub(super) async fn observe_unit(systemctl: &Systemctl<'_>, unit: &str) -> Ending {
    match systemctl.state(unit).await {
        Ok(state) if state.is_missing() => Ending::did_not_start(format!("there is no unit {unit}")),
        Ok(state) => Ending::answered(state.observation()),
        Err(trouble) => trouble.looking(),
    }
}
