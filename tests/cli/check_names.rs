//! `runbook check`, values: a reference to nothing, and one that has no value where it is used.

use crate::case::Case;

/// A runbook whose first item is on line 4.
fn runbook(items: &str) -> String {
    format!(
        "runbook demo \"Demo\"\nphase main {{\n    checkpoint before {{ check up {{ run \"true\"; }}; }}\n{items}\n    check after {{ run \
         \"true\"; }}\n}}\n"
    )
}

#[track_caller]
fn rejects(golden: &str, items: &str) {
    Case::new()
        .file("demo.kdl", &runbook(items))
        .run("check --format plain demo.kdl")
        .code(3)
        .stdout_golden(golden)
        .stderr("");
}

#[track_caller]
fn accepts(items: &str) {
    let checked = Case::new().file("demo.kdl", &runbook(items)).run("check --format plain demo.kdl").code(0);
    assert!(checked.printed().starts_with("demo.kdl is fine: "), "{}", checked.printed());
}

#[test]
fn a_reference_to_nothing_is_an_error_with_a_suggestion() {
    rejects(
        "names_undefined",
        "check a { run date; capture today stdout; }\ncheck b { run echo \"{{tody}}\" \"{{nothing_like_it}}\"; }\ncheck c { run echo \"{{today}}\"; }",
    );
}

#[test]
fn a_value_is_used_after_it_is_captured() {
    rejects(
        "names_order",
        "check a { run echo \"{{today}}\"; }\ncheck c { sh \"echo $today\"; }\ncheck b { run date; capture today stdout; }",
    );
    accepts("check b { run date; capture today stdout; }\ncheck a { run echo \"{{today}}\"; }");
}

#[test]
fn an_expectation_may_use_what_its_own_action_captures() {
    accepts("check a { run date; capture today stdout; expect stdout is=\"{{today}}\"; }");
}

#[test]
fn a_script_that_sets_a_name_itself_is_not_asking_for_the_value() {
    accepts(
        "check a { sh \"today=1; echo $today\"; }\ncheck b { run date; capture today stdout; }\ncheck c { run echo \"{{today}}\"; }",
    );
}

#[test]
fn branches_of_parallel_have_no_captures_of_each_other() {
    let branch = "check b { run date; capture today stdout; }";
    rejects("names_parallel", &format!("parallel {{\n{branch}\ncheck a {{ run echo \"{{{{today}}}}\"; }}\n}}"));
    accepts(&format!("parallel {{\n{branch}\ncheck c {{ run date; }}\n}}\ncheck a {{ run echo \"{{{{today}}}}\"; }}"));
}

#[test]
fn a_check_that_may_fail_may_leave_no_value() {
    let text = |default: &str| {
        format!(
            "check a {{ run date; capture today stdout {default}; on-failure warn; }}\ncheck b {{ run echo \"{{{{today}}}}\"; }}"
        )
    };
    rejects("names_warn", &text(""));
    accepts(&text("default=never"));
}

#[test]
fn a_skipped_step_leaves_no_value_except_under_the_same_when() {
    let text = |when: &str| {
        format!(
            "check mode {{ run mode; capture mode stdout; }}
            check a {{ run date; capture today stdout; when mode is=full; }}
            check b {{ run echo \"{{{{today}}}}\"; {when}; }}"
        )
    };
    rejects("names_when", &text("when mode is=half"));
    accepts(&text("when mode is=full"));
}

#[test]
fn a_step_that_may_be_applied_already_may_leave_no_value() {
    let text = |applied: &str| {
        format!(
            "step a {{ run create; capture made stdout; inverse none because=\"harmless\"; {applied} }}\ncheck b {{ run echo \"{{{{made}}}}\"; }}"
        )
    };
    rejects("names_applied", &text("applied { run look; expect stdout is=\"there\"; }"));
    accepts(&text(""));
}

#[test]
fn an_inverse_may_use_what_stood_before_its_step_and_its_own_step_only_with_a_default() {
    let text = |captured: &str| {
        format!(
            "check a {{ run date; capture before stdout; }}
            step create {{
                run create
                capture made stdout {captured}
                inverse {{ sh \"remove \\\"$made\\\" $before\"; expect stdout is=\"removed\"; }}
            }}
            check b {{ run echo \"{{{{made}}}}\"; }}"
        )
    };
    rejects("names_inverse", &text(""));
    accepts(&text("default=\"\""));
}

#[test]
fn the_way_back_knows_what_was_known_when_it_was_passed() {
    let text =
        |first: &str, second: &str| format!("{first}\non-rollback tell {{ run tell \"{{{{today}}}}\"; }}\n{second}");
    let captured = "check a { run date; capture today stdout; }";
    rejects("names_way_back", &text("", captured));
    accepts(&text(captured, ""));
}

#[test]
fn a_let_uses_inputs_and_the_lets_before_it() {
    Case::new()
        .file(
            "demo.kdl",
            &format!(
                "{}let a \"{{{{b}}}}\"\nlet b \"1\"\nlet c \"{{{{a}}}}{{{{b}}}}{{{{up_since}}}}\"\n",
                runbook("check up-since { run date; capture up_since stdout; }\ncheck x { run echo \"{{c}}\"; }")
            ),
        )
        .run("check --format plain demo.kdl")
        .code(3)
        .stdout_golden("names_let");
}

#[test]
fn a_name_in_a_part_that_has_errors_is_not_reported_again() {
    Case::new()
        .file(
            "demo.kdl",
            &runbook("check a { run date; capture today stdout; expekt stdout is=\"x\"; }\ncheck b { run echo \"{{today}}\"; }"),
        )
        .run("check --format plain demo.kdl")
        .code(3)
        .stdout_golden("names_incomplete");
}
