//! What is fuzzed: one module for each target, with one function `body(&[u8])` that panics when a
//! promise is broken. The targets feed it what libFuzzer makes up; `tests/fuzzed.rs` feeds it the
//! corpora, in the normal suite.
//!
//! It leaves the making of bytes to others. Invariant: a body is a pure function of its bytes, so
//! that a finding can be kept as a file of the corpus.

pub mod document;
pub mod durations;
pub mod journal;
pub mod kdl;
pub mod mask;
pub mod matchers;
pub mod pieces;
pub mod protocol;
pub mod sizes;
pub mod templates;
pub mod theirs;

/// A target's body.
pub type Body = fn(&[u8]);

/// Every target, by the name of its folder in the corpus.
pub const TARGETS: [(&str, Body); 9] = [
    ("document", document::body),
    ("durations", durations::body),
    ("journal", journal::body),
    ("kdl", kdl::body),
    ("mask", mask::body),
    ("matchers", matchers::body),
    ("protocol", protocol::body),
    ("sizes", sizes::body),
    ("templates", templates::body),
];
