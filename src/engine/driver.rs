//! The driver: asks `decide`, makes the move, and is the only emitter of events. It has the clock,
//! the signals and the tasks that run; it decides nothing itself.
//!
//! One invariant: an effect starts only after its intent is durable, and nothing is heard by
//! anybody before it is durable. A result and the next intent share one sync.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::carry::{Carrier, Errand};
use super::decide::decide;
use super::error::EngineError;
use super::knowing::{Knowing, Known};
use super::moves::Move;
use super::notices::{Notice, Signal};
use super::standstill::AtWork;
use crate::event::{
    AttemptKey, Direction, Event, Listener, Locks, Person, Record, Stamped, Store, StoreError, Verdict,
};
use crate::model::Activity;
use crate::perform::{Stop, Uptime};
use crate::plan::{Plan, StateBefore};

/// What an engine stands on.
pub struct Footing {
    /// Where events are kept.
    pub store: Box<dyn Store>,
    /// What it locks.
    pub locks: Rc<dyn Locks>,
    /// Who hears.
    pub listeners: Vec<Box<dyn Listener>>,
    /// Who is asked.
    pub person: Rc<dyn Person>,
    /// Signals, and lines that running actions print.
    pub notices: UnboundedReceiver<Notice>,
    /// What time it is: one that nobody sets meanwhile, see `steady_clock`.
    pub clock: Rc<dyn Fn() -> Timestamp>,
}

/// Drives one run.
pub struct Engine {
    pub(super) plan: Arc<Plan>,
    pub(super) record: Record,
    pub(super) carrier: Rc<Carrier>,
    pub(super) footing: Footing,
    knowing: Knowing,
    /// Events that are kept but not yet durable, so that nobody has heard them.
    fresh: Vec<Stamped>,
    /// Durable, and not heard yet: what was asked for begins meanwhile.
    unheard: Vec<Stamped>,
    /// What runs; each task brings back the events that it leads to.
    pub(super) running: JoinSet<Vec<Event>>,
    /// Ends what runs.
    pub(super) stop: Stop,
    /// Ends polls and waits.
    pub(super) cut: Stop,
    /// How often somebody interrupted since the last decision about it.
    pub(super) interrupts: u32,
    /// When to call people because something takes too long.
    pub(super) overdue: BTreeMap<Instant, (Option<String>, String)>,
    /// How long the machine is up; `Uptime::now` but in tests.
    pub(super) uptime: Rc<dyn Fn() -> Uptime>,
    pub(super) at_work: AtWork,
}

/// What came first while waiting.
pub(super) enum Waited<T> {
    /// What was waited for.
    Done(T),
    /// Something that may change the decision.
    Disturbed,
}

impl Engine {
    /// An engine for a run whose events so far are folded into `record`.
    #[must_use]
    pub fn new(plan: Arc<Plan>, record: Record, carrier: Rc<Carrier>, footing: Footing) -> Self {
        Self {
            knowing: Knowing::new(&plan),
            plan,
            record,
            carrier,
            footing,
            fresh: Vec::new(),
            unheard: Vec::new(),
            running: JoinSet::new(),
            stop: Stop::default(),
            cut: Stop::default(),
            interrupts: 0,
            overdue: BTreeMap::new(),
            uptime: Rc::new(Uptime::now),
            at_work: AtWork::since(Uptime::now()),
        }
    }

