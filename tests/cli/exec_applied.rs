//! `applied`: is the whole effect there?

use crate::exec_release::{FAILS, exec, logged, phase, release};

/// A step that makes a file, and whose `applied` looks for it.
fn marks(applied: &str, inverse: &str) -> String {
    format!(
        "step mark \"Mark\" {{
            sh \"echo mark >> log; touch marked\"
            applied {{ {applied}; }}
            inverse {{ {inverse}; }}
        }}\n"
    )
}

#[test]
fn a_step_whose_effect_is_there_already_is_passed_over_and_is_not_ours_to_undo() {
    let nodes = phase(&[&logged("one"), &marks("run test -e marked", "run rm marked"), FAILS].concat());
    release(&nodes)
        .file("marked", "")
        .run("exec release.kdl")
        .code(1)
        .content("log", "one\nun-one\n")
        .content("marked", "");
    exec(&nodes).code(1).content("log", "one\nmark\nun-one\n").lacks("marked");
}

#[test]
fn a_step_fails_before_it_starts_when_nobody_can_tell() {
    let cannot_tell = [
        "run no-such-program",
        "sh \"kill -9 $$\"",
        "sh \"exit 2\"; expect exit { one-of 0 1; }",
        "sh \"sleep 60\"; budget \"100ms\"",
        "run echo many; expect stdout above=3",
    ];
    for applied in cannot_tell {
        let nodes = phase(&marks(applied, "run rm marked"));
        exec(&nodes).code(5).lacks("marked").lacks("log");
    }
}

#[test]
fn any_other_exit_is_a_no() {
    for applied in ["sh \"test -e marked || exit 7\"", "run cat marked; expect exit { one-of 0 1; }; expect exit is=0"]
    {
        exec(&phase(&marks(applied, "run rm marked"))).code(0).content("log", "mark\n");
    }
}

#[test]
fn after_a_step_that_ended_well_it_must_be_there() {
    let nodes = phase(&marks("run test -e elsewhere", "sh \"echo un-mark >> log; rm marked\""));
    exec(&nodes).code(1).content("log", "mark\nun-mark\n").tells(&["its effect isn't there"]);
}

#[test]
fn after_the_inverse_it_must_be_gone() {
    let nodes = phase(&[&logged("one"), &marks("run test -e marked", "sh \"echo un-mark >> log\""), FAILS].concat());
    release(&nodes)
        .run("exec release.kdl")
        .code(4)
        .content("log", "one\nmark\nun-mark\n")
        .tells(&["its effect is still there"]);
}

#[test]
fn an_attempt_that_started_is_undone_although_its_effect_is_not_wholly_there() {
    let nodes = phase(
        "step halves \"Two halves\" {
            sh \"touch first-half; exit 1\"
            applied { sh \"test -e first-half && test -e second-half\"; }
            inverse { sh \"rm -f first-half second-half\"; }
        }",
    );
    exec(&nodes).code(1).lacks("first-half");
}

#[test]
fn every_observing_action_can_answer() {
    let nodes = phase(
        "step file \"File\" { sh \"echo 1 > f; echo f >> log\"; applied { file f; expect exists is=#true; }; inverse { run rm f; }; }
        step row \"Row\" {
            sql \"sqlite:d.db\" \"INSERT INTO t VALUES (1)\"
            applied { sql \"sqlite:d.db\" \"SELECT count(*) FROM t\"; expect value above=0; }
            inverse { sql \"sqlite:d.db\" \"DELETE FROM t\"; }
        }",
    );
    let case = release(&nodes);
    rusqlite::Connection::open(case.path("d.db")).unwrap().execute_batch("CREATE TABLE t (n INTEGER)").unwrap();
    case.run("exec release.kdl")
        .code(0)
        .content("log", "f\n")
        .then()
        .run("exec release.kdl")
        .code(0)
        .content("log", "f\n");
}

#[test]
fn it_may_only_look() {
    let writes = "step row \"Row\" {
            run touch made
            applied { sql \"sqlite:d.db\" \"INSERT INTO t VALUES (1)\"; }
            inverse { run rm made; }
        }";
    let case = release(&phase(writes));
    let database = rusqlite::Connection::open(case.path("d.db")).unwrap();
    database.execute_batch("CREATE TABLE t (n INTEGER)").unwrap();
    drop(case.run("exec release.kdl").code(3).lacks("made"));
    let count: u32 = database.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 0);
    let posts = "step posts \"Posts\" { run touch made; applied { http POST \"http://127.0.0.1:1/\"; }; inverse { run rm made; }; }";
    exec(&phase(posts)).code(3).lacks("made");
}
