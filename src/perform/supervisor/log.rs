//! `supervisor.jsonl`: the supervisor's own record of what it started and how that ended, framed and
//! chained like the journal. Two syncs a step: before its first process, and after its last.
//!
//! While a supervisor lives, it holds a lock on this file; that is how others know that it does.
//! Invariant: [`Log::note`] returns `Ok` only when the note is on the disk, and after one failure
//! never again.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;
use rustix::fs::{FallocateFlags, FlockOperation};
use serde::{Deserialize, Serialize};

use super::modes::open_file;
use super::protocol::Ending;
use crate::event::frame::{Chain, Damage, End, Record, frame, scan};
use crate::event::{AttemptKey, Storage};

/// The log's name in the run's directory.
const NAME: &str = "supervisor.jsonl";
/// Room for the notes of a rollback on a disk that is full by then.
const RESERVED: u64 = 256 * 1024;

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Note {
    /// A supervisor began.
    Opened {
        /// Its process.
        pid: u32,
        /// When.
        at: Timestamp,
        /// How many bytes of a torn line were cut off before.
        #[serde(default)]
        cut: u64,
    },
    /// A step starts: written before its first process.
    Started {
        /// Which.
        key: AttemptKey,
        /// When.
        at: Timestamp,
        /// Where its output goes, from the run's directory.
        place: Utf8PathBuf,
    },
    /// Its first processes: not waited for, since nothing is decided by it but whom to look for when
    /// this supervisor is killed.
    Began {
        /// Which.
        key: AttemptKey,
        /// Their numbers, and when they began, in ticks since the machine started.
        processes: Vec<(i32, u64)>,
    },
    /// A step is over.
    Ended {
        /// Which.
        key: AttemptKey,
        /// When.
        at: Timestamp,
        /// How.
        ending: Box<Ending>,
    },
}

/// Why the log can't be used.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// A supervisor lives and holds it.
    #[error("a supervisor of this run is still at work")]
    InUse,
    /// It was changed or a disk failed; nothing in it can be trusted from there on.
    #[error("{path} is damaged at line {line}: {why}")]
    Damaged {
        /// The log.
        path: Utf8PathBuf,
        /// From 1.
        line: u64,
        /// What is wrong.
        why: Damage,
    },
    /// A whole line says something that this version doesn't know.
    #[error("{path}, line {line}, was written by another version: {source}")]
    Unreadable {
        /// The log.
        path: Utf8PathBuf,
        /// From 1.
        line: u64,
        /// What isn't understood.
        source: serde_json::Error,
    },
    /// It can't be read or written.
    #[error("{path}: {source}")]
    Disk {
        /// The log.
        path: Utf8PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// An earlier note is perhaps not on the disk.
    #[error("an earlier note couldn't be written")]
    Failed,
}

/// The log while it is written.
pub struct Log {
    storage: Box<dyn Storage>,
    path: Utf8PathBuf,
    chain: Chain,
    failed: bool,
}

/// What the log of a run tells.
#[derive(Debug, Default, PartialEq)]
pub struct SupervisorLog {
    /// The notes, oldest first.
    pub notes: Vec<Note>,
    /// How many bytes of an unfinished note stand at its end; 0: none.
    pub torn: u64,
}

