//! `http METHOD URL {…}`: one request over HTTP/1.1 or 2, with TLS verified against the machine's
//! own certificates; no redirects unless they are wanted, no link-local address unless it is allowed
//! (there, clouds keep their credentials), proxies only from the environment of the run.
//!
//! Any response is an answer. A connection that never came about has sent nothing; one that broke, or
//! that nobody answered, may have done everything.
//!
//! The subjects are `status body duration` and the headers; `json` is read out of the body by whoever
//! asks for it, so that nothing is kept twice.
//!
//! Invariant: however much a server sends, memory stays flat.

mod address;
mod body;
mod client;
mod request;
#[cfg(test)]
mod tests;

pub(super) use client::install_cryptography;
pub(super) use request::request;
