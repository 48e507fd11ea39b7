//! What is refused: for each mistake exactly one finding, with its code and the text it points at.

use super::{in_check, in_phase, in_step, lower, seen};

/// Each text has exactly this one finding.
fn each_is_seen(cases: &[(&str, &str, &str)], around: impl Fn(&str) -> String) {
    let mut wrong = Vec::new();
    for (text, code, place) in cases {
        let found = seen(&around(text));
        if found != [((*code).to_owned(), (*place).to_owned())] {
            wrong.push(format!("{text}\n  expected {code} at {place:?}\n  found    {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_form_of_nodes() {
    each_is_seen(
        &[
            ("chek a { run x; }", "unknown_node", "chek"),
            ("check a { run x; wehn version is=1; }", "unknown_node", "wehn"),
            ("check a { rnu x; }", "unknown_node", "rnu"),
            ("step a { run x; invers { run y; }; }", "unknown_node", "invers"),
            ("checkpoint a { step b { run x; inverse none because=y; }; }", "unknown_node", "step"),
            ("expect exit is=0", "unknown_node", "expect"),
            ("check a { metric get; }", "not_there_yet", "metric"),
            ("gate a \"b\" { role c { item d; }; }", "not_there_yet", "gate"),
            ("check a { file x pikc=newest; }", "unknown_property", "pikc"),
            ("check a { file x pick=newest pick=oldest; }", "repeated_property", "pick"),
            ("step a { run x; irreversible becuase=y; }", "unknown_property", "becuase"),
            ("check a { run x; why y; why z; }", "repeated_node", "why"),
            ("check a b c { run x; }", "surplus_argument", "c"),
            ("check a { file x y; }", "surplus_argument", "y"),
            ("check { run x; }", "missing_argument", "check"),
            ("check a { disk; }", "missing_argument", "disk"),
            ("check a { disk x { y; }; }", "unexpected_children", "y"),
            ("parallel", "missing_children", "parallel"),
            ("parallel { wait \"5m\"; }", "unknown_node", "wait"),
            ("wait 5", "no_unit", "5"),
            ("wait \"5x\"", "quantity", "\"5x\""),
            ("manual \"Look at it\"", "manual_without_id", "\"Look at it\""),
            ("checkpoint a { why b; }", "empty_checkpoint", "checkpoint"),
        ],
        in_phase,
    );
}

#[test]
fn ids_and_names() {
    each_is_seen(
        &[
            ("check Disk_Space { run x; }", "not_an_id", "Disk_Space"),
            ("check 5 { run x; }", "number_for_text", "5"),
            ("check a { run x; }\ncheck a { run y; }", "repeated_id", "a"),
            ("check only { run x; }", "repeated_id", "only"),
            ("check a { run x; capture Name stdout; }", "not_a_name", "Name"),
            ("check a { run x; capture version stdout; }", "repeated_name", "version"),
            ("check a { run x; capture token stdout; }", "repeated_name", "token"),
            ("check a { run x; capture https_proxy stdout; }", "shadowing_name", "https_proxy"),
            ("check a { run x; env PATH=\"/bin\"; }", "guarded_variable", "PATH"),
            ("check a { run x; env LD_PRELOAD=\"/x\"; }", "guarded_variable", "LD_PRELOAD"),
            ("check a { run x; env my-name=\"/x\"; }", "not_a_variable", "my-name"),
        ],
        in_phase,
    );
}

#[test]
fn the_top_of_the_file() {
    each_is_seen(
        &[
            ("input a\nrunbook r \"R\"", "head_not_first", "runbook"),
            ("input a", "no_head", "input"),
            ("runbook r\nrunbook s", "repeated_node", "runbook"),
            ("runbook r { release 1.10; }", "number_for_text", "1.10"),
            ("runbook r { release \"1\" type=mayor; }", "unknown_choice", "mayor"),
            ("runbook r { window \"yesterday\" \"2026-06-10T10:00Z\"; }", "not_a_moment", "\"yesterday\""),
            ("runbook r { window \"2026-06-10T10:00Z\"; }", "missing_argument", "window"),
            ("runbook r { budget 15; }", "no_unit", "15"),
            ("runbook r { impact huge; }", "unknown_choice", "huge"),
            ("runbook r\nphase a at=\"T-8\"", "not_a_start", "\"T-8\""),
            ("runbook r\nphase a at=tomorrow", "not_a_start", "tomorrow"),
            ("runbook r\ninput a abc type=int", "input_default", "abc"),
            ("runbook r\ninput a \"1.2\" matches=#\"\\d\"#", "input_default", "\"1.2\""),
            ("runbook r\ninput a c { one-of a b; }", "input_default", "c"),
            ("runbook r\ninput a { one-of; }", "missing_argument", "one-of"),
            ("runbook r\ninput a matches=\"(\"", "regex", "\"(\""),
            ("runbook r\nsecret a", "secret_source", "secret"),
            ("runbook r\nsecret a env=A file=B", "secret_source", "secret"),
            ("runbook r\nsecret a evn=A", "unknown_property", "evn"),
            ("runbook r\nlet a", "missing_argument", "let"),
            ("runbook r\nlet a \"{{b\"", "template", "\"{{b\""),
            ("runbook r\nsecret s env=S\nlet a \"x{{secret.s}}\"", "secret_here", "secret.s"),
            ("runbook r\nrehearse { set a=1; set a=2; }", "repeated_property", "a"),
            ("runbook r\nrehearse { }", "empty_rehearse", "rehearse"),
            ("runbook r\ndefaults { budget 5; }", "no_unit", "5"),
            ("runbook r\nmetric errors", "not_there_yet", "metric"),
            ("runbook r\nchannel ops", "not_there_yet", "channel"),
        ],
        str::to_owned,
    );
}

#[test]
fn an_empty_file_has_no_head() {
    assert_eq!(seen(""), [("no_head".to_owned(), String::new())]);
}

#[test]
fn how_a_step_is_undone() {
    each_is_seen(
        &[
            ("step a { run x; }", "no_inverse", "step"),
            ("step a { service restart \"x\"; }", "restart_not_undone", "step"),
            ("step a { service restrat \"x\"; }", "unknown_choice", "restrat"),
            ("step a { run x; inverse none; }", "missing_property", "inverse"),
            ("step a { run x; inverse none because=\" \"; }", "empty_reason", "\" \""),
            ("step a { run x; inverse \"later\"; }", "empty_inverse", "inverse"),
            ("step a { run x; inverse { why y; }; }", "unknown_node", "why"),
            ("step a { run x; inverse { budget \"1m\"; }; }", "no_action", "inverse"),
            ("step a { run x; inverse because=y { run z; }; }", "inverse_and_reason", "because"),
            (
                "step a { run x; irreversible because=y; inverse { run z; }; }",
                "inverse_of_irreversible",
                "irreversible",
            ),
            ("step a { run x; irreversible; }", "missing_property", "irreversible"),
            ("step a { run x; inverse { run y; on-failure rollback; }; }", "unknown_choice", "rollback"),
            ("step a { run x; inverse valid-for=5 { run y; }; }", "no_unit", "5"),
            ("on-rollback a { cd x; }", "no_action", "on-rollback"),
            ("step a { target x; }", "not_there_yet", "target"),
        ],
        in_phase,
    );
}

#[test]
fn one_action_and_looking_never_changes() {
    each_is_seen(
        &[
            ("check a { why b; }", "no_action", "check"),
            ("check a { run x; run y; }", "second_action", "run"),
            ("check a { http POST \"http://x\"; }", "changes", "POST"),
            ("check a { sql \"sqlite:x\" \"DELETE FROM t\"; }", "changes", "\"DELETE FROM t\""),
            ("check a { write \"x\" \"y\"; }", "changes", "write"),
            ("check a { service stop \"x\"; }", "changes", "service"),
            ("check a { manual \"look\"; }", "changes", "manual"),
            ("check a { pipe { run x; to \"y\"; }; }", "changes", "\"y\""),
            ("step a { file x; inverse none because=y; }", "only_looks", "file"),
            ("step a { run x; applied { copy a to=b; }; inverse none because=y; }", "changes", "copy"),
            ("checkpoint a { preserve b { http PUT \"http://x\"; }; }", "changes", "PUT"),
            ("checkpoint a { preserve b { service x; }; }", "no_select", "preserve"),
            ("check a { run x; diagnose { link a to=b; }; }", "changes", "link"),
            ("check a { run x; diagnose { cd a; }; }", "no_action", "diagnose"),
        ],
        in_phase,
    );
}

#[test]
fn kdl_that_parses_and_means_something_else() {
    each_is_seen(
        &[
            ("run kubectl get pods -o=json", "property_in_run", "-o=json"),
            ("run A=b make", "property_in_run", "A=b"),
            ("run #true", "word_for_text", "#true"),
            ("run echo #null", "word_for_text", "#null"),
            ("run \"git pull\"", "command_line", "\"git pull\""),
            ("run \"\"", "empty_text", "\"\""),
            ("write x y mode=0644", "mode_number", "0644"),
            ("write x y mode=\"rw\"", "not_a_mode", "\"rw\""),
            ("sh \"\"", "empty_text", "\"\""),
            ("run x\nbudget 5", "no_unit", "5"),
            ("run x\nbudget \"0s\"", "no_time", "\"0s\""),
            ("run x\nbudget \"1m\" estimate=\"2m\"", "estimate_over_budget", "\"2m\""),
            ("run x\nbudget \"1m\" escalate-after=2", "not_a_factor", "2"),
            ("run x\nshell fish", "unknown_choice", "fish"),
            ("run x\nleak deny", "unknown_choice", "deny"),
            ("run x\ninteractive\nstdin y", "interactive_stdin", "interactive"),
            ("run x\non-failure warn", "unknown_choice", "warn"),
        ],
        in_step,
    );
}

#[test]
fn values_never_become_shell_text_and_secrets_never_arguments() {
    each_is_seen(
        &[
            ("sh \"echo {{version}}\"", "value_in_script", "{{version}}"),
            ("sh \"echo {{ secret.token }}\"", "value_in_script", "{{ secret.token }}"),
            ("sh \"echo {{run.id}}\"", "value_in_script", "{{run.id}}"),
            ("run sh -c \"echo {{version}}\"", "value_in_command_line", "{{version}}"),
            ("run ssh host \"echo {{version}}\"", "value_in_command_line", "{{version}}"),
            ("sql \"sqlite:x\" \"UPDATE t SET a = '{{version}}'\"", "value_in_statement", "{{version}}"),
            ("run echo \"{{secret.token}}\"", "secret_here", "secret.token"),
            ("run echo \"{{version\"", "template", "\"{{version\""),
            ("run echo \"{{version | shout}}\"", "template", "\"{{version | shout}}\""),
            ("write \"x\" \"{{secret.token}}\"", "secret_here", "secret.token"),
            ("http GET \"http://x/{{secret.token}}\"", "secret_here", "secret.token"),
            ("sql \"sqlite:{{secret.token}}\" \"SELECT 1\"", "secret_here", "secret.token"),
            ("sql \"postgres://{{secret.token}}@x/y\" \"SELECT 1\"", "secret_here", "secret.token"),
            ("run x\nexpect stdout is=\"{{secret.token}}\"", "secret_here", "secret.token"),
            ("run x\ncd \"{{secret.token}}\"", "secret_here", "secret.token"),
        ],
        in_step,
    );
}

#[test]
fn times_polls_and_retries() {
    each_is_seen(
        &[
            ("run x\npoll within=\"1m\"", "poll_acts", "poll"),
            ("run x\nretry 3", "retry_not_idempotent", "retry"),
            ("run x\nidempotent\nretry 1", "wrong_kind", "1"),
            ("run x\nidempotent\nretry 3 backoff=0.5", "wrong_kind", "0.5"),
            ("run x\nidempotent\nretry", "missing_argument", "retry"),
            ("service start \"x\"\npoll within=\"1m\"\nbudget \"2m\"", "poll_and_budget", "budget"),
            ("service start \"x\"\npoll every=\"1s\"", "missing_property", "poll"),
            ("service start \"x\"\npoll within=\"1m\" hold=0", "wrong_kind", "0"),
        ],
        in_step,
    );
    each_is_seen(&[("retry 3", "retry_of_check", "retry"), ("atomic", "unknown_node", "atomic")], in_check);
}

#[test]
fn the_parts_of_actions() {
    each_is_seen(
        &[
            ("http get \"http://x\"", "unknown_choice", "get"),
            ("http GET \"x/y\"", "not_a_url", "\"x/y\""),
            ("http GET", "missing_argument", "http"),
            ("http POST \"http://x\" { json a=1; form b=2; }", "second_body", "form"),
            ("http POST \"http://x\" { body; }", "no_content", "body"),
            ("http POST \"http://x\" { body \"a\" file=b; }", "two_contents", "b"),
            ("http POST \"http://x\" { header \"a b\" c; }", "header_name", "\"a b\""),
            ("sql \"mysql://x\" \"SELECT 1\"", "not_a_url", "\"mysql://x\""),
            ("sql \"sqlite:x\" \"SELECT 1\" { bind; }", "no_content", "bind"),
            ("service stat \"x\"", "unknown_choice", "stat"),
            ("service start", "missing_argument", "service"),
            ("service daemon-reload \"x\"", "surplus_argument", "\"x\""),
            ("write x", "no_content", "write"),
            ("write x y template=\"motd.tmpl\"", "two_contents", "\"motd.tmpl\""),
            ("write x template=\"other\"", "unknown_choice", "\"other\""),
            ("copy x", "missing_property", "copy"),
            ("replace x matches=\"(\" with=y", "regex", "\"(\""),
            ("replace x matches=a with=y count=0", "wrong_kind", "0"),
            ("pipe { to x; }", "empty_pipe", "pipe"),
            ("pipe", "missing_children", "pipe"),
        ],
        in_step,
    );
}

#[test]
fn expectations() {
    each_is_seen(
        &[
            ("expect status is=200", "no_such_subject", "status"),
            ("expect stdot is=x", "unknown_subject", "stdot"),
            ("expect", "no_subject", "expect"),
            ("expect is=0", "no_subject", "expect"),
            ("expect stdout", "no_matcher", "expect"),
            ("expect stdout contians=x", "unknown_property", "contians"),
            ("expect stdout contains=x lacks=y", "second_matcher", "lacks"),
            ("expect stdout is=x { one-of y; }", "second_matcher", "one-of"),
            ("expect stdout x is=y", "surplus_argument", "x"),
            ("expect stdout is=#true", "word_for_text", "#true"),
            ("expect stdout empty=yes", "not_a_flag", "yes"),
            ("expect stdout above=\"5 parsecs\"", "quantity", "\"5 parsecs\""),
            ("expect stdout above=\"ready\"", "quantity", "\"ready\""),
            ("expect stdout after=\"noon\"", "not_a_moment", "\"noon\""),
            ("expect stdout matches=\"(\"", "regex", "\"(\""),
            ("expect exit is=\"2GB\"", "wrong_dimension", "\"2GB\""),
            ("expect exit contains=0", "matcher_misfit", "contains"),
            ("expect exit { one-of; }", "missing_argument", "one-of"),
            ("expect exit { one-of 0 x; }", "quantity", "x"),
            ("expect duration below=5", "wrong_dimension", "5"),
            ("capture a", "missing_argument", "capture"),
            ("capture a stdout matches=\"(\"", "regex", "\"(\""),
            ("when \"{{version}}\" is=1", "when_name", "\"{{version}}\""),
            ("when version", "no_matcher", "when"),
        ],
        in_check,
    );
    let around = |line: &str| in_phase(&format!("check a {{ http GET \"http://x\"; {line}; }}"));
    each_is_seen(
        &[
            ("expect json \"$.a[\" is=1", "json_path", "\"$.a[\""),
            ("expect json contains=a", "no_json_path", "contains"),
            ("expect json is=\"{\"", "not_json", "\"{\""),
            ("expect json \"$.a\" like=x", "matcher_misfit", "like"),
            ("expect header is=x", "missing_argument", "header"),
            ("capture a json", "missing_argument", "json"),
        ],
        around,
    );
    let around = |line: &str| in_phase(&format!("check a {{ file x; {line}; }}"));
    each_is_seen(
        &[
            ("expect size above=\"5%\"", "wrong_dimension", "\"5%\""),
            ("expect age below=\"1GB\"", "wrong_dimension", "\"1GB\""),
            ("expect modified above=\"1h\"", "matcher_misfit", "above"),
            ("expect mode is=644", "mode_number", "644"),
            ("expect exists is=yes", "not_a_flag", "yes"),
            ("expect path like=x", "matcher_misfit", "like"),
        ],
        around,
    );
}

#[test]
fn a_huge_regex_is_an_error_and_never_compiled() {
    let long = in_check(&format!("expect stdout matches=\"{}\"", "a".repeat(20_000)));
    assert_eq!(seen(&long).first().unwrap().0, "long_regex");
    each_is_seen(
        &[
            (r#"expect stdout matches="((a{1000}){1000}){1000}""#, "large_regex", "\"((a{1000}){1000}){1000}\""),
            (r##"expect stdout matches=#"\w{60000}"#"##, "large_regex", r##"#"\w{60000}"#"##),
        ],
        in_check,
    );
    let deep = in_check(&format!("expect stdout matches=\"{}{}\"", "(".repeat(5000), ")".repeat(5000)));
    assert_eq!(seen(&deep).first().unwrap().0, "regex");
}

#[test]
fn every_mistake_is_found_in_one_go_in_the_order_of_the_text() {
    let text = in_phase(
        "step z { sh \"{{version}}\"; poll within=\"1m\"; }\ncheck A { run x; expect status is=1; }\nstep b { run y; }\nstpe c { run z; }\nwait 5",
    );
    let codes: Vec<String> = seen(&text).into_iter().map(|(code, _)| code).collect();
    assert_eq!(
        codes,
        [
            "no_inverse",
            "value_in_script",
            "poll_acts",
            "not_an_id",
            "no_such_subject",
            "no_inverse",
            "unknown_node",
            "no_unit"
        ]
    );
}

#[test]
fn a_word_in_the_wrong_place_is_told_where_it_belongs() {
    let help = |text: &str| lower(&in_phase(text)).2.into_iter().next().unwrap().help.unwrap();
    assert_eq!(help("checks a { run x; }"), "did you mean `check`?");
    assert_eq!(help("check a { run x; checkpoint b; }"), "`checkpoint` stands in a phase");
    assert_eq!(help("phase b { run x; }"), "`phase` stands in the top level");
    assert_eq!(help("check a { file x; expect exists=#true; }"), "write: expect exists is=#true");
    assert_eq!(
        help("check a { port \"x:1\"; expect exists=#true; }"),
        "write: expect SUBJECT exists=…, with one of: listening"
    );
}

#[test]
fn a_second_place_shows_the_first() {
    let (sources, _, findings) = lower(&in_phase("check a { run x; }\nstep a { run y; inverse none because=z; }"));
    let labels = &findings.first().unwrap().labels;
    let lines: Vec<&str> = labels.iter().map(|(span, _)| sources.line(*span)).collect();
    assert_eq!(lines, ["step a { run y; inverse none because=z; }", "check a { run x; }"]);
}

#[test]
fn every_code_is_spelled_and_explained_once() {
    let codes: Vec<&(&str, &str)> = crate::model::ModelError::CODES
        .iter()
        .chain(crate::model::ExpectationError::CODES)
        .chain(crate::syntax::ReadError::CODES)
        .collect();
    let names: std::collections::BTreeSet<&str> = codes.iter().map(|(code, _)| *code).collect();
    assert_eq!(names.len(), codes.len());
    for (code, explanation) in codes {
        let name = code.rsplit("::").next().unwrap();
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{code}");
        assert!(explanation.trim().len() > 20, "{code}");
    }
}

#[test]
fn what_is_asked_of_a_cluster() {
    each_is_seen(
        &[
            ("kube gett pods", "unknown_choice", "gett"),
            ("kube set-image \"deployment/web\"", "no_container", "kube"),
            ("kube set-image \"web\" { container a \"b:1\"; }", "not_an_object", "\"web\""),
            ("kube set-image \"configmap/web\" { container a \"b:1\"; }", "not_of_this_kind", "\"configmap/web\""),
            ("kube set-image \"deployment/web\" replicas=3 { container a \"b:1\"; }", "unknown_property", "replicas"),
            ("kube set-image \"deployment/web\" { set a=b; }", "unknown_node", "set"),
            ("kube scale \"daemonset/web\" replicas=3", "not_of_this_kind", "\"daemonset/web\""),
            ("kube scale \"deployment/web\"", "missing_property", "kube"),
            ("kube scale \"deployment/web\" replicas=1.5", "wrong_kind", "1.5"),
            ("kube annotate \"deployment/web\" { }", "nothing_set", "kube"),
            ("kube exec \"db-0\" { command psql \"-h={{secret.x}}\"; }", "secret_here", "secret.x"),
            ("kube exec \"db-0\" { command psql -o=json; }", "property_in_run", "-o=json"),
            ("kube exec \"db-0\"", "no_command", "kube"),
            ("kube apply { manifest \"a: [\"; }", "not_a_manifest", "\"a: [\""),
            ("kube apply { manifest \"kind: ConfigMap\"; }", "not_a_manifest", "\"kind: ConfigMap\""),
            (
                "kube job { manifest #\"{apiVersion: v1, kind: Pod, metadata: {name: a}}\"#; }",
                "not_a_job",
                "#\"{apiVersion: v1, kind: Pod, metadata: {name: a}}\"#",
            ),
            ("kube get pods", "only_looks", "kube"),
        ],
        in_step,
    );
    each_is_seen(
        &[
            ("check c { kube wait \"deployment/web\"; }", "not_waited", "kube"),
            ("check c { kube wait \"configmap/web\" rollout; }", "not_of_this_kind", "\"configmap/web\""),
            ("check c { kube restart \"deployment/web\"; }", "changes", "kube"),
        ],
        in_phase,
    );
    each_is_seen(
        &[
            (
                "step a { kube apply { manifest #\"{apiVersion: v1, kind: Secret, metadata: {name: a}}\"#; }; }",
                "secret_object",
                "#\"{apiVersion: v1, kind: Secret, metadata: {name: a}}\"#",
            ),
            ("step a { kube delete \"configmap/a\"; }", "no_inverse", "step"),
        ],
        in_phase,
    );
}
