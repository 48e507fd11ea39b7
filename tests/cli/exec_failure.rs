//! What a failure leads to: retries, the way back and its own failures, halting, points of no return.

use crate::exec_release::{BREAKS, FAILS, exec, logged, phase, release};

#[test]
fn an_idempotent_step_acts_again_as_often_as_it_says() {
    let step = |attempts: u32| {
        phase(&format!(
            "step third \"The third time\" {{
                sh \"echo x >> log; test $(wc -l < log) -ge 3\"
                idempotent
                retry {attempts} delay=\"5ms\" backoff=2.0
                inverse none because=\"A log\"
            }}"
        ))
    };
    exec(&step(3)).code(0).content("log", "x\nx\nx\n");
    exec(&step(2)).code(1).content("log", "x\nx\n");
}

#[test]
fn a_step_that_is_not_idempotent_may_not_be_retried() {
    let nodes = phase("step once \"Once\" { run \"true\"; retry 3; inverse none because=\"Nothing\"; }");
    exec(&nodes).code(3).complains("idempotent");
}

#[test]
fn a_spent_budget_leaves_the_outcome_unknown_so_the_step_is_undone_and_never_retried() {
    let nodes = phase(
        "step slow \"Slow\" {
            sh \"echo slow >> log; sleep 60\"
            budget \"200ms\"
            idempotent
            retry 3
            inverse { sh \"echo un-slow >> log\"; }
        }",
    );
    exec(&nodes).code(1).content("log", "slow\nun-slow\n").tells(&["budget"]);
}

#[test]
fn a_program_that_does_not_exist_did_not_start_and_is_not_undone() {
    let step = "step absent \"Absent\" { run no-such-program; inverse { sh \"echo un-absent >> log\"; }; }\n";
    exec(&phase(&[logged("one"), step.to_owned()].concat()))
        .code(1)
        .content("log", "one\nun-one\n")
        .tells(&["no-such-program"]);
    exec(&phase(step)).code(5).lacks("log").tells(&["no-such-program"]);
}

#[test]
fn an_atomic_step_that_fails_is_not_undone() {
    let nodes = phase(
        &[
            logged("one"),
            "step all-or-nothing \"All or nothing\" {
                sh \"exit 1\"
                atomic
                inverse { sh \"echo never >> log\"; }
            }\n"
            .to_owned(),
        ]
        .concat(),
    );
    exec(&nodes).code(1).content("log", "one\nun-one\n");
}

#[test]
fn an_atomic_step_that_ended_and_is_not_as_expected_is_undone() {
    let nodes = phase(
        "step done \"Done\" {
            sh \"echo done >> log; echo other\"
            expect stdout is=this
            atomic
            inverse { sh \"echo un-done >> log\"; }
        }",
    );
    exec(&nodes).code(1).content("log", "done\nun-done\n");
}

#[test]
fn an_inverse_that_fails_stops_the_way_back_and_rollback_goes_on_from_there() {
    let nodes = phase(
        &[
            logged("one"),
            "step two \"Two\" {
                sh \"echo two >> log\"
                inverse { sh \"echo un-two >> log; test -e repaired\"; }
            }\n"
            .to_owned(),
            logged("three"),
            FAILS.to_owned(),
        ]
        .concat(),
    );
    release(&nodes)
        .run("exec release.kdl")
        .code(4)
        .content("log", "one\ntwo\nthree\nun-three\nun-two\n")
        .tells(&["un-two", "un-one"])
        .then()
        .file("repaired", "")
        .run("rollback --yes")
        .code(1)
        .content("log", "one\ntwo\nthree\nun-three\nun-two\nun-two\nun-one\n");
}

#[test]
fn an_inverse_that_may_fail_lets_the_way_back_go_on_and_the_run_is_still_incomplete() {
    let nodes = phase(
        &[
            logged("one"),
            "step two \"Two\" {
                sh \"echo two >> log\"
                inverse { sh \"echo un-two >> log; exit 1\"; on-failure continue; }
            }\n"
            .to_owned(),
            FAILS.to_owned(),
        ]
        .concat(),
    );
    exec(&nodes).code(4).content("log", "one\ntwo\nun-two\nun-one\n");
}

#[test]
fn an_inverse_is_retried_as_it_says() {
    let nodes = phase(
        "step one \"One\" {
            sh \"echo one >> log\"
            inverse { sh \"echo un-one >> log; test $(wc -l < log) -ge 3\"; retry 2 delay=\"5ms\"; }
        }
        check fails \"It fails\" { run \"false\"; }",
    );
    exec(&nodes).code(1).content("log", "one\nun-one\nun-one\n");
}

