//! SQLite, in a file that is there already: a wrong path is an error, not a new database.

use std::path::Path;

use rusqlite::types::{Null, ValueRef};
use rusqlite::{Connection, ErrorCode, InterruptHandle, OpenFlags};
use tokio::sync::oneshot;

use super::super::ending::Ending;
use super::super::limits::{Limits, OWN_MISTAKE};
use super::statement::{Answered, Statement};
use crate::plan::BoundValue;

/// Runs the statement; SQLite blocks, so it does so on a thread of its own.
pub(super) async fn run(path: &str, statement: Statement, limits: &Limits) -> Ending {
    let (opened, interrupt) = oneshot::channel();
    let patience = limits.left();
    let owned = path.to_owned();
    let mut job = tokio::task::spawn_blocking(move || {
        let connection = open(&owned, statement.read_only)?;
        connection.busy_timeout(patience).map_err(|error| in_words(&owned, &error))?;
        let _ = opened.send(connection.get_interrupt_handle());
        execute(&connection, &statement).map_err(|error| in_words(&owned, &error))
    });
    let (done, cut) = match limits.hold(&mut job).await {
        Ok(done) => (done, None),
        Err(cut) => (interrupted(job, interrupt).await, Some(cut)),
    };
    match (done, cut) {
        (Ok(Ok(answered)), _) => Ending::answered(answered.observation()),
        (Ok(Err(words)), None) => Ending::did_not_start(words),
        // SQLite rolls an interrupted statement back; that it didn't answer is all that is said here.
        (Ok(Err(_)), Some(cut)) => Ending::unknown(format!("{path} gives no answer: {}", cut.words())),
        (Err(_), _) => Ending::unknown(OWN_MISTAKE.to_owned()),
    }
}

/// Asks SQLite to stop until it does: an interrupt that comes between two looks is lost.
async fn interrupted<T>(
    mut job: tokio::task::JoinHandle<T>,
    interrupt: oneshot::Receiver<InterruptHandle>,
) -> Result<T, tokio::task::JoinError> {
    let Ok(interrupt) = interrupt.await else { return job.await };
    loop {
        interrupt.interrupt();
        if let Ok(done) = tokio::time::timeout(std::time::Duration::from_millis(20), &mut job).await {
            return done;
        }
    }
}

fn open(path: &str, read_only: bool) -> Result<Connection, String> {
    if !Path::new(path).is_file() {
        return Err(format!("there is no database {path}"));
    }
    let access = if read_only { OpenFlags::SQLITE_OPEN_READ_ONLY } else { OpenFlags::SQLITE_OPEN_READ_WRITE };
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|error| in_words(path, &error))?;
    // A statement that looks can't attach another database and write there either.
    let guard = if read_only { "PRAGMA query_only = 1" } else { "PRAGMA foreign_keys" };
    connection
        .prepare(guard)
        .and_then(|mut guard| guard.query([]).and_then(|mut rows| rows.next().map(|_| ())))
        .map_err(|error| in_words(path, &error))?;
    Ok(connection)
}

fn execute(connection: &Connection, statement: &Statement) -> Result<Answered, rusqlite::Error> {
    let mut prepared = connection.prepare(&statement.text)?;
    bind(&mut prepared, statement)?;
    let gives_rows = prepared.column_count() > 0;
    let mut rows = prepared.raw_query();
    let mut answered = Answered::default();
    while let Some(row) = rows.next()? {
        if answered.count == 0 {
            answered.value = as_text(row.get_ref(0)?);
        }
        answered.count += 1;
    }
    drop(rows);
    if !gives_rows && !prepared.readonly() {
        answered.count = connection.changes();
    }
    Ok(answered)
}

fn bind(prepared: &mut rusqlite::Statement<'_>, statement: &Statement) -> Result<(), rusqlite::Error> {
    let wanted = prepared.parameter_count();
    if wanted != statement.bindings.len() {
        return Err(rusqlite::Error::InvalidParameterCount(statement.bindings.len(), wanted));
    }
    for (position, (name, value)) in statement.bindings.iter().enumerate() {
        let index = match name {
            None => position + 1,
            Some(name) => place_of(prepared, name)?,
        };
        match value {
            BoundValue::Text(text) => prepared.raw_bind_parameter(index, text)?,
            BoundValue::Integer(number) => prepared.raw_bind_parameter(index, number)?,
            BoundValue::Decimal(number) => prepared.raw_bind_parameter(index, number)?,
            BoundValue::Flag(flag) => prepared.raw_bind_parameter(index, flag)?,
            BoundValue::Null => prepared.raw_bind_parameter(index, Null)?,
        }
    }
    Ok(())
}

/// `:name`, `@name` and `$name` are one name.
fn place_of(prepared: &rusqlite::Statement<'_>, name: &str) -> Result<usize, rusqlite::Error> {
    for sign in [":", "@", "$"] {
        if let Some(index) = prepared.parameter_index(&format!("{sign}{name}"))? {
            return Ok(index);
        }
    }
    Err(rusqlite::Error::InvalidParameterName(name.to_owned()))
}

/// As the `sqlite3` program shows it; bytes in hexadecimal digits.
fn as_text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) if number.is_finite() && number.fract() == 0.0 && number.abs() < 1e15 => {
            Some(format!("{number:.1}"))
        }
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Some(super::super::change::hex(bytes)),
    }
}

fn in_words(path: &str, error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::MultipleStatement => "this is more than one statement; write one a step".to_owned(),
        rusqlite::Error::InvalidParameterCount(given, wanted) => {
            format!("the statement has places for {wanted} values, and {given} are bound")
        }
        rusqlite::Error::InvalidParameterName(name) => format!("the statement has no place for `{name}`"),
        rusqlite::Error::SqliteFailure(failure, said) => {
            let said = said.clone().unwrap_or_else(|| failure.to_string());
            match failure.code {
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
                    format!("{path} is in use by another program: {said}")
                }
                ErrorCode::ReadOnly => format!("{path} may only be read here: {said}"),
                _ => format!("{path}: {said}"),
            }
        }
        other => format!("{path}: {other}"),
    }
}
