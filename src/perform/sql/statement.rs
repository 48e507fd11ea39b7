//! One statement, whichever database it is for, and the observation of what it answered.

use super::super::ending::Ending;
use super::super::file::number;
use super::super::limits::Limits;
use super::{postgres, sqlite};
use crate::event::{Datum, Kept, Observation};
use crate::model::{Dimension, SubjectName};
use crate::plan::BoundValue;

/// The most that is kept of a value, in bytes; of a longer one the head and the tail.
pub(super) const MOST_KEPT: usize = 1024 * 1024;

/// A value with its name, if it has one.
pub(super) type Bound = (Option<String>, BoundValue);

/// One statement of an action.
#[derive(Clone)]
pub(super) struct Statement {
    pub(super) text: String,
    pub(super) bindings: Vec<Bound>,
    pub(super) read_only: bool,
}

/// What a statement answered.
#[derive(Debug, Default)]
pub(super) struct Answered {
    pub(super) value: Option<String>,
    pub(super) count: u64,
}

/// Runs the statement.
pub(in crate::perform) async fn run_statement(
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
    pub(super) fn observation(self) -> Observation {
        let observation = Observation::default().with(SubjectName::Count, number(self.count, Dimension::Count));
        match self.value {
            Some(value) => observation.with(SubjectName::Value, Datum::Kept(kept(&value))),
            None => observation,
        }
    }
}

/// A value whole, or its head and tail.
pub(super) fn kept(value: &str) -> Kept {
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
