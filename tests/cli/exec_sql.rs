//! Statements for SQLite and PostgreSQL.

use crate::exec_release::{phase, release};
use crate::postgres::Postgres;
use rusqlite::Connection;

#[test]
fn values_are_bound_and_never_text_of_the_statement() {
    let nodes = phase(
        "step insert \"Insert\" {
            sql \"sqlite:{{database}}\" \"INSERT INTO t (name, n, f, b, nil) VALUES (?1, ?2, ?3, ?4, ?5)\" { bind \"{{name}}\" 7 1.5 #true #null; }
            expect count is=1
            inverse { sql \"sqlite:{{database}}\" \"DELETE FROM t WHERE name = :name\" { bind name=\"{{name}}\"; }; }
        }
        check there \"There\" {
            sql \"sqlite:{{database}}\" \"SELECT name || n || f || b || (nil IS NULL) FROM t\"
            expect value is=\"{{name}}71.511\"
            expect count is=1
            capture found value
        }
        check same \"Same\" { run echo \"{{found}}\"; expect stdout is=\"{{name}}71.511\"; }
        check fails \"It fails\" { run test ! -e fails; }",
    );
    let nodes = format!("input name\nlet database \"d.db\"\n{nodes}");
    let name = "name=x'); DROP TABLE t; --";
    let run = |fails: bool| {
        let case = release(&nodes);
        let case = if fails { case.file("fails", "") } else { case };
        let database = Connection::open(case.path("d.db")).unwrap();
        database.execute_batch("CREATE TABLE t (name, n, f, b, nil)").unwrap();
        let case = case.run_with(&["exec", "release.kdl", "--set", name]).code(i32::from(fails)).then();
        drop(case);
        database.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, u32>(0)).unwrap()
    };
    assert_eq!(run(false), 1);
    assert_eq!(run(true), 0);
}

#[test]
fn a_statement_that_fails_leaves_nothing_and_is_not_undone() {
    let nodes = phase(
        "step twice \"Twice\" {
            sql \"sqlite:d.db\" \"INSERT INTO t VALUES (1), (1)\"
            inverse { run touch undone; }
        }",
    );
    let case = release(&nodes);
    Connection::open(case.path("d.db")).unwrap().execute_batch("CREATE TABLE t (n UNIQUE)").unwrap();
    case.run("exec release.kdl").code(5).lacks("undone").tells(&["UNIQUE"]);
}

#[test]
fn a_check_can_only_read_whatever_its_statement_is_called() {
    for statement in [
        "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x",
        "PRAGMA user_version = 5",
        "DELETE FROM t",
        "ATTACH 'other.db' AS o",
    ] {
        let case = release(&phase(&format!("check sly \"Sly\" {{ sql \"sqlite:d.db\" \"{statement}\"; }}")));
        let database = Connection::open(case.path("d.db")).unwrap();
        database.execute_batch("CREATE TABLE t (n); INSERT INTO t VALUES (7)").unwrap();
        let refused = case.run("exec release.kdl");
        assert!(matches!(refused.exit_code(), 3 | 5), "{statement}: {}", refused.exit_code());
        let rows: (u32, u32) = (
            database.query_row("SELECT sum(n) FROM t", [], |row| row.get(0)).unwrap(),
            database.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap(),
        );
        assert_eq!(rows, (7, 0), "{statement}");
    }
}

#[test]
fn a_database_that_is_not_there_is_not_made_by_looking() {
    release(&phase("check n \"N\" { sql \"sqlite:none.db\" \"SELECT 1\"; }"))
        .run("exec release.kdl")
        .code(5)
        .lacks("none.db");
}

#[test]
fn postgresql_is_spoken_with_binding_reading_only_and_transactions() {
    let server = Postgres::start();
    let nodes = "checkpoint before \"Before\" { preserve rows \"Rows\" { sql \"{{db}}\" \"SELECT count(*) FROM t\"; }; }
        step insert \"Insert\" {
            sql \"{{db}}\" \"INSERT INTO t VALUES ($1, $2)\" { bind \"{{name}}\" 7; }
            expect count is=1
            inverse { sql \"{{db}}\" \"DELETE FROM t WHERE name = $1\" { bind \"{{name}}\"; }; }
        }
        check there \"There\" { sql \"{{db}}\" \"SELECT n FROM t WHERE name = $1\" { bind \"{{name}}\"; }; expect value is=7; }
        check reads \"Reads\" { sql \"{{db}}\" \"SELECT write_it()\"; }";
    let nodes = format!("input name\nlet db \"{}\"\n{}", server.url(), phase(nodes));
    server.ask("CREATE TABLE t (name text UNIQUE, n int)");
    server.ask(
        "CREATE FUNCTION write_it() RETURNS int LANGUAGE sql AS $$ INSERT INTO t VALUES ('sly', 1) RETURNING 1 $$",
    );
    release(&nodes)
        .run_with(&["exec", "release.kdl", "--set", "name=x'; DROP TABLE t; --"])
        .code(1)
        .tells(&["read-only", "rolled back, verified"]);
    assert_eq!(server.ask("SELECT count(*) FROM t"), "0");

    let fails = format!(
        "let db \"{}\"\n{}",
        server.url(),
        phase(
            "step twice \"Twice\" { sql \"{{db}}\" \"INSERT INTO t VALUES ('a', 1), ('a', 2)\"; inverse { run touch undone; }; }"
        )
    );
    release(&fails).run("exec release.kdl").code(5).lacks("undone").tells(&["duplicate key"]);

    let password = format!(
        "secret password env=PASSWORD\nlet folder \"{}\"\n{}",
        server.folder.path().display(),
        phase(
            "check login \"Login\" { sql \"postgres://postgres:{{secret.password}}@localhost/postgres?host={{folder}}\" \"SELECT 1\"; expect value is=1; }"
        )
    );
    release(&password).env("PASSWORD", "s3cret/@:word").run("exec release.kdl").code(0);
}
