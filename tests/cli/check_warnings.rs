//! `runbook check`, the rules: each is shown firing (a golden file with everything it says) and
//! silent (nothing but the last line).

use crate::case::{Case, Checked};

/// A runbook around the items of a phase; what stands at the top comes last, so that the first item
/// is on line 4.
fn runbook(items: &str, top: &str) -> String {
    format!(
        "runbook demo \"Demo\"\nphase main \"Main\" {{\n    checkpoint before \"As before\" {{ check up \"It answers\" {{ run \
         \"true\"; }}; }}\n{items}\n    check after \"It still answers\" {{ run \"true\"; }}\n}}\n{top}\n"
    )
}

/// Everything that is said about some items.
fn check(items: &str, top: &str) -> Checked {
    Case::new().file("demo.kdl", &runbook(items, top)).run("check --format plain demo.kdl").code(0)
}

#[track_caller]
fn fires(golden: &str, items: &str, top: &str) {
    let checked = check(items, top);
    assert!(checked.printed().contains("warning"), "it is silent:\n{}", checked.printed());
    checked.stdout_golden(golden).stderr("");
}

#[track_caller]
fn rejects(golden: &str, items: &str, top: &str) {
    Case::new()
        .file("demo.kdl", &runbook(items, top))
        .run("check --format plain demo.kdl")
        .code(3)
        .stdout_golden(golden)
        .stderr("");
}

#[track_caller]
fn silent(items: &str, top: &str) {
    let checked = check(items, top);
    let lines: Vec<_> = checked.printed().lines().collect();
    assert!(matches!(lines.as_slice(), [line] if line.starts_with("demo.kdl is fine: ")), "{}", checked.printed());
}

#[test]
fn lacks_on_a_text_that_may_be_empty_passes_for_nothing() {
    fires(
        "rule_lacks",
        "check log { run journalctl; expect stdout lacks=ERROR; expect stdout lacks-match=#\"WARN\\w*\"#; }",
        "",
    );
    silent("check log { run journalctl; expect stdout lacks=ERROR; expect stdout contains=started; }", "");
    silent("check log { run journalctl; expect output lacks=ERROR; expect stdout matches=#\"\\d+ passed\"#; }", "");
    silent("check log { run journalctl; expect stdout lacks=ERROR; expect stdout empty=#false; }", "");
}

#[test]
fn a_regex_that_matches_nothing_does_not_prove_that_there_was_text() {
    let output =
        check("check log { run journalctl; expect stdout lacks=ERROR; expect stdout matches=#\"\\d*\"#; }", "");
    assert!(output.printed().contains("lacks_of_nothing"), "{}", output.printed());
}

#[test]
fn an_inverse_without_an_expectation_is_only_believed() {
    fires("rule_inverse_proof", "step deploy { run deploy; cd \"/opt\"; inverse { run revert; }; }", "");
    silent("step deploy { run deploy; cd \"/opt\"; inverse { run revert; expect stdout is=reverted; }; }", "");
    silent(
        "step deploy { run deploy; cd \"/opt\"; applied { run cat version; expect stdout is=\"2\"; }; inverse { run revert; }; }",
        "",
    );
    silent("step deploy { run deploy; cd \"/opt\"; inverse { service start \"api.service\"; }; }", "");
}

#[test]
fn a_restart_comes_too_early_on_the_way_back() {
    let inverse = "inverse none because=\"it follows the files\"";
    fires("rule_restart", &format!("step restart {{ service restart \"api.service\"; {inverse}; }}"), "");
    silent(
        &format!(
            "on-rollback again {{ service restart \"api.service\"; }}\nstep restart {{ service restart \"api.service\"; {inverse}; }}"
        ),
        "",
    );
}

#[test]
fn only_the_last_part_of_a_pipeline_under_sh_can_fail() {
    fires("rule_pipe", "check restores { sh #\"\"\"\n    gunzip -c x | sqlite3 y\n    \"\"\"#; }", "");
    silent("check restores { shell bash; sh \"gunzip -c x | sqlite3 y\"; }", "");
    silent("check restores { sh \"test -e a || test -e 'b|c'\"; }", "");
}

#[test]
fn a_regex_reads_better_in_a_raw_string() {
    fires("rule_escaped_regex", "check tests { run pytest; expect stdout matches=\"\\\\d+ passed\"; }", "");
    silent("check tests { run pytest; expect stdout matches=#\"\\d+ passed\"#; }", "");
    silent("check tests { run pytest; expect stdout contains=\"C:\\\\\"; }", "");
}

