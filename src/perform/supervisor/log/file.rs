//! The log's bytes in a file.
//!
//! What a failure means is decided by the log. Invariant: bytes are only ever appended.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};

use crate::event::Storage;
use crate::system;

/// A log in a file that is open for appending, and locked.
pub(super) struct LogFile(pub(super) File);

impl Storage for LogFile {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        // Best effort: where the cache can't be dropped, there is nothing better to read from.
        system::drop_cached(&self.0);
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
        system::sync(&self.0)
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.0.set_len(length)
    }

    fn reserve(&mut self, length: u64, bytes: u64) -> io::Result<()> {
        system::reserve(&self.0, length, bytes)
    }

    fn lost_reserve(&self) -> bool {
        false
    }
}
