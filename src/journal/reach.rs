//! How far a lock reaches: who is kept out by it. `exec` says so before it starts, because a lock in
//! somebody's home keeps nobody else from releasing the same thing.
//!
//! It only looks at where the state lies; taking locks is `lock`'s. Invariant: it never promises
//! more than the file system gives.

use std::fmt;

use camino::Utf8PathBuf;

use super::directory::Directory;
use super::error::JournalError;
use super::walk::Form;
use crate::system::network_of;

/// Who is kept out by a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// The state directory.
    pub state: Utf8PathBuf,
    /// This machine's name.
    pub host: String,
    /// Which users share it.
    pub form: Form,
    /// The network file system that the state lies on; `None`: on this host's own disk.
    pub network: Option<&'static str>,
}

impl Reach {
    pub(super) fn of(state: &Directory) -> Result<Self, JournalError> {
        let network = network_of(state.fd()).map_err(|error| JournalError::io("look at", state.path(), error))?;
        Ok(Self { state: state.path().to_owned(), host: this_host(), form: state.form(), network })
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { state, host, form, network } = self;
        let who = match form {
            Form::Private => "runs of this user".to_owned(),
            Form::Shared { group } => format!("runs of group {group}"),
        };
        match network {
            None => write!(formatter, "the lock keeps out {who} on {host} ({state})"),
            Some(kind) => write!(
                formatter,
                "the lock keeps out {who} on every host that mounts {state} ({kind}), as far as its server passes locks on"
            ),
        }
    }
}

/// This machine's name.
#[must_use]
pub fn this_host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::{Form, Reach};

    #[test]
    fn a_lock_on_this_hosts_disk_says_that_it_ends_there() {
        let reach = Reach {
            state: "/var/lib/runbook".into(),
            host: "build7".into(),
            form: Form::Shared { group: 42 },
            network: None,
        };
        assert_eq!(reach.to_string(), "the lock keeps out runs of group 42 on build7 (/var/lib/runbook)");
    }

    #[test]
    fn a_lock_on_a_network_file_system_names_it() {
        let reach =
            Reach { state: "/mnt/state".into(), host: "build7".into(), form: Form::Private, network: Some("NFS") };
        assert_eq!(
            reach.to_string(),
            "the lock keeps out runs of this user on every host that mounts /mnt/state (NFS), as far as its server passes locks on"
        );
    }
}
