use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::{Database, refusal, some};
use crate::event::Outcome;
use crate::plan::BoundValue;

/// A PostgreSQL server of this test's own: its data, socket and end.
struct Server {
    folder: TempDir,
    programs: PathBuf,
}

impl Server {
    /// Starts one and waits until it takes connections. Fails where PostgreSQL isn't installed.
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let server = Self { folder, programs: programs() };
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(server.folder.path()));
        }
        let data = server.data();
        let data = data.to_str().unwrap();
        run(&mut server.program("initdb", &["-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync"]));
        let socket = server.folder.path().to_str().unwrap();
        let options = format!("-F -c listen_addresses='' -k '{socket}'");
        run(&mut server
            .program("pg_ctl", &["-D", data, "-w", "-s", "-l", &format!("{data}/log"), "-o", &options, "start"]));
        server
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn database(&self) -> Database {
        Database(format!("postgres:///postgres?user=postgres&host={}", self.folder.path().display()))
    }

    /// The server refuses to run as root.
    fn program(&self, name: &str, arguments: &[&str]) -> Command {
        let program = self.programs.join(name);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.args(arguments).current_dir("/");
        command
    }

    fn stop(&self) {
        let data = self.data();
        let stopping = ["-D", data.to_str().unwrap(), "-m", "immediate", "-s", "stop"];
        let _ = self.program("pg_ctl", &stopping).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The newest installed version.
fn programs() -> PathBuf {
    let mut versions: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .expect("PostgreSQL is needed for this test: install the package postgresql")
        .map(|entry| entry.unwrap().path().join("bin"))
        .filter(|folder| Path::new(folder).join("initdb").exists())
        .collect();
    versions.sort();
    versions.pop().expect("PostgreSQL's server is needed for this test: install the package postgresql")
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

async fn rides(database: &Database) {
    database.act("CREATE TABLE rides (id bigint PRIMARY KEY, line text NOT NULL)", &[]).await;
    assert_eq!(database.act("INSERT INTO rides VALUES (1, 'a'), (2, 'b'), (3, 'b')", &[]).await, (None, 3.0));
}

#[tokio::test]
async fn every_common_type_is_shown_as_text() {
    let server = Server::start();
    let database = server.database();
    let cases = [
        ("42", "42"),
        ("2::smallint", "2"),
        ("9000000000", "9000000000"),
        ("true", "true"),
        ("'text'", "text"),
        ("'a'::\"char\"", "a"),
        ("current_database()", "postgres"),
        ("0.5::float8", "0.5"),
        ("12345.6700", "12345.6700"),
        ("-0.00012", "-0.00012"),
        ("100000000::numeric", "100000000"),
        ("'NaN'::numeric", "NaN"),
        ("0.00::numeric", "0.00"),
        ("'2026-06-10'::date", "2026-06-10"),
        ("'1999-12-31'::date", "1999-12-31"),
        ("'08:00:01.5'::time", "08:00:01.5"),
        ("'2026-06-10 10:00:01.25+02'::timestamptz", "2026-06-10T08:00:01.25Z"),
        ("'2026-06-10 10:00'::timestamp", "2026-06-10T10:00:00"),
        ("'infinity'::timestamptz", "infinity"),
        ("'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        ("'{\"a\": 1}'::jsonb", "{\"a\": 1}"),
        ("'{\"a\":1}'::json", "{\"a\":1}"),
        ("'\\x00ff'::bytea", "\\x00ff"),
    ];
    for (expression, shown) in cases {
        assert_eq!(database.look(&format!("SELECT {expression}")).await, (some(shown), 1.0), "{expression}");
    }
    database.act("CREATE TYPE mood AS ENUM ('calm', 'busy')", &[]).await;
    assert_eq!(database.look("SELECT 'busy'::mood").await.0, some("busy"));
    assert_eq!(database.look("SHOW server_encoding").await.0, some("UTF8"));
    assert_eq!(database.look("SELECT NULL::int").await, (None, 1.0));
    assert_eq!(database.look("SELECT 1 WHERE false").await, (None, 0.0));
    let words = database.refusal("SELECT '10.0.0.1'::inet AS address", true).await;
    assert_eq!(words, "the first column, address, is of type inet; write `address::text` to see it");
}

#[tokio::test]
async fn changes_count_their_rows_and_values_take_the_type_that_is_needed() {
    let server = Server::start();
    let database = server.database();
    rides(&database).await;
    let text = |text: &str| BoundValue::Text(text.to_owned());
    let inserted = database.act("INSERT INTO rides VALUES ($1, $2)", &[text("4"), text("it's; DROP")]).await;
    assert_eq!(inserted, (None, 1.0));
    assert_eq!(
        database.act("SELECT line FROM rides WHERE id = $1", &[BoundValue::Integer(4)]).await.0,
        some("it's; DROP")
    );
    let values = [text("2026-06-10T08:00Z"), BoundValue::Flag(true), BoundValue::Decimal(0.5), BoundValue::Null];
    let cast = "SELECT ($1::timestamptz)::date::text || $2::bool::text || $3::numeric::text || coalesce($4, 'null')";
    assert_eq!(database.act(cast, &values).await.0, some("2026-06-10true0.5null"));
    assert_eq!(database.act("UPDATE rides SET line = 'c' WHERE line = 'b'", &[]).await, (None, 2.0));
    assert_eq!(database.act("DELETE FROM rides WHERE id > 2 RETURNING id", &[]).await.1.to_string(), "2");
    database.act("VACUUM rides", &[]).await;
    let words = refusal(database.run("SELECT $1::int", &[(None, text("four"))], true).await);
    assert_eq!(words, "the database says: invalid input syntax for type integer: \"four\" [22P02]");
    let words = refusal(database.run("SELECT $1", &[(Some("id"), BoundValue::Null)], true).await);
    assert_eq!(words, "PostgreSQL binds by position: write `bind VALUE`, and $1 in the text");
    let words = database.refusal("SELECT $1::int", true).await;
    assert_eq!(words, "the statement has places for 1 values, and 0 are bound");
}

#[tokio::test]
async fn what_is_refused_has_changed_nothing() {
    let server = Server::start();
    let database = server.database();
    rides(&database).await;
    let words = database.refusal("DELETE FROM rides; SELECT 1", false).await;
    assert_eq!(words, "this is more than one statement; write one a step");
    let words = database.refusal("DELETE FROM rides", true).await;
    assert_eq!(words, "the database says: cannot execute DELETE in a read-only transaction [25006]");
    let words = database.refusal("SELEC 1", false).await;
    assert_eq!(words, "the database says: syntax error at or near \"SELEC\" [42601]");
    let words = database.refusal("INSERT INTO rides VALUES (9, 'x'), (1, 'y')", false).await;
    let expected = "the database says: duplicate key value violates unique constraint \"rides_pkey\" \
                    (Key (id)=(1) already exists.) [23505]";
    assert_eq!(words, expected);
    assert_eq!(database.look("SELECT count(*) FROM rides").await.0, some("3"));
}

#[tokio::test]
async fn a_statement_that_commits_on_its_way_is_unknown_when_it_fails() {
    let server = Server::start();
    let database = server.database();
    rides(&database).await;
    let half = "DO $$ BEGIN DELETE FROM rides WHERE id = 1; COMMIT; RAISE 'half way'; END $$";
    let performance = database.run(half, &[], false).await;
    assert_eq!(performance.outcome, Outcome::Unknown);
    assert_eq!(performance.trouble.as_deref(), Some("the database says: half way [P0001]"));
    assert_eq!(database.look("SELECT count(*) FROM rides").await.0, some("2"));
}

#[tokio::test]
async fn a_budget_that_is_spent_cancels_the_statement_and_leaves_it_unknown() {
    let server = Server::start();
    let database = server.database();
    let performance = database.run_within("SELECT pg_sleep(600)", &[], false, Duration::from_secs(2)).await;
    assert_eq!(performance.outcome, Outcome::Unknown);
    assert_eq!(performance.trouble.as_deref(), Some("the database gives no answer: the budget of 2s is spent"));
    // The next look waits for nothing but the server's own end of the statement.
    let sleeping =
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()
                    AND state = 'active'";
    while database.look(sleeping).await.0 != some("0") {}
}

#[tokio::test]
async fn a_server_that_dies_under_a_statement_leaves_it_unknown_and_one_that_is_gone_does_not() {
    let server = Server::start();
    let database = server.database();
    let performance = database.run("SELECT pg_terminate_backend(pg_backend_pid())", &[], false).await;
    assert_eq!(performance.outcome, Outcome::Unknown, "{performance:?}");
    server.stop();
    let words = database.refusal("SELECT 1", true).await;
    assert!(words.starts_with("the database can't be reached: "), "{words}");
}
