//! The state directory: which one it is, and the runs in it.
//!
//! State lives where all who may run it can reach it, or a lock would hold for one person only:
//! what `--state-dir` or `RUNBOOK_STATE` says; else `/var/lib/runbook` if it exists; else the
//! user's own. A `/var/lib/runbook` that can't be used is refused and never passed over in silence.
//! Locks and the journal's lines are others' work. Invariant: a run that
//! [`StateDirectory::create_run`] returned is still there after any crash.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;

use super::directory::Directory;
use super::error::JournalError;
use super::folder::Folder;
use super::reach::Reach;
use super::run_directory::{RunDirectory, fill};
use super::run_id::RunId;
use super::walk::Identity;

/// Where the state of all who use a machine lives, if its administrator made it.
pub const SYSTEM_STATE: &str = "/var/lib/runbook";
const RUNS: &str = "runs";
const LOCKS: &str = "locks";

/// What decides where the state lives.
#[derive(Debug, Clone, Default)]
pub struct Whereabouts {
    /// `--state-dir` or `RUNBOOK_STATE`; `None`: neither.
    pub asked: Option<Utf8PathBuf>,
    /// [`SYSTEM_STATE`], elsewhere in tests; `None`: never.
    pub system: Option<Utf8PathBuf>,
    /// `XDG_STATE_HOME`; counts only if it is absolute.
    pub xdg_state_home: Option<Utf8PathBuf>,
    /// `HOME`.
    pub home: Option<Utf8PathBuf>,
}

impl Whereabouts {
    /// Where the state lives.
    ///
    /// # Errors
    /// [`JournalError::NoHome`]: nothing says where. `Unreachable`: the path asked for is relative
    /// to a folder that is gone.
    pub fn choose(&self) -> Result<Utf8PathBuf, JournalError> {
        if let Some(asked) = &self.asked {
            return camino::absolute_utf8(asked).map_err(|error| JournalError::unreachable("find", asked, error));
        }
        if let Some(system) = &self.system
            && system.symlink_metadata().is_ok()
        {
            return Ok(system.clone());
        }
        let absolute = |path: &&Utf8PathBuf| path.is_absolute();
        let own = self.xdg_state_home.as_ref().filter(absolute).cloned();
        let own = own.or_else(|| Some(self.home.as_ref().filter(absolute)?.join(".local/state")));
        own.map(|folder| folder.join("runbook")).ok_or(JournalError::NoHome)
    }
}

/// A state directory that is open and safe to use.
#[derive(Debug)]
pub struct StateDirectory {
    root: Directory,
}

impl StateDirectory {
    /// Opens the state directory at an absolute path and makes it when it is missing: for what
    /// starts runs.
    ///
    /// # Errors
    /// `Unreachable`, or `NotSafe` for links, foreign owners and modes that let others write.
    pub fn open_or_create(path: &Utf8Path, identity: &Identity) -> Result<Self, JournalError> {
        let missing = || JournalError::unreachable("open", path, rustix::io::Errno::NOENT);
        let mut root = Directory::open_state(path, identity, true)?.ok_or_else(missing)?;
        let mut is_new = false;
        for name in [RUNS, LOCKS] {
            is_new |= root.child(name)?.is_none() && root.make_child(name)?.is_some();
        }
        // All is made first: what the first sync waits for, the others find done.
        if is_new {
            root.sync()?;
        }
        root.sync_the_way()?;
        Ok(Self { root })
    }

