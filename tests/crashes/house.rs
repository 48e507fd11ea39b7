//! The supervisor and the world in one: requests come in the production protocol, starts and ends are
//! noted by the production ledger, and instead of a process something happens to the truth.
//!
//! Derived actions are performed by the engine itself, as in production. Invariant: what a dead
//! supervisor has not yet done never happens.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;
use runbook::event::{AttemptKey, Datum, Direction, Observation, Outcome, Performance};
use runbook::journal::{Folder as _, mark_name};
use runbook::model::SubjectName;
use runbook::perform::process::{Fate, fate_in, performance_of};
use runbook::perform::supervisor::{Answer, Ending, Frames, Ledger, Log, Request, SupervisorLog, encode};
use runbook::perform::{Performer, Running, Stop, Unseen};
use runbook::plan::{ResolvedAction, ResolvedActivity, StateBefore};

use crate::answers::{ending, is_process, nothing};
use crate::machine::{LOCKS, Machine, Missing, Shelf, Who};
use crate::scene::{Says, Scene};

const LOG: &str = "supervisor.jsonl";

/// What the engine's performer and the supervisor of its run share.
pub struct House {
    scene: Scene,
    machine: Machine,
    run: Shelf,
    living: RefCell<Option<Living>>,
    /// After how many operations the first supervisor dies; `None`: it doesn't.
    dies_after: Cell<Option<usize>>,
}

/// A living supervisor.
struct Living {
    ledger: Ledger,
    frames: Frames,
    /// What it has not read yet.
    requests: Vec<Vec<u8>>,
    /// What runs, and how it will end.
    steps: Vec<(AttemptKey, Ending)>,
    /// Ends that were told and aren't known to be on the disk.
    unsettled: Vec<AttemptKey>,
    /// How many it has told.
    told: usize,
    /// Its engine is gone: it listens to no other one.
    deserted: bool,
}

impl House {
    pub fn new(scene: &Scene, machine: &Machine, run: &Shelf) -> Rc<Self> {
        Rc::new(Self {
            scene: scene.clone(),
            machine: machine.clone(),
            run: run.clone(),
            living: RefCell::new(None),
            dies_after: Cell::new(None),
        })
    }

    /// The next supervisor dies after so many operations.
    pub fn dies_after(&self, operations: usize) {
        self.dies_after.set(Some(operations));
    }

    pub fn is_alive(&self) -> bool {
        self.living.borrow().is_some() && !self.machine.is_dead(Who::Supervisor)
    }

    /// Another engine comes. The supervisor that lives hears nothing of it, and what it still does is
    /// answered to nobody: to the next engine it would be the answer to a question that was asked before
    /// the world became as it is.
    pub fn desert(&self) {
        self.living.borrow_mut().iter_mut().for_each(|living| living.deserted = true);
    }

    /// The engine is gone: the supervisor does what it was asked for, brings its steps to their end, and
    /// goes.
    pub fn finish(&self) {
        while self.understand() {}
        let Some(mut living) = self.living.borrow_mut().take() else { return };
        for (key, ending) in std::mem::take(&mut living.steps) {
            living.ledger.end(&key, &ending);
            living.unsettled.push(key);
        }
        self.settle_all(&mut living);
    }

    /// What was noted in the log, as whoever reads it now sees it.
    pub fn log(&self) -> Result<SupervisorLog, String> {
        let Some(mut volume) = self.run.volume(LOG, Who::Supervisor) else { return Ok(SupervisorLog::default()) };
        let bytes = runbook::event::Storage::read(&mut volume).map_err(|error| error.to_string())?;
        SupervisorLog::of(&bytes, Utf8Path::new(LOG)).map_err(|error| error.to_string())
    }

