//! Drives a run on a machine with the production engine: from its first event, or from what a crash left.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use camino::Utf8PathBuf;
use jiff::Timestamp;
use runbook::engine::judge::Judge;
use runbook::engine::{Carrier, Engine, EngineError, Footing, Notice, Signal};
use runbook::event::{
    Answered, EngineStarted, Event, Listener, Locks, Outline, Person, Purpose, Question, Record, Reply, RunStarted,
    Stamped, TakenLock, Verdict, Wanted,
};
use runbook::journal::{
    Folder, Holder, JournalError, Resumed, RunId, RunStore, Writer, make_run_keeping, mark_name, put_mark, resume_in,
    start_in, take_mark_off, way_back_of,
};
use runbook::perform::Running;
use tokio::sync::mpsc;

use crate::disk::Disk;
use crate::house::House;
use crate::machine::{LOCKS, Machine, Missing, Shelf, Who};
use crate::scene::Scene;
use crate::truth::Truth;

/// The name of every run here.
pub const RUN: &str = "release-20261122-033000-00000";

/// A run on a machine.
pub struct Stage {
    pub scene: Scene,
    pub machine: Machine,
    pub run: Shelf,
    pub house: Rc<House>,
    runtime: Rc<tokio::runtime::Runtime>,
}

/// What comes from outside, in milliseconds from the start of an engine.
#[derive(Default)]
pub struct Outside {
    pub signals: Vec<u64>,
    /// When the engine dies.
    pub death: Option<u64>,
}

/// What a new engine found.
pub struct Found {
    pub events: Vec<Stamped>,
    writer: Writer,
    notes: Vec<String>,
    pub torn: bool,
}

thread_local! {
    static RUNTIME: RefCell<Option<Rc<tokio::runtime::Runtime>>> = const { RefCell::new(None) };
}

fn runtime() -> Rc<tokio::runtime::Runtime> {
    RUNTIME.with_borrow_mut(|kept| {
        let new = || tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        Rc::clone(kept.get_or_insert_with(|| Rc::new(new())))
    })
}

impl Stage {
    /// A new run: its directory and its empty journal. Every moment from here on is remembered.
    pub fn new(scene: &Scene, missing: Option<Missing>) -> Self {
        Self::keeping(scene, missing, |_| Ok(()))
    }

    /// Likewise with a bundle, which `keep` writes.
    pub fn keeping(scene: &Scene, missing: Option<Missing>, keep: impl Fn(&Shelf) -> io::Result<()>) -> Self {
        let machine = Machine::new(Disk::default(), Truth::of(&scene.plan), missing);
        machine.remember();
        let id = RunId::parse(RUN).unwrap();
        let run = make_run_keeping(&machine.root(), &id, keep).unwrap().unwrap();
        Self::on(scene, machine, run)
    }

    fn on(scene: &Scene, machine: Machine, run: Shelf) -> Self {
        let house = House::new(scene, &machine, &run);
        Self { scene: scene.clone(), machine, run, house, runtime: runtime() }
    }

    /// The run that a crash left on a disk; `None`: no run.
    pub fn after(scene: &Scene, disk: &Disk, truth: &Truth, missing: Option<Missing>) -> Option<Self> {
        let machine = Machine::new(disk.clone(), truth.clone(), missing);
        let root = machine.root();
        let runs = Folder::child(&root, "runs").unwrap()?;
        let run = Folder::child(&runs, RUN).unwrap()?;
        run.volume("journal.jsonl", Who::Engine)?;
        run.volume("supervisor.jsonl", Who::Engine)?;
        Some(Self::on(scene, machine, run))
    }

    /// Whether every lock of the run keeps others out: its mark is there, and whole.
    pub fn is_marked(&self) -> bool {
        let inner = self.machine.lock();
        let is_marked = |name: &String| {
            let mark = inner.disk.find_path(&[LOCKS, &mark_name(name)]).map(|file| inner.disk.seen(file));
            let holder = mark.and_then(|mark| serde_json::from_slice::<Holder>(mark).ok());
            holder.is_some_and(|holder| holder == Marks::holder())
        };
        self.scene.plan.phases.iter().flat_map(|phase| &phase.locks).all(is_marked)
    }

