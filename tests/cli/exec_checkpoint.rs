//! Checkpoints and preserved values: what makes a rollback verified.

use crate::case::Case;
use crate::exec_release::{FAILS, exec, phase, release};

#[test]
fn the_way_back_is_verified_by_the_checkpoint_and_every_kind_of_preserved_value() {
    let nodes = phase(
        &[
            "checkpoint before \"Before\" {
                check there \"There\" { file settings; expect exists is=#true; }
                preserve printed \"Printed\" { run cat settings; }
                preserve rows \"Rows\" { sql \"sqlite:rides.db\" \"SELECT count(*) FROM rides\"; }
                preserve bytes \"Bytes\" { file settings; }
                preserve length \"Length\" { file settings; select size; }
                preserve part \"A part\" { run cat settings; select stdout matches=#\"fares = (\\w+)\"#; }
                preserve code \"Code\" { run test -e absent; select exit; expect exit is=1; }
            }
            step change \"Change\" {
                sh \"echo 'fares = on' > settings\"
                inverse { sh \"echo 'fares = off' > settings\"; }
            }
            step row \"Row\" {
                sql \"sqlite:rides.db\" \"INSERT INTO rides VALUES (2)\"
                inverse { sql \"sqlite:rides.db\" \"DELETE FROM rides WHERE id = 2\"; }
            }\n",
            FAILS,
        ]
        .concat(),
    );
    database(release(&nodes).file("settings", "fares = off\n"))
        .run("exec release.kdl")
        .code(1)
        .content("settings", "fares = off\n")
        .tells(&["verified"]);
}

/// With a database of one ride.
fn database(case: Case) -> Case {
    let database = rusqlite::Connection::open(case.path("rides.db")).unwrap();
    database.execute_batch("CREATE TABLE rides (id INTEGER); INSERT INTO rides VALUES (1)").unwrap();
    case
}

#[test]
fn a_preserved_value_that_is_not_equal_after_the_way_back_is_a_case_for_a_person() {
    let kinds = [
        "run cat settings",
        "file settings",
        "file settings; select size",
        "sh \"cat settings\"; select stdout matches=#\"= (.*)\"#",
    ];
    for action in kinds {
        let nodes = phase(&format!(
            "checkpoint before \"Before\" {{ preserve kept \"Kept\" {{ {action}; }}; }}
            step change \"Change\" {{
                sh \"echo 'fares = on' > settings\"
                inverse {{ sh \"echo 'fares = almost off' > settings\"; }}
            }}
            {FAILS}"
        ));
        release(&nodes)
            .file("settings", "fares = off\n")
            .run("exec release.kdl")
            .code(4)
            .content("settings", "fares = almost off\n")
            .tells(&["kept"]);
    }
}

#[test]
fn a_checkpoint_is_looked_at_until_it_holds_again() {
    let nodes = phase(
        "checkpoint before \"Before\" {
            check up \"It is up\" {
                sh \"echo look >> log; test ! -e down || { test $(wc -l < log) -ge 6 && rm down; }\"
                poll within=\"20s\" every=\"5ms\"
            }
        }
        step down \"Down\" { sh \"touch down\"; inverse { sh \"echo un-down >> log\"; }; }
        check fails \"It fails\" { run \"false\"; }",
    );
    exec(&nodes).code(1).content("log", "look\nun-down\nlook\nlook\nlook\nlook\n").tells(&["verified"]);
}

#[test]
fn only_checkpoints_passed_before_the_earliest_undone_step_are_verified() {
    let nodes = phase(
        "checkpoint before \"Before\" { check first \"First\" { sh \"echo first >> looks\"; }; }
        step change \"Change\" { run touch changed; inverse { run rm changed; }; }
        checkpoint after \"After\" { check second \"Second\" { sh \"echo second >> looks; test -e changed\"; }; }
        check fails \"It fails\" { run \"false\"; }",
    );
    exec(&nodes).code(1).content("looks", "first\nsecond\nfirst\n");
}

#[test]
fn a_way_back_with_nothing_to_verify_it_by_says_so() {
    let nodes = phase(
        "step change \"Change\" { run touch changed; inverse { run rm changed; }; }\ncheck fails \"It fails\" { run \"false\"; }",
    );
    exec(&nodes).code(1).tells(&["There is no checkpoint to verify it by"]);
}

#[test]
fn a_preserved_value_is_a_value_like_any_other() {
    let nodes = phase(
        "checkpoint before \"Before\" { preserve mode \"Mode\" { file settings; select mode; }; }
        step change \"Change\" {
            run chmod \"0600\" settings
            inverse { sh #\"chmod \"$mode\" settings\"#; }
        }
        check fails \"It fails\" { run \"false\"; }",
    );
    release(&nodes).script("settings", "x").run("exec release.kdl").code(1).tells(&["verified"]);
}