#[test]
fn a_program_beside_the_runbook_belongs_to_its_files() {
    fires("rule_program_outside", "check smoke { run \"./scripts/smoke.sh\"; }", "");
    silent("check smoke { run smoke; }\ncheck other { run \"/usr/bin/smoke\"; }", "");
    silent("check smoke { cd \"/opt/app\"; run \"./scripts/smoke.sh\"; }", "");
    let text = runbook("check smoke { run \"./scripts/smoke.sh\"; }", "files \"scripts/*\"");
    Case::new()
        .file("demo.kdl", &text)
        .script("scripts/smoke.sh", "exit 0")
        .run("check demo.kdl")
        .code(0)
        .stdout("demo.kdl is fine: 1 phase, no steps, 3 checks\n");
    Case::new()
        .file("demo.kdl", &text)
        .file("scripts/smoke.sh", "exit 0")
        .run("check --format plain demo.kdl")
        .code(0)
        .stdout_golden("rule_not_executable");
}

#[test]
fn a_script_names_the_copies_of_the_runbooks_files() {
    let check = |script: &str, more: &str| {
        let text = runbook(&format!("check smoke {{ {more} sh #\"{script}\"#; }}"), "files \"scripts/*\"");
        Case::new()
            .file("demo.kdl", &text)
            .script("scripts/smoke.sh", "exit 0")
            .run("check --format plain demo.kdl")
            .code(0)
    };
    check("true && ./scripts/smoke.sh --all", "").stdout_golden("rule_not_the_copy");
    for (script, more) in [("\"$RUNBOOK_BUNDLE/scripts/smoke.sh\"", ""), ("scripts/smoke.sh", "cd \"/opt/app\";")] {
        check(script, more).stdout("demo.kdl is fine: 1 phase, no steps, 3 checks\n");
    }
}

