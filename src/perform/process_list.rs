//! `process NAME`: how many processes of this name run, and since when the oldest does. The name is
//! the process's own, as in `ps -C`, or that of the file it was started as. The kernel cuts a
//! process's own name after 15 bytes; of a longer one the command line says the rest.
//!
//! Processes that have ended and wait to be reaped don't run.

use std::fs;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use super::ending::plain;
use super::file::number;
use crate::event::{Datum, Observation};
use crate::model::{Dimension, SubjectName};

/// As much as the kernel keeps of a process's own name.
const SHORT: usize = 15;

/// The subjects `count exists`, and `since` when there is one. Blocks.
pub(super) fn observe_processes(name: &str) -> Result<Observation, String> {
    let words = |error: &std::io::Error| format!("the processes can't be listed: {}", plain(error));
    let mut count = 0;
    let mut oldest: Option<u64> = None;
    for entry in fs::read_dir("/proc").map_err(|error| words(&error))? {
        let entry = entry.map_err(|error| words(&error))?;
        if !entry.file_name().as_encoded_bytes().iter().all(u8::is_ascii_digit) {
            continue;
        }
        // A process that is gone by now didn't run.
        let Some(started) = start_of(&entry.path(), name) else { continue };
        count += 1;
        oldest = Some(oldest.map_or(started, |known| known.min(started)));
    }
    let observation = Observation::default()
        .with(SubjectName::Count, number(count, Dimension::Count))
        .with(SubjectName::Exists, Datum::Flag(count > 0));
    Ok(match oldest.and_then(moment) {
        Some(since) => observation.with(SubjectName::Since, Datum::Time(since)),
        None => observation,
    })
}

/// When the process started, in clock ticks after the machine did; `None` if it isn't of this name
/// or doesn't run.
fn start_of(process: &Path, name: &str) -> Option<u64> {
    let stat = fs::read_to_string(process.join("stat")).ok()?;
    // The short name stands in parentheses and may hold anything, parentheses too.
    let (head, tail) = stat.rsplit_once(") ")?;
    let (_, short) = head.split_once(" (")?;
    let mut fields = tail.split(' ');
    if matches!(fields.next()?, "Z" | "X") {
        return None;
    }
    let started = fields.nth(18)?.parse().ok()?;
    let command = command(process);
    let is_cut = name.len() > SHORT && short.as_bytes() == &name.as_bytes()[..SHORT];
    // A script follows the interpreter that runs it.
    let words = command.iter().take(if is_cut { 2 } else { 1 });
    let is_named = short == name || words.map(|word| file_name(word)).any(|word| word == name);
    is_named.then_some(started)
}

fn command(process: &Path) -> Vec<String> {
    let line = fs::read(process.join("cmdline")).unwrap_or_default();
    line.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}

fn file_name(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

fn moment(ticks: u64) -> Option<Timestamp> {
    let per_second = rustix::param::clock_ticks_per_second();
    let since_boot = i64::try_from(ticks.checked_mul(1000)?.checked_div(per_second)?).ok()?;
    let up = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let up = SignedDuration::new(up.tv_sec, i32::try_from(up.tv_nsec).ok()?);
    Timestamp::now().checked_sub(up).ok()?.checked_add(SignedDuration::from_millis(since_boot)).ok()
}

#[cfg(test)]
mod tests {
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
