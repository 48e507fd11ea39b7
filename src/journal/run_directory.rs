//! The directory of one run: `runs/<id>/{journal.jsonl, supervisor.jsonl, bundle/, steps/}`.
//!
//! All of it reaches the disk, with every directory above it, before [`StateDirectory::create_run`]
//! returns: dropping the sync of one directory forgets whole runs after a crash. What goes into the
//! journal and what a step prints is others' work. Invariant: nothing in a run's directory is ever
//! overwritten.

use std::fs::File;
use std::io::{self, Write};

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use rustix::fs::OFlags;
use rustix::io::Errno;

use super::directory::Directory;
use super::error::{Distrust, JournalError};
use super::folder::Folder;
use super::run_id::RunId;
#[cfg(doc)]
use super::state::StateDirectory;

pub(super) const JOURNAL: &str = "journal.jsonl";
const SUPERVISOR: &str = "supervisor.jsonl";
const BUNDLE: &str = "bundle";
const STEPS: &str = "steps";

/// The directory of one run.
#[derive(Debug)]
pub struct RunDirectory {
    id: RunId,
    pub(super) directory: Directory,
}

impl RunDirectory {
    pub(super) fn new(id: RunId, directory: Directory) -> Self {
        Self { id, directory }
    }

    /// The run's name.
    #[must_use]
    pub fn id(&self) -> &RunId {
        &self.id
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Utf8Path {
        self.directory.path()
    }

    /// The journal.
    #[must_use]
    pub fn journal(&self) -> Utf8PathBuf {
        self.path().join(JOURNAL)
    }

    /// The supervisor's log; empty until a process ran.
    #[must_use]
    pub fn supervisor_log(&self) -> Utf8PathBuf {
        self.path().join(SUPERVISOR)
    }

    /// The exact bytes that the run was started with.
    #[must_use]
    pub fn bundle(&self) -> Utf8PathBuf {
        self.path().join(BUNDLE)
    }

    /// Where the output of steps goes: a folder for each attempt.
    #[must_use]
    pub fn steps(&self) -> Utf8PathBuf {
        self.path().join(STEPS)
    }

    pub(super) fn open_journal(&self, flags: OFlags) -> Result<File, JournalError> {
        let missing = || JournalError::io("open", &self.journal(), Errno::NOENT);
        self.directory.file(JOURNAL, flags)?.ok_or_else(missing)
    }

    /// Whether whoever made it was interrupted before it could be used: it has neither a journal nor a
    /// supervisor that noted anything.
    pub(super) fn never_began(&self) -> bool {
        let lacks = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
        let no_journal = self.journal().symlink_metadata().is_err_and(|error| lacks(&error));
        no_journal
            && match self.supervisor_log().symlink_metadata() {
                Ok(found) => found.is_file() && found.len() == 0,
                Err(error) => lacks(&error),
            }
    }

    /// That nobody else could have put the supervisor's log there or changed it.
    ///
    /// # Errors
    /// `NotSafe`, or `Io`, also when it is missing.
    pub fn trusts_supervisor_log(&self) -> Result<(), JournalError> {
        self.open_supervisor_log(OFlags::RDONLY).map(drop)
    }

    pub(super) fn open_supervisor_log(&self, flags: OFlags) -> Result<File, JournalError> {
        let missing = || JournalError::io("open", &self.supervisor_log(), Errno::NOENT);
        self.directory.file(SUPERVISOR, flags)?.ok_or_else(missing)
    }

    /// Makes the folder for the output of one attempt and says where it is. `name` is
    /// `<n>-<step>.<attempt>`. That it exists already is well: a run that is resumed finds it.
    ///
    /// # Errors
    /// `Io` or `NotSafe`.
    pub fn step_folder(&self, name: &str) -> Result<Utf8PathBuf, JournalError> {
        let steps = self.directory.child_or_new(STEPS)?;
        Ok(steps.child_or_new(single_name(&self.steps(), name)?)?.path().to_owned())
    }

    /// Keeps one file of the bundle, durably; `relative` is its path below the runbook's folder.
    ///
    /// # Errors
    /// `Io`, also when the file is there already or its path leaves the bundle.
    pub fn keep(&self, relative: &Utf8Path, bytes: &[u8]) -> Result<(), JournalError> {
        let mut folder = self.directory.child_or_new(BUNDLE)?;
        let mut components = relative.components().peekable();
        while let Some(component) = components.next() {
            let Utf8Component::Normal(name) = component else {
                return Err(JournalError::io("keep", relative, io::ErrorKind::InvalidInput));
            };
            if components.peek().is_some() {
                folder = folder.child_or_new(name)?;
                continue;
            }
            let mut file = folder.new_file(name, OFlags::WRONLY)?;
            let written = file.write_all(bytes).and_then(|()| file.sync_all());
            written.map_err(|error| JournalError::io("write", &folder.path().join(name), error))?;
            return folder.sync();
        }
        Err(JournalError::io("keep", relative, io::ErrorKind::InvalidInput))
    }

    /// Everything the bundle holds: paths below the runbook's folder, sorted, and their bytes.
    ///
    /// # Errors
    /// `Io` or `NotSafe`.
    pub fn kept(&self) -> Result<Vec<(Utf8PathBuf, Vec<u8>)>, JournalError> {
        let mut found = Vec::new();
        let mut open = Vec::new();
        open.extend(self.directory.child(BUNDLE)?.map(|folder| (Utf8PathBuf::new(), folder)));
        while let Some((below, folder)) = open.pop() {
            for name in folder.names()? {
                let relative = below.join(&name);
                match folder.child(&name) {
                    Ok(Some(child)) => open.push((relative, child)),
                    Ok(None) => {}
                    Err(JournalError::NotSafe { why: Distrust::WrongKind { .. }, .. }) => {
                        let path = folder.path().join(&name);
                        let missing = || JournalError::io("open", &path, Errno::NOENT);
                        let mut file = folder.file(&name, OFlags::RDONLY)?.ok_or_else(missing)?;
                        let mut bytes = Vec::new();
                        let read = io::Read::read_to_end(&mut file, &mut bytes);
                        read.map_err(|error| JournalError::io("read", &path, error))?;
                        found.push((relative, bytes));
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        found.sort();
        Ok(found)
    }
}

/// Makes what every run has, durably; `keep` writes the bundle into its folder. The other files are empty:
/// their names are all there is to sync.
pub(super) fn fill<F: Folder>(run: &F, keep: impl Fn(&F) -> io::Result<()>) -> Result<(), JournalError> {
    let bundle = run.make_child(BUNDLE)?;
    run.make_child(STEPS)?;
    // The supervisor's log too: only here is it known who may write it.
    for name in [JOURNAL, SUPERVISOR] {
        run.new_storage(name)?;
    }
    if let Some(bundle) = bundle {
        keep(&bundle).map_err(|source| JournalError::Io { doing: "keep", path: bundle.path().to_owned(), source })?;
    }
    run.sync()
}

fn single_name<'a>(folder: &Utf8Path, name: &'a str) -> Result<&'a str, JournalError> {
    if name.is_empty() || name == "." || name == ".." || name.contains(['/', '\0']) {
        return Err(JournalError::io("create", &folder.join(name), io::ErrorKind::InvalidInput));
    }
    Ok(name)
}
