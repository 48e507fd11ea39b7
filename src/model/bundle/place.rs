//! Where a bundle is kept. It has two lives: [`OnDisk`], and in tests one that forgets whatever wasn't
//! synced. Paths are relative to it; the empty one is the place itself.
//!
//! What is kept, and in which order, is `saved`'s. Invariant: nothing is ever written over.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};

use camino::{Utf8Path, Utf8PathBuf};

use crate::system;

/// How many files are open until they are synced.
const AT_ONCE: usize = 64;

/// Where a bundle is kept.
pub trait Place {
    /// Makes a folder, whose name isn't durable yet; that it is there already is well.
    ///
    /// # Errors
    /// The file system refuses.
    fn make_folder(&mut self, path: &Utf8Path) -> io::Result<()>;

    /// Writes a file that isn't there yet, and doesn't wait until it is durable; `mode` is what its owner may.
    ///
    /// # Errors
    /// The file system refuses, or there is such a file.
    fn write(&mut self, path: &Utf8Path, bytes: &[u8], mode: u32) -> io::Result<()>;

    /// Waits until the bytes of every file that was written are durable.
    ///
    /// # Errors
    /// The file system can't promise it.
    fn sync_files(&mut self) -> io::Result<()>;

    /// Waits until the names in a folder are durable.
    ///
    /// # Errors
    /// The file system can't promise it.
    fn sync_folder(&mut self, path: &Utf8Path) -> io::Result<()>;
}

/// A directory.
pub(super) struct OnDisk<'a> {
    directory: &'a Utf8Path,
    readers: Readers,
    /// All of it is handed to the disk before any of it is waited for, so that twenty files take hardly
    /// longer than one.
    written: Vec<File>,
}

impl<'a> OnDisk<'a> {
    pub fn at(directory: &'a Utf8Path) -> Self {
        Self { directory, readers: Readers::of(directory.parent()), written: Vec::new() }
    }

    fn path(&self, path: &Utf8Path) -> Utf8PathBuf {
        if path.as_str().is_empty() { self.directory.to_owned() } else { self.directory.join(path) }
    }
}

impl Place for OnDisk<'_> {
    fn make_folder(&mut self, path: &Utf8Path) -> io::Result<()> {
        let path = self.path(path);
        DirBuilder::new().recursive(true).mode(0o700).create(&path)?;
        match self.readers {
            Readers::Owner => Ok(()),
            // What is made in it gets the group, too.
            Readers::Group => std::fs::set_permissions(path, Permissions::from_mode(0o2770)),
        }
    }

    fn write(&mut self, path: &Utf8Path, bytes: &[u8], mode: u32) -> io::Result<()> {
        let mode = self.readers.mode(mode);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(self.path(path))?;
        file.write_all(bytes)?;
        // Whatever the umask took away.
        file.set_permissions(Permissions::from_mode(mode))?;
        system::begin_to_write(&file);
        self.written.push(file);
        if self.written.len() == AT_ONCE { self.sync_files() } else { Ok(()) }
    }

    /// The last one first: when that is on the disk, the others mostly are.
    fn sync_files(&mut self) -> io::Result<()> {
        self.written.drain(..).rev().try_for_each(|file| file.sync_all())
    }

    fn sync_folder(&mut self, path: &Utf8Path) -> io::Result<()> {
        File::open(self.path(path))?.sync_all()
    }
}

/// Who goes on with the run reads its bundle: its owner, or whoever is in the group that shares it.
#[derive(Clone, Copy)]
enum Readers {
    Owner,
    Group,
}

impl Readers {
    /// Those of the directory that the bundle lies in.
    fn of(above: Option<&Utf8Path>) -> Self {
        let shared = above.and_then(|above| std::fs::metadata(above).ok()).is_some_and(|it| it.mode() & 0o020 != 0);
        if shared { Self::Group } else { Self::Owner }
    }

    /// What the owner may, for all of them.
    fn mode(self, owners: u32) -> u32 {
        match self {
            Self::Owner => owners,
            Self::Group => owners | owners >> 3,
        }
    }
}
