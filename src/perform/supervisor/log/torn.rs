//! A note that was never whole is cut from the log's end, and kept beside it for whoever wants to know.

use std::fs::{File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;

use camino::Utf8Path;

use super::is_full;

/// Writes a torn tail into the first free `supervisor.torn-<n>`, durably. A full disk doesn't hold up
/// a rollback: then it isn't kept.
pub(super) fn keep_aside(run: &Utf8Path, mode: Permissions, tail: &[u8]) -> io::Result<()> {
    let mut number = 1;
    let (path, mut file) = loop {
        let path = run.join(format!("supervisor.torn-{number}"));
        match File::options().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(file) => break (path, file),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(error) if is_full(&error) => return Ok(()),
            Err(error) => return Err(error),
        }
    };
    // In a state that a group shares, all of it may read this, too.
    let written = file.set_permissions(mode).and_then(|()| file.write_all(tail));
    match written.and_then(|()| file.sync_all()) {
        Ok(()) => File::open(run)?.sync_all(),
        Err(error) if is_full(&error) => std::fs::remove_file(&path),
        Err(error) => Err(error),
    }
}
