//! Goes through every state that a crash can leave, and through every crash of the recovery from it.
//!
//! A state is what is on the disk (what is seen and what is durable of it) and what really happened. Each
//! one that wasn't met before is read and mended by the production journal and log. What the engine does
//! then depends on no more than the events, the notes and the world: so of all states that mend to the
//! same (a line torn at another byte) it goes on with the first. Invariant: a state is counted once.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use camino::Utf8Path;
use runbook::event::{Direction, Purpose, Record, Verdict};
use runbook::perform::supervisor::SupervisorLog;

use crate::disk::{Disk, Tears};
use crate::machine::{Missing, Moment, Who};
use crate::scene::Scene;
use crate::stage::{RUN, Stage};
use crate::truth::{self, Truth};

/// How far it goes.
#[derive(Debug, Clone, Copy)]
pub struct Depth {
    /// Where writes are torn on the way out, and during a recovery.
    pub first: Tears,
    pub second: Tears,
    /// Of so many recoveries one is crashed again.
    pub one_in: u64,
    /// Of so many deaths of one process one is followed further than to its end.
    pub deaths: usize,
}

/// What was found.
pub struct Explorer {
    depth: Depth,
    missing: Option<Missing>,
    seen: HashSet<u64>,
    mended: HashSet<u64>,
    /// Recoveries by the engine.
    pub drives: usize,
    /// Enough is found once all of these are broken; empty: it goes on to the end.
    pub enough: Vec<&'static str>,
    /// Every broken promise with its first stories.
    pub broken: Vec<(&'static str, String)>,
}

/// Where a state comes from.
#[derive(Clone)]
struct Origin<'a> {
    /// In words.
    how: &'a str,
    purposes: &'a [Purpose],
    tears: Tears,
    /// Whether recoveries from it are crashed again.
    again: bool,
    /// How the recovery ended that this crash interrupted before it did anything.
    first: Option<FirstRecovery<'a>>,
}

/// Its verdict, what it performed, and how often.
type FirstRecovery<'a> = (&'a Verdict, &'a [(String, Direction)], usize);

const BOTH: &[Purpose] = &[Purpose::Resume, Purpose::Rollback];

impl Explorer {
    pub fn new(depth: Depth, missing: Option<Missing>) -> Self {
        Self {
            depth,
            missing,
            seen: HashSet::new(),
            mended: HashSet::new(),
            drives: 0,
            enough: Vec::new(),
            broken: Vec::new(),
        }
    }

    /// How many distinct states there were.
    pub fn states(&self) -> usize {
        self.seen.len()
    }

    /// Every crash of a scene.
    pub fn explore(&mut self, scene: &Scene) {
        let stage = Stage::new(scene, self.missing);
        stage.exec();
        self.gather(&stage, "exec");
        let moments = stage.machine.moments();
        let done = stage.machine.lock().done;
        let origin = Origin { how: "exec", purposes: BOTH, tears: self.depth.first, again: true, first: None };
        self.crash_at_each(scene, &moments, &origin);
        for operations in 0..done[0] {
            if !self.has_enough() {
                self.engine_dies(scene, operations);
            }
        }
        for operations in 0..done[1] {
            if !self.has_enough() {
                self.supervisor_dies(scene, operations);
            }
        }
    }

    /// Power is lost, or everything killed, at each of these moments.
    fn crash_at_each(&mut self, scene: &Scene, moments: &[Moment], origin: &Origin<'_>) {
        for (number, moment) in moments.iter().enumerate() {
            let how = format!("{}, after operation {number}", origin.how);
            let nothing_began = moments.first().is_none_or(|first| begun(&moment.disk) == begun(&first.disk));
            let first = origin.first.filter(|(_, _, acts)| *acts == moment.truth.acts.len() && nothing_began);
            let origin = Origin { how: &how, first, ..origin.clone() };
            if !moment.disk.is_durable() {
                self.meet(scene, &moment.disk, &moment.truth, &origin);
            }
            moment.disk.after_a_crash(origin.tears, |disk| self.meet(scene, &disk, &moment.truth, &origin));
        }
    }

    fn has_enough(&self) -> bool {
        let broken = |wanted: &&'static str| self.broken.iter().any(|(what, _)| what == wanted);
        !self.enough.is_empty() && self.enough.iter().all(broken)
    }

