//! Killing all that a step has started, however it hides or multiplies. Invariant: who is killed was
//! stopped before, so that nothing forks away between a look and the signal.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::{Settings, Step};
use crate::perform::supervisor::errand::Task;
use crate::perform::supervisor::spawn::user_beyond;
use crate::perform::supervisor::sudo;
use crate::perform::supervisor::tree::{House, Process, TOO_FAST};

/// For so long at a time the loop waits for nothing else meanwhile.
const HUNT_FOR: Duration = Duration::from_millis(100);

impl Step {
    /// Stops the whole tree, so that nothing in it can fork any more, and kills it. Whoever forks again
    /// and again is looked for without a pause: between two looks it would always be somebody else.
    pub(super) fn kill(&mut self, last_time: bool, house: &House, settings: &Settings) -> bool {
        let until = Instant::now() + HUNT_FOR;
        let mut stopped = HashSet::new();
        let members = loop {
            let members = house.members_of(&mut self.traces);
            let new: Vec<Process> = members.iter().filter(|it| stopped.insert(it.identity)).cloned().collect();
            if self.why.is_none() && self.left_behind.is_empty() {
                // Whoever forks again and again may have been missed when its step ended.
                self.left_behind = new.iter().map(Process::told).collect();
            }
            self.signal(&new, Signal::STOP, settings);
            let all_stand = new.is_empty() && (!members.is_empty() || house.nothing_left_of(&self.traces));
            if all_stand || Instant::now() >= until {
                break members;
            }
        };
        self.signal(&members, Signal::KILL, settings);
        if self.pids().next().is_none() && house.nothing_left_of(&self.traces) {
            return true;
        }
        if last_time {
            self.survivors = members.iter().map(Process::told).collect();
            if self.survivors.is_empty() {
                self.survivors.push(TOO_FAST.to_owned());
            }
        }
        last_time
    }

    pub(super) fn signal(&self, members: &[Process], signal: Signal, settings: &Settings) {
        let refused: Vec<i32> =
            members.iter().filter(|member| !member.signal(signal)).map(|member| member.identity.pid).collect();
        if let Some(user) = user_beyond(&self.activity.surroundings)
            && !refused.is_empty()
        {
            // Those of another user, by that user; who survives is found by looking again.
            let task = Task::Signal { signal: signal.as_raw(), pids: refused };
            let _ = sudo::send(user, &settings.own_program, self.path(), task);
        }
    }
}
