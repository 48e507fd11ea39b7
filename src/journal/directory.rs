//! Directories in the state that nobody else could have laid out for us, and the files in them.
//!
//! Everything is opened relative to a directory that is already open, never through a link, and must
//! belong to us and be writable by us alone; in a shared state it may belong to any member, but must
//! have the state's group. The way there is `walk`'s; what the files mean is left to others.
//! Invariant: nothing here follows a link or opens what isn't a plain file or a directory.

use std::ffi::CStr;
use std::fs::File;
use std::os::fd::OwnedFd;

use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat};
use rustix::fs::{fchmod, fstat, fsync, openat, renameat, statat, unlinkat};
use rustix::io::Errno;

use super::error::{Distrust, JournalError};
use super::walk::{Arrived, Form, Identity, SHARED, Unsynced, directory_flags, walk_to_state};
use crate::system::permissions;

/// A directory that is open and trusted.
#[derive(Debug)]
pub(super) struct Directory {
    fd: OwnedFd,
    path: Utf8PathBuf,
    form: Form,
    identity: Identity,
    /// Where a directory was made on the way to this one.
    made_in: Vec<Unsynced>,
}

impl Directory {
    /// Opens a state directory by its absolute path; with `create`, makes what is missing of it.
    /// Their names are durable after [`Directory::sync_the_way`]. `None`: it doesn't exist.
    pub(super) fn open_state(path: &Utf8Path, identity: &Identity, create: bool) -> Result<Option<Self>, JournalError> {
        let arrived = walk_to_state(path, identity, create)?;
        Ok(arrived.map(|Arrived { fd, form, made_in }| Self {
            fd,
            path: path.to_owned(),
            form,
            identity: identity.clone(),
            made_in,
        }))
    }

    pub(super) fn path(&self) -> &Utf8Path {
        &self.path
    }

    pub(super) fn form(&self) -> Form {
        self.form
    }

    pub(super) fn fd(&self) -> &OwnedFd {
        &self.fd
    }

    /// Opens a directory in this one; `None`: it doesn't exist.
    pub(super) fn child(&self, name: &str) -> Result<Option<Self>, JournalError> {
        let path = self.path.join(name);
        let fd = match openat(&self.fd, name, directory_flags(), Mode::empty()) {
            Ok(fd) => fd,
            Err(Errno::NOENT) => return Ok(None),
            Err(error) => return Err(self.refusal(name, "directory", error)),
        };
        let stat = fstat(&fd).map_err(|error| JournalError::io("look at", &path, error))?;
        self.trusts(&stat, 0o022).map_err(|why| JournalError::not_safe(&path, why))?;
        Ok(Some(self.below(fd, path)))
    }

    /// Opens a directory that was just made in this one, and gives it its mode.
    pub(super) fn adopt_child(&self, name: &str) -> Result<Self, JournalError> {
        let path = self.path.join(name);
        let fd = openat(&self.fd, name, directory_flags(), Mode::empty())
            .map_err(|error| self.refusal(name, "directory", error))?;
        // Whatever the umask took away; a shared directory hands its group on by itself.
        fchmod(&fd, self.form.directory_mode()).map_err(|error| JournalError::io("set the mode of", &path, error))?;
        Ok(self.below(fd, path))
    }