#[test]
fn the_sum_of_the_estimates_fits_the_budget_of_the_phase() {
    let steps = |budget: &str| {
        format!(
            "budget {budget}
            step one {{ write \"/etc/a\" \"1\"; budget \"2m\" estimate=\"1m\"; }}
            wait \"30s\"
            parallel {{
                step two {{ write \"/etc/b\" \"1\"; budget \"2m\" estimate=\"1m\"; }}
                step three {{ write \"/etc/c\" \"1\"; budget \"2m\" estimate=\"50s\"; }}
            }}"
        )
    };
    fires("rule_sum", &steps("\"2m\""), "");
    silent(&steps("\"150s\""), "");
}

#[test]
fn a_step_without_an_estimate_counts_as_nothing_and_is_named() {
    fires("rule_no_estimate", "budget \"5m\"\nstep one { write \"/etc/a\" \"1\"; }", "");
    silent("step one { write \"/etc/a\" \"1\"; }", "");
}

#[test]
fn downtime_runs_from_the_stop_to_the_end_of_the_start_of_the_same_unit() {
    let steps = |downtime: &str| {
        format!(
            "budget \"1h\" downtime={downtime}
            step stop {{ service stop \"api.service\"; budget \"1m\" estimate=\"5s\"; }}
            step stop-other {{ service stop \"other.service\"; budget \"1m\" estimate=\"5s\"; }}
            step change {{ write \"/etc/a\" \"1\"; budget \"1m\" estimate=\"50s\"; }}
            step start {{ service start \"api.service\"; budget \"1m\" estimate=\"5s\"; }}
            step long {{ write \"/etc/b\" \"1\"; budget \"9m\" estimate=\"9m\"; }}"
        )
    };
    fires("rule_downtime", &steps("\"1m\""), "");
    silent(&steps("\"65s\""), "");
}

#[test]
fn a_retried_post_may_take_effect_twice() {
    let step = |more: &str| {
        format!(
            "step create {{ http POST \"http://127.0.0.1/rides\" {{ json name=\"x\"; {more} }}; idempotent; retry 3; inverse none because=\"marked as a test\"; }}"
        )
    };
    fires("rule_retried", &step(""), "");
    silent(&step("header Idempotency-Key \"demo-1\""), "");
}

#[test]
fn a_point_of_no_return_belongs_at_the_end() {
    let last = "step publish { run publish; irreversible because=\"customers see it\"; }";
    fires("rule_barrier", &format!("{last}\nstep after-it {{ write \"/etc/a\" \"1\"; }}"), "");
    silent(&format!("step before-it {{ write \"/etc/a\" \"1\"; }}\n{last}"), "");
}

#[test]
fn what_nothing_uses_is_a_leftover() {
    let top = "input a \"1\"\nsecret token env=\"TOKEN\"\nlet b \"{{a}}\"";
    fires("rule_unused", "check c { run date; capture d stdout; }", top);
    silent("check c { run date; capture d stdout; }\ncheck e { sh \"test $d = \\\"${b:-}\\\" && use $token\"; }", top);
}

#[test]
fn a_misspelled_variable_would_stop_a_script() {
    let top = "input version \"1.2.0\"";
    fires("rule_script_name", "check c { run echo \"{{version}}\"; }\ncheck d { sh \"echo $verison\"; }", top);
    silent("check c { run echo \"{{version}}\"; }\ncheck d { sh \"verison=1; echo $verison $version $HOME\"; }", top);
    silent("check c { run echo \"{{version}}\"; }\ncheck d { env verison=\"2\"; sh \"echo $verison\"; }", top);
}

#[test]
fn without_a_checkpoint_nothing_proves_the_way_back() {
    let step = "step one { write \"/etc/a\" \"1\"; }";
    let text =
        |before: &str, after: &str| format!("runbook demo \"Demo\"\nphase main {{\n{before}\n{step}\n{after}\n}}\n");
    let checkpoint = "checkpoint before { check up { run \"true\"; }; }";
    let check = |text: &str| Case::new().file("demo.kdl", text).run("check --format plain demo.kdl").code(0);
    check(&text("check up { run \"true\"; }", "")).stdout_golden("rule_proof");
    check(&text(checkpoint, "check down { run \"true\"; }"))
        .stdout("demo.kdl is fine: 1 phase, 1 step (1 can be undone), 2 checks\n");
}

#[test]
fn until_names_a_later_step() {
    let steps = |until: &str| {
        format!(
            "step one {{ write \"/etc/a\" \"1\"; }}
            step two {{ write \"/etc/b\" \"1\"; applied until={until} {{ run cat \"/etc/b\"; expect stdout is=\"1\"; }}; }}
            step three {{ write \"/etc/b\" \"2\"; }}"
        )
    };
    rejects("rule_until_earlier", &steps("one"), "");
    rejects("rule_until_unknown", &steps("thre"), "");
    silent(&steps("three"), "");
}

#[test]
fn a_rehearsal_has_settings_that_fit_and_a_lock_of_its_own() {
    let top = |lock: &str, settings: &str| {
        format!("input environment production {{ one-of production scratch; }}\nrehearse {{ set {settings}; }}\n{lock}")
    };
    let items = "check c { run echo \"{{environment}}\"; }";
    let with_lock = |settings: &str| {
        format!(
            "runbook demo \"Demo\" {{ lock \"demo/{{{{environment}}}}\"; }}\nphase main {{ check c {{ run echo \"{{{{environment}}}}\"; }}; }}\n{}",
            top("", settings)
        )
    };
    rejects("rule_rehearse_lock", items, &top("", "environment=scratch"));
    let check = |settings: &str, code: i32| {
        Case::new().file("demo.kdl", &with_lock(settings)).run("check --format plain demo.kdl").code(code)
    };
    check("environment=staging enviroment=scratch", 3).stdout_golden("rule_rehearse_setting");
    check("environment=scratch", 0).stdout("demo.kdl is fine: 1 phase, no steps, 1 check\n");
}

#[test]
fn windows_open_before_they_close_and_phases_follow_each_other() {
    let text = |window: &str, first: &str, second: &str| {
        format!(
            "runbook demo \"Demo\" {{ {window}; }}\nphase one {first} {{ check a {{ run \"true\"; }}; }}\nphase two {second} {{ check b {{ run \"true\"; }}; }}\n"
        )
    };
    let check =
        |text: &str, code: i32| Case::new().file("demo.kdl", text).run("check --format plain demo.kdl").code(code);
    let window = "window \"2026-06-10T08:00Z\" \"2026-06-10T10:00Z\"";
    check(&text("window \"2026-06-10T10:00Z\" \"2026-06-10T08:00Z\"", "", ""), 3).stdout_golden("rule_window");
    check(&text(window, "at=T", "at=\"T-8d\""), 3).stdout_golden("rule_phase_order");
    check(&text("owner us", "at=\"T-8d\"", ""), 3).stdout_golden("rule_phase_without_window");
    check(&text(window, "at=\"T-8d\"", "at=T"), 0).stdout("demo.kdl is fine: 2 phases, no steps, 2 checks\n");
}

#[test]
fn what_is_expected_fits_into_the_window() {
    let text = |wait: &str| {
        format!(
            "runbook demo \"Demo\" {{ window \"2026-06-10T08:00Z\" \"2026-06-10T08:30Z\"; }}\nphase one {{ check a {{ run \"true\"; }}; wait {wait}; }}\n"
        )
    };
    let check = |text: &str| Case::new().file("demo.kdl", text).run("check --format plain demo.kdl").code(0);
    check(&text("\"31m\"")).stdout_golden("rule_window_too_short");
    check(&text("\"29m\"")).stdout("demo.kdl is fine: 1 phase, no steps, 1 check\n");
}
