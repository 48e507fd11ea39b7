//! Out of the terminal's reach while a process starts. A key such as Ctrl-C reaches every process of the
//! group that has the terminal, which is the engine's and ours, and a process that starts is one of it
//! until it has a group of its own; by then nothing of ours protects it any more, and it would die. So
//! for that moment we stand in another group, and what starts with us.
//!
//! Whom the terminal belongs to is `terminal`'s. Invariant: whoever stepped aside is back where it was
//! before it does anything else, as long as that group is there.

use std::sync::OnceLock;

use rustix::process::{Pid, setpgid};

use super::terminal::own_group;

/// Where we belong: where the engine started us. `None`: a group outside of this container, and so is its
/// terminal.
static HOME: OnceLock<Option<Pid>> = OnceLock::new();

/// Standing aside, until this is dropped.
pub(super) struct Aside {
    /// Where we belong; `None`: we stayed there.
    home: Option<Pid>,
}

impl Aside {
    pub(super) fn step() -> Self {
        let home = *HOME.get_or_init(own_group);
        Self { home: home.filter(|_| setpgid(None, None).is_ok()) }
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // The group of a dead engine may be gone, and nobody presses a key for it any more.
        let _ = self.home.map(|home| setpgid(None, Some(home)));
    }
}
