//! Where runs live, and which one is meant.

use camino::Utf8PathBuf;
use jiff::Timestamp;

use crate::event::{Record, Stamped};
use crate::journal::{
    Holder, Identity, JournalError, RunDirectory, SYSTEM_STATE, StateDirectory, Whereabouts, read_run, this_host,
};

/// `--state-dir`, for every command that knows runs.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct StateArguments {
    /// Where runs are kept [default: /var/lib/runbook if it exists, else ~/.local/state/runbook]
    #[arg(long, value_name = "DIR", env = "RUNBOOK_STATE", hide_env_values = true)]
    state_dir: Option<Utf8PathBuf>,
}

impl StateArguments {
    fn place(&self) -> Result<Utf8PathBuf, JournalError> {
        let path = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty()).map(Utf8PathBuf::from);
        Whereabouts {
            asked: self.state_dir.clone(),
            system: Some(SYSTEM_STATE.into()),
            xdg_state_home: path("XDG_STATE_HOME"),
            home: path("HOME"),
        }
        .choose()
    }

    /// Opens the state directory for a new run.
    pub fn open_or_create(&self) -> Result<StateDirectory, JournalError> {
        StateDirectory::open_or_create(&self.place()?, &Identity::own())
    }

    /// Opens the state directory to look; `None`: there are no runs.
    pub fn open(&self) -> Result<Option<StateDirectory>, JournalError> {
        StateDirectory::open(&self.place()?, &Identity::own())
    }

    /// The run that is meant: the one asked for, else the one that is open.
    pub fn find(&self, asked: Option<&str>) -> Result<Option<Found>, JournalError> {
        let Some(state) = self.open()? else {
            return match asked {
                Some(asked) => Err(JournalError::NoSuchRun { asked: asked.to_owned(), state: self.place()? }),
                None => Ok(None),
            };
        };
        if let Some(asked) = asked {
            let run = state.find_run(asked)?;
            return Found::read(state, run).map(Some);
        }
        for id in state.runs()? {
            let run = state.open_run(&id)?;
            let found = read_run::<Stamped>(&run)?;
            let record = Record::of(&found.events);
            if record.is_open() {
                return Ok(Some(Found { state, run, events: found.events, record }));
            }
        }
        Ok(None)
    }

    /// The run that is open, for who only looks, and why newer ones can't be read: they don't hide it.
    pub fn find_readable(&self) -> Result<(Option<Found>, Vec<JournalError>), JournalError> {
        let mut unreadable = Vec::new();
        let Some(state) = self.open()? else { return Ok((None, unreadable)) };
        for id in state.runs()? {
            match state.open_run(&id).and_then(read_whole) {
                Ok((run, events, record)) if record.is_open() => {
                    return Ok((Some(Found { state, run, events, record }), unreadable));
                }
                Ok(_) => {}
                Err(error) => unreadable.push(error),
            }
        }
        Ok((None, unreadable))
    }

    /// The newest run; `None`: there are none.
    pub fn newest(&self) -> Result<Option<Found>, JournalError> {
        let Some(state) = self.open()? else { return Ok(None) };
        let Some(id) = state.runs()?.into_iter().next() else { return Ok(None) };
        let run = state.open_run(&id)?;
        Found::read(state, run).map(Some)
    }
}

/// A run with what is on record of it.
pub struct Found {
    /// The state directory.
    pub state: StateDirectory,
    /// The run's own.
    pub run: RunDirectory,
    /// Every event so far.
    pub events: Vec<Stamped>,
    /// Their fold.
    pub record: Record,
}

impl Found {
    /// Reads a run.
    pub fn read(state: StateDirectory, run: RunDirectory) -> Result<Self, JournalError> {
        let (run, events, record) = read_whole(run)?;
        Ok(Self { state, run, events, record })
    }
}

/// What is on record of a run, without damage.
fn read_whole(run: RunDirectory) -> Result<(RunDirectory, Vec<Stamped>, Record), JournalError> {
    let path = run.journal();
    let events = read_run::<Stamped>(&run)?.undamaged(&path)?.events;
    let record = Record::of(&events);
    Ok((run, events, record))
}

/// Who this engine is, for locks.
pub fn holder(run: &str) -> Holder {
    Holder {
        run: run.to_owned(),
        host: this_host(),
        user: user_name(),
        pid: std::process::id(),
        since: Timestamp::now(),
    }
}

/// The operator: who called sudo, else who we are.
pub fn user_name() -> String {
    let named = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    named("SUDO_USER")
        .or_else(|| named("USER"))
        .or_else(|| named("LOGNAME"))
        .or_else(name_of_own_id)
        .unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()))
}

/// Our name in the list of users; `None`: the list doesn't have us, or isn't a file here.
fn name_of_own_id() -> Option<String> {
    let id = rustix::process::getuid().as_raw().to_string();
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    users.lines().find_map(|user| {
        let mut fields = user.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == id).then(|| name.to_owned())
    })
}
