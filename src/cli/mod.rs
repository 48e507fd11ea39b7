//! Arguments → calls; errors → standard error and an exit code. One file per command: its arguments
//! (clap's `Args`) and `run(&arguments, &mut Terminal) -> Exit`. To add one: the file, a line in
//! [`Command`], a line in its dispatch.
//!
//! Invariants: everything that is printed goes through [`Terminal`], and a number for the shell is
//! made from an [`Exit`] in one place.

mod annotations;
mod arguments;
mod audit;
mod check;
mod checked;
mod clusters;
mod completions;
mod demo_service;
mod diff;
mod drive;
mod driven;
mod escape;
mod examples;
mod excerpt;
mod exec;
mod exit;
mod explain;
mod findings;
mod fmt;
mod history;
mod junit;
mod keeping;
mod kept_output;
mod leases;
mod listening;
mod look;
mod man;
mod new_run;
mod person;
mod plan;
mod plan_file;
mod probe;
mod reference;
mod refusal;
mod region;
mod rehearse;
mod render;
mod repository;
mod resume;
mod revision;
mod sarif;
mod schema;
mod schema_kdl;
mod schema_words;
mod scripts;
mod secrets;
mod settle;
mod shown_before;
mod signals;
mod state;
mod terminal;
mod test;
mod trust;
mod typed;
mod users;

pub use arguments::{Arguments, Command, main};
pub use escape::escape;
pub use exit::Exit;
pub use findings::{Format, Summary, render_findings};
pub use terminal::Terminal;
