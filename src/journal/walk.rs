//! The way to the state directory, and who may have laid it out.
//!
//! Whoever can put a link or a directory of his own on the way could make a run forget what it did.
//! So it is walked one name at a time, each relative to a directory that is already open. A link is
//! followed by hand and only if root or we made it; the state directory itself is never one.
//!
//! Two forms of it are trusted: *private* (ours, nobody else may write) and *shared* (mode 2770: a
//! group whose members trust each other; root accepts only one that root made).
//!
//! What lies in the state directory is `directory`'s. Invariant: no path is resolved twice; after a
//! check only the opened descriptor is used.

use std::collections::VecDeque;
use std::os::fd::OwnedFd;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::fs::{fstat, fsync, mkdirat, open, openat, readlinkat, statat};
use rustix::io::Errno;

use super::error::{Distrust, JournalError};
use crate::system::{ONLY_NAMED, permissions};

/// The mode of the one form that a group may write.
pub(super) const SHARED: Mode = Mode::RWXU.union(Mode::RWXG).union(Mode::SGID);
/// More links than this on the way are a circle.
const MOST_LINKS: u32 = 32;

/// Who asks.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The number of the user.
    pub user: u32,
    /// The numbers of all groups.
    pub groups: Vec<u32>,
}

impl Identity {
    /// Of this process.
    #[must_use]
    pub fn own() -> Self {
        let mut groups = vec![rustix::process::getegid().as_raw()];
        // Without the further groups a shared directory is refused: safe, and said.
        groups.extend(rustix::process::getgroups().unwrap_or_default().iter().map(|group| group.as_raw()));
        Self { user: rustix::process::geteuid().as_raw(), groups }
    }
}

/// Who may write here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Its owner alone.
    Private,
    /// This group.
    Shared {
        /// The group's number.
        group: u32,
    },
}

/// The end of the way to a state directory.
pub(super) struct Arrived {
    pub fd: OwnedFd,
    pub form: Form,
    pub made_in: Vec<Unsynced>,
}

/// A directory on the way in which the next one was made: that name isn't durable yet.
#[derive(Debug)]
pub(super) struct Unsynced {
    fd: OwnedFd,
    /// The directory that was made.
    made: Utf8PathBuf,
}

impl Unsynced {
    /// Makes the name durable.
    pub fn sync(&self) -> Result<(), JournalError> {
        fsync(&self.fd).map_err(|error| JournalError::unreachable("create", &self.made, error))
    }
}

/// Opens a state directory by its absolute path; with `create`, makes what is missing of it.
/// `None`: it doesn't exist.
pub(super) fn walk_to_state(
    path: &Utf8Path,
    identity: &Identity,
    create: bool,
) -> Result<Option<Arrived>, JournalError> {
    let Some(Walk { at: fd, foreign, made_in, .. }) = Walk::new(path, identity, create)?.goes_on()? else {
        return Ok(None);
    };
    let stat = fstat(&fd).map_err(|error| JournalError::unreachable("look at", path, error))?;
    let form = form_of_state(&stat, identity).map_err(|why| JournalError::not_safe(path, why))?;
    match (form, foreign) {
        (Form::Private, Some((path, owner))) => {
            Err(JournalError::not_safe(&path, Distrust::ForeignOwner { owner, expected: identity.user }))
        }
        (Form::Private, None) | (Form::Shared { .. }, _) => Ok(Some(Arrived { fd, form, made_in })),
    }
}

pub(super) fn directory_flags() -> OFlags {
    OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC
}

fn form_of_state(stat: &Stat, identity: &Identity) -> Result<Form, Distrust> {
    let mode = permissions(stat);
    let foreign = Distrust::ForeignOwner { owner: stat.st_uid, expected: identity.user };
    if Mode::from_raw_mode(stat.st_mode) == SHARED {
        let trusted = if identity.user == 0 { stat.st_uid == 0 } else { identity.groups.contains(&stat.st_gid) };
        return if trusted { Ok(Form::Shared { group: stat.st_gid }) } else { Err(foreign) };
    }
    if stat.st_uid != identity.user {
        return Err(foreign);
    }
    if mode & 0o022 != 0 {
        return Err(Distrust::Writable { mode });
    }
    Ok(Form::Private)
}

/// A directory on the way that belongs to neither root nor us.
type Foreign = Option<(Utf8PathBuf, u32)>;

