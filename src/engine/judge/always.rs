//! What is expected without being written: exit 0, a 2xx status, an active unit. Only an
//! expectation on that very subject removes it.

use super::comparing::words;
use super::excerpt;
use super::number;
use super::seen::Seen;
use super::subject::Found;
use super::weighed::Weighed;
use crate::event::{Datum, Observation};
use crate::model::{Action, Activity, Matcher, Quantity, ServiceVerb, SubjectName};

/// One unwritten expectation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Always {
    /// The exit code is 0.
    Exit,
    /// The status is 2xx.
    Status,
    /// The unit is active.
    Active,
    /// The unit was started: it is active, or a oneshot that ran to its end.
    Started,
    /// The unit was stopped: it isn't running.
    Stopped,
    /// The unit starts with the system.
    Enabled,
    /// The unit doesn't start with the system.
    Disabled,
}

impl Always {
    /// What is always expected of an activity, unless it says otherwise.
    pub fn of(activity: &Activity) -> Option<Self> {
        let always = Self::of_action(&activity.action)?;
        let is_written = activity.expectations.iter().any(|written| written.subject.name == always.subject());
        (!is_written).then_some(always)
    }

    fn of_action(action: &Action) -> Option<Self> {
        match action {
            Action::Run(_) | Action::Script(_) | Action::Pipe { .. } => Some(Self::Exit),
            Action::Http(_) => Some(Self::Status),
            Action::Service(_) => Some(Self::Active),
            Action::ServiceChange { verb, .. } => match verb {
                ServiceVerb::Start | ServiceVerb::Restart | ServiceVerb::Reload => Some(Self::Started),
                ServiceVerb::Stop => Some(Self::Stopped),
                ServiceVerb::Enable => Some(Self::Enabled),
                ServiceVerb::Disable => Some(Self::Disabled),
                // It has no unit and so no state; that it failed is the performer's to say.
                ServiceVerb::DaemonReload => None,
            },
            Action::Sql { .. }
            | Action::File { .. }
            | Action::Disk(_)
            | Action::Port(_)
            | Action::Process(_)
            | Action::Write { .. }
            | Action::Copy { .. }
            | Action::Link { .. }
            | Action::Replace(_)
            | Action::Manual(_) => None,
        }
    }

    /// The subject that it is about.
    pub fn subject(self) -> SubjectName {
        match self {
            Self::Exit => SubjectName::Exit,
            Self::Status => SubjectName::Status,
            Self::Active | Self::Started | Self::Stopped => SubjectName::Active,
            Self::Enabled | Self::Disabled => SubjectName::Enabled,
        }
    }

    /// What is expected, in words.
    pub fn words(self) -> String {
        let expected = match self {
            Self::Exit => "0",
            Self::Status => "2xx",
            Self::Active | Self::Started => "active",
            Self::Stopped => "inactive",
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
        };
        words(Matcher::Is, &[expected.to_owned()])
    }

    /// The line that it would be.
    pub fn line(self) -> String {
        format!("{} {} (always expected)", self.subject().word(), self.words())
    }

    /// Judges it.
    pub fn weigh(self, found: Found<'_>, observation: &Observation) -> Weighed {
        let seen = match found {
            Found::One(seen) => seen,
            Found::Missing(why) | Found::Unreadable(why) => return Weighed::in_error(String::new(), why),
            Found::Nodes(_) => return Weighed::in_error(String::new(), "it isn't one value"),
        };
        match self {
            Self::Exit => weigh_exit(&seen, observation),
            Self::Status => weigh_status(&seen),
            Self::Active | Self::Started | Self::Stopped | Self::Enabled | Self::Disabled => {
                match seen.as_text().and_then(|text| text.whole().map(str::to_owned)) {
                    Ok(word) => self.weigh_unit(&word, observation),
                    Err(why) => Weighed::in_error(seen.shown(), why),
                }
            }
        }
    }

    fn weigh_unit(self, word: &str, observation: &Observation) -> Weighed {
        let result = text_of(observation, SubjectName::Result);
        let is_failure = result.is_some_and(|result| result != "success");
        let result_words = result.filter(|_| is_failure).map(|result| format!("its result is {result}"));
        let judged = |holds: bool| Weighed::judged(holds, word.to_owned());
        match self {
            Self::Started if word == "inactive" && ran_to_its_end(observation) => {
                judged(true).noted("a oneshot: it ran to its end, with the result success")
            }
            Self::Active | Self::Started => {
                let weighed = judged(word == "active");
                if weighed.holds() { weighed } else { weighed.noted(result_words.unwrap_or_default()) }
            }
            // A program that ends with a code of its own when it is told to end leaves `failed`; it is stopped all the same.
            Self::Stopped if word == "failed" => judged(true).noted(format!(
                "it is stopped, but didn't end well{}",
                result.map(|result| format!(": its result is {result}")).unwrap_or_default()
            )),
            Self::Stopped => judged(word == "inactive"),
            Self::Enabled => {
                let weighed = judged(starts_with_the_system(word));
                if word == "static" {
                    weighed.noted("a static unit has no [Install] section to enable")
                } else {
                    weighed
                }
            }
            Self::Disabled => judged(!starts_with_the_system(word) && !word.is_empty()),
            Self::Exit | Self::Status => judged(false),
        }
    }
}

/// systemd's words for a unit that is started with the system, also by an alias or another unit.
fn starts_with_the_system(word: &str) -> bool {
    matches!(word, "enabled" | "enabled-runtime" | "alias")
}

/// A finished oneshot is inactive like a service that ended too soon; only a oneshot's observation
/// has an exit code.
fn ran_to_its_end(observation: &Observation) -> bool {
    let exited_well = matches!(observation.get(SubjectName::Exit), Some(Datum::Number(code)) if code.number == 0.0);
    exited_well && text_of(observation, SubjectName::Result) == Some("success")
}

fn text_of(observation: &Observation, name: SubjectName) -> Option<&str> {
    match observation.get(name)? {
        Datum::Text(text) => Some(text),
        Datum::Kept(kept) => kept.as_whole(),
        Datum::Number(_) | Datum::Time(_) | Datum::Flag(_) => None,
    }
}

fn weigh_exit(seen: &Seen<'_>, observation: &Observation) -> Weighed {
    match number::quantity_of(seen) {
        Ok(Quantity { number: 0.0, .. }) => Weighed::judged(true, seen.shown()),
        Ok(_) => Weighed::judged(false, seen.shown()).noted(last_words(observation)),
        Err(why) => Weighed::in_error(seen.shown(), why),
    }
}

/// What a program said last, on standard error if anything: the quickest way to its reason.
fn last_words(observation: &Observation) -> String {
    [SubjectName::Stderr, SubjectName::Output, SubjectName::Stdout]
        .into_iter()
        .filter_map(|name| observation.get(name).map(|datum| (name, Seen::of(datum))))
        .filter_map(|(name, seen)| seen.as_text().ok().map(|text| (name, text.ending())))
        .find(|(_, text)| !text.trim().is_empty())
        .map(|(name, text)| format!("{} ends: {}", name.word(), excerpt::ending(text.trim_end())))
        .unwrap_or_default()
}

fn weigh_status(seen: &Seen<'_>) -> Weighed {
    match number::quantity_of(seen) {
        Ok(status) => Weighed::judged((200.0..300.0).contains(&status.number), seen.shown()),
        Err(why) => Weighed::in_error(seen.shown(), why),
    }
}