#[test]
fn an_inverse_past_its_time_is_asked_about_and_not_run() {
    let nodes = phase(
        &[
            logged("one"),
            "step two \"Two\" {
                sh \"echo two >> log\"
                inverse \"Put the backup back\" valid-for=\"1ms\" loses=\"rides since the backup\" { sh \"echo un-two >> log\"; }
            }
            wait \"20ms\"\n"
            .to_owned(),
            FAILS.to_owned(),
        ]
        .concat(),
    );
    release(&nodes)
        .run("exec release.kdl")
        .code(4)
        .content("log", "one\ntwo\n")
        .tells(&["rides since the backup"])
        .then()
        .run("rollback --yes")
        .code(4)
        .content("log", "one\ntwo\n");
}

#[test]
fn a_manual_inverse_is_left_to_a_person_and_the_rest_is_undone() {
    let nodes = phase(
        &[
            logged("one"),
            "step two \"Two\" { sh \"echo two >> log\"; inverse { manual \"Turn the switch back\"; }; }\n".to_owned(),
            FAILS.to_owned(),
        ]
        .concat(),
    );
    exec(&nodes).code(4).content("log", "one\ntwo\nun-one\n").tells(&["Turn the switch back"]);
}

#[test]
fn a_step_without_an_inverse_is_passed_over_on_the_way_back() {
    let nodes = phase(
        &[
            logged("one"),
            "step two \"Two\" { sh \"echo two >> log\"; inverse none because=\"A backup changes nothing\"; }\n"
                .to_owned(),
            FAILS.to_owned(),
        ]
        .concat(),
    );
    exec(&nodes).code(1).content("log", "one\ntwo\nun-one\n");
}

#[test]
fn a_check_that_only_warns_lets_the_release_go_on_and_is_counted() {
    let nodes = phase(&["check odd \"Odd\" { run \"false\"; on-failure warn; }\n", &logged("one")].concat());
    exec(&nodes).code(0).content("log", "one\n").tells(&["1 check failed and only warned (exit 0)"]);
}

#[test]
fn a_check_or_a_step_that_halts_leaves_the_effects_and_the_run_open() {
    let check = "check odd \"Odd\" { sh \"test -e ready\"; on-failure halt; }\n";
    release(&phase(&[&logged("one"), check, &logged("two")].concat()))
        .run("exec release.kdl")
        .code(7)
        .content("log", "one\n")
        .then()
        .file("ready", "")
        .run("resume")
        .code(0)
        .content("log", "one\ntwo\n");
    let step = "step halts \"Halts\" { sh \"echo halts >> log; exit 1\"; on-failure halt; inverse { sh \"echo un-halts >> log\"; }; }\n";
    release(&phase(&[&logged("one"), step].concat()))
        .run("exec release.kdl")
        .code(7)
        .content("log", "one\nhalts\n")
        .then()
        .run("rollback --yes")
        .code(1)
        .content("log", "one\nhalts\nun-halts\nun-one\n");
}

#[test]
fn the_command_line_says_what_any_failure_leads_to() {
    let nodes = phase(&[&logged("one"), BREAKS].concat());
    release(&nodes).run("exec release.kdl --on-failure halt").code(7).content("log", "one\nbreaks\n");
    let halting = phase(&[&logged("one"), "check odd \"Odd\" { run \"false\"; on-failure halt; }\n"].concat());
    release(&halting).run("exec release.kdl --on-failure rollback").code(1).content("log", "one\nun-one\n");
}

#[test]
fn nobody_goes_past_the_point_of_no_return_without_saying_so() {
    let nodes = phase(
        &[
            &logged("one"),
            "step drop \"Drop the old table\" { sh \"echo drop >> log\"; irreversible because=\"The rows are gone\"; }\n",
            &logged("two"),
            "check fails \"It fails\" { sh \"test ! -e fail\"; }\n",
        ]
        .concat(),
    );
    release(&nodes).run("exec release.kdl --yes").code(7).content("log", "one\n").tells(&["--past-no-return"]);
    release(&nodes).run("exec release.kdl --past-no-return").code(0).content("log", "one\ndrop\ntwo\n");
    release(&nodes)
        .file("fail", "")
        .run("exec release.kdl --past-no-return")
        .code(7)
        .content("log", "one\ndrop\ntwo\nun-two\n");
}

#[test]
fn evidence_is_collected_before_anything_is_undone() {
    let nodes = phase(
        &[
            &logged("one"),
            "check fails \"It fails\" { run \"false\"; diagnose { run cat log; sh \"echo looked >> log\"; }; }\n",
        ]
        .concat(),
    );
    exec(&nodes).code(1).content("log", "one\nlooked\nun-one\n");
}
