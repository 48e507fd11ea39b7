//! A runbook file with everything that belongs to what was reviewed: its includes, its templates,
//! the files it calls. All of it lies in one folder, and nothing outside is ever opened.
//!
//! - [`load()`] reads it from where the author keeps it, lowers and reviews it.
//! - [`load_revision`] does so from where a version control keeps it.
//! - [`Bundle::write_to`] keeps the exact bytes beside a run's journal (in any [`Place`]: [`Bundle::keep_in`]),
//!   [`load_saved`] reads them back.
//!
//! Invariant: whatever the folder holds (directories, pipes, devices, links, huge files), loading
//! ends soon with findings; it never blocks, and never looks outside.

mod beside;
mod error;
mod files;
mod folder;
mod load;
mod named;
mod patterns;
mod place;
mod revision;
mod saved;
#[cfg(test)]
mod tests;

pub use beside::read_beside;
pub use error::BundleError;
pub use files::{Bundle, BundleFile};
pub use load::{Loaded, load, load_revision, load_saved, load_with};
pub use named::{NamedError, NamedFile, files_named};
pub use place::Place;
pub use revision::{Revision, RevisionFile, RevisionKind};
pub use saved::{SavedBundleError, saved_files};
