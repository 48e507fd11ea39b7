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
mod statement;
#[cfg(test)]
mod tests;

pub(super) use statement::run_statement;
