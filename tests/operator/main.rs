//! The operator's side: a real terminal, real signals, engines and supervisors that are killed.
//! Tests wait for what stands on the terminal or in the journal, never for a time.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test that can't be set up says so or has failed")]

mod asked;
mod by_hand;
mod desk;
mod escapes;
mod expired;
mod floods;
mod group;
mod guarded;
mod interactive;
mod killed;
mod ladder;
#[cfg(debug_assertions)]
mod panicked;
mod screens;
mod shell;
mod spared;
mod stalled;
mod sudo;
