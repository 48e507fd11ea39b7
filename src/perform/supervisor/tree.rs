//! Which processes belong to a step, however they tried to get away, and signals to them.
//!
//! The supervisor adopts orphans: whatever a step starts stays below it, also after new sessions,
//! new groups and double forks. A process whose parent is gone becomes the supervisor's own child;
//! then its group, its session, the step's own words in its environment and the pipes that it holds
//! tell whose it is. With one step under way there is no question at all; with several, a process
//! that hides all four belongs to the step that is the last one left.
//!
//! It leaves when to look to the step: nothing here is called on the way of a step that ends well.
//! Invariant: a signal goes only to the very process that was looked at, never to one that got its
//! number later.

use std::collections::{HashMap, HashSet};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, WaitIdStatus, waitid};

use crate::system::{self, ProcessFacts};

/// One process, for as long as the machine runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Identity {
    pub(super) pid: i32,
    /// When it began, in ticks since the machine started.
    began: u64,
}

/// What the system tells of a process.
#[derive(Debug, Clone)]
pub(super) struct Process {
    pub(super) identity: Identity,
    pub(super) name: String,
    is_dead: bool,
    parent: i32,
    group: i32,
    session: i32,
}

/// What there is to know a step's processes by.
pub(super) struct Traces {
    /// The step's process group.
    pub(super) group: i32,
    /// The first processes of the step that still run.
    pub(super) parts: Vec<i32>,
    /// The step's words in its environment: `RUNBOOK_STEP_ID=…`, `RUNBOOK_ATTEMPT=…`.
    pub(super) words: Vec<String>,
    /// The pipes to which it prints: `pipe:[4711]`.
    pub(super) pipes: Vec<String>,
    /// Processes that were seen below it.
    pub(super) seen: HashSet<Identity>,
}

/// What all steps together look like from one of them.
pub(super) struct House {
    /// The first processes of all steps.
    pub(super) parts: HashSet<i32>,
    /// Those that may stay, and what they start.
    pub(super) stayed: HashSet<Identity>,
    /// The sessions and groups of those.
    pub(super) stayed_groups: HashSet<i32>,
    /// There is no other step.
    pub(super) alone: bool,
}

impl Identity {
    /// As it is written down.
    pub(super) fn noted(&self) -> (i32, u64) {
        (self.pid, self.began)
    }
}

impl Process {
    /// This process. Its group and session are 0 in a container whose first process didn't make its
    /// own: those numbers have no process here, and system calls that return them have no `Pid`.
    pub(super) fn own() -> Option<Self> {
        Self::read(rustix::process::getpid().as_raw_pid())
    }

    /// Its process group; `None`: the group is outside the container.
    pub(super) fn group(&self) -> Option<Pid> {
        Pid::from_raw(self.group)
    }

    pub(super) fn read(pid: i32) -> Option<Self> {
        let ProcessFacts { pid, name, is_dead, parent, group, session, began } = system::facts(pid)?;
        Some(Self { identity: Identity { pid, began }, name, is_dead, parent, group, session })
    }

    pub(super) fn is_dead(&self) -> bool {
        self.is_dead
    }

    pub(super) fn parent(&self) -> i32 {
        self.parent
    }

    /// As it is told: `sleep (4711)`.
    pub(super) fn told(&self) -> String {
        format!("{} ({})", self.name, self.identity.pid)
    }

    /// Whether it is this first process, which began no earlier than that, or in its group.
    pub(super) fn is_of_first(&self, first: (i32, u64)) -> bool {
        self.is_in_group_of(first) || self.identity.pid == first.0 && self.identity.began >= first.1
    }

    /// Whether it is in the group of this first process, which began before it.
    pub(super) fn is_in_group_of(&self, (first, began): (i32, u64)) -> bool {
        self.group == first && self.identity.began >= began
    }

    /// Whether another one is in its group.
    pub(super) fn is_in_same_group(&self, other: &Self) -> bool {
        self.group == other.group
    }

