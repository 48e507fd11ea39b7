//! The engine's handle on the supervisor of its run: started with the first action that needs it, or
//! ahead of it, and started again if it died, because a way back may need it, too.
//!
//! Invariant: dropping the handle ends nothing. The supervisor brings its last step to its end.

use std::borrow::Cow;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;
use tokio::sync::broadcast;

use super::ahead::{Ahead, cannot_start};
use super::connection::Connection;
use super::ending::{Reading, performance_reading, without_answer};
use super::fate::{Fate, end_of_orphans, fate_of};
use crate::event::{AttemptKey, Direction, Outcome, Performance};
use crate::perform::Stop;
use crate::perform::limits::OWN_MISTAKE;
use crate::perform::supervisor::{HowStopped, Request, Stream, Welcome, adopt_orphans};
use crate::plan::ResolvedActivity;

/// So many live messages may wait for a slow listener.
const LIVE: usize = 256;
/// So long a supervisor without a step is waited for at the end of a run.
const LETTING_GO: Duration = Duration::from_secs(2);

/// What a supervisor is started with.
#[derive(Clone)]
pub struct SupervisorOptions {
    /// The run's directory, absolute.
    pub run: Utf8PathBuf,
    /// This binary, absolute.
    pub program: Utf8PathBuf,
    /// What is masked in whatever steps print.
    pub secrets: Vec<String>,
    /// How long a tree may take to end after TERM.
    pub grace: Duration,
    /// How long a step's pipes may stay open after its end.
    pub leak_wait: Duration,
}

impl SupervisorOptions {
    /// With a grace of 5 s and a leak time-out of 1 s.
    #[must_use]
    pub fn new(run: Utf8PathBuf, program: Utf8PathBuf, secrets: Vec<String>) -> Self {
        Self { run, program, secrets, grace: Duration::from_secs(5), leak_wait: Duration::from_secs(1) }
    }

    fn welcome(&self) -> Welcome {
        let Self { run, program, secrets, grace, leak_wait } = self.clone();
        Welcome { run, program, secrets, grace, leak_wait }
    }
}

/// What is seen of a running step. Listeners that are too slow miss some; nothing depends on it.
#[derive(Debug, Clone, PartialEq)]
pub enum Live {
    /// What it printed last, masked: whole lines, oldest first.
    Lines {
        /// Which.
        key: AttemptKey,
        /// The lines with their streams.
        lines: Vec<(Stream, String)>,
    },
    /// It is stopped.
    Stopped {
        /// Which.
        key: AttemptKey,
        /// Why.
        how: HowStopped,
    },
}

/// The engine's handle on the supervisor of its run.
pub struct Supervisor {
    options: Mutex<SupervisorOptions>,
    locks: Mutex<Vec<OwnedFd>>,
    connection: tokio::sync::Mutex<Option<Arc<Connection>>>,
    /// Started for a new run, and told it; `None`: it is talked with by now, or there was none.
    ahead: Mutex<Option<Ahead>>,
    live: broadcast::Sender<Live>,
    broke: Arc<OnceLock<String>>,
}

impl Supervisor {
    /// A supervisor that isn't started yet.
    #[must_use]
    pub fn new(options: SupervisorOptions) -> Self {
        Self {
            options: Mutex::new(options),
            locks: Mutex::new(Vec::new()),
            connection: tokio::sync::Mutex::new(None),
            ahead: Mutex::new(None),
            live: broadcast::Sender::new(LIVE),
            broke: Arc::default(),
        }
    }

    /// A supervisor of a new run, of which nothing can have been left behind, that was started already.
    #[must_use]
    pub fn started_ahead(options: SupervisorOptions, ahead: Ahead) -> Self {
        // One that ended meanwhile is started again by the first action.
        let ahead = ahead.welcome(options.welcome()).ok();
        let supervisor = Self::new(options);
        *supervisor.ahead.lock().unwrap_or_else(PoisonError::into_inner) = ahead;
        supervisor
    }