    /// Starts a supervisor where none of this engine lives; one that lives is waited for, as in production.
    pub fn open(&self) -> Result<(), String> {
        if self.is_alive() {
            if !self.living.borrow().as_ref().is_some_and(|living| living.deserted) {
                return Ok(());
            }
            self.finish();
        }
        self.machine.revive(Who::Supervisor);
        if let Some(operations) = self.dies_after.take() {
            self.machine.kill_after(Who::Supervisor, operations);
        }
        let volume = self.run.volume(LOG, Who::Supervisor).ok_or("there is no log")?;
        let log = Log::open_on(Box::new(volume), Utf8Path::new(LOG), 2, Timestamp::UNIX_EPOCH);
        let log = log.map_err(|error| error.to_string())?;
        let ledger = Ledger::new(log, Box::new(|| Timestamp::UNIX_EPOCH));
        let living = Living {
            ledger,
            frames: Frames::default(),
            requests: Vec::new(),
            steps: Vec::new(),
            unsettled: Vec::new(),
            told: 0,
            deserted: false,
        };
        *self.living.borrow_mut() = Some(living);
        self.rely_on_notes();
        Ok(())
    }

    /// Reads one request and starts its step; `false`: there was none, or nobody to read it.
    fn understand(&self) -> bool {
        if !self.is_alive() {
            return false;
        }
        let mut living = self.living.borrow_mut();
        let Some(living) = living.as_mut().filter(|living| !living.requests.is_empty()) else { return false };
        // Whoever asks for more finds what was told before on the disk.
        self.settle_all(living);
        let request = living.requests.remove(0);
        // In pieces, as a socket gives them.
        for piece in request.chunks(64 * 1024) {
            living.frames.push(piece);
        }
        let Ok(Some(Request::Perform { key, .. })) = living.frames.take() else { panic!("it is a request") };
        let first = self.machine.lock().missing == Some(Missing::StartNoteFirst);
        if first {
            let _ = self.happen(&key, true);
        }
        let started = living.ledger.start(&key, |_: Utf8PathBuf| {
            self.rely_on(&key);
            if first { Ok(self.end_of(&key)) } else { self.happen(&key, true) }
        });
        if let Ok(ending) = started {
            living.steps.push((key, ending));
        }
        true
    }

    /// Something happens in the world, or can't begin.
    fn happen(&self, key: &AttemptKey, noted: bool) -> Result<Ending, String> {
        let says = self.machine.operate(if noted { Who::Supervisor } else { Who::Engine }, |inner| {
            if key.direction == Direction::Look {
                return self.look(&inner.truth, &key.unit);
            }
            let says = self.scene.says(&key.unit, key.direction, inner.truth.times(&key.unit, key.direction));
            let durable = |name| {
                let file = self.path(name).and_then(|file| inner.disk.find_path(&file));
                file.map(|it| inner.disk.durable(it).to_vec())
            };
            let (journal, log) = (durable("journal.jsonl"), durable(LOG));
            if says != Says::DoesNotStart {
                let names = self.scene.plan.phases.iter().flat_map(|phase| &phase.locks).map(|name| mark_name(name));
                let names: Vec<String> = names.collect();
                let marks = names.iter().map(|name| inner.disk.durable_at(&[LOCKS, name]));
                inner.truth.judge_marks(key, self.run.path().file_name().unwrap_or_default(), marks);
                inner.truth.judge(
                    key,
                    &journal.unwrap_or_default(),
                    noted.then_some(log.as_deref().unwrap_or_default()),
                );
            }
            inner.truth.acted(key, says);
            says
        });
        match says.map_err(|error| error.to_string())? {
            Says::DoesNotStart => Err("no such program".to_owned()),
            says => Ok(ending(says)),
        }
    }

    fn end_of(&self, key: &AttemptKey) -> Ending {
        let inner = self.machine.lock();
        let says = inner.truth.acts.iter().rev().find(|act| act.key == *key).map_or(Says::Exit(0), |act| act.says);
        ending(says)
    }