    /// Opens a file in this directory; `None`: it doesn't exist.
    pub(super) fn file(&self, name: &str, flags: OFlags) -> Result<Option<File>, JournalError> {
        // Without NONBLOCK, a pipe planted here would hold us up for ever.
        let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let fd = match openat(&self.fd, name, flags, Mode::from_raw_mode(0o600)) {
            Ok(fd) => fd,
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::EXIST) => {
                return Err(JournalError::io("create", &self.path.join(name), Errno::EXIST));
            }
            Err(error) => return Err(self.refusal(name, "file", error)),
        };
        let path = self.path.join(name);
        let stat = fstat(&fd).map_err(|error| JournalError::io("look at", &path, error))?;
        let trusted = self.trusts_file(&stat);
        trusted.map_err(|why| JournalError::not_safe(&path, why))?;
        Ok(Some(File::from(fd)))
    }

    /// Opens a file in this directory, making it when it is missing.
    pub(super) fn file_or_new(&self, name: &str, flags: OFlags) -> Result<File, JournalError> {
        loop {
            if let Some(file) = self.file(name, flags)? {
                return Ok(file);
            }
            match self.new_file(name, flags) {
                Err(JournalError::Io { source, .. }) if source.kind() == std::io::ErrorKind::AlreadyExists => {}
                done => return done,
            }
        }
    }

    /// Makes a file in this directory; it must be new.
    pub(super) fn new_file(&self, name: &str, flags: OFlags) -> Result<File, JournalError> {
        let path = self.path.join(name);
        let missing = || JournalError::io("create", &path, Errno::NOENT);
        let file = self.file(name, flags | OFlags::CREATE | OFlags::EXCL)?.ok_or_else(missing)?;
        fchmod(&file, self.form.file_mode()).map_err(|error| JournalError::io("set the mode of", &path, error))?;
        Ok(file)
    }

    /// The names in this directory, in no order; names that aren't UTF-8 aren't ours.
    pub(super) fn names(&self) -> Result<Vec<String>, JournalError> {
        let failed = |error| JournalError::io("list", &self.path, error);
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.fd).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name: &CStr = entry.file_name();
            if let Ok(name) = name.to_str()
                && name != "."
                && name != ".."
            {
                names.push(name.to_owned());
            }
        }
        Ok(names)
    }

    pub(super) fn rename(&self, from: &str, to: &str) -> Result<(), JournalError> {
        renameat(&self.fd, from, &self.fd, to).map_err(|error| JournalError::io("rename", &self.path.join(from), error))
    }

    /// Takes a file off; that it is gone already is well.
    pub(super) fn remove(&self, name: &str) -> Result<(), JournalError> {
        match unlinkat(&self.fd, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(JournalError::io("remove", &self.path.join(name), error)),
        }
    }

    /// Makes the names in this directory durable.
    pub(super) fn sync(&self) -> Result<(), JournalError> {
        fsync(&self.fd).map_err(|error| JournalError::io("sync", &self.path, error))
    }

    /// Makes the names of the directories that were made on the way here durable, the deepest first.
    pub(super) fn sync_the_way(&mut self) -> Result<(), JournalError> {
        while let Some(deepest) = self.made_in.last() {
            deepest.sync()?;
            self.made_in.pop();
        }
        Ok(())
    }

    fn below(&self, fd: OwnedFd, path: Utf8PathBuf) -> Self {
        Self { fd, path, form: self.form, identity: self.identity.clone(), made_in: Vec::new() }
    }

    fn trusts(&self, stat: &Stat, others_may_not: u32) -> Result<(), Distrust> {
        let mode = permissions(stat);
        match self.form {
            Form::Private if stat.st_uid != self.identity.user => {
                Err(Distrust::ForeignOwner { owner: stat.st_uid, expected: self.identity.user })
            }
            Form::Shared { group } if stat.st_gid != group => {
                Err(Distrust::ForeignGroup { group: stat.st_gid, expected: group })
            }
            Form::Private if mode & others_may_not != 0 => Err(Distrust::Writable { mode }),
            Form::Shared { .. } if mode & 0o002 != 0 => Err(Distrust::Writable { mode }),
            Form::Private | Form::Shared { .. } => Ok(()),
        }
    }

    fn trusts_file(&self, stat: &Stat) -> Result<(), Distrust> {
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(Distrust::WrongKind { expected: "file" });
        }
        // Just created in a shared directory, it still has the owner's bits alone.
        self.trusts(stat, 0o022)?;
        let names = link_count(stat);
        if names > 1 { Err(Distrust::HardLinks(names)) } else { Ok(()) }
    }

    /// Why something here can't be opened: a link, another kind of thing, or what the system said.
    fn refusal(&self, name: &str, expected: &'static str, error: Errno) -> JournalError {
        let path = self.path.join(name);
        match statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW).map(|stat| FileType::from_raw_mode(stat.st_mode)) {
            Ok(FileType::Symlink) => JournalError::not_safe(&path, Distrust::Link),
            Ok(FileType::Directory) if expected == "file" => {
                JournalError::not_safe(&path, Distrust::WrongKind { expected })
            }
            Ok(kind) if expected == "directory" && kind != FileType::Directory => {
                JournalError::not_safe(&path, Distrust::WrongKind { expected })
            }
            Ok(_) | Err(_) => JournalError::io("open", &path, error),
        }
    }
}

impl Form {
    fn directory_mode(self) -> Mode {
        match self {
            Self::Private => Mode::from_raw_mode(0o700),
            Self::Shared { .. } => SHARED,
        }
    }

    fn file_mode(self) -> Mode {
        match self {
            Self::Private => Mode::from_raw_mode(0o600),
            Self::Shared { .. } => Mode::from_raw_mode(0o660),
        }
    }
}

/// The number of names a file has; its type differs between machines.
#[expect(clippy::useless_conversion, reason = "u32 on some machines, u64 on others")]
fn link_count(stat: &Stat) -> u64 {
    u64::from(stat.st_nlink)
}

#[cfg(test)]
mod tests;
