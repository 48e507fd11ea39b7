//! One machine: its disk, and the truth of what happened on it, which no crash touches.
//!
//! The engine and the supervisor reach the disk through [`Shelf`] and [`Volume`], which are the
//! production code's own seams. Each of the two can die at any of its operations, and one promise can
//! be taken away ([`Missing`]). Invariant: what a dead process does has no effect.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use camino::{Utf8Path, Utf8PathBuf};
use runbook::event::Storage;
use runbook::journal::{Folder, JournalError};

use crate::disk::{Disk, ROOT};
use crate::truth::Truth;

/// The folder of locks.
pub const LOCKS: &str = "locks";

/// What stands in every file that belongs to a runbook here.
pub const BUNDLED: &str = "belongs to the release";

/// Who does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Engine,
    Supervisor,
}

/// A promise that is taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// The intent to act is written and not synced.
    IntentSync,
    /// A result is written and not synced.
    ResultSync,
    /// The intent to undo is written and not synced.
    UndoIntentSync,
    /// Folders are never synced.
    FolderSync,
    /// The mark on a lock is made and its name is not synced.
    MarkSync,
    /// The supervisor's note of a start is written and not synced.
    StartNoteSync,
    /// The supervisor's note of an end is written and not synced.
    EndNoteSync,
    /// The bytes of the bundle are written and not synced.
    BundleSync,
    /// The bundle's folders are never synced.
    BundleNames,
    /// A torn tail is left where it is.
    TailCut,
    /// A step runs before its start is noted.
    StartNoteFirst,
}

/// What a crash at one moment finds.
#[derive(Clone)]
pub struct Moment {
    pub disk: Disk,
    pub truth: Truth,
}

pub struct Inner {
    pub disk: Disk,
    pub truth: Truth,
    /// The state after each operation; `None`: nobody wants to know.
    pub moments: Option<Vec<Moment>>,
    /// How many operations the engine and the supervisor have left to live; `None`: no end.
    engine: Option<usize>,
    supervisor: Option<usize>,
    pub missing: Option<Missing>,
    /// Operations so far, of engine and supervisor.
    pub done: [usize; 2],
}

/// A machine, shared by those who run on it.
#[derive(Clone)]
pub struct Machine(Arc<Mutex<Inner>>);

impl Machine {
    pub fn new(disk: Disk, truth: Truth, missing: Option<Missing>) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            disk,
            truth,
            moments: None,
            engine: None,
            supervisor: None,
            missing,
            done: [0, 0],
        })))
    }

    pub fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    /// Keeps the state after each operation from now on, the present one first.
    pub fn remember(&self) {
        let mut inner = self.lock();
        inner.moments = Some(Vec::new());
        inner.keep_moment();
    }

    pub fn moments(&self) -> Vec<Moment> {
        self.lock().moments.take().unwrap_or_default()
    }

    /// One of the two dies after so many operations more.
    pub fn kill_after(&self, who: Who, operations: usize) {
        let mut inner = self.lock();
        match who {
            Who::Engine => inner.engine = Some(operations),
            Who::Supervisor => inner.supervisor = Some(operations),
        }
    }

    /// A new process takes the place of a dead one.
    pub fn revive(&self, who: Who) {
        let mut inner = self.lock();
        match who {
            Who::Engine => inner.engine = None,
            Who::Supervisor => inner.supervisor = None,
        }
    }

    pub fn is_dead(&self, who: Who) -> bool {
        let inner = self.lock();
        match who {
            Who::Engine => inner.engine == Some(0),
            Who::Supervisor => inner.supervisor == Some(0),
        }
    }

    pub fn root(&self) -> Shelf {
        Shelf { machine: self.clone(), number: ROOT, path: Utf8PathBuf::from("/state") }
    }

    /// One operation of a process: what it does, unless the process dies before it.
    pub fn operate<T>(&self, who: Who, operation: impl FnOnce(&mut Inner) -> T) -> io::Result<T> {
        let mut inner = self.lock();
        let left = match who {
            Who::Engine => &mut inner.engine,
            Who::Supervisor => &mut inner.supervisor,
        };
        match left {
            Some(0) => return Err(io::Error::other("the process is dead")),
            Some(left) => *left -= 1,
            None => {}
        }
        inner.done[who as usize] += 1;
        let done = operation(&mut inner);
        inner.keep_moment();
        Ok(done)
    }
}

impl Inner {
    fn keep_moment(&mut self) {
        if let Some(moments) = &mut self.moments {
            moments.push(Moment { disk: self.disk.clone(), truth: self.truth.clone() });
        }
    }

