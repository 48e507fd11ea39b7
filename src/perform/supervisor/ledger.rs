//! In which order a supervisor acts and notes: a step's start is on the disk before its first process.
//! Its end is written before anybody is told, and on the disk before anything else starts: meanwhile the
//! engine, which was told, makes it durable in its journal. Should both be lost with the power, nobody has
//! acted on it.
//!
//! It leaves processes to `step` and the way to the engine to `watch`. Invariant: [`Ledger::start`]
//! launches nothing whose start, or whose predecessor's end, couldn't be noted.

use camino::Utf8PathBuf;
use jiff::Timestamp;

use super::log::{Log, LogError, Note};
use super::protocol::{End, Ending, Together};
use crate::event::{AttemptKey, Direction};

/// The log of a supervisor and the order in which it is kept.
pub struct Ledger {
    log: Log,
    /// How many steps this run has started, in all its supervisors.
    count: usize,
    clock: Box<dyn Fn() -> Timestamp>,
    /// An end was written and is perhaps not on the disk.
    is_unsettled: bool,
    is_broken: bool,
    broke: Option<String>,
}

impl Ledger {
    /// The ledger of a log in which so many steps were started before; `clock` is `Timestamp::now` but
    /// in tests.
    #[must_use]
    pub fn new((log, count): (Log, usize), clock: Box<dyn Fn() -> Timestamp>) -> Self {
        Self { log, count, clock, is_unsettled: false, is_broken: false, broke: None }
    }

    /// Notes that a step starts, and then launches it; `launch` is given the folder for its output, from
    /// the run's directory, and answers in the operator's words why there is no process.
    ///
    /// # Errors
    /// Nothing was started: the ending to tell. It is on record, unless the disk failed.
    pub fn start<S>(
        &mut self,
        key: &AttemptKey,
        launch: impl FnOnce(Utf8PathBuf) -> Result<S, String>,
    ) -> Result<S, Box<Ending>> {
        self.count += 1;
        let place = Utf8PathBuf::from(format!("steps/{:03}-{}.{}", self.count, file_name(&key.unit), key.number));
        let note = Note::Started { key: key.clone(), at: (self.clock)(), place: place.clone() };
        let noted = self.write(key, &note).and_then(|()| match key.direction {
            Direction::Forward | Direction::Back => self.sync(),
            // What only looks may run again: nobody waits for the disk.
            Direction::Look => Ok(()),
        });
        if let Err(error) = noted {
            return Err(Box::new(not_started(format!("its start can't be recorded: {error}"))));
        }
        launch(place).map_err(|why| {
            let ending = not_started(why);
            self.end(key, &ending);
            Box::new(ending)
        })
    }

    /// Writes down the first processes of a step that isn't over at once, for the case that this supervisor
    /// is killed.
    pub fn began(&mut self, key: &AttemptKey, processes: Vec<(i32, u64)>) {
        // One that isn't written down is found by its environment, unless it is another user's.
        let _ = self.log.append(&Note::Began { key: key.clone(), processes });
    }

    /// Notes the end of a step; only then it may be told, and [`Ledger::settle`] comes next.
    pub fn end(&mut self, key: &AttemptKey, ending: &Ending) {
        let note = Note::Ended { key: key.clone(), at: (self.clock)(), ending: Box::new(without_text(ending)) };
        // The engine still hears it and records it in the journal.
        let _ = self.write(key, &note);
        self.is_unsettled |= key.direction != Direction::Look;
    }

    /// Waits until all ends that were noted are on the disk; at once if they are.
    pub fn settle(&mut self) {
        if self.is_unsettled {
            // What breaks is told, and nothing starts any more.
            let _ = self.sync();
        }
    }

    /// Why nothing can be noted any more, said once: then nobody may act. `None`: it can, or that was
    /// said.
    pub fn broke(&mut self) -> Option<String> {
        self.broke.take()
    }

    /// On a full disk the way back is tried twice: what is set aside for it may have to be freed first.
    fn write(&mut self, key: &AttemptKey, note: &Note) -> Result<(), LogError> {
        let mut written = self.log.append(note);
        if key.direction == Direction::Back && matches!(written, Err(LogError::Full { .. })) {
            written = self.log.append(note);
        }
        self.heed(written)
    }

    fn sync(&mut self) -> Result<(), LogError> {
        self.is_unsettled = false;
        let synced = self.log.sync();
        self.heed(synced)
    }

    /// The first failure that isn't a full disk is told.
    fn heed(&mut self, done: Result<(), LogError>) -> Result<(), LogError> {
        if let Err(error) = &done
            && error.is_broken()
            && !std::mem::replace(&mut self.is_broken, true)
        {
            self.broke = Some(error.to_string());
        }
        done
    }
}

fn not_started(why: String) -> Ending {
    Ending {
        end: End::DidNotStart { why },
        seconds: 0.0,
        stdout: None,
        stderr: None,
        output: Together::Nothing,
        left_behind: Vec::new(),
        survivors: Vec::new(),
        stayed: Vec::new(),
        to: None,
        trouble: None,
    }
}

/// The log stays small: the text is in the step's files.
fn without_text(ending: &Ending) -> Ending {
    let mut ending = ending.clone();
    let mixed = match &mut ending.output {
        Together::Mixed(captured) => Some(captured),
        Together::Nothing | Together::Same(_) => None,
    };
    for captured in [ending.stdout.as_mut(), ending.stderr.as_mut(), mixed].into_iter().flatten() {
        captured.text = None;
    }
    ending
}

/// An id as part of a file's name.
fn file_name(unit: &str) -> String {
    unit.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect()
}
