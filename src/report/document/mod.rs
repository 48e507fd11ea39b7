//! A runbook as the document that people used to write by hand: head, phases, numbered steps with
//! commands to copy, what must come back, how long it takes, how it is undone; the way back in its own
//! order; lists as boxes.
//!
//! | file | its one job |
//! |---|---|
//! | [`Document`] | what is said, in order; `prose` its sentences, in pieces that know what they are |
//! | `compose`, `head`, `card`, `back`, `timeline`, `matrix` | a plan → what is said |
//! | `telling`, `commands`, `expected`, `times` | the words |
//! | [`to_markdown`] | what is said → markdown at home on GitHub |
//! | [`to_html`] | what is said → one page that needs nothing else |
//!
//! Invariants: a document is made of the bundle and the settings and of nothing else, so that the same
//! ones make the same bytes; nothing that a runbook says reaches a page unescaped.

mod back;
mod card;
mod commands;
mod compose;
mod contents;
mod expected;
mod head;
mod html;
mod index;
mod literal;
mod markdown;
mod matrix;
mod prose;
mod telling;
mod timeline;
mod times;

pub use compose::Origin;
pub use contents::Document;
pub use html::to_html;
pub use markdown::to_markdown;
