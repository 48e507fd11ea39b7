//! Ending what a supervisor left behind when it was killed: its steps go on without anybody who
//! enforces their budget, and an inverse must never run beside the step that it undoes.
//!
//! A step's processes are known by the words in their environment, and by being below one that has
//! them; those of another user by the numbers of the first ones, which the supervisor noted. What is allowed to stay belongs to a step whose end is on record, and is left alone.
//! Invariant: a signal goes only to the very process that was looked at.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use camino::Utf8Path;
use rustix::process::Signal;

use super::log::{LogError, Note, read_log};
use super::tree::{Process, everything, is_beyond_us, words_fit};
use crate::event::{AttemptKey, Direction};

/// How long processes may take to go after SIGKILL; longer do only those that wait for a disk.
const PATIENCE: Duration = Duration::from_secs(5);
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);

/// A step that started and whose end nobody noted.
struct Open {
    key: AttemptKey,
    /// Its first processes: number, and when they began.
    first: Vec<(i32, u64)>,
}

/// Ends every process of a step of this run that started and whose end nobody noted: the names of
/// those that can't be ended. Blocks; only for when no supervisor of the run lives.
///
/// # Errors
/// The supervisor's log can't be read.
pub fn end_orphans(run: &Utf8Path) -> Result<Vec<String>, LogError> {
    let mut open: Vec<Open> = Vec::new();
    for note in read_log(run)?.notes {
        match note {
            Note::Opened { .. } => {}
            Note::Started { key, .. } => open.push(Open { key, first: Vec::new() }),
            Note::Began { key, processes } => {
                open.iter_mut().filter(|it| it.key == key).for_each(|it| it.first.clone_from(&processes));
            }
            Note::Ended { key, .. } => open.retain(|started| started.key != key),
        }
    }
    let id = run.file_name().unwrap_or_default();
    let steps: Vec<Traces> = open.into_iter().map(|it| (words_of(id, &it.key), it.first)).collect();
    if steps.is_empty() {
        return Ok(Vec::new());
    }
    let until = Instant::now() + PATIENCE;
    loop {
        let left = members(&steps);
        // Stopped first, so that none of them starts another one meanwhile.
        let mut ours = false;
        for signal in [Signal::STOP, Signal::KILL] {
            for process in &left {
                ours |= process.signal(signal);
            }
        }
        // What is another user's isn't ended by waiting either.
        if !ours || Instant::now() > until {
            return Ok(left.iter().map(Process::told).collect());
        }
        std::thread::sleep(BETWEEN_LOOKS);
    }
}

/// What there is to know an orphan by: the words of its step, and the step's first processes.
type Traces = ([String; 2], Vec<(i32, u64)>);

/// What the environment of an attempt's processes says, and of no other's.
fn words_of(run: &str, key: &AttemptKey) -> [String; 2] {
    let direction = match key.direction {
        Direction::Forward => "forward",
        Direction::Back => "back",
        Direction::Look => "look",
    };
    [format!("RUNBOOK_IDEMPOTENCY_KEY={run}-{}-{direction}", key.unit), format!("RUNBOOK_ATTEMPT={}", key.number)]
}

/// The living processes of these steps, and all below them. A process of another user doesn't show its
/// environment: it is known by being one of the first, or in their group.
fn members(steps: &[Traces]) -> Vec<Process> {
    let all = everything();
    let mut below: HashMap<i32, Vec<&Process>> = HashMap::new();
    for process in &all {
        below.entry(process.parent()).or_default().push(process);
    }
    let known = |process: &&Process| {
        let pid = process.identity.pid;
        let is_first = |first: &(i32, u64)| process.identity.noted() == *first || process.is_in_group_of(*first);
        steps.iter().any(|(words, first)| match words_fit(pid, words) {
            Some(ours) => ours,
            None => first.iter().any(is_first) && is_beyond_us(pid),
        })
    };
    let mut queue: Vec<&Process> = all.iter().filter(known).collect();
    let mut members: HashMap<i32, Process> = HashMap::new();
    while let Some(process) = queue.pop() {
        if !process.is_dead() && members.insert(process.identity.pid, process.clone()).is_none() {
            queue.extend(below.get(&process.identity.pid).into_iter().flatten());
        }
    }
    members.into_values().collect()
}