    /// What a look answers: whether the step's effect is there; all else is well.
    fn look(&self, truth: &crate::truth::Truth, unit: &str) -> Says {
        let is_step = self.scene.plan.index(unit).is_some_and(|index| self.scene.plan.units[index].step().is_some());
        if is_step && !truth.is_there(unit) { Says::Exit(1) } else { Says::Exit(0) }
    }

    fn path(&self, name: &'static str) -> Option<Vec<&str>> {
        let run = self.run.path().file_name()?;
        Some(vec!["runs", run, name])
    }

    /// What was told is on the disk, and may be relied on.
    fn settle_all(&self, living: &mut Living) {
        living.ledger.settle();
        for key in std::mem::take(&mut living.unsettled) {
            if !self.machine.is_dead(Who::Supervisor) || self.has_end(&key) {
                self.machine.lock().truth.told(&key);
                self.rely_on(&key);
            }
        }
    }

    /// Whether the end is on record although its supervisor died with the note.
    fn has_end(&self, key: &AttemptKey) -> bool {
        let log = self.log().unwrap_or_default();
        let unsynced = self.run.volume(LOG, Who::Supervisor).is_some_and(|volume| volume.has_unsynced());
        !unsynced && matches!(fate_in(&log, false, Utf8Path::new(""), key), Fate::Ended(_))
    }

    /// Somebody goes on because of a note.
    fn rely_on(&self, key: &AttemptKey) {
        if key.direction != Direction::Look {
            self.rely_on_notes();
        }
    }

    fn rely_on_notes(&self) {
        let mut inner = self.machine.lock();
        let Some(file) = self.path(LOG).and_then(|path| inner.disk.find_path(&path)) else { return };
        inner.truth.notes = inner.disk.seen(file).into();
    }

    async fn perform_process(&self, key: &AttemptKey, activity: &ResolvedActivity, stop: &Stop) -> Performance {
        if stop.is_asked() {
            return nothing(Outcome::NotApplied, "it was stopped before it started");
        }
        if let Err(why) = self.open() {
            return nothing(Outcome::NotApplied, &why);
        }
        let request =
            Request::Perform { number: 1, key: key.clone(), activity: Box::new(std::borrow::Cow::Borrowed(activity)) };
        let sent = self.machine.operate(Who::Engine, |_| ());
        if let Some(living) = self.living.borrow_mut().as_mut().filter(|_| sent.is_ok()) {
            living.requests.push(encode(&request));
        }
        if self.machine.is_dead(Who::Engine) {
            // Nobody hears this any more; what was sent lies in the socket.
            return nothing(Outcome::Unknown, "the engine is dead");
        }
        // The supervisor's turn.
        tokio::task::yield_now().await;
        while self.understand() {}
        // The step's.
        let millis = match key.direction {
            Direction::Forward => self.scene.millis.get(&key.unit).copied(),
            Direction::Back | Direction::Look => None,
        };
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(millis.unwrap_or(self.scene.usual))) => {}
            () = stop.asked() => self.cut_short(key),
        }
        self.end(key)
    }

    /// What runs is ended on request.
    fn cut_short(&self, key: &AttemptKey) {
        let mut borrowed = self.living.borrow_mut();
        let steps = borrowed.iter_mut().flat_map(|living| &mut living.steps);
        if let Some((_, ended)) = steps.into_iter().find(|(running, _)| running == key) {
            *ended = ending(Says::IsUnknown);
            self.machine.lock().truth.cut_short(key);
        }
    }

    /// The end of a step, as the engine hears it.
    fn end(&self, key: &AttemptKey) -> Performance {
        let mut borrowed = self.living.borrow_mut();
        let own = borrowed.as_mut().filter(|_| !self.machine.is_dead(Who::Supervisor));
        if let Some(living) = own {
            let Some(place) = living.steps.iter().position(|(running, _)| running == key) else {
                drop(borrowed);
                // It was told at once that it didn't start.
                return self.fate(key, false).after_death("", 0.0);
            };
            let (key, ending) = living.steps.remove(place);
            living.ledger.end(&key, &ending);
            living.unsettled.push(key);
            living.told += 1;
            if self.machine.operate(Who::Supervisor, |_| ()).is_ok() {
                // Sooner or later than what the engine does next.
                if living.told.is_multiple_of(2) {
                    self.settle_all(living);
                }
                let mut frames = Frames::default();
                frames.push(&encode(&Answer::Ended { number: 1, ending: Box::new(ending) }));
                let Ok(Some(Answer::Ended { ending, .. })) = frames.take() else { panic!("it is an answer") };
                return performance_of(Utf8Path::new(""), &ending);
            }
        }
        drop(borrowed);
        *self.living.borrow_mut() = None;
        self.fate(key, false).after_death("", 0.0)
    }

    fn fate(&self, key: &AttemptKey, lives: bool) -> Fate {
        self.log().map_or(Fate::Unknown, |log| fate_in(&log, lives, Utf8Path::new(""), key))
    }

    fn probe_truth(&self, activity: &ResolvedActivity) -> bool {
        let verb = match &activity.action {
            ResolvedAction::ServiceChange { verb, .. } => format!("{verb:?}").to_lowercase(),
            _ => String::new(),
        };
        self.machine.lock().truth.is_there(&verb)
    }
}

