//! The supervisor: a small program of its own under which `run`, `sh` and `pipe` run.
//!
//! It is this binary re-executed ([`supervise_main`]), one per run, single-threaded and without an
//! async runtime. It starts the processes of a step, owns their pipes, notes durably in
//! `supervisor.jsonl` that a step starts and how it ended, enforces budgets, and **outlives the
//! engine**: when the engine is killed, the step under way ends as it would have, and its end is on
//! record. It ends when the engine is gone and its last step is over.
//!
//! | file | |
//! |---|---|
//! | `protocol` | what engine and supervisor say to each other |
//! | `log`, `modes` | `supervisor.jsonl`: written, read, audited; and who may read it |
//! | `ledger` | the order of noting and acting |
//! | `program` | becoming a supervisor: signals, descriptors, subreaper |
//! | `watch` | the loop that waits for everything at once |
//! | `step` | one running step, from its start to its end |
//! | `spawn`, `programs` | programs and scripts → processes |
//! | `aside` | out of the terminal's reach while a process starts |
//! | `kept` | files of the bundle: the run's own copies |
//! | `output`, `live` | what a step prints: kept, capped, shown |
//! | `tree` | which processes belong to a step, and ending them |
//! | `orphans` | ending what a killed supervisor left behind |
//! | `terminal` | handing the terminal over and taking it back |
//! | `deposit` | the file that a `pipe … to` leaves |
//! | `errand`, `sudo`, `account` | what runs as another user |
//!
//! It leaves to others what an ending means: it judges nothing and retries nothing. Invariant: no
//! process of a step is started before its start is on the disk, and no end is told before it is on
//! the disk.
//!
//! **Which clock?** Budgets are measured by the monotonic clock: they go on while the engine is
//! stopped (Ctrl-Z) or dead, and stand still while the machine sleeps, because the step stands still
//! too. A closed laptop doesn't cut a step in half.

mod account;
mod aside;
mod deposit;
mod errand;
mod kept;
mod ledger;
mod live;
mod log;
mod modes;
mod orphans;
mod output;
mod program;
mod programs;
mod protocol;
mod spawn;
mod step;
mod sudo;
mod terminal;
mod tree;
mod watch;

pub use errand::{AS_WORD, Errand, Task};
pub use ledger::Ledger;
pub use log::{Log, LogError, Note, SupervisorLog, audit_log, read_log};
pub use orphans::{adopt_orphans, end_orphans};
pub use program::{SUPERVISE_WORD, supervise_main};
pub use protocol::{
    Answer, Captured, Deposited, End, Ending, Frames, HowStopped, Request, Stream, Together, Welcome, encode,
};
pub use tree::has_its_shell;

pub(in crate::perform) use account::{is_us, numbered};
pub(in crate::perform) use deposit::rename_durably;
pub(in crate::perform) use kept::{arguments_of, locate};
pub(in crate::perform) use log::lock_of;
pub(in crate::perform) use programs::{path_of, script_program, words_of};
pub(in crate::perform) use sudo::send;
