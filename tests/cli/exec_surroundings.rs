//! How an action runs: folder, environment, input, shell, what may stay behind; and defaults.

use crate::exec_release::{FAILS, exec, logged, phase, release};

#[test]
fn a_phase_has_defaults_of_its_own_and_an_action_its_own_word() {
    let nodes = "defaults { env WHO=all; cd one; }
        phase first \"First\" { step a \"A\" { sh \"echo $WHO > log\"; inverse none because=\"A log\"; }; }
        phase second \"Second\" {
            defaults { env WHO=phase; cd two; }
            step b \"B\" { sh \"echo $WHO > log\"; inverse none because=\"A log\"; }
            step c \"C\" { sh \"echo $WHO > log\"; cd three; env WHO=step; inverse none because=\"A log\"; }
        }";
    release(nodes)
        .folder("one")
        .folder("two")
        .folder("three")
        .run("exec release.kdl")
        .code(0)
        .content("one/log", "all\n")
        .content("two/log", "phase\n")
        .content("three/log", "step\n");
}

#[test]
fn an_action_inherits_little_and_knows_its_run() {
    let nodes = phase(
        "step note \"Note\" {
            sh #\"echo \"${STRANGER-none} $TZ $RUNBOOK_STEP_ID $RUNBOOK_ATTEMPT ${RUNBOOK_RUN_ID:+run} ${RUNBOOK_IDEMPOTENCY_KEY:+key} ${HOME:-}\" > log\"#
            inverse none because=\"A log\"
        }",
    );
    release(&nodes).env("STRANGER", "in").run("exec release.kdl").code(0).content("log", "none UTC note 1 run key \n");
}

#[test]
fn nothing_can_be_read_unless_it_is_given() {
    let nodes = phase(
        "check nothing \"Nothing\" { run cat; expect stdout empty=#true; }
        check something \"Something\" { run cat; stdin \"given\"; expect stdout is=given; }",
    );
    release(&nodes).stdin("typed\n").run("exec release.kdl").code(0);
}

#[test]
fn bash_fails_with_any_part_of_a_pipeline_and_sh_only_with_the_last() {
    let check = |shell: &str| phase(&format!("check parts \"Parts\" {{ {shell}; sh \"false | cat\"; }}"));
    exec(&check("shell bash")).code(5);
    exec(&check("shell sh")).code(0);
    exec(&phase(
        "check arrays \"Arrays\" { shell bash; sh #\"a=(1 2 3); echo \"${#a[@]}\"\"#; expect stdout is=\"3\"; }",
    ))
    .code(0);
}

#[test]
fn a_script_stops_at_the_first_command_that_fails_and_at_a_name_without_a_value() {
    exec(&phase("check stops \"Stops\" { sh \"false; echo later >> log\"; }")).code(5).lacks("log");
    exec(&phase("check stops \"Stops\" { sh \"echo $NOTHING_OF_THAT_NAME; echo later >> log\"; }"))
        .code(5)
        .lacks("log");
}

#[test]
fn a_process_may_stay_behind_only_where_that_is_said() {
    let step = |leak: &str| {
        phase(&format!(
            "step daemon \"Daemon\" {{
                sh \"sleep 600 > /dev/null 2>&1 & echo $! > pid\"
                {leak}
                inverse {{ sh \"kill $(cat pid) 2>&- || true; echo stopped > log\"; }}
            }}
            check runs \"It runs\" {{ sh \"kill -0 $(cat pid)\"; }}"
        ))
    };
    exec(&step("")).code(1).content("log", "stopped\n");
    let left = exec(&step("leak allow")).code(0).lacks("log").then();
    let pid = std::fs::read_to_string(left.path("pid")).unwrap();
    assert!(std::process::Command::new("kill").arg(pid.trim()).status().unwrap().success());
}

#[test]
fn units_and_dimensions_are_compared_and_never_confused() {
    let holds = [
        "2GB above=\"1900MB\"",
        "1024KiB at-most=\"1MiB\"",
        "90s below=\"2m\"",
        "\"85.5 %\" at-least=\"80%\"",
        "5 at-most=5",
    ];
    for (number, line) in holds.iter().enumerate() {
        let (printed, matcher) = line.rsplit_once(' ').unwrap();
        exec(&phase(&format!("check c{number} \"C\" {{ run echo {}; expect stdout {matcher}; }}", quoted(printed))))
            .code(0);
    }
    let in_error = ["2GB above=\"1m\"", "fast below=\"2m\"", "\"1 2\" above=0", "80 above=\"70%\""];
    for (number, line) in in_error.iter().enumerate() {
        let (printed, matcher) = line.rsplit_once(' ').unwrap();
        exec(&phase(&format!("check c{number} \"C\" {{ run echo {}; expect stdout {matcher}; }}", quoted(printed))))
            .code(5);
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.trim_matches('"'))
}

#[test]
fn in_a_container_without_a_session_of_its_own_a_run_ends_as_anywhere() {
    release(&phase(&format!("{}{FAILS}", logged("one"))))
        .in_container()
        .run("exec release.kdl")
        .code(1)
        .tells(&["Taking back 1 step", "Every inverse held"])
        .content("log", "one\nun-one\n");
}