    /// With another machine's clock.
    #[must_use]
    pub fn with_uptime(self, uptime: Rc<dyn Fn() -> Uptime>) -> Self {
        Self { at_work: AtWork::since(uptime()), uptime, ..self }
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.footing.clock)()
    }

    /// The record at the end. What else the engine held is let go.
    #[must_use]
    pub fn into_record(self) -> Record {
        self.record
    }

    /// Makes one move after the other until the run ends or stops.
    ///
    /// # Errors
    /// The journal can't be written, or somebody wants to leave at once.
    pub async fn run(&mut self) -> Result<Verdict, EngineError> {
        self.watch_the_run();
        loop {
            self.notice_standstill()?;
            self.notice_lost_lock()?;
            let next = decide(&self.plan, &self.record, self.now());
            let is_at_work = self.is_at_work(&next);
            if let Some(verdict) = self.make(next).await? {
                return Ok(verdict);
            }
            if is_at_work {
                self.was_at_work();
            }
        }
    }

    /// What only some moves need is set apart, so that all others don't carry its room along.
    async fn make(&mut self, next: Move) -> Result<Option<Verdict>, EngineError> {
        match next {
            Move::BeginPhase(number) => Box::pin(self.begin_phase(number)).await?,
            Move::EndPhase(number) => {
                let phase = self.plan.phases.get(number).map(|phase| phase.id.clone()).unwrap_or_default();
                self.emit(Event::PhaseEnded { phase })?;
            }
            Move::Skip(unit, because) => {
                let unit = self.id(unit);
                self.emit(Event::UnitSkipped { unit, because })?;
            }
            Move::AskApplied(unit, occasion) => Box::pin(self.ask_applied(unit, occasion)).await?,
            Move::Attempt { unit, direction, number } => self.attempt(unit, direction, number).await?,
            Move::Look { unit, verifying } => self.look(unit, verifying)?,
            Move::Pass(unit) => {
                let unit = self.id(unit);
                self.emit(Event::OnRollbackPassed { unit })?;
            }
            Move::BeginWait(unit) => self.begin_wait(unit)?,
            Move::EndWait(unit) => {
                let unit = self.id(unit);
                self.emit(Event::WaitEnded { unit })?;
            }
            Move::Refuse(unit, why) => {
                let unit = self.id(unit);
                self.emit(Event::StepRefused { unit, why })?;
            }
            Move::Diagnose(unit) => Box::pin(self.diagnose(unit)).await?,
            Move::BeginRollback { cause, undo, to_stretch } => {
                let undo = undo.into_iter().map(|unit| self.id(unit)).collect();
                self.interrupts = 0;
                self.stop = Stop::default();
                self.cut = Stop::default();
                self.emit(Event::RollbackStarted { cause, undo, to_stretch })?;
            }
            Move::SkipInverse { unit, because, left_to_a_person } => {
                let unit = self.id(unit);
                self.emit(Event::InverseSkipped { unit, because, left_to_a_person })?;
            }
            Move::Ask(question) => self.ask(question).await?,
            Move::Await => self.wait_for_a_task().await?,
            Move::Sleep(until) => self.sleep(until).await?,
            Move::End(verdict) => return Box::pin(self.end(verdict)).await.map(Some),
        }
        Ok(None)
    }

    /// Keeps an event; it is heard when it is durable.
    pub(super) fn emit(&mut self, event: Event) -> Result<(), EngineError> {
        #[cfg(debug_assertions)]
        super::provoked::panic_at(&event);
        let stamped = Stamped { at: self.now(), event };
        self.footing.store.append(&stamped)?;
        self.record.fold(&stamped);
        self.knowing.hear(&stamped.event);
        self.fresh.push(stamped);
        Ok(())
    }

    /// Makes every event durable, then lets it be heard.
    pub(super) fn commit(&mut self) -> Result<(), EngineError> {
        self.make_durable()?;
        self.let_be_heard();
        Ok(())
    }

    fn make_durable(&mut self) -> Result<(), EngineError> {
        if self.fresh.is_empty() {
            return Ok(());
        }
        let kept = self.footing.store.sync();
        if kept.is_err() && self.footing.store.is_full() {
            // What was set aside for the way back may have had to be freed first.
            self.footing.store.sync()?;
        } else {
            kept?;
        }
        self.unheard.append(&mut self.fresh);
        Ok(())
    }

    /// Makes the intent to act durable; `false`: the disk is full, and a step must not start. A way back
    /// isn't held up by that as long as there is room for it.
    pub(super) fn commit_intent(&mut self, way: Direction) -> Result<bool, EngineError> {
        if way == Direction::Back {
            return self.make_durable().map(|()| true);
        }
        match self.footing.store.sync() {
            Ok(()) => {
                self.unheard.append(&mut self.fresh);
                Ok(true)
            }
            Err(_) if self.footing.store.is_full() => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Lets be heard what is durable.
    pub(super) fn let_be_heard(&mut self) {
        for event in self.unheard.drain(..) {
            for listener in &mut self.footing.listeners {
                listener.heard(&event);
            }
        }
    }

    fn begin_wait(&mut self, unit: usize) -> Result<(), EngineError> {
        let Some(crate::plan::UnitKind::Wait(duration)) = self.plan.unit(unit).map(|unit| &unit.kind) else {
            return Ok(());
        };
        let now = self.now();
        let until = now.saturating_add(*duration).unwrap_or(now);
        let unit = self.id(unit);
        self.emit(Event::WaitStarted { unit, until })
    }

    async fn wait_for_a_task(&mut self) -> Result<(), EngineError> {
        if !self.unheard.is_empty() {
            // What was started is sent on its way, and told while it begins.
            tokio::task::yield_now().await;
        }
        self.commit()?;
        let mut running = std::mem::take(&mut self.running);
        let waited = self.attend(running.join_next()).await;
        self.running = running;
        match waited? {
            Waited::Done(Some(Ok(events))) => {
                for event in events {
                    self.finish(event)?;
                }
            }
            // What it says may hold a secret; whoever masks panics tells it.
            Waited::Done(Some(Err(_))) => return Err(EngineError::Panicked),
            Waited::Done(None) => {
                return Err(StoreError("nothing runs, and nothing can be done".to_owned()).into());
            }
            Waited::Disturbed => {}
        }
        Ok(())
    }

    /// Keeps the event that a task brought back, and calls people where that is asked for.
    fn finish(&mut self, event: Event) -> Result<(), EngineError> {
        let (unit, failure) = match &event {
            Event::AttemptEnded(end) => (end.key.unit.clone(), end.failure.clone()),
            Event::LookEnded(end) => (end.unit.clone(), end.failure.clone()),
            _ => (String::new(), None),
        };
        if let Event::AttemptEnded(end) = &event
            && let (Some(index), None) = (self.plan.index(&end.key.unit), &end.failure)
        {
            self.end_downtime(index, end.key.direction);
        }
        let back = matches!(&event, Event::AttemptEnded(end) if end.key.direction == Direction::Back);
        self.overdue.retain(|_, (about, _)| about.as_deref() != Some(unit.as_str()));
        self.emit(event)?;
        let calls = self.plan.index(&unit).and_then(|index| self.plan.unit(index)).is_some_and(super::tasks::escalates);
        match failure {
            Some(failure) if calls || back => {
                let why = if back { format!("its inverse failed: {}", failure.why) } else { failure.why };
                self.emit(Event::Escalated { unit: Some(unit), why })
            }
            _ => Ok(()),
        }
    }

    async fn sleep(&mut self, until: Timestamp) -> Result<(), EngineError> {
        self.commit()?;
        // At most a minute at a time, so that a suspended or adjusted clock is noticed.
        let left = Duration::try_from(self.now().duration_until(until)).unwrap_or_default();
        let nap = tokio::time::sleep(left.min(Duration::from_mins(1)));
        self.attend(nap).await?;
        Ok(())
    }

    pub(super) fn id(&self, unit: usize) -> String {
        self.plan.unit(unit).map(|unit| unit.id.clone()).unwrap_or_default()
    }

    pub(super) fn errand(&self, key: AttemptKey, activity: &Activity, restore: Option<StateBefore>) -> Errand {
        Errand {
            key,
            activity: activity.clone(),
            known: self.known(),
            restore,
            preserved: None,
            stop: self.stop.clone(),
            cut: self.cut.clone(),
        }
    }

    pub(super) fn known(&self) -> Known {
        self.knowing.known(&self.record, &self.plan, &self.carrier.secrets)
    }

    /// Waits for something while signals, printed lines and overdue actions are attended to.
    pub(super) async fn attend<T>(&mut self, what: impl Future<Output = T>) -> Result<Waited<T>, EngineError> {
        tokio::pin!(what);
        loop {
            let overdue = self.overdue.keys().next().copied();
            let alarm = async {
                match overdue {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                done = &mut what => return Ok(Waited::Done(done)),
                Some(notice) = self.footing.notices.recv() => match notice {
                    Notice::Printed { unit, line } => self.tell(&unit, &line),
                    Notice::Told(text) => self.note_at_once(text)?,
                    Notice::LockLost => {
                        self.notice_lost_lock()?;
                        return Ok(Waited::Disturbed);
                    }
                    Notice::Signal(signal) => {
                        self.interrupted(signal).await?;
                        return Ok(Waited::Disturbed);
                    }
                },
                () = alarm => self.call_overdue()?,
            }
        }
    }

    /// Waits for something to its end, whatever comes in between.
    pub(super) async fn attend_to_end<T>(&mut self, what: impl Future<Output = T>) -> Result<T, EngineError> {
        tokio::pin!(what);
        loop {
            if let Waited::Done(done) = self.attend(&mut what).await? {
                return Ok(done);
            }
        }
    }

    pub(super) fn tell(&mut self, unit: &str, line: &str) {
        #[cfg(debug_assertions)]
        super::provoked::panic_when("told", unit);
        for listener in &mut self.footing.listeners {
            listener.printed(unit, line);
        }
    }

    fn call_overdue(&mut self) -> Result<(), EngineError> {
        let Some((at, (unit, why))) = self.overdue.pop_first() else { return Ok(()) };
        if at > Instant::now() {
            self.overdue.insert(at, (unit, why));
            return Ok(());
        }
        let unit = unit.filter(|unit| self.plan.index(unit).is_some());
        self.emit(Event::Escalated { unit, why })?;
        self.commit()
    }

    async fn interrupted(&mut self, signal: Signal) -> Result<(), EngineError> {
        super::interrupt::interrupted(self, signal).await
    }
}
