//! The stage: a runbook, answers for its actions, and the story that comes of them.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use camino::Utf8PathBuf;
use jiff::Timestamp;
use tokio::sync::mpsc;

use crate::engine::decide::decide;
use crate::engine::judge::Judge;
use crate::engine::{Carrier, Engine, Footing, replay};
use crate::event::{
    Answered, AttemptKey, Datum, Direction, EngineStarted, Event, FORMAT, Kept, Listener, Locks, LostLock, Observation,
    Outcome, Outline, Performance, Person, Purpose, Question, Record, Reply, RunStarted, Stamped, Store, StoreError,
    TakenLock, Turn, Verdict, Wanted,
};
use crate::model::{Dimension, Lowering, Quantity, SubjectName};
use crate::perform::{Performer, Running, Stop, Unseen, Uptime};
use crate::plan::{Plan, ResolvedActivity, StateBefore};
use crate::syntax::{Sources, parse};

/// What an action answers: an exit code, or trouble.
#[derive(Debug, Clone)]
pub enum Says {
    Exit(i32),
    Prints(&'static str),
    Unit(&'static str),
    DoesNotStart,
    IsUnknown,
}

#[derive(Default)]
struct Script {
    answers: RefCell<BTreeMap<String, VecDeque<Says>>>,
    recovered: RefCell<BTreeMap<String, Option<Says>>>,
    probes: RefCell<VecDeque<Option<bool>>>,
    survivors: RefCell<Vec<String>>,
    performed: RefCell<Vec<String>>,
    /// The steps whose `applied` looks at what was performed; what a supervisor knows is then this, too.
    in_a_world: RefCell<Vec<&'static str>>,
}

/// A run on the stage.
pub struct Stage {
    plan: Arc<Plan>,
    sources: Arc<Sources>,
    script: Rc<Script>,
    replies: Rc<RefCell<BTreeMap<String, Reply>>>,
    events: Rc<RefCell<Vec<Stamped>>>,
    attended: bool,
    past_no_return: bool,
    /// Where it turns round, as a rehearsal.
    turn: Option<Turn>,
    /// The machine is suspended for an hour when this was performed.
    suspended_after: Option<&'static str>,
    /// The first engine loses its locks when this was performed.
    lock_lost_after: Option<&'static str>,
}

impl Stage {
    /// A runbook whose body is `phases`.
    pub fn new(phases: &str) -> Self {
        let text = format!("runbook release \"Release\" {{}}\n{phases}");
        let mut sources = Sources::default();
        let file = sources.add("release.kdl", text.as_str());
        let nodes = parse(&sources, file).expect("the text is valid");
        let template = |_: &crate::syntax::Spanned<String>| Ok(String::new());
        let lowering = Lowering { sources: &sources, folder: "/release".into(), template: &template };
        let (runbook, findings) = lowering.lower(&nodes);
        assert!(findings.is_empty(), "{findings:#?}");
        let runbook = Arc::new(runbook.expect("the runbook is lowered"));
        let plan = Plan::resolve(&runbook, &BTreeMap::new(), None).expect("the plan resolves");
        Self {
            plan: Arc::new(plan),
            sources: Arc::new(sources),
            script: Rc::default(),
            replies: Rc::default(),
            events: Rc::default(),
            attended: false,
            past_no_return: false,
            turn: None,
            suspended_after: None,
            lock_lost_after: None,
        }
    }

    /// What `UNIT`, `UNIT back` or `UNIT look` answers, one after the other; without it: exit 0.
    pub fn says(self, key: &str, answers: &[Says]) -> Self {
        self.script.answers.borrow_mut().insert(key.to_owned(), answers.iter().cloned().collect());
        self
    }

    /// What the supervisor knows of an attempt whose engine died; without it: nothing.
    pub fn knows(self, key: &str, fate: Says) -> Self {
        self.script.recovered.borrow_mut().insert(key.to_owned(), Some(fate));
        self
    }

    /// What the probes of derived actions answer, one after the other; then yes.
    pub fn probes(self, answers: &[Option<bool>]) -> Self {
        self.script.probes.borrow_mut().extend(answers);
        self
    }

    pub fn loses_its_lock_after(mut self, key: &'static str) -> Self {
        self.lock_lost_after = Some(key);
        self
    }

    pub fn suspended_after(mut self, key: &'static str) -> Self {
        self.suspended_after = Some(key);
        self
    }

    /// What survived is gone by now.
    pub fn nothing_survives(self) -> Self {
        self.script.survivors.borrow_mut().clear();
        self
    }

    /// What of an attempt that nobody saw end can't be ended.
    pub fn survives(self, process: &str) -> Self {
        self.script.survivors.borrow_mut().push(process.to_owned());
        self
    }

    /// Somebody is there and answers this about a unit.
    pub fn replies(mut self, unit: &str, reply: Reply) -> Self {
        self.attended = true;
        self.replies.borrow_mut().insert(unit.to_owned(), reply);
        self
    }

    pub fn past_no_return(mut self) -> Self {
        self.past_no_return = true;
        self
    }

    /// It is a rehearsal, and turns round there.
    pub fn rehearses(mut self, turn: Turn) -> Self {
        self.turn = Some(turn);
        self
    }

    pub fn plan(&self) -> Arc<Plan> {
        Arc::clone(&self.plan)
    }

    /// The `applied` of these steps answers whether they were performed and not undone since, and the
    /// supervisor knows what was performed.
    pub fn in_a_world(self, steps: &[&'static str]) -> Self {
        self.script.in_a_world.borrow_mut().extend(steps);
        self
    }

    /// The record so far.
    pub fn record(&self) -> Record {
        Record::of(&self.events())
    }

    /// Executes, and returns how it ended.
    pub fn exec(&self) -> Verdict {
        self.drive(Purpose::Exec, usize::MAX).expect("it ends")
    }

    /// Executes until this many events are kept, then dies.
    pub fn exec_and_die_after(&self, events: usize) {
        assert!(self.drive(Purpose::Exec, events).is_none(), "it ended before it died");
    }

    pub fn resume(&self) -> Verdict {
        self.drive(Purpose::Resume, usize::MAX).expect("it ends")
    }

    pub fn rollback(&self) -> Verdict {
        self.drive(Purpose::Rollback, usize::MAX).expect("it ends")
    }

    /// What was performed, in order: `stop`, `migrate back`, `healthy look`.
    pub fn performed(&self) -> Vec<String> {
        self.script.performed.borrow().clone()
    }

    /// What was performed and had an effect.
    pub fn acted(&self) -> Vec<String> {
        self.performed().into_iter().filter(|key| !key.ends_with(" look")).collect()
    }

    pub fn events(&self) -> Vec<Stamped> {
        self.events.borrow().clone()
    }

    /// How many events there were when this one was kept.
    pub fn events_until(&self, found: impl Fn(&Event) -> bool) -> usize {
        self.events().iter().position(|event| found(&event.event)).expect("the event happened") + 1
    }

    fn drive(&self, purpose: Purpose, dies_after: usize) -> Option<Verdict> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        let local = tokio::task::LocalSet::new();
        let record = Record::of(&self.events());
        let carrier = Carrier {
            performer: Rc::<Script>::clone(&self.script),
            judge: Judge::default(),
            sources: Arc::clone(&self.sources),
            folder: Utf8PathBuf::from("/release"),
            kept: crate::plan::KeptFiles::default(),
            inherited: BTreeMap::new(),
            run: "run-1".to_owned(),
            secrets: BTreeMap::new(),
        };
        let (_sender, notices) = mpsc::unbounded_channel();
        let footing = Footing {
            store: Box::new(Memory { events: Rc::clone(&self.events), room: dies_after }),
            locks: Rc::new(Free(self.lock_lost_after.filter(|_| purpose == Purpose::Exec), Rc::clone(&self.script))),
            listeners: vec![Box::new(Deaf)],
            person: Rc::new(Scripted(Rc::clone(&self.replies))),
            notices,
            clock: Rc::new(paused_clock(&self.events())),
        };
        let mut engine = Engine::new(Arc::clone(&self.plan), record, Rc::new(carrier), footing)
            .with_uptime(Rc::new(self.machine_clock()));
        let begin = self.started(purpose);
        let verdict = runtime.expect("a runtime").block_on(local.run_until(async {
            let started = match purpose {
                Purpose::Exec => engine.begin(Arc::new(self.head()), begin),
                Purpose::Resume | Purpose::Rollback => engine.take_over(begin, false).await,
            };
            match started {
                Ok(()) => engine.run().await.ok(),
                Err(_) => None,
            }
        }));
        self.decides_without_counting();
        verdict
    }

    /// What the record counts as over on the way back saves time and decides nothing.
    fn decides_without_counting(&self) {
        let mut record = Record::default();
        for event in self.events() {
            let mut uncounted = record.clone();
            if let Some(rollback) = &mut uncounted.rollback {
                rollback.recount();
            }
            assert_eq!(decide(&self.plan, &record, event.at), decide(&self.plan, &uncounted, event.at), "{event:?}");
            record.fold(&event);
        }
    }

    /// Follows the paused time of the runtime; a suspension is an hour.
    fn machine_clock(&self) -> impl Fn() -> Uptime + use<> {
        let (script, suspended_after) = (Rc::clone(&self.script), self.suspended_after);
        let began = std::cell::OnceCell::new();
        move || {
            let in_runtime = tokio::runtime::Handle::try_current().is_ok();
            let awake =
                if in_runtime { began.get_or_init(tokio::time::Instant::now).elapsed() } else { Duration::ZERO };
            let performed = script.performed.borrow();
            let was_suspended = suspended_after.is_some_and(|key| performed.iter().any(|it| it == key));
            let suspended = if was_suspended { Duration::from_hours(1) } else { Duration::ZERO };
            Uptime { awake, all: awake + suspended }
        }
    }

    fn head(&self) -> RunStarted {
        RunStarted {
            format: FORMAT,
            run: "run-1".to_owned(),
            runbook: "release".to_owned(),
            title: "Release".to_owned(),
            file: "release.kdl".to_owned(),
            digest: String::new(),
            inputs: BTreeMap::new(),
            environment: BTreeMap::new(),
            folder: "/release".to_owned(),
            clusters: Vec::new(),
            outline: Outline::of(&self.plan),
            on_failure: None,
            rehearsal: self.turn.clone(),
        }
    }

    fn started(&self, purpose: Purpose) -> EngineStarted {
        EngineStarted {
            purpose,
            host: "host".to_owned(),
            user: "operator".to_owned(),
            pid: 1,
            boot: "boot".to_owned(),
            version: "0".to_owned(),
            format: FORMAT,
            attended: self.attended,
            past_no_return: self.past_no_return,
            outside_window: None,
            back_to: None,
            skip: Vec::new(),
            reason: None,
        }
    }

    /// The run is replayed: `decide` makes the moves that were made.
    pub fn replays(&self) {
        let moves = replay(&self.plan, &self.events()).expect("the same moves");
        assert!(moves > 0);
    }
}

/// A clock that goes on from the last event and follows the paused time of the runtime.
fn paused_clock(events: &[Stamped]) -> impl Fn() -> Timestamp + use<> {
    let from = events.last().map_or(Timestamp::UNIX_EPOCH, |event| event.at);
    let began = std::cell::OnceCell::new();
    move || {
        let elapsed = began.get_or_init(tokio::time::Instant::now).elapsed();
        from.saturating_add(elapsed).expect("it fits")
    }
}

/// What a `UnitRecord` is called in scripts.
fn name(key: &AttemptKey) -> String {
    match key.direction {
        Direction::Forward => key.unit.clone(),
        Direction::Back => format!("{} back", key.unit),
        Direction::Look => format!("{} look", key.unit),
    }
}

fn performance(says: &Says) -> Performance {
    let answered = |exit: i32, text: &str| {
        let exit = Datum::Number(Quantity { number: f64::from(exit), dimension: Dimension::Count });
        let observation = Observation::default()
            .with(SubjectName::Exit, exit)
            .with(SubjectName::Stdout, Datum::Kept(Kept::whole(text)))
            .with(SubjectName::Output, Datum::Kept(Kept::whole(text)));
        Performance { outcome: Outcome::Applied, observation: Some(observation), trouble: None, seconds: 0.0 }
    };
    let nothing = |outcome, trouble: &str| Performance {
        outcome,
        observation: None,
        trouble: Some(trouble.to_owned()),
        seconds: 0.0,
    };
    match says {
        Says::Exit(code) => answered(*code, ""),
        Says::Unit(active) => {
            let mut performance = answered(0, "");
            let seen = performance.observation.take().unwrap_or_default();
            performance.observation = Some(seen.with(SubjectName::Active, Datum::Text((*active).to_owned())));
            performance
        }
        Says::Prints(text) => answered(0, text),
        Says::DoesNotStart => nothing(Outcome::NotApplied, "no such program"),
        Says::IsUnknown => nothing(Outcome::Unknown, "the budget is spent"),
    }
}

impl Script {
    /// What `applied` finds in a world.
    fn looked(&self, key: &AttemptKey) -> Option<Says> {
        let asks = key.direction == Direction::Look && self.in_a_world.borrow().contains(&key.unit.as_str());
        let performed = self.performed.borrow();
        let back = format!("{} back", key.unit);
        let last = performed.iter().rev().find(|it| **it == key.unit || **it == back);
        asks.then(|| Says::Exit(i32::from(last != Some(&key.unit))))
    }

    /// What the supervisor remembers in a world.
    fn remembered(&self, key: &AttemptKey) -> Option<Says> {
        let name = name(key);
        let times = self.performed.borrow().iter().filter(|it| **it == name).count();
        let performed = times >= usize::try_from(key.number).unwrap_or(usize::MAX);
        let is_a_world = !self.in_a_world.borrow().is_empty();
        is_a_world.then_some(if performed { Says::Exit(0) } else { Says::DoesNotStart })
    }
}

impl Performer for Script {
    fn perform<'a>(&'a self, key: &'a AttemptKey, _: &'a ResolvedActivity, _: &'a Stop) -> Running<'a, Performance> {
        let name = name(key);
        self.performed.borrow_mut().push(name.clone());
        let next = self.answers.borrow_mut().get_mut(&name).and_then(VecDeque::pop_front);
        let next = next.or_else(|| self.looked(key));
        Box::pin(async move { performance(&next.unwrap_or(Says::Exit(0))) })
    }

    fn capture<'a>(&'a self, _: &'a ResolvedActivity) -> Running<'a, Result<Option<StateBefore>, String>> {
        Box::pin(async { Ok(Some(StateBefore::Daemon)) })
    }

    fn probe<'a>(&'a self, _: &'a ResolvedActivity, _: &'a StateBefore) -> Running<'a, Option<bool>> {
        let answer = self.probes.borrow_mut().pop_front().unwrap_or(Some(true));
        self.performed.borrow_mut().push("probe look".to_owned());
        Box::pin(async move { answer })
    }

