//! `write`, `copy`, `link`, `replace`: changes of one file. Each is atomic (a new file beside the old
//! one, made durable, takes its name), keeps mode and owner of before, and follows a symbolic link
//! to the file it means; `link` replaces the link itself. Folders, devices and sockets are refused.
//! Access lists, extended attributes and hard links of before aren't kept.
//!
//! Invariant: nobody ever sees half a file, and nothing has changed unless the name was taken over.

mod before;
mod hex;
mod one_file;
mod place;
mod replace;
mod swap;
#[cfg(test)]
mod tests;

pub use before::forget_before;
pub(super) use before::{file_before, holds};
pub(super) use hex::{digest, hex};
pub(super) use one_file::change_file;
pub(super) use place::{Now, look_at};
pub(super) use swap::{Broken, Face, remove, swap_file, swap_link};
