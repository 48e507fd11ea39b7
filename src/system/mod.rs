//! What Linux and macOS do differently, and nothing else: one function for each such need, with the
//! same name and meaning in `linux` and in `macos`. Everybody else calls what both have alike.
//!
//! | | Linux | macOS |
//! |---|---|---|
//! | processes | `/proc`, a subreaper, handles of processes | `ps`, no subreaper, numbers of processes |
//! | descriptors | made closed on exec | marked right after |
//! | files | `fdatasync`, space reserved, named without rights to read | `F_FULLFSYNC`, none, opened to be read |
//!
//! What is weaker on macOS is told in `docs/macos.md`; it has been compiled for macOS and never run there. Invariant: no
//! other module has a word that only one of the two systems knows (`tests/layers.rs`).

mod facts;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;

#[cfg(target_os = "linux")]
use linux as this;
#[cfg(target_os = "macos")]
use macos as this;

pub use facts::ProcessFacts;
pub use this::{
    ONLY_NAMED, RECEIVE, SEND, SHORT_NAME, adopt_orphans, begin_to_write, begins_now, boot, children_of, command_line,
    descriptors, drop_cached, enlarge_pipe, environment, facts, hide_memory, holds_any, moment_of, network_of,
    permissions, pipe, pipe_name, processes, reserve, script_file, signal_exactly, sync, up, up_awake,
};