    /// Why its log can't be written any more, so that nothing may act; `None`: it can.
    #[must_use]
    pub fn broke(&self) -> Option<&str> {
        self.broke.get().map(String::as_str)
    }

    /// What is seen of running steps from now on.
    #[must_use]
    pub fn live(&self) -> broadcast::Receiver<Live> {
        self.live.subscribe()
    }

    /// Shows lines of an attempt that no process prints beside those that are printed.
    pub(in crate::perform) fn showing(&self, key: &AttemptKey) -> impl Fn(&str) + Send + Sync + use<> {
        let (live, key) = (self.live.clone(), key.clone());
        // Nobody need look.
        move |line| drop(live.send(Live::Lines { key: key.clone(), lines: vec![(Stream::Stdout, line.to_owned())] }))
    }

    /// Masks more secrets, in steps that start later.
    pub async fn mask(&self, secrets: Vec<String>) {
        let connection = self.connection.lock().await;
        self.options.lock().unwrap_or_else(PoisonError::into_inner).secrets.extend(secrets.clone());
        if let Some(connection) = connection.as_ref() {
            connection.send(&Request::Mask(secrets), None);
        }
    }

    /// Lets the supervisor hold a lock, too: an `flock` is free only when the last of those who hold
    /// it is gone, or when one of them gives it back by `LOCK_UN`.
    ///
    /// # Errors
    /// The descriptor can't be duplicated.
    pub async fn hold(&self, lock: BorrowedFd<'_>) -> std::io::Result<()> {
        let connection = self.connection.lock().await;
        if let Some(connection) = connection.as_ref() {
            connection.send(&Request::Hold, Some(lock.try_clone_to_owned()?));
        }
        self.locks.lock().unwrap_or_else(PoisonError::into_inner).push(lock.try_clone_to_owned()?);
        Ok(())
    }

    /// Performs `run`, `sh` or `pipe`. Dropping the future doesn't stop the action; `stop` does.
    pub async fn perform(&self, key: &AttemptKey, activity: &ResolvedActivity, stop: &Stop) -> Performance {
        let began = Instant::now();
        if let Some(performance) = self.ask(key, activity, stop, began).await {
            return performance;
        }
        let run = self.options.lock().unwrap_or_else(PoisonError::into_inner).run.clone();
        let died = Box::pin(after_death(run, key, began)).await;
        if key.direction != Direction::Look {
            return died;
        }
        // It changes nothing, and may simply be asked again.
        Box::pin(self.ask(key, activity, stop, began)).await.unwrap_or(died)
    }

    /// Asks the supervisor once; `None`: it died before it answered.
    async fn ask(
        &self,
        key: &AttemptKey,
        activity: &ResolvedActivity,
        stop: &Stop,
        began: Instant,
    ) -> Option<Performance> {
        if stop.is_asked() {
            return Some(without_answer(Outcome::NotApplied, "it was stopped before it started".to_owned(), 0.0));
        }
        let connection = match self.connected().await {
            Ok(connection) => connection,
            Err(why) => return Some(without_answer(Outcome::NotApplied, why, began.elapsed().as_secs_f64())),
        };
        let (number, mut ended) = connection.register(key);
        let reading = if activity.reads_texts { Reading::All } else { Reading::End };
        let activity = Box::new(Cow::Borrowed(activity));
        connection.send(&Request::Perform { number, key: key.clone(), activity }, None);
        let ending = tokio::select! {
            ending = &mut ended => ending,
            () = stop.asked() => {
                connection.send(&Request::Stop { number }, None);
                ended.await
            }
        };
        let run = self.options.lock().unwrap_or_else(PoisonError::into_inner).run.clone();
        match ending {
            // Looking at the file that a pipe left may take long.
            Ok(ending) if ending.to.is_some() => {
                let looked = tokio::task::spawn_blocking(move || performance_reading(&run, &ending, reading)).await;
                let seconds = began.elapsed().as_secs_f64();
                Some(looked.unwrap_or_else(|_| without_answer(Outcome::Unknown, OWN_MISTAKE.to_owned(), seconds)))
            }
            Ok(ending) => Some(performance_reading(&run, &ending, reading)),
            Err(_) => None,
        }
    }

