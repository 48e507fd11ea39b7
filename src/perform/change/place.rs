//! Where a change happens, and what is there now.

use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::super::ending::plain;
use super::super::file::fingerprint;
use super::super::limits::Cancelled;

/// As many links as the kernel itself follows.
const MOST_LINKS: usize = 40;

/// What is at a path now. A link isn't followed.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::perform) enum Now {
    /// Nothing.
    Absent,
    /// A file.
    File {
        /// SHA-256 of its bytes.
        sha256: String,
        /// Its mode.
        mode: u32,
        /// The numbers of its owner and group.
        owner: (u32, u32),
    },
    /// A symbolic link.
    Link {
        /// What it points to.
        target: String,
    },
}

/// Looks; a folder or a device is refused.
pub(in crate::perform) fn look_at(path: &Path, cancelled: &Cancelled) -> Result<Now, String> {
    let words = |error: &io::Error| format!("{} can't be looked at: {}", path.display(), plain(error));
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Now::Absent),
        Err(error) => return Err(words(&error)),
    };
    if found.is_symlink() {
        let target = fs::read_link(path).map_err(|error| words(&error))?;
        return target
            .into_os_string()
            .into_string()
            .map(|target| Now::Link { target })
            .map_err(|_| format!("{} points to a name that isn't UTF-8", path.display()));
    }
    refuse_other_kinds(path, &found)?;
    let (sha256, _) = fingerprint(path, cancelled).map_err(|error| words(&error))?;
    Ok(Now::File { sha256, mode: found.mode() & 0o7777, owner: (found.uid(), found.gid()) })
}

/// The file that a path means, through symbolic links; it need not be there, its folder must.
pub(super) fn target_of(path: &Path) -> Result<PathBuf, String> {
    let mut target = path.to_path_buf();
    for _ in 0..MOST_LINKS {
        let folder = target.parent().unwrap_or(Path::new("/"));
        if !folder.is_dir() {
            return Err(format!("there is no folder {}", folder.display()));
        }
        match fs::symlink_metadata(&target) {
            Ok(found) if found.is_symlink() => {
                let next = fs::read_link(&target)
                    .map_err(|error| format!("{} can't be looked at: {}", target.display(), plain(&error)))?;
                target = folder.join(next);
            }
            Ok(found) => return refuse_other_kinds(&target, &found).map(|()| target),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(target),
            Err(error) => return Err(format!("{} can't be looked at: {}", target.display(), plain(&error))),
        }
    }
    Err(format!("{} is a link that leads in a circle", path.display()))
}

/// Opens what is copied from.
pub(super) fn open_regular(path: &Path) -> Result<(File, Metadata), String> {
    let words = |error: io::Error| format!("{} can't be read: {}", path.display(), plain(&error));
    // Looked at before it is opened: opening a pipe would wait for somebody to write.
    let found = fs::metadata(path).map_err(words)?;
    refuse_other_kinds(path, &found)?;
    let file = File::open(path).map_err(words)?;
    Ok((file, found))
}

fn refuse_other_kinds(path: &Path, found: &Metadata) -> Result<(), String> {
    if found.is_file() {
        return Ok(());
    }
    let kind = if found.is_dir() { "a folder" } else { "a device, pipe or socket" };
    Err(format!("{} is {kind}, not a file", path.display()))
}