    /// One state.
    fn meet(&mut self, scene: &Scene, disk: &Disk, truth: &Truth, origin: &Origin<'_>) {
        if self.has_enough() {
            return;
        }
        if !self.seen.insert(hash_of(&(&scene.name, disk, truth))) {
            return;
        }
        let Some(stage) = Stage::after(scene, disk, truth, self.missing) else {
            if !truth.acts.is_empty() || !truth.journal.is_empty() {
                self.breaks(truth::KEPT, format!("{}: {}: the run is gone", scene.name, origin.how));
            }
            return;
        };
        if origin.again {
            stage.machine.remember();
        }
        let found = match stage.find() {
            Ok(found) => found,
            Err(error) => return self.breaks(truth::KEPT, format!("{}: {}: {error}", scene.name, origin.how)),
        };
        if !Self::everything_is_kept(&stage, truth) {
            return self.breaks(truth::KEPT, format!("{}: {}", scene.name, origin.how));
        }
        let has_ended = Record::of(&found.events).verdict.is_some_and(|verdict| verdict.is_final());
        if truth.has_effects() && !has_ended && !stage.is_marked() {
            self.breaks(truth::MARKED, format!("{}: {}: no mark is left", scene.name, origin.how));
        }
        let key = Self::mended_key(scene, &stage, origin);
        if !stage.mends_its_log() {
            self.breaks(truth::SECOND, format!("{}: {}: the supervisor's log", scene.name, origin.how));
        }
        let is_new = self.mended.insert(key);
        // What was mended is whole: of many alike it is read again of some.
        if found.torn && (is_new || self.seen.len().is_multiple_of(16)) {
            let again = stage.find().map(|again| (again.torn, again.events));
            if !again.is_ok_and(|(torn, events)| !torn && events == found.events) {
                self.breaks(truth::SECOND, format!("{}: {}: mended twice", scene.name, origin.how));
            }
        }
        if !is_new {
            return;
        }
        if found.events.is_empty() {
            // There is no head: `resume` says that nothing ran.
            if !truth.acts.is_empty() {
                self.breaks(truth::KEPT, format!("{}: {}: nothing is on record", scene.name, origin.how));
            }
            return;
        }
        drop((stage, found));
        let again = origin.again && key.is_multiple_of(self.depth.one_in);
        for purpose in origin.purposes {
            self.recover(scene, (disk, truth), *purpose, again, origin);
        }
    }

    /// What the engine goes on from: a line that was never whole is no part of it.
    fn mended_key(scene: &Scene, stage: &Stage, origin: &Origin<'_>) -> u64 {
        let inner = stage.machine.lock();
        let journal = inner.disk.find_path(&["runs", RUN, "journal.jsonl"]).unwrap();
        let log = inner.disk.find_path(&["runs", RUN, "supervisor.jsonl"]).unwrap();
        let whole = inner.disk.seen(log).iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let notes = &inner.disk.seen(log)[..whole];
        hash_of(&(&scene.name, origin.purposes.len(), inner.disk.seen(journal), notes, &inner.truth))
    }

    /// The journal and the supervisor's notes begin with all that somebody relied on.
    fn everything_is_kept(stage: &Stage, truth: &Truth) -> bool {
        let inner = stage.machine.lock();
        let journal = inner.disk.find_path(&["runs", RUN, "journal.jsonl"]).unwrap();
        let log = inner.disk.find_path(&["runs", RUN, "supervisor.jsonl"]).unwrap();
        inner.disk.seen(journal).starts_with(&truth.journal)
            && inner.disk.seen(log).starts_with(&truth.notes)
            && SupervisorLog::of(inner.disk.seen(log), Utf8Path::new("supervisor.jsonl")).is_ok()
    }

    fn recover(
        &mut self,
        scene: &Scene,
        (disk, truth): (&Disk, &Truth),
        purpose: Purpose,
        again: bool,
        origin: &Origin<'_>,
    ) {
        let how = format!("{}, {purpose:?}", origin.how);
        let Some(stage) = Stage::after(scene, disk, truth, self.missing) else { return };
        if again {
            stage.machine.remember();
        }
        let Some((verdict, acts)) = self.go_on(&stage, purpose, &how) else { return };
        if let Some((first, their_acts, before)) = origin.first {
            // Where the first one got further before it was interrupted, it said no less.
            if *first != verdict || their_acts != &acts[before.min(acts.len())..] {
                let story = format!("{}: {how}: first {first:?} {their_acts:?}, then {verdict:?} {acts:?}", scene.name);
                self.breaks(truth::SECOND, story);
            }
        }
        if again {
            let moments = stage.machine.moments();
            let before = truth.acts.len();
            // What the cache alone knows, the next loss of power takes.
            let first = disk.is_durable().then_some((&verdict, &acts[before..], before));
            let origin = Origin { how: &how, purposes: &[purpose], tears: self.depth.second, again: false, first };
            self.crash_at_each(scene, &moments, &origin);
        }
        if matches!(verdict, Verdict::Unsettled { .. }) {
            self.settle(scene, &stage, &how);
        }
    }

    /// An unknown outcome: taken back by one operator, settled by another.
    fn settle(&mut self, scene: &Scene, stage: &Stage, how: &str) {
        let (disk, truth) = {
            let inner = stage.machine.lock();
            (inner.disk.clone(), inner.truth.clone())
        };
        self.go_on(stage, Purpose::Rollback, &format!("{how}, then taken back"));
        let Some(other) = Stage::after(scene, &disk, &truth, self.missing) else { return };
        let Ok(found) = other.find() else { return };
        self.drives += 1;
        other.go_on(Purpose::Resume, found, true);
        self.gather(&other, &format!("{how}, then settled"));
    }

