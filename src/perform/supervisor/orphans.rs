//! Ending what a supervisor left behind when it was killed: its steps go on without anybody who
//! enforces their budget, and an inverse must never run beside the step that it undoes.
//!
//! A step's processes are known by the words in their environment, and by being below one that has
//! them; those of another user by the numbers of the first ones, which the supervisor noted. The engine
//! of that supervisor knows more: it has asked to adopt what loses its parent ([`adopt_orphans`]), so
//! that whoever hides everything is found below it, in another group than its own.
//!
//! What is allowed to stay belongs to a step whose end is on record, and is left alone. It leaves those
//! who hide everything and have lost engine and supervisor at once: nobody can tell whose they are.
//! Invariant: a signal goes only to the very process that was looked at.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use camino::Utf8Path;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, waitid};

use super::log::{LogError, Note, SupervisorLog, read_log};
use super::tree::{Process, TOO_FAST, below_us, children, everything, is_beyond_us, words_fit};
use crate::event::{AttemptKey, Direction};
use crate::system;

/// How long processes may take to go after SIGKILL; longer do only those that wait for a disk.
const PATIENCE: Duration = Duration::from_secs(5);
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);
/// For so long at a time only those below us are looked for.
const HUNT_FOR: Duration = Duration::from_millis(100);

/// Nobody found is nobody there only when that was so several times: who forks again and again is easily
/// missed once.
const LOOKS: usize = 3;

/// What a supervisor left behind.
struct Left {
    /// That supervisor's number, the last one's of the run; `None`: nobody noted it.
    supervisor: Option<i32>,
    /// The steps that started and whose end nobody noted.
    open: Vec<Open>,
    /// Processes that may stay: number, and when they began.
    stayed: Vec<(i32, u64)>,
}

/// A step that started and whose end nobody noted.
struct Open {
    key: AttemptKey,
    words: [String; 2],
    /// Its first processes: number, and a moment before which they didn't begin.
    first: Vec<(i32, u64)>,
}

/// From now on, what a supervisor of ours leaves behind when it dies is found below this process.
///
/// # Errors
/// The system refuses.
pub fn adopt_orphans() -> std::io::Result<()> {
    system::adopt_orphans()
}

/// Ends every process of a step of this run that started and whose end nobody noted: the names of
/// those that can't be ended. Blocks; only for when no supervisor of the run lives.
///
/// # Errors
/// The supervisor's log can't be read.
pub fn end_orphans(run: &Utf8Path) -> Result<Vec<String>, LogError> {
    let left = left_by(read_log(run)?, run.file_name().unwrap_or_default());
    if left.open.is_empty() {
        return Ok(Vec::new());
    }
    let until = Instant::now() + PATIENCE;
    let mut empty_looks = 0;
    loop {
        // Stopped first, so that none of them starts another one meanwhile. Those below us are found
        // fast enough for whoever forks again and again.
        let hunt_until = Instant::now() + HUNT_FOR;
        while end(&left.adopted()) && Instant::now() < hunt_until {}
        let members = left.members();
        let nobody = members.is_empty();
        let nobody_hides = !left.may_have_more();
        empty_looks = if nobody && nobody_hides { empty_looks + 1 } else { 0 };
        if empty_looks == LOOKS {
            return Ok(Vec::new());
        }
        // What is another user's isn't ended by waiting either.
        let in_vain = !nobody && !end(&members);
        if in_vain || Instant::now() > until {
            let hidden = nobody.then(|| TOO_FAST.to_owned());
            return Ok(members.iter().map(Process::told).chain(hidden).collect());
        }
        std::thread::sleep(BETWEEN_LOOKS);
    }
}

/// Stops all of them, then kills them; whether any of them is ours to end.
fn end(processes: &[Process]) -> bool {
    let mut ours = false;
    for signal in [Signal::STOP, Signal::KILL] {
        for process in processes {
            ours |= process.signal(signal);
        }
    }
    ours
}