    fn forget<'a>(&'a self, _: &'a ResolvedActivity, _: &'a StateBefore) -> Running<'a, Result<(), String>> {
        Box::pin(async { Ok(()) })
    }

    fn recover<'a>(&'a self, key: &'a AttemptKey, _: &'a ResolvedActivity) -> Running<'a, Result<Performance, Unseen>> {
        let known = self.recovered.borrow().get(&name(key)).cloned().flatten();
        let fate = known.or_else(|| self.remembered(key));
        let survivors = self.survivors.borrow().clone();
        Box::pin(async move { fate.as_ref().map(performance).ok_or(Unseen { survivors }) })
    }
}

struct Memory {
    events: Rc<RefCell<Vec<Stamped>>>,
    room: usize,
}

impl Store for Memory {
    fn append(&mut self, event: &Stamped) -> Result<(), StoreError> {
        if self.events.borrow().len() >= self.room {
            return Err(StoreError("dead".to_owned()));
        }
        self.events.borrow_mut().push(event.clone());
        Ok(())
    }
    fn sync(&mut self) -> Result<(), StoreError> {
        if self.events.borrow().len() >= self.room { Err(StoreError("dead".to_owned())) } else { Ok(()) }
    }
    fn has_room(&mut self) -> bool {
        true
    }
}

