use std::time::Duration;

use tempfile::TempDir;

use super::{Database, refusal, some};
use crate::event::Outcome;
use crate::plan::BoundValue;

/// A database file with three rides.
fn rides() -> (TempDir, Database) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bmtc.db");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch("CREATE TABLE rides (id INTEGER PRIMARY KEY, line TEXT); INSERT INTO rides (line) VALUES ('a'), ('b'), ('b')")
        .unwrap();
    let database = Database(format!("sqlite:{}", path.display()));
    (folder, database)
}

#[tokio::test]
async fn the_value_is_the_first_column_of_the_first_row() {
    let (_folder, database) = rides();
    assert_eq!(database.look("PRAGMA integrity_check").await, (some("ok"), 1.0));
    assert_eq!(database.look("SELECT count(*) FROM rides").await, (some("3"), 1.0));
    assert_eq!(database.look("SELECT line, id FROM rides ORDER BY id").await, (some("a"), 3.0));
    assert_eq!(database.look("SELECT 1 WHERE 0").await, (None, 0.0));
    assert_eq!(database.look("SELECT NULL").await, (None, 1.0));
    assert_eq!(database.look("SELECT 1.0").await, (some("1.0"), 1.0));
    assert_eq!(database.look("SELECT 0.5").await, (some("0.5"), 1.0));
    assert_eq!(database.look("SELECT x'00ff'").await, (some("00ff"), 1.0));
    assert_eq!(database.look("SELECT 1; -- and nothing more").await, (some("1"), 1.0));
}

#[tokio::test]
async fn a_change_counts_its_rows() {
    let (_folder, database) = rides();
    assert_eq!(database.act("UPDATE rides SET line = 'c' WHERE line = 'b'", &[]).await, (None, 2.0));
    assert_eq!(database.act("DELETE FROM rides WHERE id > 9", &[]).await, (None, 0.0));
    let returning = "INSERT INTO rides (line) VALUES ('d') RETURNING id";
    assert_eq!(database.act(returning, &[]).await, (some("4"), 1.0));
    assert_eq!(database.look("SELECT count(*) FROM rides").await, (some("4"), 1.0));
}

#[tokio::test]
async fn values_are_bound_by_position_and_by_name_with_their_types() {
    let (_folder, database) = rides();
    let values = [BoundValue::Text("it's; DROP".to_owned()), BoundValue::Integer(7)];
    assert_eq!(database.act("SELECT ?1 || typeof(?2)", &values).await.0, some("it's; DROPinteger"));
    let values = [BoundValue::Decimal(0.5), BoundValue::Flag(true), BoundValue::Null];
    let kinds = "SELECT typeof(?) || ' ' || typeof(?) || ' ' || typeof(?)";
    assert_eq!(database.act(kinds, &values).await.0, some("real integer null"));
    let named = [(Some("line"), BoundValue::Text("b".to_owned()))];
    let performance = database.run("SELECT count(*) FROM rides WHERE line = :line", &named, true).await;
    assert_eq!(super::answer(performance).0, some("2"));
    let misnamed = [(Some("lane"), BoundValue::Null)];
    let performance = database.run("SELECT count(*) FROM rides WHERE line = :line", &misnamed, true).await;
    assert_eq!(refusal(performance), "the statement has no place for `lane`");
    let words = database.refusal("SELECT ?1, ?2", true).await;
    assert_eq!(words, "the statement has places for 2 values, and 0 are bound");
}

#[tokio::test]
async fn more_than_one_statement_is_refused_before_any_runs() {
    let (_folder, database) = rides();
    let words = database.refusal("DELETE FROM rides; SELECT 1", false).await;
    assert_eq!(words, "this is more than one statement; write one a step");
    assert_eq!(database.look("SELECT count(*) FROM rides").await.0, some("3"));
}

#[tokio::test]
async fn looking_never_changes() {
    let (folder, database) = rides();
    assert!(database.refusal("DELETE FROM rides", true).await.contains("may only be read here"));
    assert!(database.refusal("PRAGMA user_version = 7", true).await.contains("may only be read here"));
    let other = folder.path().join("other.db");
    let attach = format!("ATTACH '{}' AS other", other.display());
    let _ = database.run(&attach, &[], true).await;
    assert!(!other.exists(), "a look has created a database");
    assert_eq!(database.look("SELECT count(*) FROM rides").await.0, some("3"));
}

#[tokio::test]
async fn a_database_that_is_not_there_is_never_created() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("typo.db");
    let database = Database(format!("sqlite:{}", path.display()));
    for read_only in [true, false] {
        assert_eq!(database.refusal("SELECT 1", read_only).await, format!("there is no database {}", path.display()));
    }
    assert!(!path.exists());
}

#[tokio::test]
async fn what_sqlite_says_is_passed_on() {
    let (folder, database) = rides();
    let words = database.refusal("SELECT * FROM alerts", true).await;
    assert!(words.ends_with("bmtc.db: no such table: alerts"), "{words}");
    let text = folder.path().join("text.db");
    std::fs::write(&text, "this is no database, however long it is read. ".repeat(40)).unwrap();
    let words = Database(format!("sqlite:{}", text.display())).refusal("SELECT * FROM sqlite_master", true).await;
    assert!(words.ends_with("text.db: file is not a database"), "{words}");
}

#[tokio::test]
async fn a_statement_that_outlives_its_budget_is_interrupted_and_unknown() {
    let (_folder, database) = rides();
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    let performance = database.run_within(endless, &[], true, Duration::from_millis(200)).await;
    assert_eq!(performance.outcome, Outcome::Unknown);
    assert!(performance.trouble.unwrap().ends_with("gives no answer: the budget of 0.2s is spent"));
}

#[tokio::test]
async fn a_database_that_stays_locked_says_so() {
    let (_folder, database) = rides();
    let path = database.0.strip_prefix("sqlite:").unwrap();
    let holder = rusqlite::Connection::open(path).unwrap();
    holder.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let performance = database.run_within("DELETE FROM rides", &[], false, Duration::from_millis(300)).await;
    assert_ne!(performance.outcome, Outcome::Applied);
    assert!(performance.trouble.is_some());
    holder.execute_batch("ROLLBACK").unwrap();
    assert_eq!(database.look("SELECT count(*) FROM rides").await.0, some("3"));
}
