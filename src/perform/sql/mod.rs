//! `sql URL "statement"`: one statement, its values bound, never put into its text. The address says
//! which database: `sqlite:PATH` or `postgres://…`.
//!
//! The subjects are `value`, the first column of the first row as text (none without a row, or where
//! it is NULL), and `count`, the rows that came back, or those that changed where none can.
//! A statement that the database refuses has changed nothing; one that nobody answered may have.
//!
//! Invariant: a text with more than one statement is refused before any of it runs.

mod postgres;
mod postgres_text;
mod sqlite;
#[cfg(test)]
mod tests;

use super::ending::Ending;
use super::file::number;
use super::limits::Limits;
use crate::event::{Datum, Kept, Observation};
use crate::model::{Dimension, SubjectName};
use crate::plan::BoundValue;

/// The most that is kept of a value, in bytes; of a longer one the head and the tail.
const MOST_KEPT: usize = 1024 * 1024;

/// A value with its name, if it has one.
type Bound = (Option<String>, BoundValue);

/// One statement of an action.
#[derive(Clone)]
struct Statement {
    text: String,
    bindings: Vec<Bound>,
    read_only: bool,
}

/// What a statement answered.
#[derive(Debug, Default)]
struct Answered {
    value: Option<String>,
    count: u64,
}

/// Runs the statement.
pub(super) async fn run_statement(
    url: &str,
    statement: &str,
    bindings: &[Bound],
    read_only: bool,
    limits: &Limits,
) -> Ending {
    let statement = Statement { text: statement.to_owned(), bindings: bindings.to_vec(), read_only };
    if let Some(path) = url.strip_prefix("sqlite:") {
        return sqlite::run(path, statement, limits).await;
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return postgres::run(url, &statement, limits).await;
    }
    // The address may hold a password: it isn't shown.
    Ending::did_not_start("the address of a database begins with `sqlite:` or `postgres://`")
}

impl Answered {
    fn observation(self) -> Observation {
        let observation = Observation::default().with(SubjectName::Count, number(self.count, Dimension::Count));
        match self.value {
            Some(value) => observation.with(SubjectName::Value, Datum::Kept(kept(&value))),
            None => observation,
        }
    }
}

/// A value whole, or its head and tail.
fn kept(value: &str) -> Kept {
    if value.len() <= MOST_KEPT {
        return Kept { head: value.to_owned(), ..Kept::default() };
    }
    let head = value.floor_char_boundary(MOST_KEPT / 2);
    let tail = value.ceil_char_boundary(value.len() - MOST_KEPT / 2);
    Kept {
        head: value[..head].to_owned(),
        tail: value[tail..].to_owned(),
        dropped: (tail - head) as u64,
        ..Kept::default()
    }
}