    /// Executes the run from its first event on; `None`: the engine died.
    pub fn exec(&self) -> Option<Verdict> {
        self.exec_under(&Outside::default())
    }

    /// The same while something comes from outside.
    pub fn exec_under(&self, outside: &Outside) -> Option<Verdict> {
        let writer = start_in(&self.run, way_back_of(self.scene.plan.units.len())).unwrap();
        let found = Found { events: Vec::new(), writer, notes: Vec::new(), torn: false };
        self.drive(Purpose::Exec, found, false, outside)
    }

    /// What a new engine finds in the journal, mended.
    ///
    /// # Errors
    /// What it refuses.
    pub fn find(&self) -> Result<Found, JournalError> {
        let Resumed { events, writer, torn } = resume_in::<Stamped>(&self.run)?;
        let notes = torn.iter().map(|torn| format!("{} bytes were cut from the journal's end", torn.bytes));
        Ok(Found { events, writer, notes: notes.collect(), torn: torn.is_some() })
    }

    /// Whether the next supervisor finds the notes that are there, and nothing torn after it.
    pub fn mends_its_log(&self) -> bool {
        let before = self.house.log();
        before.is_ok_and(|before| {
            before.torn == 0
                || self.house.open().is_ok()
                    && self.house.log().is_ok_and(|after| {
                        after.torn == 0
                            && after.notes.len() == before.notes.len() + 1
                            && after.notes.starts_with(&before.notes)
                    })
        })
    }

    /// Goes on with the run; `asked`: a person who knows the truth answers.
    pub fn go_on(&self, purpose: Purpose, found: Found, asked: bool) -> Option<Verdict> {
        self.drive(purpose, found, asked, &Outside::default())
    }

    fn drive(&self, purpose: Purpose, found: Found, asked: bool, outside: &Outside) -> Option<Verdict> {
        let record = Record::of(&found.events);
        let from = found.events.last().map_or(Timestamp::UNIX_EPOCH, |event| event.at);
        let carrier = Carrier {
            performer: self.house.clone(),
            judge: Judge::default(),
            sources: Arc::clone(&self.scene.sources),
            folder: Utf8PathBuf::from("/release"),
            kept: runbook::plan::KeptFiles::default(),
            inherited: BTreeMap::new(),
            run: RUN.to_owned(),
            secrets: BTreeMap::new(),
        };
        let (sender, notices) = mpsc::unbounded_channel();
        let at_start = self.runtime.block_on(async { tokio::time::Instant::now() });
        let footing = Footing {
            store: Box::new(RunStore::new(found.writer, self.scene.plan.units.len())),
            locks: Rc::new(Marks(self.machine.root())),
            listeners: vec![Box::new(Ears(self.machine.clone()))],
            person: Rc::new(Witness(self.machine.clone())),
            notices,
            clock: Rc::new(move || from.saturating_add(at_start.elapsed()).unwrap()),
        };
        let mut engine = Engine::new(Arc::clone(&self.scene.plan), record, Rc::new(carrier), footing);
        let begin = self.started(purpose, asked);
        let local = tokio::task::LocalSet::new();
        let signals = outside.signals.clone();
        local.spawn_local(async move {
            for at in signals {
                tokio::time::sleep_until(at_start + Duration::from_millis(at)).await;
                let _ = sender.send(Notice::Signal(Signal::Interrupt));
            }
            // Listens as long as the run: who is gone can't be asked.
            sender.closed().await;
        });
        let run = async {
            match purpose {
                Purpose::Exec => engine.begin(std::sync::Arc::new(self.head()), begin)?,
                Purpose::Resume | Purpose::Rollback => {
                    let still_runs = self.house.is_alive();
                    self.house.desert();
                    engine.take_over(begin, still_runs).await?;
                }
            }
            for text in found.notes {
                engine.note(Event::Noted { text })?;
            }
            engine.run().await
        };
        let death = outside.death.map_or(Duration::from_hours(24), Duration::from_millis);
        let lived = async { tokio::time::timeout(death, run).await.unwrap_or(Err(EngineError::Left)) };
        match self.runtime.block_on(local.run_until(lived)) {
            Ok(verdict) => {
                self.machine.lock().truth.concluded(&verdict);
                Some(verdict)
            }
            Err(EngineError::Left | EngineError::Store(_)) => None,
            Err(EngineError::Panicked) => panic!("the engine panicked"),
        }
    }

