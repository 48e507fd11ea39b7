//! The seam between what must not be lost and the disk: the bytes of one log, the engine's journal or
//! the supervisor's own. It has two lives: a file, and in tests a disk that fails, tears, fills up and
//! forgets.
//!
//! It knows bytes, not records. Whoever writes decides what a failure means. Invariant: space that
//! [`Storage::reserve`] granted is used by nobody else, and bytes appended within it don't fail for
//! want of space.

use std::io;

/// The bytes of one log.
pub trait Storage: Send {
    /// All bytes, as the disk has them and not only the system's memory, as far as it lets us.
    ///
    /// # Errors
    /// What the system said.
    fn read(&mut self) -> io::Result<Vec<u8>>;

    /// Appends bytes, perhaps only some of them; says how many.
    ///
    /// # Errors
    /// What the system said; then nothing was appended.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;

    /// Returns once all that was appended or taken off has reached the disk.
    ///
    /// # Errors
    /// What the system said; then nobody knows what has reached the disk, and asking again would
    /// answer wrongly.
    fn sync(&mut self) -> io::Result<()>;

    /// Takes off all that was appended after this length, and with it the reserved space.
    ///
    /// # Errors
    /// What the system said.
    fn truncate(&mut self, length: u64) -> io::Result<()>;

    /// Sets aside space for `bytes` more after `length`, without changing the length.
    ///
    /// # Errors
    /// What the system said: `StorageFull` when there isn't as much.
    fn reserve(&mut self, length: u64, bytes: u64) -> io::Result<()>;

    /// Whether the space that was reserved had to be given up, so that others may have taken it.
    fn lost_reserve(&self) -> bool;
}