/// What the log of the run with this id tells of those who are left.
fn left_by(log: SupervisorLog, run: &str) -> Left {
    let mut left = Left { supervisor: None, open: Vec::new(), stayed: Vec::new() };
    for note in log.notes {
        match note {
            Note::Opened { pid, .. } => left.supervisor = i32::try_from(pid).ok(),
            Note::Started { key, .. } => {
                left.open.push(Open { words: words_of(run, &key), key, first: Vec::new() });
            }
            Note::Began { key, processes } => {
                left.open.iter_mut().filter(|it| it.key == key).for_each(|it| it.first.clone_from(&processes));
            }
            Note::Ended { key, ending, .. } => {
                left.open.retain(|started| started.key != key);
                left.stayed.extend(ending.stayed);
            }
        }
    }
    left
}

/// What the environment of an attempt's processes says, and of no other's.
fn words_of(run: &str, key: &AttemptKey) -> [String; 2] {
    let direction = match key.direction {
        Direction::Forward => "forward",
        Direction::Back => "back",
        Direction::Look => "look",
    };
    [format!("RUNBOOK_IDEMPOTENCY_KEY={run}-{}-{direction}", key.unit), format!("RUNBOOK_ATTEMPT={}", key.number)]
}

impl Left {
    /// Those who are below us only because nobody else was left to adopt them, and all below them.
    fn adopted(&self) -> Vec<Process> {
        let all = below_us(|child| self.is_adopted(child));
        all.into_iter().filter(|process| !process.is_dead()).collect()
    }

    /// What we start ourselves is in our group; a step and all that it starts is not, and none of it began
    /// before the first of the steps that are left did.
    fn is_adopted(&self, child: &Process) -> bool {
        if self.is_supervisor(child) {
            return false;
        }
        let ours = Process::own().is_none_or(|own| own.is_in_same_group(child));
        let first = self.open.iter().map(|it| it.first.iter().map(|(_, began)| *began).min().unwrap_or(0)).min();
        let is_older = child.identity.noted().1 < first.unwrap_or(0);
        !ours && !is_older && !self.stays(child) && !self.is_of_another(child)
    }

    /// Whether it is the supervisor on its way out, perhaps in another group than ours: what is below it
    /// comes to us when it is gone.
    fn is_supervisor(&self, child: &Process) -> bool {
        self.supervisor == Some(child.identity.pid)
    }

    /// Whether it may stay, or was started by one that may: by the group or session of that.
    fn stays(&self, process: &Process) -> bool {
        self.stayed.iter().any(|stayed| process.identity.noted() == *stayed || process.is_in_group_of(*stayed))
    }

    /// Whether it says that it belongs to a step that is over.
    fn is_of_another(&self, process: &Process) -> bool {
        let fits = |open: &Open| words_fit(process.identity.pid, &open.words);
        let said: Vec<bool> = self.open.iter().filter_map(fits).collect();
        !said.is_empty() && !said.contains(&true)
    }

    /// Takes note of the ends of those who were adopted; whether one of them may just have forked.
    fn may_have_more(&self) -> bool {
        let mut any = false;
        for child in children().into_iter().filter_map(Process::read) {
            if self.is_supervisor(&child) {
                any |= !child.is_dead();
            }
            if !self.is_adopted(&child) {
                continue;
            }
            any = true;
            if let Some(pid) = Pid::from_raw(child.identity.pid) {
                // One that still runs has nothing to tell.
                let _ = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOHANG);
            }
        }
        any
    }

    /// The living processes of these steps, and all below them. A process of another user doesn't show its
    /// environment: it is known by being one of the first, or in their group.
    fn members(&self) -> Vec<Process> {
        let all = everything();
        let mut below: HashMap<i32, Vec<&Process>> = HashMap::new();
        for process in &all {
            below.entry(process.parent()).or_default().push(process);
        }
        let known = |process: &&Process| {
            let pid = process.identity.pid;
            self.open.iter().any(|open| match words_fit(pid, &open.words) {
                Some(ours) => ours,
                None => open.first.iter().any(|first| process.is_of_first(*first)) && is_beyond_us(pid),
            })
        };
        let mut queue: Vec<&Process> = all.iter().filter(known).collect();
        let mut members: HashMap<i32, Process> = HashMap::new();
        while let Some(process) = queue.pop() {
            if !process.is_dead() && members.insert(process.identity.pid, process.clone()).is_none() {
                queue.extend(below.get(&process.identity.pid).into_iter().flatten());
            }
        }
        for process in self.adopted() {
            members.insert(process.identity.pid, process);
        }
        members.into_values().collect()
    }
}
