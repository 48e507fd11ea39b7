//! What differs between two versions of a runbook, for people, for a comment on a pull request, for
//! machines. Whatever the runbooks say is shown and obeyed by nobody.

mod human;
mod json;
mod markdown;
mod tally;

pub use human::render_differences;
pub use json::{Differences, differences_json};
pub use markdown::differences_markdown;
