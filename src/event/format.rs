//! The version of what a run keeps: of its events and of its supervisor's notes.
//!
//! Every engine that takes a run, and every supervisor, says first which format it writes. So a run
//! that an older runbook began and a newer one went on with says both, and whoever reads it knows
//! whether it can understand all of it before it acts on any of it. The lines' own form (`frame`)
//! never changes.
//!
//! A former format is read as it is: what it doesn't say has a default that means what was so then.
//! A newer one is refused: an event that is passed over could be the one that says what to undo.
//!
//! | format | |
//! |---|---|
//! | 1 | only the head of a run says its format |
//! | 2 | each engine and each supervisor says its own |
//! | 3 | the head of a rehearsal says where it turns round |
//! | 4 | a lock says where it is held in a cluster, and that it was lost |
//!
//! Invariant: what was written once is read for ever; `tests/fixtures/journals` has runs of every
//! format.

use serde::Deserialize;

/// What this version writes, and the newest that it reads.
pub const FORMAT: u32 = 4;

/// What is written where nobody says a format: by those of before there was one to say.
#[must_use]
pub fn first_format() -> u32 {
    1
}

/// A format that this version doesn't know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newer {
    /// The format.
    pub format: u32,
    /// The version of runbook that wrote it; `None`: it isn't said.
    pub version: Option<String>,
}

impl Newer {
    /// Who can go on, as an operator reads it: `runbook 0.9.0 or newer`.
    #[must_use]
    pub fn who_can(&self) -> String {
        let version = self.version.as_deref().filter(|version| version.chars().all(is_of_a_version));
        version.map_or_else(|| "a newer runbook".to_owned(), |version| format!("runbook {version} or newer"))
    }
}

/// What says a format.
#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    event: Option<String>,
    format: u32,
    #[serde(default)]
    version: Option<String>,
}

/// A supervisor's first note.
#[derive(Deserialize)]
struct Opened {
    opened: Said,
}

/// The newest format among these records, if it is newer than ours. `None`: all of it can be read.
#[must_use]
pub fn newer<'a>(payloads: impl IntoIterator<Item = &'a str>) -> Option<Newer> {
    let mut newest: Option<Newer> = None;
    for said in payloads.into_iter().filter_map(said) {
        let known = newest.as_ref().map_or(FORMAT, |newer| newer.format);
        if said.format > known || said.format == known && newest.as_ref().is_some_and(|it| it.version.is_none()) {
            newest = Some(Newer { format: said.format, version: said.version });
        }
    }
    newest
}

fn said(payload: &str) -> Option<Said> {
    // Nearly every record says none, and a run may have thousands.
    if !payload.contains("\"format\"") {
        return None;
    }
    if let Ok(Opened { opened }) = serde_json::from_str(payload) {
        return Some(opened);
    }
    let said: Said = serde_json::from_str(payload).ok()?;
    matches!(said.event.as_deref(), Some("run-started" | "engine-started")).then_some(said)
}

fn is_of_a_version(character: char) -> bool {
    character.is_ascii_alphanumeric() || ".-+".contains(character)
}

#[cfg(test)]
mod tests {
    use super::{FORMAT, Newer, newer};

    fn head(format: u32) -> String {
        format!("{{\"event\":\"run-started\",\"format\":{format},\"title\":\"T\"}}")
    }

    fn engine(format: u32, version: &str) -> String {
        format!("{{\"event\":\"engine-started\",\"format\":{format},\"version\":\"{version}\"}}")
    }

    fn found(payloads: &[String]) -> Option<Newer> {
        newer(payloads.iter().map(String::as_str))
    }

    #[test]
    fn former_formats_and_our_own_are_read() {
        assert_eq!(found(&[]), None);
        assert_eq!(found(&[head(1), engine(FORMAT, "0.1.0")]), None);
        assert_eq!(found(&["{\"opened\":{\"pid\":1}}".to_owned()]), None);
    }

    #[test]
    fn a_newer_format_is_named_with_the_version_that_wrote_it() {
        let newer = found(&[head(7), engine(7, "1.4.0")]).unwrap();
        assert_eq!((newer.format, newer.who_can().as_str()), (7, "runbook 1.4.0 or newer"));
        let newer = found(&[head(1), engine(1, "0.1.0"), engine(5, "0.5.0"), engine(2, "0.2.0")]).unwrap();
        assert_eq!((newer.format, newer.who_can().as_str()), (5, "runbook 0.5.0 or newer"));
        let newer = found(&["{\"opened\":{\"pid\":1,\"format\":9}}".to_owned()]).unwrap();
        assert_eq!((newer.format, newer.who_can().as_str()), (9, "a newer runbook"));
    }

    #[test]
    fn what_a_step_printed_says_no_format() {
        let printed = "{\"event\":\"noted\",\"text\":\"\\\"format\\\":99\",\"format\":99}".to_owned();
        assert_eq!(found(&[printed]), None);
    }

    #[test]
    fn a_version_that_could_be_more_than_a_version_isnt_shown() {
        let newer = Newer { format: 9, version: Some("1.0`; rm -rf /".to_owned()) };
        assert_eq!(newer.who_can(), "a newer runbook");
    }
}
