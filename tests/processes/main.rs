//! Steps as real processes under a real supervisor: the program is the one that ships.

#![expect(clippy::unwrap_used, reason = "a test that can't be set up has failed")]

mod ahead;
mod as_user;
mod endings;
mod house;
mod outliving;
mod output;
mod terminal;
mod trees;
