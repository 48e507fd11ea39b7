//! Reading `supervisor.jsonl`, beside a supervisor that lives and after one that died.
//!
//! Invariant: a note that can't be read is never passed over: it could be the one that says that a step
//! started.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};

use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::OFlags;

use super::{LogError, Note};
use crate::event::frame::{Chain, End, Record, scan};
use crate::event::{AuditedFile, audit_file, newer};

/// The log's name in the run's directory.
const NAME: &str = "supervisor.jsonl";

/// What the log of a run tells.
#[derive(Debug, Default, PartialEq)]
pub struct SupervisorLog {
    /// The notes, oldest first.
    pub notes: Vec<Note>,
    /// How many bytes of an unfinished note stand at its end; 0: none.
    pub torn: u64,
}

/// Reads the log of a run; it may be written meanwhile. A run without one has no notes.
///
/// # Errors
/// It can't be read, or is damaged: a torn tail is told in the answer and is no error.
pub fn read_log(run: &Utf8Path) -> Result<SupervisorLog, LogError> {
    let path = name(run);
    let Some(mut file) = lock_of(run)? else { return Ok(SupervisorLog::default()) };
    let bytes = whole(&mut file, &path)?;
    SupervisorLog::of(&bytes, &path)
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
    pub(super) fn scan(bytes: &[u8], path: &Utf8Path) -> Result<(Self, u64, Chain), LogError> {
        let scanned = scan(bytes);
        let torn = match scanned.end {
            End::Whole => 0,
            End::TornTail { bytes, .. } => bytes as u64,
            End::Damaged { line, why, .. } => return Err(LogError::Damaged { path: path.to_owned(), line, why }),
        };
        understood(path, &scanned.records)?;
        let notes = notes_of(path, &scanned.records)?;
        Ok((Self { notes, torn }, scanned.whole as u64, scanned.head))
    }
}

/// Audits the log of a run: every fault in it, and not only the first one. Beside it the notes that
/// stand before the first fault.
#[must_use]
pub fn audit_log(run: &Utf8Path) -> (AuditedFile, Vec<Note>) {
    let read = lock_of(run).and_then(|file| file.map_or(Ok(Vec::new()), |mut file| whole(&mut file, &name(run))));
    match read {
        Ok(bytes) => {
            let understand = |payload: &str| serde_json::from_str::<Note>(payload).map_err(|error| error.to_string());
            let audited = audit_file(&bytes, |payload| understand(payload).map(drop));
            let notes = scan(&bytes).records.iter().map_while(|record| understand(record.payload).ok()).collect();
            (audited, notes)
        }
        Err(error) => (AuditedFile::unreadable(&error.to_string()), Vec::new()),
    }
}

/// The file whose lock a living supervisor holds; `None` when the run has no log yet.
///
/// # Errors
/// The log is there and can't be opened.
pub(in crate::perform) fn lock_of(run: &Utf8Path) -> Result<Option<File>, LogError> {
    match opened(&name(run), File::options().read(true)) {
        Ok(file) => Ok(Some(file)),
        Err(LogError::Disk { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

pub(super) fn name(run: &Utf8Path) -> Utf8PathBuf {
    run.join(NAME)
}

/// Opens the log, and nothing that somebody else could have put in its place.
pub(super) fn opened(path: &Utf8Path, options: &mut OpenOptions) -> Result<File, LogError> {
    let on_disk = |source: io::Error| LogError::Disk { path: path.to_owned(), source };
    // Without NONBLOCK, a pipe planted here would hold us up for ever.
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let file = match options.mode(0o600).custom_flags(flags).open(path) {
        Ok(file) => file,
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
            return Err(LogError::NotSafe { path: path.to_owned() });
        }
        Err(error) => return Err(on_disk(error)),
    };
    let found = file.metadata().map_err(on_disk)?;
    if found.is_file() && found.nlink() == 1 && found.mode() & 0o002 == 0 {
        Ok(file)
    } else {
        Err(LogError::NotSafe { path: path.to_owned() })
    }
}

fn whole(file: &mut File, path: &Utf8Path) -> Result<Vec<u8>, LogError> {
    let mut bytes = Vec::new();
    match file.read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(source) => Err(LogError::Disk { path: path.to_owned(), source }),
    }
}

/// That no newer version wrote any of it.
fn understood(path: &Utf8Path, records: &[Record<'_>]) -> Result<(), LogError> {
    newer(records.iter().map(|record| record.payload)).map_or(Ok(()), |newer| {
        Err(LogError::Newer { path: path.to_owned(), who_can: newer.who_can(), format: newer.format })
    })
}

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
