//! What a person types, a line at a time. Waiting for a line can be given up at any moment and then
//! takes nothing: a question that a signal put aside doesn't eat the answer to the next one, and
//! what an interactive step is told goes to that step.
//!
//! Invariant: a read never blocks, and the terminal's own settings aren't touched.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{QueueSelector, tcflush, tcgetattr};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed {
    /// A line with its newline.
    Line(String),
    /// Ctrl-D: the end of what is typed, on a terminal that is still there.
    End,
    /// The terminal is gone.
    Gone,
}

/// Forgets what was typed before somebody asked: an answer is given on purpose.
pub fn forget_what_was_typed() {
    // Without a terminal there is nothing to forget.
    let _ = tcflush(io::stdin(), QueueSelector::IFlush);
}

/// Waits for one line.
pub async fn read_line() -> Typed {
    line_of_terminal().await.unwrap_or(Typed::Gone)
}

#[expect(deprecated, reason = "what replaces it is unsafe; the descriptor is an owned one")]
async fn line_of_terminal() -> io::Result<Typed> {
    // A descriptor of our own, so that two questions may wait at the same time.
    let own: OwnedFd = io::stdin().as_fd().try_clone_to_owned()?;
    let terminal = AsyncFd::with_interest(own, Interest::READABLE)?;
    let mut line = Vec::new();
    loop {
        let mut ready = terminal.readable().await?;
        if !has_input(terminal.get_ref())? {
            // Somebody else took what made it ready.
            ready.clear_ready();
            continue;
        }
        let mut piece = [0; 4096];
        let count = rustix::io::read(terminal.get_ref(), &mut piece)?;
        line.extend_from_slice(piece.get(..count).unwrap_or_default());
        if count == 0 && line.is_empty() {
            return Ok(if tcgetattr(terminal.get_ref()).is_ok() { Typed::End } else { Typed::Gone });
        }
        if count == 0 || line.ends_with(b"\n") {
            return Ok(Typed::Line(String::from_utf8_lossy(&line).into_owned()));
        }
    }
}

fn has_input(terminal: &OwnedFd) -> io::Result<bool> {
    let mut asked = [PollFd::new(terminal, PollFlags::IN)];
    Ok(poll(&mut asked, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }))? > 0)
}