    /// Opens the state directory at an absolute path; `None`: there is none, so there are no runs.
    /// For what only reads.
    ///
    /// # Errors
    /// As [`StateDirectory::open_or_create`].
    pub fn open(path: &Utf8Path, identity: &Identity) -> Result<Option<Self>, JournalError> {
        Ok(Directory::open_state(path, identity, false)?.map(|root| Self { root }))
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Utf8Path {
        self.root.path()
    }

    /// How far its locks reach.
    ///
    /// # Errors
    /// `Io`.
    pub fn reach(&self) -> Result<Reach, JournalError> {
        Reach::of(&self.root)
    }

    /// Makes the directory of a new run and its empty journal, durably up to the root.
    ///
    /// # Errors
    /// `Unreachable`, `Io` or `NotSafe`.
    pub fn create_run(&self, runbook: &str, now: Timestamp) -> Result<RunDirectory, JournalError> {
        self.create_run_keeping(runbook, now, |_| Ok(()))
    }

    /// Likewise with its bundle, which `keep` writes durably into the folder that it is given.
    ///
    /// # Errors
    /// `Unreachable`, `NotSafe` or `Io`, also when `keep` fails.
    pub fn create_run_keeping(
        &self,
        runbook: &str,
        now: Timestamp,
        keep: impl Fn(&Utf8Path) -> io::Result<()>,
    ) -> Result<RunDirectory, JournalError> {
        loop {
            let id = RunId::new(runbook, now);
            // `None`: the name is taken; the next one differs by chance.
            if let Some(directory) = make_run_keeping(&self.root, &id, |bundle| keep(bundle.path()))? {
                return Ok(RunDirectory::new(id, directory));
            }
        }
    }

    /// All runs, the newest first.
    ///
    /// # Errors
    /// `Io` or `NotSafe`.
    pub fn runs(&self) -> Result<Vec<RunId>, JournalError> {
        let Some(runs) = self.root.child(RUNS)? else { return Ok(Vec::new()) };
        let mut ids: Vec<RunId> = runs.names()?.iter().filter_map(|name| RunId::parse(name)).collect();
        ids.sort_by(|one, other| other.age_key().cmp(&one.age_key()));
        Ok(ids)
    }

    /// Opens a run.
    ///
    /// # Errors
    /// `NoSuchRun`, `Io` or `NotSafe`.
    pub fn open_run(&self, id: &RunId) -> Result<RunDirectory, JournalError> {
        let missing = || JournalError::NoSuchRun { asked: id.to_string(), state: self.path().to_owned() };
        let runs = self.root.child(RUNS)?.ok_or_else(missing)?;
        let directory = runs.child(id.as_str())?.ok_or_else(missing)?;
        Ok(RunDirectory::new(id.clone(), directory))
    }

    /// Opens the one run whose id this is, or begins so, or has it as its last part.
    ///
    /// # Errors
    /// `NoSuchRun`, `AmbiguousRun`, `Io` or `NotSafe`.
    pub fn find_run(&self, asked: &str) -> Result<RunDirectory, JournalError> {
        let runs = self.runs()?;
        if let Some(exact) = runs.iter().find(|id| id.as_str() == asked) {
            return self.open_run(exact);
        }
        let fitting: Vec<&RunId> = runs.iter().filter(|id| id.fits(asked)).collect();
        match fitting.as_slice() {
            [] => Err(JournalError::NoSuchRun { asked: asked.to_owned(), state: self.path().to_owned() }),
            [one] => self.open_run(one),
            several => Err(JournalError::AmbiguousRun {
                asked: asked.to_owned(),
                count: several.len(),
                candidates: several.iter().take(5).map(ToString::to_string).collect(),
            }),
        }
    }

    pub(super) fn root(&self) -> &Directory {
        &self.root
    }

    pub(super) fn locks(&self) -> Result<Directory, JournalError> {
        self.root.child_or_new(LOCKS)
    }
}

/// Makes the directory of a run with its empty journal, durably up to the root; `None`: the name is
/// taken. All of it is made first and each directory synced once, the deepest first: before that, a
/// crash loses nothing that anybody was told of.
///
/// # Errors
/// `Unreachable`, `Io` or `NotSafe`.
pub fn make_run<F: Folder>(root: &F, id: &RunId) -> Result<Option<F>, JournalError> {
    make_run_keeping(root, id, |_| Ok(()))
}

/// Likewise with its bundle, which `keep` writes durably into the folder that it is given.
///
/// # Errors
/// As [`make_run`], also when `keep` fails.
pub fn make_run_keeping<F: Folder>(
    root: &F,
    id: &RunId,
    keep: impl Fn(&F) -> io::Result<()>,
) -> Result<Option<F>, JournalError> {
    let runs = root.child_or_new(RUNS)?;
    let Some(directory) = runs.make_child(id.as_str())? else { return Ok(None) };
    fill(&directory, keep)?;
    runs.sync()?;
    root.sync()?;
    Ok(Some(directory))
}

#[cfg(test)]
mod tests;
