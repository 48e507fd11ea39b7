//! How far a lock reaches: who is kept out by it. `exec` says so before it starts, because a lock in
//! somebody's home keeps nobody else from releasing the same thing.
//!
//! It only looks at where the state lies; taking locks is `lock`'s. Invariant: it never promises
//! more than the file system gives.

use std::fmt;

use camino::Utf8PathBuf;
use rustix::fs::fstatfs;

use super::directory::Directory;
use super::error::JournalError;
use super::walk::Form;

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
        let found = fstatfs(state.fd()).map_err(|error| JournalError::io("look at", state.path(), error))?;
        Ok(Self {
            state: state.path().to_owned(),
            host: this_host(),
            form: state.form(),
            // The numbers are 32 bits wide, in a field whose type differs between machines.
            network: network_of(u32::try_from(i128::from(found.f_type) & 0xffff_ffff).unwrap_or(0)),
        })
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

fn network_of(kind: u32) -> Option<&'static str> {
    match kind {
        0x6969 => Some("NFS"),
        0x517b => Some("SMB"),
        0xff53_4d42 | 0xfe53_4d42 => Some("CIFS"),
        0x00c3_6400 => Some("Ceph"),
        0x6573_5546 => Some("FUSE"),
        0x5346_414f | 0x6b41_4653 => Some("AFS"),
        0x0102_1997 => Some("9P"),
        0x0bd0_0bd0 => Some("Lustre"),
        0x7461_636f => Some("OCFS2"),
        0x0116_1970 => Some("GFS2"),
        0x1983_0326 => Some("BeeGFS"),
        0x4750_4653 => Some("GPFS"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Form, Reach, network_of};

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
        let reach = Reach {
            state: "/mnt/state".into(),
            host: "build7".into(),
            form: Form::Private,
            network: network_of(0x6969),
        };
        assert_eq!(
            reach.to_string(),
            "the lock keeps out runs of this user on every host that mounts /mnt/state (NFS), as far as its server passes locks on"
        );
    }
}