    /// Sends a signal to this very process; `false`: we may not.
    pub(super) fn signal(&self, signal: Signal) -> bool {
        let Some(pid) = Pid::from_raw(self.identity.pid) else { return true };
        let is_it = || Self::read(self.identity.pid).is_some_and(|now| now.identity == self.identity);
        system::signal_exactly(pid, signal, is_it)
    }
}

impl House {
    /// The processes that a step left behind: children of ours that aren't the first of a step. No
    /// process at all is the usual answer, and costs one system call.
    pub(super) fn orphans_of(&self, traces: &Traces) -> Vec<Process> {
        if no_child() {
            return Vec::new();
        }
        children()
            .into_iter()
            .filter(|pid| !self.parts.contains(pid))
            .filter_map(Process::read)
            .filter(|process| !process.is_dead() && self.belongs(process, traces))
            .collect()
    }

    /// Whether nothing is left of a step, for certain. Having no child at all is certain, and the
    /// usual answer: one system call. Otherwise each child is looked at: one that is dead by then may
    /// have forked since the children were listed, so that nothing is certain yet.
    pub(super) fn nothing_left_of(&self, traces: &Traces) -> bool {
        if no_child() {
            return true;
        }
        self.reap_orphans();
        if no_child() {
            return true;
        }
        let others = children().into_iter().filter(|pid| !self.parts.contains(pid));
        others
            .map(Process::read)
            .all(|child| child.is_some_and(|child| !child.is_dead() && !self.belongs(&child, traces)))
    }

    /// Takes note of the ends of children that no step waits for.
    pub(super) fn reap_orphans(&self) {
        if !somebody_ended() {
            return;
        }
        for pid in children().into_iter().filter(|pid| !self.parts.contains(pid)).filter_map(Pid::from_raw) {
            // One that still runs has nothing to tell.
            let _ = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOHANG);
        }
    }

    /// Every living process of a step: its first ones, its orphans, and all below them.
    pub(super) fn members_of(&self, traces: &mut Traces) -> Vec<Process> {
        let is_root = |child: &Process| {
            let pid = child.identity.pid;
            traces.parts.contains(&pid) || (!self.parts.contains(&pid) && self.belongs(child, traces))
        };
        let members = below_us(is_root);
        traces.seen.extend(members.iter().map(|process| process.identity));
        members.into_iter().filter(|process| !process.is_dead()).collect()
    }

    fn belongs(&self, orphan: &Process, traces: &Traces) -> bool {
        if traces.seen.contains(&orphan.identity) || orphan.group == traces.group || orphan.session == traces.group {
            return true;
        }
        let stays = self.stayed.contains(&orphan.identity)
            || self.stayed_groups.contains(&orphan.group)
            || self.stayed_groups.contains(&orphan.session);
        if stays {
            return false;
        }
        if let Some(ours) = words_fit(orphan.identity.pid, &traces.words) {
            return ours;
        }
        self.alone || system::holds_any(orphan.identity.pid, &traces.pipes)
    }
}

/// Whether a process has the step's words in its environment; `None`: it doesn't have all of them, and
/// none of another step.
pub(super) fn words_fit(pid: i32, words: &[String]) -> Option<bool> {
    fit(&system::environment(pid)?, words)
}

fn fit(env: &[Vec<u8>], words: &[String]) -> Option<bool> {
    let is_others = |entry: &Vec<u8>, word: &String| {
        let name = word.split_once('=').map_or(word.as_str(), |(name, _)| name);
        entry.starts_with(name.as_bytes()) && entry.get(name.len()) == Some(&b'=') && entry != word.as_bytes()
    };
    if words.iter().any(|word| env.iter().any(|entry| is_others(entry, word))) {
        return Some(false);
    }
    // What is read while it ends or becomes another program is only the beginning.
    let has_all = words.iter().all(|word| env.iter().any(|entry| entry == word.as_bytes()));
    (has_all && !words.is_empty()).then_some(true)
}

/// What is said of those who are there each time one looks, and never the same.
pub(super) const TOO_FAST: &str = "something that forks faster than it can be ended";

