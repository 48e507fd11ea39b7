//! Kubernetes, as the tests have it: the fixture itself, held to what a real API server was recorded to
//! do, through the client that runbook uses.

#![expect(clippy::unwrap_used, reason = "a test stops where it can't go on")]

#[allow(dead_code, reason = "its own web server has no business here")]
#[path = "../cli/authority.rs"]
mod authority;
#[allow(dead_code, reason = "each test binary uses its own part of the desk")]
#[path = "../operator/desk.rs"]
mod desk;
#[path = "../fixtures/kubernetes/mod.rs"]
mod kubernetes;
#[path = "../fixtures/postgres.rs"]
mod postgres;

mod anywhere;
mod asked;
mod broken;
mod client;
mod controlled;
mod executed;
mod expired;
mod house;
mod images;
mod interrupted;
mod jivs;
mod lease;
mod planned;
mod ran;
mod recorded;
mod recording;
mod refused;
mod release;
mod rolled;
mod switched;
mod watched;
mod written;