    /// Goes on with a run; its verdict, and all that was performed in its life.
    fn go_on(&mut self, stage: &Stage, purpose: Purpose, how: &str) -> Option<(Verdict, Vec<(String, Direction)>)> {
        stage.machine.revive(Who::Engine);
        let found = match stage.find() {
            Ok(found) if found.events.is_empty() => return None,
            Ok(found) => found,
            Err(error) => {
                self.breaks(truth::KEPT, format!("{}: {how}: {error}", stage.scene.name));
                return None;
            }
        };
        self.drives += 1;
        let verdict = stage.go_on(purpose, found, false);
        if verdict.is_none() {
            stage.machine.lock().truth.breaks(truth::TRUE_VERDICT, "the recovery doesn't come to an end".to_owned());
        }
        self.gather(stage, how);
        let acts =
            stage.machine.lock().truth.acts.iter().map(|act| (act.key.unit.clone(), act.key.direction)).collect();
        Some((verdict?, acts))
    }

    /// Whether the crashes after this death are looked at, too: in each scene of other deaths.
    fn is_followed(&self, scene: &Scene, operations: usize) -> bool {
        (operations + scene.name.len()).is_multiple_of(self.depth.deaths)
    }

    /// The engine alone dies after so many operations, and its supervisor lives on.
    fn engine_dies(&mut self, scene: &Scene, operations: usize) {
        for purpose in BOTH {
            for finishes_first in [false, true] {
                let stage = Stage::new(scene, self.missing);
                let before = stage.machine.lock().done[0];
                stage.machine.kill_after(Who::Engine, operations.saturating_sub(before));
                if operations < before || stage.exec().is_some() {
                    return;
                }
                let how = format!("the engine dies after {operations} operations, {purpose:?}");
                if finishes_first {
                    stage.house.finish();
                }
                let again = self.is_followed(scene, operations);
                if again {
                    stage.machine.remember();
                } else {
                    stage.machine.moments();
                }
                self.go_on(&stage, *purpose, &how);
                let moments = stage.machine.moments();
                let origin = Origin { how: &how, purposes: BOTH, tears: self.depth.second, again: false, first: None };
                self.crash_at_each(scene, &moments, &origin);
            }
        }
    }

    /// The supervisor alone dies after so many operations, and the engine goes on.
    fn supervisor_dies(&mut self, scene: &Scene, operations: usize) {
        let stage = Stage::new(scene, self.missing);
        stage.machine.moments();
        if self.is_followed(scene, operations) {
            stage.machine.remember();
        }
        stage.house.dies_after(operations);
        let how = format!("the supervisor dies after {operations} operations");
        stage.exec();
        self.gather(&stage, &how);
        let moments = stage.machine.moments();
        let origin = Origin { how: &how, purposes: BOTH, tears: self.depth.second, again: false, first: None };
        self.crash_at_each(scene, &moments, &origin);
    }

    fn gather(&mut self, stage: &Stage, how: &str) {
        let stories = std::mem::take(&mut stage.machine.lock().truth.stories);
        let broken = stage.machine.lock().truth.broken.clone();
        for what in broken {
            let story = stories.iter().find(|story| story.starts_with(what)).cloned().unwrap_or_default();
            let acts = stage.machine.lock().truth.acts.clone();
            let acts: Vec<_> =
                acts.iter().map(|act| format!("{} {:?} {:?}", act.key.unit, act.key.direction, act.says)).collect();
            self.breaks(what, format!("{}: {how}: {story}; performed: {acts:?}", stage.scene.name));
        }
    }

    fn breaks(&mut self, what: &'static str, story: String) {
        if self.broken.iter().filter(|(known, _)| *known == what).count() < 3 {
            self.broken.push((what, story));
        }
    }
}

/// How many starts are written: those that the supervisor notes, and of what the engine does itself the
/// intents. An end that is written, too: who resumes a run that was halted begins something new.
fn begun(disk: &Disk) -> usize {
    let count = |name, what: &[&str]| {
        let bytes = disk.find_path(&["runs", RUN, name]).map_or(&[][..], |file| disk.seen(file));
        let text = String::from_utf8_lossy(bytes);
        let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        whole.filter(|line| what.iter().all(|what| line.contains(what))).count()
    };
    count("supervisor.jsonl", &["\"started\"", "\"forward\""])
        + count("supervisor.jsonl", &["\"started\"", "\"back\""])
        + count("journal.jsonl", &["\"attempt-started\"", "\"before\""])
        + count("journal.jsonl", &["\"run-ended\""])
}

fn hash_of(what: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}