/// Whether nobody tells us its environment, so that nobody can tell by it whose step it is: another user's.
pub(super) fn is_beyond_us(pid: i32) -> bool {
    system::environment(pid).is_none()
}

/// Whether a child of ours ended that nobody took note of yet.
pub(super) fn somebody_ended() -> bool {
    matches!(look_at_children(), Ok(Some(_)))
}

fn no_child() -> bool {
    matches!(look_at_children(), Err(Errno::CHILD))
}

fn look_at_children() -> Result<Option<WaitIdStatus>, Errno> {
    waitid(WaitId::All, WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT)
}

/// Our children, whatever state they are in.
pub(super) fn children() -> Vec<i32> {
    let own = own_number();
    system::children_of(own).unwrap_or_else(|| {
        everything().into_iter().filter(|process| process.parent == own).map(|process| process.identity.pid).collect()
    })
}

/// Those of our children that are asked for, and all below them. Only they are looked at where the system
/// lists the children of each: whoever looks for what forks all the time has to be fast.
pub(super) fn below_us(is_root: impl Fn(&Process) -> bool) -> Vec<Process> {
    let mut all: Option<HashMap<i32, Vec<i32>>> = None;
    let mut children_of = |pid: i32| {
        system::children_of(pid).unwrap_or_else(|| {
            let all = all.get_or_insert_with(|| {
                let mut below: HashMap<i32, Vec<i32>> = HashMap::new();
                for process in everything() {
                    below.entry(process.parent).or_default().push(process.identity.pid);
                }
                below
            });
            all.get(&pid).cloned().unwrap_or_default()
        })
    };
    let mut queue: Vec<Process> =
        children_of(own_number()).into_iter().filter_map(Process::read).filter(is_root).collect();
    let mut found = HashMap::new();
    while let Some(process) = queue.pop() {
        let pid = process.identity.pid;
        if found.insert(process.identity, process).is_none() {
            queue.extend(children_of(pid).into_iter().filter_map(Process::read));
        }
    }
    found.into_values().collect()
}

fn own_number() -> i32 {
    rustix::process::getpid().as_raw_pid()
}

/// Groups and sessions of processes that may stay.
pub(super) fn groups_of(processes: &[Process]) -> impl Iterator<Item = i32> + '_ {
    let own = Process::own().map_or(0, |own| own.session);
    processes.iter().flat_map(|process| [process.group, process.session]).filter(move |group| *group != own)
}

/// Every process of this host that we can see.
pub(super) fn everything() -> Vec<Process> {
    system::processes().unwrap_or_default().into_iter().filter_map(Process::read).collect()
}

/// Whether the process that started this one is in the same session: a shell that can let it go on
/// after Ctrl-Z. `false` where it is outside the container.
#[must_use]
pub fn has_its_shell() -> bool {
    let parent = rustix::process::getppid().and_then(|parent| Process::read(parent.as_raw_pid()));
    matches!((parent, Process::own()), (Some(parent), Some(own)) if parent.session == own.session)
}

#[cfg(test)]
mod tests {
    use super::fit;

    #[test]
    fn half_an_environment_is_nobody_elses() {
        let words = ["RUNBOOK_STEP_ID=one", "RUNBOOK_ATTEMPT=2"].map(str::to_owned);
        let told =
            |entries: &[&str]| fit(&entries.iter().map(|entry| entry.as_bytes().to_vec()).collect::<Vec<_>>(), &words);
        assert_eq!(told(&["A=b", "RUNBOOK_ATTEMPT=2", "RUNBOOK_STEP_ID=one"]), Some(true));
        assert_eq!(told(&["RUNBOOK_ATTEMPT=2"]), None);
        assert_eq!(told(&[]), None);
        assert_eq!(told(&["RUNBOOK_ATTEMPT=21", "RUNBOOK_STEP_ID=one"]), Some(false));
        assert_eq!(told(&["RUNBOOK_STEP_ID=two"]), Some(false));
    }
}
