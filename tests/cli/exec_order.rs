//! What runs when: conditions, branches, waits, a person's confirmation, and the order of the way
//! back.

use crate::exec_release::{BREAKS, FAILS, exec, logged, phase, release};

#[test]
fn a_failed_release_is_taken_back_in_exact_reverse_order_the_failed_step_included() {
    exec(&phase(&[logged("one"), logged("two"), BREAKS.to_owned(), logged("never")].concat()))
        .code(1)
        .content("log", "one\ntwo\nbreaks\nun-breaks\nun-two\nun-one\n");
}

#[test]
fn what_its_condition_excludes_is_passed_over_there_and_back() {
    let nodes = format!(
        "input environment staging\n{}",
        phase(
            &[
                "step only-there \"Only there\" {
                    when environment is=production
                    sh \"echo there >> log\"
                    inverse { sh \"echo un-there >> log\"; }
                }\n"
                .to_owned(),
                logged("everywhere"),
                FAILS.to_owned(),
            ]
            .concat()
        )
    );
    release(&nodes)
        .run("exec release.kdl")
        .code(1)
        .content("log", "everywhere\nun-everywhere\n")
        .then()
        .file("log", "")
        .run("exec release.kdl --set environment=production")
        .code(1)
        .content("log", "there\neverywhere\nun-everywhere\nun-there\n");
}

#[test]
fn branches_run_at_the_same_time_and_are_undone_one_at_a_time_in_reverse_order() {
    // Each branch waits for the other one: one after the other they would never end.
    let nodes = phase(
        "parallel {
            step writer \"Writer\" {
                sh \"echo met > meet\"
                inverse { sh \"echo begin-writer >> log; echo end-writer >> log\"; }
                budget \"20s\"
            }
            step reader \"Reader\" {
                sh \"cat meet >> log\"
                inverse { sh \"echo begin-reader >> log; echo end-reader >> log\"; }
                budget \"20s\"
            }
        }
        check fails \"It fails\" { run \"false\"; }",
    );
    release(&nodes)
        .fifo("meet")
        .run("exec release.kdl")
        .code(1)
        .content("log", "met\nbegin-reader\nend-reader\nbegin-writer\nend-writer\n");
}

#[test]
fn when_a_branch_fails_the_running_ones_end_and_nothing_new_starts() {
    // The other branch ends only after it has seen the failure in the journal.
    let nodes = phase(
        "parallel {
            step breaks \"Breaks\" {
                sh \"echo breaks >> log; exit 3\"
                inverse { sh \"echo un-breaks >> log\"; }
            }
            step lasts \"Lasts\" {
                sh #\"\"\"
                    until grep -q '\"attempt-ended\"' state/runs/*/journal.jsonl; do sleep 0.01; done
                    echo lasts >> log
                    \"\"\"#
                inverse { sh \"echo un-lasts >> log\"; }
                budget \"20s\"
            }
        }
        step later \"Later\" { sh \"echo later >> log\"; inverse none because=\"It never runs\"; }",
    );
    exec(&nodes).code(1).content("log", "breaks\nlasts\nun-lasts\nun-breaks\n");
}

#[test]
fn a_wait_lets_the_time_pass() {
    let nodes = phase(
        "step before \"Before\" { sh \"date +%s%N > before\"; inverse none because=\"A note\"; }
        wait \"150ms\"
        check after \"After\" {
            sh \"echo $(( ($(date +%s%N) - $(cat before)) / 1000000 ))\"
            expect stdout at-least=150
        }",
    );
    exec(&nodes).code(0);
}

#[test]
fn a_confirmation_that_nobody_can_give_parks_the_run_and_the_way_back_is_open() {
    let nodes = phase(
        &[logged("one"), "manual tell \"Tell support\" by=\"The operator\"\n".to_owned(), logged("two")].concat(),
    );
    release(&nodes)
        .run("exec release.kdl")
        .code(6)
        .content("log", "one\n")
        .then()
        .run("resume")
        .code(6)
        .content("log", "one\n")
        .then()
        .run("rollback --yes")
        .code(1)
        .content("log", "one\nun-one\n");
}

#[test]
fn a_step_that_a_person_does_parks_the_run_too() {
    let nodes = phase(
        &[
            logged("one"),
            "step switch \"Switch\" { manual \"Turn the switch\"; inverse { manual \"Turn it back\"; }; }\n".to_owned(),
        ]
        .concat(),
    );
    exec(&nodes).code(6).content("log", "one\n");
}

#[test]
fn what_must_come_after_the_inverses_below_it_does_and_only_if_it_was_passed() {
    let on_rollback = |id: &str| format!("on-rollback {id} \"{id}\" {{ sh \"echo {id} >> log\"; }}\n");
    let nodes = phase(
        &[logged("one"), on_rollback("after-two"), logged("two"), FAILS.to_owned(), on_rollback("never")].concat(),
    );
    exec(&nodes).code(1).content("log", "one\ntwo\nun-two\nafter-two\nun-one\n");
}

#[test]
fn a_release_that_changed_nothing_is_refused_whatever_stopped_it() {
    exec(&phase(&[FAILS.to_owned(), logged("one")].concat())).code(5).lacks("log");
}
