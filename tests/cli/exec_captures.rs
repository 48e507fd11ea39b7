//! Captures and other values: where they come from, where they go, and that they never become text
//! of a shell.

use crate::exec_release::{exec, phase, release};

#[test]
fn a_capture_keeps_the_part_that_its_pattern_names() {
    let nodes = phase(
        "check version \"Version\" {
            run echo \"program 1.4 (build 77)\"
            capture number stdout matches=#\"program (\\S+)\"#
            capture whole stdout
            capture code exit
        }
        step note \"Note\" { sh #\"echo \"$number|$whole|$code\" > log\"#; inverse none because=\"A log\"; }
        check same \"Same\" { run echo \"{{number}}\"; expect stdout is=\"{{whole | replace('program ', '') | replace(' (build 77)', '')}}\"; }",
    );
    exec(&nodes).code(0).content("log", "1.4|program 1.4 (build 77)|0\n");
}

#[test]
fn a_capture_that_may_have_no_value_needs_a_default() {
    let nodes = |default: &str| {
        format!(
            "input environment staging\n{}",
            phase(&format!(
                "check odd \"Odd\" {{ when environment is=production; run echo 5; capture n stdout{default}; }}
                step note \"Note\" {{ sh #\"echo \"$n\" > log\"#; inverse none because=\"A log\"; }}"
            ))
        )
    };
    exec(&nodes("")).code(3).lacks("log").complains("default");
    exec(&nodes(" default=none")).code(0).content("log", "none\n");
    release(&nodes(" default=none")).run("exec release.kdl --set environment=production").code(0).content("log", "5\n");
}

#[test]
fn a_capture_that_matches_nothing_fails_its_step() {
    let nodes = phase("check n \"N\" { run echo none; capture n stdout matches=#\"(\\d+)\"#; }");
    exec(&nodes).code(5).tells(&["n"]);
}

#[test]
fn values_reach_a_script_intact_and_never_as_its_text() {
    let value = "a'b\"c $(touch broken-in) `touch broken-in` \\ ; touch broken-in\n$HOME * {{x}}";
    let nodes = format!(
        "input value\nlet derived \"<{{{{value}}}}>\"\n{}",
        phase(
            "step script \"Script\" { sh #\"printf '%s\\n' \"$value\" \"$derived\" > script\"#; inverse none because=\"A log\"; }
            step program \"Program\" { run sh -c #\"printf '%s\\n' \"$value\" > program\"#; inverse none because=\"A log\"; }
            step argument \"Argument\" { run touch \"x{{value | replace('/', '')}}\"; inverse none because=\"A file\"; }
            step text \"Text\" { write text \"{{value}}\"; }
            step input \"Input\" { sh \"cat > input\"; stdin \"{{value}}\"; inverse none because=\"A log\"; }
            step environment \"Environment\" { sh #\"printf '%s' \"$OTHER\" > other\"#; env OTHER=\"{{value}}\"; inverse none because=\"A log\"; }"
        )
    );
    let setting = format!("value={value}");
    release(&nodes)
        .run_with(&["exec", "release.kdl", "--set", &setting])
        .code(0)
        .content("script", &format!("{value}\n<{value}>\n"))
        .content("program", &format!("{value}\n"))
        .content("text", value)
        .content("input", value)
        .content("other", value)
        .lacks("broken-in");
}

#[test]
fn text_in_double_braces_in_a_script_is_an_error_that_shows_the_fix() {
    let nodes = format!("input port 1\n{}", phase("check n \"N\" { sh \"echo {{port}}\"; }"));
    exec(&nodes).code(3).complains("$port");
}

#[test]
fn an_input_is_refused_unless_it_is_what_it_should_be() {
    let nodes = format!(
        "input version \"1.2.3\" matches=#\"\\d+\\.\\d+\\.\\d+\"# type=version
        input environment staging {{ one-of production staging; }}
        input port 8000 type=int
        input needed
        {}",
        phase(
            "step note \"Note\" { sh #\"echo \"$version $environment $port $needed\" > log\"#; inverse none because=\"A log\"; }"
        )
    );
    let refused = [
        "",
        " --set needed=x --set version=1.2",
        " --set needed=x --set version=1.2.3x",
        " --set needed=x --set environment=moon",
        " --set needed=x --set port=high",
        " --set needed=x --set other=1",
    ];
    for settings in refused {
        release(&nodes).run(&format!("exec release.kdl{settings}")).code(2).lacks("log").lacks("state");
    }
    release(&nodes)
        .run("exec release.kdl --set needed=yes --set version=2.0.0 --set environment=production --set port=80")
        .code(0)
        .content("log", "2.0.0 production 80 yes\n");
}

#[test]
fn filters_and_the_run_itself_have_values() {
    let step = phase(
        "step note \"Note\" { write log \"{{run.id}} {{run.started | unix}} {{dotted | replace('.', '_') | upper}}\"; }
        check id \"Id\" { run cat log; expect stdout matches=#\"^release-\\S+ 1\\d{9} A_B$\"#; }",
    );
    exec(&format!("let dotted \"a.b\"\n{step}")).code(0);
}
