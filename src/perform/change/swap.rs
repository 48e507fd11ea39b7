//! A new file beside the old one takes over its name: the one way in which files change.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::super::ending::plain;
use super::super::limits::Cancelled;

/// Mode and owner of a new file.
#[derive(Debug, Clone, Copy)]
pub(in crate::perform) struct Face {
    pub(in crate::perform) mode: u32,
    /// `None`: whoever writes it.
    pub(in crate::perform) owner: Option<(u32, u32)>,
}

/// Why a change isn't wholly there.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::perform) enum Broken {
    /// Nothing has changed.
    Before(String),
    /// The name was taken over; what went wrong came later.
    After(String),
}

impl From<String> for Broken {
    fn from(words: String) -> Self {
        Self::Before(words)
    }
}

/// The file holds these bytes.
pub(in crate::perform) fn swap_file(
    target: &Path,
    face: Face,
    bytes: &mut impl Read,
    cancelled: &Cancelled,
) -> Result<(), Broken> {
    let new = beside(target, "runbook-new", &unique());
    let filled = fill_new(&new, face, bytes, cancelled).map_err(|error| cannot_write(target, &error, face));
    take_over(&new, target, filled, cancelled)
}

/// The path is a symbolic link.
pub(in crate::perform) fn swap_link(path: &Path, to: &str, cancelled: &Cancelled) -> Result<(), Broken> {
    let new = beside(path, "runbook-new", &unique());
    let made = symlink(to, &new).map_err(|error| format!("{} can't be written: {}", path.display(), plain(&error)));
    take_over(&new, path, made, cancelled)
}

/// The file goes, durably.
pub(in crate::perform) fn remove(path: &Path) -> Result<(), Broken> {
    fs::remove_file(path)
        .map_err(|error| Broken::Before(format!("{} can't be removed: {}", path.display(), plain(&error))))?;
    sync_folder(path).map_err(Broken::After)
}

/// A new file, durable under its own name.
pub(super) fn fill_new(new: &Path, face: Face, bytes: &mut impl Read, cancelled: &Cancelled) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(new)?;
    let mut piece = vec![0; 128 * 1024];
    loop {
        if cancelled.is_told() {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "it was cut short"));
        }
        match bytes.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => file.write_all(&piece[..read])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    if let Some((user, group)) = face.owner {
        let mine = file.metadata()?;
        if (mine.uid(), mine.gid()) != (user, group) {
            fchown(&file, Some(user), Some(group))?;
        }
    }
    // After the owner: a change of owner takes set-user-id bits away.
    file.set_permissions(fs::Permissions::from_mode(face.mode))?;
    file.sync_all()
}

/// A name beside the file that no pattern of a shell matches.
pub(super) fn beside(path: &Path, what: &str, unique: &str) -> PathBuf {
    let mut short: String = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    while short.len() > 160 {
        short.pop();
    }
    path.with_file_name(OsString::from(format!(".{short}.{what}.{unique}")))
}

/// Makes the folder's entries durable.
pub(super) fn sync_folder(path: &Path) -> Result<(), String> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| format!("{} can't be made durable: {}", folder.display(), plain(&error)))
}

fn take_over(new: &Path, target: &Path, made: Result<(), String>, cancelled: &Cancelled) -> Result<(), Broken> {
    let taken = made.and_then(|()| {
        if cancelled.is_told() {
            return Err("it was cut short".to_owned());
        }
        fs::rename(new, target).map_err(|error| format!("{} can't be written: {}", target.display(), plain(&error)))
    });
    if let Err(words) = taken {
        // What can't be removed has a name that says where it comes from.
        let _ = fs::remove_file(new);
        return Err(Broken::Before(words));
    }
    sync_folder(target).map_err(Broken::After)
}

fn cannot_write(target: &Path, error: &io::Error, face: Face) -> String {
    let denied = error.raw_os_error() == Some(rustix::io::Errno::PERM.raw_os_error());
    match face.owner {
        Some((user, _)) if denied => format!(
            "{} belongs to {} and its owner can't be kept; do it `as` that user or as root",
            target.display(),
            super::super::file::user_name(user)
        ),
        _ => format!("{} can't be written: {}", target.display(), plain(error)),
    }
}

fn unique() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}
