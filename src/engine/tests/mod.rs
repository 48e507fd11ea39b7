//! The engine with a scripted performer: what each action answers is written down, and the events
//! that follow are asserted. Nothing runs and nothing waits.

mod foreseen;
mod forward;
mod holding;
mod locked;
mod rehearsed;
mod resumed;
mod rolled_back;
mod stage;
