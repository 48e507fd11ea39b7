//! `file PATTERN pick=…`: looks at one file and changes nothing. Which of several files it is, is
//! told by `pick`; that two match and nobody said which is trouble, that none does is an answer.
//!
//! What costs a reading of the whole file (`sha256`, `gzip`) is looked at only when it is wanted.

mod observe;
mod owner;
mod pick;
#[cfg(test)]
mod tests;

pub use observe::observe_file;
pub(super) use observe::{absent, fingerprint, number, observe_while};
pub(super) use owner::{user_name, user_number};
pub(super) use pick::find;
