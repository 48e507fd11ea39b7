//! Steps as real processes under a real supervisor: the program is the one that ships.

mod as_user;
mod endings;
mod house;
mod outliving;
mod output;
mod trees;
