//! What `systemctl show` says about a unit → its state. Unknown and missing properties are passed
//! over: every version of systemd has others.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::event::{Datum, Observation};
use crate::model::{Dimension, Quantity, SubjectName};

/// The properties that are asked for.
pub(super) const PROPERTIES: &str = "--property=LoadState,ActiveState,SubState,Result,UnitFileState,Type,ExecMainStartTimestamp,ActiveEnterTimestamp,ExecMainStatus";

/// A unit's state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::perform) struct UnitState {
    load: String,
    active: String,
    sub: String,
    result: String,
    enabled: String,
    kind: String,
    started: Option<Timestamp>,
    entered: Option<Timestamp>,
    /// The exit code of its main process; `None` where systemd gives none.
    status: Option<u8>,
    /// Whether its main process is known to have started.
    has_run: bool,
}

impl UnitState {
    /// Reads `NAME=VALUE` lines.
    pub(super) fn parse(text: &str) -> Self {
        let mut state = Self::default();
        for (name, value) in text.lines().filter_map(|line| line.split_once('=')) {
            match name {
                "LoadState" => value.clone_into(&mut state.load),
                "ActiveState" => value.clone_into(&mut state.active),
                "SubState" => value.clone_into(&mut state.sub),
                "Result" => value.clone_into(&mut state.result),
                "UnitFileState" => value.clone_into(&mut state.enabled),
                "Type" => value.clone_into(&mut state.kind),
                "ExecMainStartTimestamp" => {
                    state.started = parse_time(value);
                    state.has_run = state.started.is_some();
                }
                "ActiveEnterTimestamp" => state.entered = parse_time(value),
                "ExecMainStatus" => state.status = value.parse().ok(),
                _ => {}
            }
        }
        state
    }

    /// The state after a start whose client said that it went well. A oneshot that nothing refers to is
    /// unloaded as it ends: systemd then says that it succeeded, and no longer when it ran.
    pub(super) fn after_good_start(mut self) -> Self {
        self.has_run |= self.is_oneshot() && self.result == "success";
        self
    }

    /// Whether systemd knows no such unit.
    pub(in crate::perform) fn is_missing(&self) -> bool {
        self.load == "not-found"
    }

    /// Whether it runs, or is about to.
    pub(super) fn is_up(&self) -> bool {
        matches!(self.active.as_str(), "active" | "reloading" | "refreshing" | "activating")
    }

    /// Whether it is on its way to another state.
    pub(super) fn is_moving(&self) -> bool {
        matches!(self.active.as_str(), "activating" | "deactivating" | "reloading" | "refreshing" | "maintenance")
    }

    /// Whether it is on its way up: it isn't stopped, whatever becomes of that.
    pub(super) fn is_coming_up(&self) -> bool {
        matches!(self.active.as_str(), "activating" | "reloading" | "refreshing")
    }

    /// Whether it started and holds.
    pub(super) fn is_active(&self) -> bool {
        self.active == "active"
    }

    /// Whether it does its work and ends.
    pub(super) fn is_oneshot(&self) -> bool {
        self.kind == "oneshot"
    }

    /// Whether it starts with the machine; `None` for what can't be enabled: `static`, `masked`, …
    pub(super) fn is_enabled(&self) -> Option<bool> {
        match self.enabled.as_str() {
            "enabled" | "enabled-runtime" | "linked" | "linked-runtime" => Some(true),
            "disabled" => Some(false),
            _ => None,
        }
    }

    /// The subjects `active sub result enabled since`; one that systemd doesn't give has no value. A
    /// oneshot that was started has `exit`, too: what tells its good end from a service that died.
    pub(in crate::perform) fn observation(&self) -> Observation {
        let texts = [
            (SubjectName::Active, &self.active),
            (SubjectName::Sub, &self.sub),
            (SubjectName::Result, &self.result),
            (SubjectName::Enabled, &self.enabled),
        ];
        let observation = texts
            .into_iter()
            .filter(|(_, text)| !text.is_empty())
            .fold(Observation::default(), |all, (name, text)| all.with(name, Datum::Text(text.clone())));
        let exit = self.status.filter(|_| self.is_oneshot() && self.has_run);
        let observation = match exit {
            Some(code) => observation.with(
                SubjectName::Exit,
                Datum::Number(Quantity { number: f64::from(code), dimension: Dimension::Count }),
            ),
            None => observation,
        };
        match self.started.or(self.entered) {
            Some(since) => observation.with(SubjectName::Since, Datum::Time(since)),
            None => observation,
        }
    }
}

/// A moment as systemd prints it in UTC: `Wed 2026-06-10 08:00:01.123456 UTC`, with or without its
/// fraction, or `@1781078401`; `None` for `n/a`, nothing and other zones.
fn parse_time(text: &str) -> Option<Timestamp> {
    if let Some(seconds) = text.strip_prefix('@') {
        return Timestamp::from_second(seconds.split('.').next()?.parse().ok()?).ok();
    }
    let mut words = text.split_whitespace();
    let first = words.next()?;
    let date = if first.starts_with(|letter: char| letter.is_ascii_digit()) { first } else { words.next()? };
    let time = words.next()?;
    if words.next()? != "UTC" {
        return None;
    }
    let moment: DateTime = format!("{date}T{time}").parse().ok()?;
    Some(moment.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_old_and_new_versions_are_read() {
        let expected: Timestamp = "2026-06-10T08:00:01Z".parse().unwrap();
        for text in ["Wed 2026-06-10 08:00:01 UTC", "Wed 2026-06-10 08:00:01.000000 UTC", "@1781078401"] {
            assert_eq!(parse_time(text), Some(expected), "{text}");
        }
        for text in ["", "n/a", "0", "Wed 2026-06-10 10:00:01 CEST"] {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }

    #[test]
    fn only_a_oneshot_that_ran_has_an_exit_code() {
        let exit = |text: &str| UnitState::parse(text).observation().get(SubjectName::Exit).cloned();
        let ran = "ActiveState=inactive\nResult=success\nExecMainStartTimestamp=@1781078401\nExecMainStatus=0\n";
        let zero = Datum::Number(Quantity { number: 0.0, dimension: Dimension::Count });
        assert_eq!(exit(&format!("Type=oneshot\n{ran}")), Some(zero));
        assert_eq!(exit(&format!("Type=simple\n{ran}")), None);
        assert_eq!(exit("Type=oneshot\nActiveState=inactive\nExecMainStatus=0\n"), None);
    }

    #[test]
    fn what_systemd_does_not_give_has_no_value() {
        let state = UnitState::parse("LoadState=loaded\nActiveState=inactive\nSubState=dead\nUnitFileState=\nNew=1\n");
        let observation = state.observation();
        assert_eq!(observation.get(SubjectName::Active), Some(&Datum::Text("inactive".to_owned())));
        assert_eq!(observation.get(SubjectName::Enabled), None);
        assert_eq!(observation.get(SubjectName::Since), None);
    }

    #[test]
    fn only_enabled_and_disabled_can_be_put_back() {
        let enabled = |word: &str| UnitState::parse(&format!("UnitFileState={word}")).is_enabled();
        assert_eq!(enabled("enabled"), Some(true));
        assert_eq!(enabled("disabled"), Some(false));
        assert_eq!(enabled("static"), None);
        assert_eq!(enabled("masked"), None);
    }
}
