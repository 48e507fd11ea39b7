//! A supervisor's process from its start until somebody talks with it: it comes up on its own, while the
//! engine makes the run that it is for, or goes on to its first step.
//!
//! The conversation is `connection`'s. Invariant: one that is dropped before it was told its run ends
//! without having done anything.

use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::time::Duration;

use camino::Utf8Path;
use tokio::process::{Child, Command};

use crate::perform::supervisor::{Request, SUPERVISE_WORD, Welcome, encode};

/// A supervisor that nobody waits for yet.
pub struct Ahead {
    pub(super) child: Child,
    pub(super) socket: UnixStream,
    /// How many secrets it knows; the rest has to be told.
    pub(super) secrets: usize,
}

impl Ahead {
    /// Starts the process, in a runtime.
    ///
    /// # Errors
    /// It can't be started.
    pub fn start(program: &Utf8Path) -> io::Result<Self> {
        let (socket, theirs) = UnixStream::pair()?;
        let child = Command::new(program)
            .arg(SUPERVISE_WORD)
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self { child, socket, secrets: 0 })
    }

    /// Tells it its run, whose directory is there: it opens its log. The words wait in the socket until
    /// it has come up.
    pub(super) fn welcome(mut self, welcome: Welcome) -> io::Result<Self> {
        self.secrets = welcome.secrets.len();
        self.socket.write_all(&encode(&Request::Welcome(welcome)))?;
        Ok(self)
    }

    /// Ends one that nobody needed, and waits until it is gone.
    pub(super) async fn let_go(self, at_most: Duration) {
        let Self { mut child, socket, .. } = self;
        drop(socket);
        // One that doesn't go is found by the next look at the run, by its lock.
        let _ = tokio::time::timeout(at_most, child.wait()).await;
    }
}

/// What an operator is told.
pub(super) fn cannot_start(error: &io::Error) -> String {
    format!("the supervisor can't be started: {error}")
}
