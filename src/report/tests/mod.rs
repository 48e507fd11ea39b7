//! What people and machines read, to the letter.

mod closing;
mod listening;
mod past;
mod rehearsed;
mod safe;
pub mod sample;
mod telling;
mod verdicts;