impl Performer for House {
    fn perform<'a>(
        &'a self,
        key: &'a AttemptKey,
        activity: &'a ResolvedActivity,
        stop: &'a Stop,
    ) -> Running<'a, Performance> {
        Box::pin(async move {
            if is_process(&activity.action) {
                return self.perform_process(key, activity, stop).await;
            }
            tokio::task::yield_now().await;
            match self.happen(key, false) {
                Ok(_) => {
                    let stops = matches!(
                        activity.action,
                        ResolvedAction::ServiceChange { verb: runbook::model::ServiceVerb::Stop, .. }
                    );
                    let active = Datum::Text(if stops { "inactive" } else { "active" }.to_owned());
                    Performance {
                        outcome: Outcome::Applied,
                        observation: Some(Observation::default().with(SubjectName::Active, active)),
                        trouble: None,
                        seconds: 0.0,
                    }
                }
                Err(why) => nothing(Outcome::NotApplied, &why),
            }
        })
    }

    fn settle(&self) -> Running<'_, ()> {
        Box::pin(async {
            if self.is_alive() {
                self.living.borrow_mut().iter_mut().for_each(|living| self.settle_all(living));
            }
        })
    }

    fn capture<'a>(&'a self, activity: &'a ResolvedActivity) -> Running<'a, Result<Option<StateBefore>, String>> {
        let before = match &activity.action {
            ResolvedAction::ServiceChange { verb, unit } => Some(StateBefore::Unit {
                unit: unit.clone().unwrap_or_default(),
                verb: *verb,
                was_active: true,
                was_enabled: None,
            }),
            _ => None,
        };
        Box::pin(async move { Ok(before) })
    }

    fn probe<'a>(&'a self, activity: &'a ResolvedActivity, _: &'a StateBefore) -> Running<'a, Option<bool>> {
        Box::pin(async { Some(self.probe_truth(activity)) })
    }

    fn forget<'a>(&'a self, _: &'a ResolvedActivity, _: &'a StateBefore) -> Running<'a, Result<(), String>> {
        Box::pin(async { Ok(()) })
    }

    fn recover<'a>(
        &'a self,
        key: &'a AttemptKey,
        activity: &'a ResolvedActivity,
    ) -> Running<'a, Result<Performance, Unseen>> {
        Box::pin(async move {
            if !is_process(&activity.action) {
                return Err(Unseen::default());
            }
            let fate = self.fate(key, self.is_alive());
            if fate == Fate::StillRunning {
                self.finish();
                return self.fate(key, false).recovered().ok_or_else(Unseen::default);
            }
            fate.recovered().ok_or_else(Unseen::default)
        })
    }
}