    /// Whether this sync is the one that is missing.
    fn forgets_to_sync(&self, file: usize) -> bool {
        let Some(missing) = self.missing else { return false };
        let unsynced = self.disk.unsynced(file);
        let text = String::from_utf8_lossy(&unsynced);
        let intent = |way: &str| {
            text.lines()
                .any(|line| line.contains("\"attempt-started\"") && line.contains(&format!("\"direction\":\"{way}\"")))
        };
        match missing {
            Missing::IntentSync => intent("forward"),
            Missing::UndoIntentSync => intent("back"),
            Missing::ResultSync => text.contains("\"attempt-ended\"") && !text.contains("\"attempt-started\""),
            Missing::StartNoteSync => text.contains("\"event\":{\"started\""),
            Missing::EndNoteSync => text.contains("\"event\":{\"ended\""),
            Missing::BundleSync => text.contains(BUNDLED) || text.contains("\"modes\""),
            Missing::BundleNames
            | Missing::FolderSync
            | Missing::MarkSync
            | Missing::TailCut
            | Missing::StartNoteFirst => false,
        }
    }
}

/// A folder of the machine's disk.
#[derive(Clone)]
pub struct Shelf {
    machine: Machine,
    number: usize,
    path: Utf8PathBuf,
}

impl Shelf {
    fn failed(&self, doing: &'static str, name: &str, source: io::Error) -> JournalError {
        JournalError::Io { doing, path: self.path.join(name), source }
    }

    fn open(&self, name: &str, number: usize) -> Self {
        Self { machine: self.machine.clone(), number, path: self.path.join(name) }
    }

    /// A file in it as one of the two processes sees it.
    pub fn volume(&self, name: &str, who: Who) -> Option<Volume> {
        let file = self.machine.lock().disk.find(self.number, name)?;
        Some(Volume { machine: self.machine.clone(), file, who })
    }
}

impl Folder for Shelf {
    fn path(&self) -> &Utf8Path {
        &self.path
    }

    fn child(&self, name: &str) -> Result<Option<Self>, JournalError> {
        let found = self.machine.lock().disk.find(self.number, name);
        Ok(found.map(|number| self.open(name, number)))
    }

    fn make_child(&self, name: &str) -> Result<Option<Self>, JournalError> {
        let made = self.machine.operate(Who::Engine, |inner| inner.disk.make(self.number, name, true));
        let made = made.map_err(|error| self.failed("create", name, error))?;
        Ok(made.map(|number| self.open(name, number)))
    }

    fn new_storage(&self, name: &str) -> Result<Box<dyn Storage>, JournalError> {
        let made = self.machine.operate(Who::Engine, |inner| inner.disk.make(self.number, name, false));
        let taken = || io::ErrorKind::AlreadyExists.into();
        let file = made.and_then(|made| made.ok_or_else(taken)).map_err(|error| self.failed("create", name, error))?;
        Ok(Box::new(Volume { machine: self.machine.clone(), file, who: Who::Engine }))
    }

    fn storage(&self, name: &str) -> Result<Box<dyn Storage>, JournalError> {
        let missing = || self.failed("open", name, io::ErrorKind::NotFound.into());
        Ok(Box::new(self.volume(name, Who::Engine).ok_or_else(missing)?))
    }

    fn names(&self) -> Result<Vec<String>, JournalError> {
        Ok(self.machine.lock().disk.names(self.number))
    }

    fn remove(&self, name: &str) -> Result<(), JournalError> {
        let removed = self.machine.operate(Who::Engine, |inner| inner.disk.remove(self.number, name));
        removed.map_err(|error| self.failed("remove", name, error))
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), JournalError> {
        let renamed = self.machine.operate(Who::Engine, |inner| inner.disk.rename(self.number, from, to));
        renamed.map_err(|error| self.failed("rename", from, error))
    }

    fn sync(&self) -> Result<(), JournalError> {
        let synced = self.machine.operate(Who::Engine, |inner| {
            let is_missing = match inner.missing {
                Some(Missing::FolderSync) => true,
                Some(Missing::MarkSync) => self.path.ends_with(LOCKS),
                Some(Missing::BundleNames) => self.path.components().any(|part| part.as_str() == "bundle"),
                _ => false,
            };
            if !is_missing {
                inner.disk.sync_names(self.number);
            }
        });
        synced.map_err(|error| self.failed("sync", "", error))
    }
}

/// A file of the machine's disk.
pub struct Volume {
    machine: Machine,
    file: usize,
    who: Who,
}

impl Storage for Volume {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        Ok(self.machine.lock().disk.seen(self.file).to_vec())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.machine.operate(self.who, |inner| inner.disk.append(self.file, bytes))?;
        Ok(bytes.len())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.machine.operate(self.who, |inner| {
            if !inner.forgets_to_sync(self.file) {
                inner.disk.sync(self.file);
            }
        })
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        let length = usize::try_from(length).unwrap();
        self.machine.operate(self.who, |inner| {
            if inner.missing != Some(Missing::TailCut) {
                inner.disk.truncate(self.file, length);
            }
        })
    }

    fn reserve(&mut self, _length: u64, _bytes: u64) -> io::Result<()> {
        Ok(())
    }

    fn lost_reserve(&self) -> bool {
        false
    }
}

impl Volume {
    /// Whether a loss of power now would lose something of it.
    pub fn has_unsynced(&self) -> bool {
        let inner = self.machine.lock();
        inner.disk.seen(self.file) != inner.disk.durable(self.file)
    }
}