    fn head(&self) -> RunStarted {
        RunStarted {
            format: 1,
            run: RUN.to_owned(),
            runbook: "release".to_owned(),
            title: "Release".to_owned(),
            file: "release.kdl".to_owned(),
            digest: String::new(),
            inputs: BTreeMap::new(),
            environment: BTreeMap::new(),
            folder: "/release".to_owned(),
            clusters: Vec::new(),
            outline: Outline::of(&self.scene.plan),
            on_failure: None,
            rehearsal: None,
        }
    }

    fn started(&self, purpose: Purpose, attended: bool) -> EngineStarted {
        EngineStarted {
            format: runbook::event::FORMAT,
            purpose,
            host: "host".to_owned(),
            user: "operator".to_owned(),
            pid: 1,
            boot: "boot".to_owned(),
            version: "0".to_owned(),
            attended,
            past_no_return: self.scene.past_no_return,
            outside_window: None,
            back_to: None,
            skip: Vec::new(),
            reason: None,
        }
    }
}

/// Whoever hears an event relies on it.
struct Ears(Machine);

impl Listener for Ears {
    fn heard(&mut self, event: &Stamped) {
        let mut inner = self.0.lock();
        let file = inner.disk.find_path(&["runs", RUN, "journal.jsonl"]).unwrap();
        if inner.truth.journal.len() != inner.disk.seen(file).len() {
            inner.truth.journal = inner.disk.seen(file).into();
        }
        inner.truth.heard(&event.event);
    }
}

/// A person who looked: what happened is what they say.
struct Witness(Machine);

impl Person for Witness {
    fn ask<'a>(&'a self, question: &'a Question, _: &'a str, _: bool) -> Running<'a, Option<Answered>> {
        let reply = match question {
            Question::Settle(unit) => {
                let inner = self.0.lock();
                let applied = inner.truth.is_there(unit);
                if applied { Reply::Applied } else { Reply::NotApplied }
            }
            _ => Reply::Yes,
        };
        Box::pin(async move { Some((reply, None)) })
    }

    fn ask_wish(&self, _ending: bool) -> Running<'_, Wanted> {
        Box::pin(async { Wanted::Nothing })
    }

    fn name(&self) -> String {
        "operator".to_owned()
    }
}

/// Locks that nobody else wants, with their marks.
struct Marks(Shelf);

impl Marks {
    fn holder() -> Holder {
        let (host, user) = ("host".to_owned(), "operator".to_owned());
        Holder { run: RUN.to_owned(), host, user, pid: 1, since: Timestamp::UNIX_EPOCH }
    }

    fn mark(&self, name: &str) -> Result<(), JournalError> {
        put_mark(&Folder::child_or_new(&self.0, LOCKS)?, name, &Self::holder())
    }

    fn clear(&self, name: &str) -> Result<(), JournalError> {
        take_mark_off(&Folder::child_or_new(&self.0, LOCKS)?, name)
    }
}

impl Locks for Marks {
    fn take<'a>(&'a self, name: &'a str) -> Running<'a, Result<TakenLock, String>> {
        let marked = self.mark(name).map(|()| TakenLock { reach: "this host".to_owned(), lease: None });
        Box::pin(async { marked.map_err(|error| error.to_string()) })
    }

    fn give_back<'a>(&'a self, name: &'a str, clean: bool) -> Running<'a, Result<(), String>> {
        if clean {
            // A dead engine takes nothing off.
            let _ = self.clear(name);
        }
        Box::pin(async { Ok(()) })
    }
}
