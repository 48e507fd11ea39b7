//! What rehearsals showed, kept beside the runs: `rehearsals/<runbook>/<when>.json`. What it says is
//! `event`'s. Invariant: a file that is there is whole: it has its name only once it is on disk.

use std::io::{self, Read, Write};

use camino::Utf8PathBuf;
use jiff::Timestamp;
use rustix::fs::OFlags;

use super::directory::Directory;
use super::error::JournalError;
use super::folder::Folder;
use super::state::StateDirectory;
use crate::event::Rehearsal;

const REHEARSALS: &str = "rehearsals";
const ENDING: &str = ".json";

impl StateDirectory {
    /// Keeps what a rehearsal showed, durably, and says where.
    ///
    /// # Errors
    /// `Io`, `Unreachable` or `NotSafe`.
    pub fn keep_rehearsal(&self, rehearsal: &Rehearsal) -> Result<Utf8PathBuf, JournalError> {
        let all = self.root().child_or_new(REHEARSALS)?;
        let own = all.child_or_new(&folder_of(&rehearsal.runbook))?;
        let name = name_of(rehearsal.started);
        let path = own.path().join(&name);
        let text = serde_json::to_vec_pretty(rehearsal)
            .map_err(|error| JournalError::io("write", &path, io::Error::other(error)))?;
        let unfinished = format!(".{name}");
        let mut file = own.new_file(&unfinished, OFlags::WRONLY)?;
        let written = file.write_all(&text).and_then(|()| file.write_all(b"\n")).and_then(|()| file.sync_all());
        written.map_err(|error| JournalError::io("write", &path, error))?;
        own.rename(&unfinished, &name)?;
        own.sync()?;
        all.sync()?;
        self.root().sync()?;
        Ok(path)
    }

    /// What the rehearsals of a runbook showed, the newest first.
    ///
    /// # Errors
    /// `Io` or `NotSafe`; also where one can't be understood.
    pub fn rehearsals(&self, runbook: &str) -> Result<Vec<Rehearsal>, JournalError> {
        let Some(all) = self.root().child(REHEARSALS)? else { return Ok(Vec::new()) };
        let Some(own) = all.child(&folder_of(runbook))? else { return Ok(Vec::new()) };
        let mut names: Vec<_> = own.names()?;
        names.retain(|name| name.ends_with(ENDING) && !name.starts_with('.'));
        names.sort_by(|one, other| other.cmp(one));
        names.iter().map(|name| read(&own, name)).collect()
    }
}

fn read(folder: &Directory, name: &str) -> Result<Rehearsal, JournalError> {
    let path = folder.path().join(name);
    let failed = |error: io::Error| JournalError::io("read", &path, error);
    let mut file = folder.file(name, OFlags::RDONLY)?.ok_or_else(|| failed(io::ErrorKind::NotFound.into()))?;
    let mut text = Vec::new();
    file.read_to_end(&mut text).map_err(failed)?;
    serde_json::from_slice(&text).map_err(|error| failed(io::Error::new(io::ErrorKind::InvalidData, error)))
}

/// Ids are kebab-case; whatever else comes in stays one name.
fn folder_of(runbook: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() || letter == '-' { letter } else { '-' };
    runbook.chars().map(plain).take(200).collect()
}

/// Names in the order of time.
fn name_of(started: Timestamp) -> String {
    format!("{}-{:09}{ENDING}", started.strftime("%Y%m%d-%H%M%S"), started.subsec_nanosecond().unsigned_abs())
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;
    use jiff::{SignedDuration, Timestamp};

    use super::super::{Identity, StateDirectory};
    use crate::event::Rehearsal;

    fn rehearsal(seconds: i64) -> Rehearsal {
        let started = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
        Rehearsal {
            runbook: "bmtc-api".to_owned(),
            title: String::new(),
            digest: String::new(),
            inputs: std::collections::BTreeMap::new(),
            host: String::new(),
            user: String::new(),
            version: String::new(),
            started,
            ended: started,
            ways_back: Vec::new(),
            left_out: Vec::new(),
        }
    }

    #[test]
    fn rehearsals_of_a_runbook_are_read_back_the_newest_first_and_never_half() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap().join("state");
        let state = StateDirectory::open_or_create(Utf8Path::from_path(&path).unwrap(), &Identity::own()).unwrap();
        assert_eq!(state.rehearsals("bmtc-api").unwrap(), []);
        for seconds in [3, 90, 10] {
            state.keep_rehearsal(&rehearsal(seconds)).unwrap();
        }
        // A crash before it had its name.
        std::fs::write(path.join("rehearsals/bmtc-api/.19700101-000200-000000000.json"), "{").unwrap();
        assert_eq!(state.rehearsals("bmtc-api").unwrap(), [rehearsal(90), rehearsal(10), rehearsal(3)]);
        assert_eq!(state.rehearsals("bmtc").unwrap(), []);
    }
}
