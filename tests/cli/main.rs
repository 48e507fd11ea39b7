//! The program as a user meets it: files and a command line in; output, exit code and what is left
//! on disk out. One binary, one module per command.
#![allow(clippy::unwrap_used, reason = "a test that can't go on says so by panicking")]

#[path = "../fixtures/postgres.rs"]
mod postgres;

mod audit;
mod authority;
mod canaries;
mod case;
mod check;
mod check_allow;
mod check_beyond;
mod check_bundle;
mod check_ci;
mod check_hostile;
mod check_names;
mod check_warnings;
mod completions;
mod diff;
mod examples;
mod exec_applied;
mod exec_captures;
mod exec_checkpoint;
mod exec_corners;
mod exec_derived;
mod exec_failure;
mod exec_files;
mod exec_http;
mod exec_order;
mod exec_postgres;
mod exec_release;
mod exec_scripts;
mod exec_secrets;
mod exec_server;
mod exec_sql;
mod exec_state;
mod exec_stretches;
mod exec_surroundings;
mod exec_tls;
mod explain;
mod fmt;
mod golden;
mod help;
mod look;
mod plan;
mod rehearse;
mod render;
mod render_pages;
mod render_print;
mod state_planted;
mod tested;
mod untrusted;
