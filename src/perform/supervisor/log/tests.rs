use std::io;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;

use super::{Log, LogError, Note, SupervisorLog};
use crate::event::{AttemptKey, Direction, Storage};

/// A disk that is full or fails when it is told to.
#[derive(Clone, Default)]
struct Disk(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    bytes: Vec<u8>,
    room: Option<usize>,
    sync_fails: bool,
    syncs: usize,
}

impl Disk {
    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.0.lock().unwrap());
    }

    fn notes(&self) -> usize {
        let log = SupervisorLog::of(&self.0.lock().unwrap().bytes, "supervisor.jsonl".into()).unwrap();
        assert_eq!(log.torn, 0);
        log.notes.len()
    }
}

impl Storage for Disk {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        Ok(self.0.lock().unwrap().bytes.clone())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut disk = self.0.lock().unwrap();
        let taken = disk.room.map_or(bytes.len(), |room| bytes.len().min(room.saturating_sub(disk.bytes.len())));
        if taken == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        disk.bytes.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut disk = self.0.lock().unwrap();
        disk.syncs += 1;
        if disk.sync_fails { Err(io::ErrorKind::Other.into()) } else { Ok(()) }
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.0.lock().unwrap().bytes.truncate(usize::try_from(length).unwrap());
        Ok(())
    }

    fn reserve(&mut self, _: u64, _: u64) -> io::Result<()> {
        Ok(())
    }

    fn lost_reserve(&self) -> bool {
        false
    }
}

fn log(disk: &Disk) -> Log {
    Log::open_on(Box::new(disk.clone()), "supervisor.jsonl".into(), 7, Timestamp::UNIX_EPOCH).unwrap().0
}

fn started(unit: &str) -> Note {
    let key = AttemptKey { unit: unit.to_owned(), direction: Direction::Forward, number: 1 };
    Note::Started { key, at: Timestamp::UNIX_EPOCH, place: format!("steps/001-{unit}.1").into() }
}

#[test]
fn on_a_full_disk_not_even_half_a_note_stays_and_the_next_one_may_be_written() {
    let disk = Disk::default();
    let mut log = log(&disk);
    disk.change(|disk| disk.room = Some(disk.bytes.len() + 40));
    assert!(matches!(log.note(&started("one")), Err(LogError::Full { .. })));
    assert_eq!(disk.notes(), 1);
    disk.change(|disk| disk.room = None);
    log.note(&started("two")).unwrap();
    assert_eq!(disk.notes(), 2);
}

#[test]
fn after_a_failed_sync_nothing_is_ever_noted_again() {
    let disk = Disk::default();
    let mut log = log(&disk);
    disk.change(|disk| disk.sync_fails = true);
    let error = log.note(&started("one")).unwrap_err();
    assert!(error.is_broken(), "{error}");
    disk.change(|disk| disk.sync_fails = false);
    let syncs = disk.0.lock().unwrap().syncs;
    assert!(matches!(log.note(&started("two")), Err(LogError::Failed)));
    assert_eq!(disk.0.lock().unwrap().syncs, syncs, "a failed sync is never tried again");
}

#[test]
fn a_log_that_cant_be_read_again_from_the_disk_isnt_opened() {
    let disk = Disk::default();
    drop(log(&disk));
    disk.change(|disk| disk.sync_fails = true);
    let again = Log::open_on(Box::new(disk.clone()), "supervisor.jsonl".into(), 8, Timestamp::UNIX_EPOCH);
    assert!(matches!(again.map(drop), Err(LogError::Disk { .. })));
}
