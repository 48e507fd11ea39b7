//! Every crash: the production journal, its recovery, the supervisor's log and ledger, `decide` and the
//! driver over a disk that loses what wasn't synced, with a world beside it that remembers the truth.
//!
//! The quick form is part of the suite; `RUNBOOK_RELIABILITY=long` (`tests/reliability/long`) goes through
//! every byte of every write. Invariant: nothing here imitates what it tests; only the disk, the two
//! processes' deaths and the effects are made up.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod answers;
mod disk;
mod explorer;
mod house;
mod kept;
mod machine;
mod missing;
mod properties;
mod reference;
mod scene;
mod stage;
mod states;
mod truth;

/// Whether the long form is asked for.
fn is_long() -> bool {
    std::env::var_os("RUNBOOK_RELIABILITY").is_some_and(|form| form == "long")
}