    /// Waits until the ends of all steps are on the disk: before somebody acts who doesn't act through the
    /// supervisor. Afterwards [`Supervisor::broke`] says whether they are. At once if there is none.
    pub async fn settle(&self) {
        let connection = self.connection.lock().await.clone();
        if let Some(connection) = connection {
            connection.settle().await;
        }
    }

    /// Lets the supervisor go at the end of a run, when no step is under way, and waits until it is
    /// gone: whoever looks at the run then finds nothing of it at work. At once if there was none.
    pub async fn let_go(&self) {
        let connection = self.connection.lock().await.take();
        if let Some(mut connection) = connection.and_then(Arc::into_inner) {
            // One that doesn't go is found by the next look at the run, by its lock.
            let _ = tokio::time::timeout(LETTING_GO, connection.close()).await;
        }
        if let Some(ahead) = self.takes_ahead() {
            ahead.let_go(LETTING_GO).await;
        }
    }

    async fn connected(&self) -> Result<Arc<Connection>, String> {
        let mut connection = self.connection.lock().await;
        if let Some(living) = connection.as_ref().filter(|connection| connection.lives()) {
            return Ok(Arc::clone(living));
        }
        let options = self.options.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // Once in a run: it takes no room in each step.
        let opened = Box::pin(self.opened(&options)).await?;
        for lock in self.locks.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let lock = lock.try_clone().map_err(|error| error.to_string())?;
            opened.send(&Request::Hold, Some(lock));
        }
        *connection = Some(Arc::clone(&opened));
        Ok(opened)
    }

    async fn opened(&self, options: &SupervisorOptions) -> Result<Arc<Connection>, String> {
        if let Some(ahead) = self.takes_ahead()
            && let Ok(opened) = self.open(ahead, options).await
        {
            return Ok(opened);
        }
        // An earlier one may have been killed with its engine; a log that can't be read refuses the new one.
        let _ = end_of_orphans(options.run.clone()).await;
        let started = Ahead::start(&options.program).and_then(|ahead| ahead.welcome(options.welcome()));
        self.open(started.map_err(|error| cannot_start(&error))?, options).await
    }

    async fn open(&self, ahead: Ahead, options: &SupervisorOptions) -> Result<Arc<Connection>, String> {
        // Where the system refuses, those who hide everything get away from a killed supervisor.
        let _ = adopt_orphans();
        let told = ahead.secrets;
        let opened = Connection::open(ahead, self.live.clone(), Arc::clone(&self.broke)).await?;
        // What it has learned since it was told its run.
        if let Some(secrets) = options.secrets.get(told..).filter(|secrets| !secrets.is_empty()) {
            opened.send(&Request::Mask(secrets.to_vec()), None);
        }
        Ok(Arc::new(opened))
    }

    fn takes_ahead(&self) -> Option<Ahead> {
        self.ahead.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The supervisor is gone: its log knows what it had begun. What it left running is ended first, so
/// that no inverse ever runs beside its step.
async fn after_death(run: Utf8PathBuf, key: &AttemptKey, began: Instant) -> Performance {
    let left = match end_of_orphans(run.clone()).await {
        Ok(left) if left.is_empty() => String::new(),
        Ok(left) => format!(", and these of its processes can't be ended: {}", left.join(", ")),
        Err(error) => format!(": {error}"),
    };
    let seconds = began.elapsed().as_secs_f64();
    fate_of(&run, key).unwrap_or(Fate::Unknown).after_death(&left, seconds)
}
