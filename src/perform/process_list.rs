//! `process NAME`: how many processes of this name run, and since when the oldest does. The name is
//! the process's own, as in `ps -C`, or that of the file it was started as. The kernel cuts a
//! process's own name after 15 bytes; of a longer one the command line says the rest.
//!
//! Processes that have ended and wait to be reaped don't run.

use super::ending::plain;
use super::file::number;
use crate::event::{Datum, Observation};
use crate::model::{Dimension, SubjectName};
use crate::system::{self, SHORT_NAME};

/// The subjects `count exists`, and `since` when there is one. Blocks.
pub(super) fn observe_processes(name: &str) -> Result<Observation, String> {
    let words = |error: &std::io::Error| format!("the processes can't be listed: {}", plain(error));
    let mut count = 0;
    let mut oldest: Option<u64> = None;
    for pid in system::processes().map_err(|error| words(&error))? {
        // A process that is gone by now didn't run.
        let Some(started) = start_of(pid, name) else { continue };
        count += 1;
        oldest = Some(oldest.map_or(started, |known| known.min(started)));
    }
    let observation = Observation::default()
        .with(SubjectName::Count, number(count, Dimension::Count))
        .with(SubjectName::Exists, Datum::Flag(count > 0));
    Ok(match oldest.and_then(system::moment_of) {
        Some(since) => observation.with(SubjectName::Since, Datum::Time(since)),
        None => observation,
    })
}

/// When the process began; `None` if it isn't of this name or doesn't run.
fn start_of(pid: i32, name: &str) -> Option<u64> {
    let facts = system::facts(pid).filter(|facts| !facts.is_dead)?;
    let command = system::command_line(pid);
    let is_cut = name.len() > SHORT_NAME && facts.name.as_bytes() == &name.as_bytes()[..SHORT_NAME];
    // A script follows the interpreter that runs it.
    let words = command.iter().take(if is_cut { 2 } else { 1 });
    let is_named = facts.name == name || words.map(|word| file_name(word)).any(|word| word == name);
    is_named.then_some(facts.began)
}

fn file_name(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_running_program_is_counted_and_has_a_start() {
        let me = std::env::current_exe().unwrap();
        let name = me.file_name().unwrap().to_str().unwrap();
        let observation = observe_processes(name).unwrap();
        assert_eq!(observation.get(SubjectName::Exists), Some(&Datum::Flag(true)));
        let Some(Datum::Time(since)) = observation.get(SubjectName::Since) else { panic!("no start") };
        assert!(*since <= Timestamp::now());
    }

    #[test]
    fn a_name_that_nothing_has_is_counted_as_none() {
        let observation = observe_processes("no-such-program-anywhere").unwrap();
        assert_eq!(observation.get(SubjectName::Exists), Some(&Datum::Flag(false)));
        assert_eq!(observation.get(SubjectName::Count), Some(&number(0, Dimension::Count)));
        assert_eq!(observation.get(SubjectName::Since), None);
    }

    #[test]
    fn an_argument_is_not_a_name() {
        let mut sleeper = std::process::Command::new("sleep").arg("600987").spawn().unwrap();
        let [argument, program] = ["600987", "sleep"].map(|name| observe_processes(name).unwrap());
        sleeper.kill().unwrap();
        sleeper.wait().unwrap();
        assert_eq!(argument.get(SubjectName::Exists), Some(&Datum::Flag(false)));
        assert_eq!(program.get(SubjectName::Exists), Some(&Datum::Flag(true)));
    }
}
