//! Kubernetes, as the tests have it: the fixture itself, held to what a real API server was recorded to
//! do, through the client that runbook uses.

#![expect(clippy::unwrap_used, reason = "a test stops where it can't go on")]

#[path = "../fixtures/kubernetes/mod.rs"]
mod kubernetes;

mod asked;
mod client;
mod recorded;
mod recording;
mod refused;
mod release;
mod rolled;
mod verbs;
