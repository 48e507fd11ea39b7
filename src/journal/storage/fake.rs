//! A disk that fails, tears and fills up on demand.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::event::Storage;

/// What the disk holds and what it is about to do wrong; shared, so that a test sees it while a
/// writer owns the storage.
#[derive(Debug, Default)]
pub struct Disk {
    /// All that was appended.
    pub bytes: Vec<u8>,
    /// How much of it a crash can't take any more.
    pub synced: usize,
    /// How often it was synced.
    pub syncs: u32,
    /// How many bytes there is room for; `None`: no end.
    pub room: Option<usize>,
    /// Up to where space is reserved.
    pub reserved: usize,
    /// At most this many bytes of the next writes are taken; `None`: all.
    pub short: Option<usize>,
    /// The next writes fail.
    pub write_fails: Option<io::ErrorKind>,
    /// The next syncs fail.
    pub sync_fails: Option<io::ErrorKind>,
    /// Truncating fails.
    pub truncate_fails: bool,
}

/// The storage of a [`Disk`].
#[derive(Debug, Clone, Default)]
pub struct FakeStorage(Arc<Mutex<Disk>>);

impl FakeStorage {
    pub fn disk(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap()
    }
}

impl Storage for FakeStorage {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        Ok(self.disk().bytes.clone())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut disk = self.disk();
        if let Some(kind) = disk.write_fails {
            return Err(kind.into());
        }
        let mut taken = bytes.len().min(disk.short.unwrap_or(usize::MAX));
        if let Some(room) = disk.room {
            taken = taken.min(room.max(disk.reserved).saturating_sub(disk.bytes.len()));
            if taken == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
        }
        disk.bytes.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut disk = self.disk();
        disk.syncs += 1;
        if let Some(kind) = disk.sync_fails {
            return Err(kind.into());
        }
        disk.synced = disk.bytes.len();
        Ok(())
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        let mut disk = self.disk();
        if disk.truncate_fails {
            return Err(io::ErrorKind::Other.into());
        }
        disk.bytes.truncate(usize::try_from(length).unwrap());
        disk.synced = disk.synced.min(disk.bytes.len());
        disk.reserved = 0;
        Ok(())
    }

    fn reserve(&mut self, length: u64, bytes: u64) -> io::Result<()> {
        let mut disk = self.disk();
        let wanted = usize::try_from(length + bytes).unwrap();
        if disk.room.is_some_and(|room| wanted > room) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        disk.reserved = disk.reserved.max(wanted);
        Ok(())
    }

    fn lost_reserve(&self) -> bool {
        false
    }
}
