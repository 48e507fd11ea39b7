//! A file that stands beside a runbook and isn't part of it: its tests. It lies in the same folder, whatever
//! a link says.

use camino::Utf8Path;

use super::BundleError;
use super::folder::{Folder, MAX_TEXT};
use crate::syntax::Finding;

/// The bytes of a file of this name in the folder of a runbook; `None`: there is none.
///
/// # Errors
/// It can't be read, isn't a file, is too large, or leads out of the folder.
pub fn read_beside(runbook: &Utf8Path, name: &Utf8Path) -> Result<Option<Vec<u8>>, Finding> {
    let read = || {
        let (folder, _) = Folder::of_runbook(runbook)?;
        let found = folder.find(Utf8Path::new(""), name)?;
        Ok(found.read(MAX_TEXT)?.0)
    };
    match read() {
        Ok(bytes) => Ok(Some(bytes)),
        Err(BundleError::Missing(_)) => Ok(None),
        Err(error) => Err(error.finding(None)),
    }
}