/// The way from the root to a state directory. Links on it are followed by hand, and only those
/// that root or we made; the state directory itself is never a link.
struct Walk<'a> {
    identity: &'a Identity,
    create: bool,
    at: OwnedFd,
    path: Utf8PathBuf,
    ahead: VecDeque<String>,
    links: u32,
    foreign: Foreign,
    made_in: Vec<Unsynced>,
}

impl<'a> Walk<'a> {
    fn new(path: &Utf8Path, identity: &'a Identity, create: bool) -> Result<Self, JournalError> {
        let ahead = names_of(path);
        let (at, path) = (root()?, "/".into());
        Ok(Self { identity, create, at, path, ahead, links: 0, foreign: None, made_in: Vec::new() })
    }

    /// At the last name.
    fn goes_on(mut self) -> Result<Option<Self>, JournalError> {
        while let Some(name) = self.ahead.pop_front() {
            let here = self.path.join(&name);
            let last = self.ahead.is_empty();
            let flags = if last { directory_flags() } else { directory_flags() | ONLY_NAMED };
            match openat(&self.at, name.as_str(), flags, Mode::empty()) {
                Ok(fd) => {
                    self.at = fd;
                    self.path = here;
                    if !last {
                        self.checks_passage()?;
                    }
                }
                Err(Errno::NOENT) if self.create => {
                    self.creates(&name)?;
                    self.ahead.push_front(name);
                }
                Err(Errno::NOENT) => return Ok(None),
                Err(Errno::LOOP | Errno::NOTDIR) => self.follows(&name, last)?,
                Err(error) => return Err(JournalError::unreachable("open", &here, error)),
            }
        }
        Ok(Some(self))
    }

    /// A directory on the way may be anybody's to look at, but not everybody's to rearrange.
    fn checks_passage(&mut self) -> Result<(), JournalError> {
        let stat = fstat(&self.at).map_err(|error| JournalError::unreachable("look at", &self.path, error))?;
        let mode = permissions(&stat);
        if mode & 0o002 != 0 && mode & 0o1000 == 0 {
            return Err(JournalError::not_safe(&self.path, Distrust::Writable { mode }));
        }
        if stat.st_uid != 0 && stat.st_uid != self.identity.user && self.foreign.is_none() {
            self.foreign = Some((self.path.clone(), stat.st_uid));
        }
        Ok(())
    }

    /// Makes a directory whose name isn't durable yet.
    fn creates(&mut self, name: &str) -> Result<(), JournalError> {
        let here = self.path.join(name);
        let failed = |error| JournalError::unreachable("create", &here, error);
        match mkdirat(&self.at, name, Mode::from_raw_mode(0o700)) {
            // Created by another run in between: as good.
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => return Err(failed(error)),
        }
        // `at` may be open for passing through only, which can't be synced.
        let fd = openat(&self.at, ".", directory_flags(), Mode::empty()).map_err(failed)?;
        self.made_in.push(Unsynced { fd, made: here });
        Ok(())
    }

    fn follows(&mut self, name: &str, last: bool) -> Result<(), JournalError> {
        let here = self.path.join(name);
        let failed = |error| JournalError::unreachable("open", &here, error);
        let stat = statat(&self.at, name, AtFlags::SYMLINK_NOFOLLOW).map_err(failed)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::Symlink {
            return Err(JournalError::not_safe(&here, Distrust::WrongKind { expected: "directory" }));
        }
        let ours = stat.st_uid == 0 || stat.st_uid == self.identity.user;
        if last || !ours {
            return Err(JournalError::not_safe(&here, Distrust::Link));
        }
        self.links += 1;
        if self.links > MOST_LINKS {
            return Err(failed(Errno::LOOP));
        }
        let target = readlinkat(&self.at, name, Vec::new()).map_err(failed)?;
        let target = Utf8PathBuf::from(target.to_str().map_err(|_| failed(Errno::ILSEQ))?);
        if target.is_absolute() {
            self.at = root()?;
            self.path = "/".into();
        }
        for name in names_of(&target).into_iter().rev() {
            self.ahead.push_front(name);
        }
        Ok(())
    }
}

fn root() -> Result<OwnedFd, JournalError> {
    open("/", directory_flags() | ONLY_NAMED, Mode::empty())
        .map_err(|error| JournalError::unreachable("open", "/".into(), error))
}

fn names_of(path: &Utf8Path) -> VecDeque<String> {
    path.components()
        .filter_map(|component| match component {
            Utf8Component::Normal(name) => Some(name.to_owned()),
            Utf8Component::ParentDir => Some("..".to_owned()),
            Utf8Component::Prefix(_) | Utf8Component::RootDir | Utf8Component::CurDir => None,
        })
        .collect()
}