/// Locks that are lost when something was performed.
struct Free(Option<&'static str>, Rc<Script>);

impl Locks for Free {
    fn take<'a>(&'a self, _: &'a str) -> Running<'a, Result<TakenLock, String>> {
        Box::pin(async { Ok(TakenLock { reach: "this host".to_owned(), lease: None }) })
    }
    fn give_back<'a>(&'a self, _: &'a str, _: bool) -> Running<'a, Result<(), String>> {
        Box::pin(async { Ok(()) })
    }
    fn lost(&self) -> Option<LostLock> {
        let performed = self.1.performed.borrow();
        let is_lost = self.0.is_some_and(|key| performed.iter().any(|done| done == key));
        is_lost.then(|| LostLock { name: "release".to_owned(), why: "another has it".to_owned() })
    }
}

struct Deaf;

impl Listener for Deaf {
    fn heard(&mut self, _: &Stamped) {}
}

struct Scripted(Rc<RefCell<BTreeMap<String, Reply>>>);

impl Person for Scripted {
    fn ask<'a>(&'a self, question: &'a Question, _: &'a str, _: bool) -> Running<'a, Option<Answered>> {
        let reply = self.0.borrow().get(question.unit()).copied();
        Box::pin(async move { reply.map(|reply| (reply, None)) })
    }
    fn ask_wish(&self, _ending: bool) -> Running<'_, Wanted> {
        Box::pin(async { Wanted::Nothing })
    }
    fn name(&self) -> String {
        "operator".to_owned()
    }
}