impl Log {
    /// Opens or creates the log and takes its lock. A torn line at its end is cut off and noted.
    /// Returns the number of steps that were started so far, too.
    ///
    /// # Errors
    /// Another supervisor lives, the log is damaged, or the disk fails.
    pub fn open(run: &Utf8Path) -> Result<(Self, usize), LogError> {
        let path = run.join(NAME);
        let on_disk = |source: io::Error| LogError::Disk { path: path.clone(), source };
        let file = open_file(run, &path, File::options().read(true).append(true)).map_err(on_disk)?;
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Err(LogError::InUse),
            Err(error) => return Err(on_disk(error.into())),
        }
        let opened = Self::open_on(Box::new(LogFile(file)), &path, std::process::id(), Timestamp::now())?;
        File::open(run).and_then(|directory| directory.sync_all()).map_err(on_disk)?;
        Ok(opened)
    }

    /// Opens the log on storage that nobody else has: as process `pid`, `at` this moment. `path` is only
    /// named in errors.
    ///
    /// # Errors
    /// The log is damaged, or the disk fails.
    pub fn open_on(
        mut storage: Box<dyn Storage>,
        path: &Utf8Path,
        pid: u32,
        at: Timestamp,
    ) -> Result<(Self, usize), LogError> {
        let on_disk = |source: io::Error| LogError::Disk { path: path.to_owned(), source };
        let bytes = storage.read().map_err(on_disk)?;
        let (found, whole, head) = SupervisorLog::scan(&bytes, path)?;
        if found.torn > 0 {
            storage.truncate(whole).map_err(on_disk)?;
        }
        let started = found.notes.iter().filter(|note| matches!(note, Note::Started { .. })).count();
        // Where the file system can't reserve, the log grows as any other file.
        let _ = storage.reserve(whole, RESERVED);
        let mut log = Self { storage, path: path.to_owned(), chain: head, failed: false };
        log.note(&Note::Opened { pid, at, cut: found.torn })?;
        Ok((log, started))
    }

    /// Writes a note and waits until it is on the disk.
    ///
    /// # Errors
    /// The disk fails, now or earlier: a failed sync is never tried again.
    pub fn note(&mut self, note: &Note) -> Result<(), LogError> {
        self.append(note)?;
        self.storage.sync().map_err(|source| {
            self.failed = true;
            LogError::Disk { path: self.path.clone(), source }
        })
    }

    /// Writes a note without waiting: for what only looks and may simply run again.
    ///
    /// # Errors
    /// The disk fails, now or earlier.
    pub fn append(&mut self, note: &Note) -> Result<(), LogError> {
        if self.failed {
            return Err(LogError::Failed);
        }
        let written = serde_json::to_string(note).map_err(io::Error::from).and_then(|payload| {
            let (line, next) = frame(&payload, &self.chain);
            self.write(line.as_bytes()).map(|()| next)
        });
        match written {
            Ok(next) => {
                self.chain = next;
                Ok(())
            }
            Err(source) => {
                self.failed = true;
                Err(LogError::Disk { path: self.path.clone(), source })
            }
        }
    }

    fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.storage.write(bytes)? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                taken => bytes = &bytes[taken..],
            }
        }
        Ok(())
    }
}

impl SupervisorLog {
    /// What these bytes tell; `path` is only named in errors.
    ///
    /// # Errors
    /// They are damaged: a torn tail is told in the answer and is no error.
    pub fn of(bytes: &[u8], path: &Utf8Path) -> Result<Self, LogError> {
        Self::scan(bytes, path).map(|(log, _, _)| log)
    }

    /// The same, with the length of what is whole and where the next note goes on.
    fn scan(bytes: &[u8], path: &Utf8Path) -> Result<(Self, u64, Chain), LogError> {
        let scanned = scan(bytes);
        let torn = match scanned.end {
            End::Whole => 0,
            End::TornTail { bytes, .. } => bytes as u64,
            End::Damaged { line, why, .. } => return Err(LogError::Damaged { path: path.to_owned(), line, why }),
        };
        let notes = notes_of(path, &scanned.records)?;
        Ok((Self { notes, torn }, scanned.whole as u64, scanned.head))
    }
}

/// A log in a file that is open for appending, and locked.
struct LogFile(File);

impl Storage for LogFile {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.0.seek(SeekFrom::Start(0))?;
        self.0.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.0.write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                done => return done,
            }
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.0.set_len(length)
    }

    fn reserve(&mut self, length: u64, bytes: u64) -> io::Result<()> {
        Ok(rustix::fs::fallocate(&self.0, FallocateFlags::KEEP_SIZE, length, bytes)?)
    }

    fn lost_reserve(&self) -> bool {
        false
    }
}

/// Reads the log of a run; it may be written meanwhile. A run without one has no notes.
///
/// # Errors
/// It can't be read, or is damaged: a torn tail is told in the answer and is no error.
pub fn read_log(run: &Utf8Path) -> Result<SupervisorLog, LogError> {
    let path = run.join(NAME);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(SupervisorLog::default()),
        Err(source) => return Err(LogError::Disk { path, source }),
    };
    SupervisorLog::of(&bytes, &path)
}

/// The lock that a living supervisor holds; `None` when the run has no log yet.
///
/// # Errors
/// The log is there and can't be opened.
pub(in crate::perform) fn lock_of(run: &Utf8Path) -> Result<Option<File>, LogError> {
    let path = run.join(NAME);
    match File::open(&path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(LogError::Disk { path, source }),
    }
}

/// A note that can't be read is never passed over: it could be the one that says that a step started.
fn notes_of(path: &Utf8Path, records: &[Record<'_>]) -> Result<Vec<Note>, LogError> {
    let read = |record: &Record<'_>| {
        serde_json::from_str(record.payload).map_err(|source| LogError::Unreadable {
            path: path.to_owned(),
            line: record.number,
            source,
        })
    };
    records.iter().map(read).collect()
}
