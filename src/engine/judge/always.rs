//! How what is expected without being written is told and judged; what that is the model says.

use super::comparing;
use super::excerpt;
use super::number;
use super::seen::Seen;
use super::subject::Found;
use super::weighed::Weighed;
use crate::event::{Datum, Observation};
use crate::model::{Always, Matcher, Quantity, SubjectName};

/// What is expected, in words.
pub(super) fn words(always: Always) -> String {
    comparing::words(Matcher::Is, &[always.value().to_owned()])
}

/// The line that it would be.
pub(super) fn line(always: Always) -> String {
    format!("{} {} (always expected)", always.subject().word(), words(always))
}

/// Judges it.
pub(super) fn weigh(always: Always, found: Found<'_>, observation: &Observation) -> Weighed {
    let seen = match found {
        Found::One(seen) => seen,
        Found::Missing(why) | Found::Unreadable(why) => return Weighed::in_error(String::new(), why),
        Found::Nodes(_) => return Weighed::in_error(String::new(), "it isn't one value"),
    };
    match always {
        Always::Exit => weigh_exit(&seen, observation),
        Always::Status => weigh_status(&seen),
        Always::Active | Always::Started | Always::Stopped | Always::Enabled | Always::Disabled => {
            match seen.as_text().and_then(|text| text.whole().map(str::to_owned)) {
                Ok(word) => weigh_unit(always, &word, observation),
                Err(why) => Weighed::in_error(seen.shown(), why),
            }
        }
    }
}

fn weigh_unit(always: Always, word: &str, observation: &Observation) -> Weighed {
    let result = text_of(observation, SubjectName::Result);
    let is_failure = result.is_some_and(|result| result != "success");
    let result_words = result.filter(|_| is_failure).map(|result| format!("its result is {result}"));
    let judged = |holds: bool| Weighed::judged(holds, word.to_owned());
    match always {
        Always::Started if word == "inactive" && ran_to_its_end(observation) => {
            judged(true).noted("a oneshot: it ran to its end, with the result success")
        }
        Always::Active | Always::Started => {
            let weighed = judged(word == "active");
            if weighed.holds() { weighed } else { weighed.noted(result_words.unwrap_or_default()) }
        }
        // A program that ends with a code of its own when it is told to end leaves `failed`; it is stopped all the same.
        Always::Stopped if word == "failed" => judged(true).noted(format!(
            "it is stopped, but didn't end well{}",
            result.map(|result| format!(": its result is {result}")).unwrap_or_default()
        )),
        Always::Stopped => judged(word == "inactive"),
        Always::Enabled => {
            let weighed = judged(starts_with_the_system(word));
            if word == "static" { weighed.noted("a static unit has no [Install] section to enable") } else { weighed }
        }
        Always::Disabled => judged(!starts_with_the_system(word) && !word.is_empty()),
        Always::Exit | Always::Status => judged(false),
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
