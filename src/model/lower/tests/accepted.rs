//! What a good file becomes.

use std::time::Duration;

use super::{in_check, in_phase, in_step, lower, seen};
use crate::model::{Action, Inverse, Item, Shell, Step};

/// The only step of a file without findings.
fn step_of(text: &str) -> Step {
    let (_, runbook, findings) = lower(text);
    assert_eq!(findings, [], "{text}");
    let step = runbook.unwrap().phases.into_iter().flat_map(|phase| phase.items).find_map(|item| match item {
        Item::Step(step) => Some(Step::clone(&step)),
        _ => None,
    });
    step.unwrap()
}

#[test]
fn the_bmtc_release_lowers_without_a_finding() {
    let (_, runbook, findings) = lower(include_str!("bmtc.kdl"));
    assert_eq!(findings, []);
    let runbook = runbook.unwrap();
    assert_eq!(runbook.id.value, "bmtc-api");
    assert_eq!(runbook.inputs.len(), 9);
    assert_eq!(runbook.phases.iter().map(|phase| phase.items.len()).collect::<Vec<_>>(), [5, 11, 3]);
    let titles = runbook.phases.iter().map(|phase| phase.title.as_literal().unwrap()).collect::<Vec<_>>();
    assert_eq!(titles, ["Pre-deployment checks", "Deployment", "Post-deployment verification"]);
}

#[test]
fn defaults_of_the_phase_stand_over_those_of_the_file_and_a_child_over_both() {
    let text = r#"runbook test "Test"
defaults { cd "/top"; env A="1" B="2"; shell bash; budget "1m"; as root }
phase only "Only" {
    defaults { cd "/phase"; env B="3" }
    step s {
        run make install
        env C="4" A="5"
        as bmtc
        applied { run make check; as nobody; }
        inverse { run make uninstall; budget "2m"; shell sh; }
    }
}"#;
    let step = step_of(text);
    let around = &step.activity.surroundings;
    assert_eq!(around.cd.as_ref().unwrap().as_literal().unwrap(), "/phase");
    let env: Vec<String> =
        around.env.iter().map(|(name, value)| format!("{name}={}", value.as_literal().unwrap())).collect();
    assert_eq!(env, ["B=3", "C=4", "A=5"]);
    assert_eq!(around.shell, Shell::Bash);
    assert_eq!(around.user.as_ref().unwrap().value.as_literal().unwrap(), "bmtc");
    assert_eq!(step.activity.budget.limit, Duration::from_mins(1));
    let Inverse::Written(inverse) = &step.inverse else { panic!("a written inverse") };
    let inner = &inverse.activity.surroundings;
    assert_eq!(inner.user.as_ref().unwrap().value.as_literal().unwrap(), "bmtc", "the step's user");
    assert_eq!(inner.shell, Shell::Sh);
    assert_eq!(inner.env.len(), 3);
    assert_eq!(inverse.activity.budget.limit, Duration::from_mins(2));
    let applied = step.applied.unwrap();
    assert_eq!(applied.activity.surroundings.user.as_ref().unwrap().value.as_literal().unwrap(), "nobody");
}

#[test]
fn an_action_without_any_budget_has_five_minutes_and_a_poll_is_its_own() {
    let step = step_of(&in_step("run make"));
    assert_eq!(step.activity.budget.limit, Duration::from_mins(5));
    let step =
        step_of(&in_step("service start \"x.service\"\npoll within=\"30s\" estimate=\"5s\" every=\"2s\" hold=3"));
    assert_eq!(step.activity.budget.estimate, Some(Duration::from_secs(5)));
    assert_eq!(step.activity.budget.limit, Duration::from_secs(30));
    assert_eq!(step.activity.poll.unwrap().hold, 3);
}

#[test]
fn an_inverse_is_derived_only_where_the_action_has_one() {
    let text = in_phase("step s { write \"/etc/motd\" template=\"motd.tmpl\" mode=\"0600\"; }");
    let step = step_of(&text);
    assert!(matches!(step.inverse, Inverse::Derived));
    let Action::Write { mode, .. } = step.activity.action else { panic!("a write") };
    assert_eq!(mode, Some(0o600));
}

#[test]
fn arguments_of_a_program_are_taken_as_they_are_spelled() {
    let step = step_of(&in_step(r##"run install -m 0644 1.10 "-o=json" "v{{version}}""##));
    let Action::Run(program) = step.activity.action else { panic!("a run") };
    let spelled: Vec<Option<String>> = program.arguments.iter().map(crate::model::Template::as_literal).collect();
    assert_eq!(spelled, [Some("-m".into()), Some("0644".into()), Some("1.10".into()), Some("-o=json".into()), None]);
}

#[test]
fn good_lines_have_no_finding() {
    let checks = [
        r##"expect exit { one-of 0 128; }"##,
        r##"expect stdout above="80%""##,
        r##"expect stdout matches=#"v{{version}}"#"##,
        r##"expect duration below="2s""##,
        r##"expect stdout after="{{run.started}}""##,
        r##"capture name stdout matches=#"v(\d+)"# default="none""##,
        r##"diagnose { run journalctl; sh "df -h"; budget "10s"; }"##,
        r##"when version { one-of "1.2.3" "2.0.0"; }"##,
        r##"when version is-not="1.0.0""##,
        "stdin \"{{secret.token}}\"\nenv TOKEN=\"{{secret.token}}\" LC_ALL=C",
        "leak allow\ninteractive",
    ];
    for line in checks {
        assert_eq!(seen(&in_check(line)), [], "{line}");
    }
    let actions = [
        r##"sql "postgres://u:{{secret.token}}@db/x" "UPDATE t SET a = $1" { bind "{{version}}" 5 #true; }"##,
        r##"http POST "{{version}}/x" { header Authorization "Bearer {{secret.token}}"; json a="{{version}}" b=5 c=#true; follow; link-local allow; }"##,
        r##"http PUT "http://x/{{version}}" { form a=b; }"##,
        "http DELETE \"https://x\"\nexpect json \"$.a[?@.b == 'c']\" is=#true\nexpect json is=#\"{\"a\": 1}\"#\nexpect header etag exists=#true",
        "pipe { run cat x; run gzip; to \"y.gz\"; }\nexpect size above=\"1MB\"\nexpect gzip is=intact\nexpect mode is=\"0644\"",
        r##"run sh -c "echo $1" sh "{{version}}""##,
        r##"sh #"docker inspect -f '{{.State}}' x"#"##,
        r##"replace "/etc/x" matches=#"a{{version}}"# with="b" count=2"##,
        r##"service restart "x.service""##,
        r##"manual "Turn the key""##,
        "run true-ish\nidempotent\nretry 3 delay=\"2s\" backoff=2.0",
    ];
    for line in actions {
        assert_eq!(seen(&in_step(line)), [], "{line}");
    }
}

#[test]
fn everything_that_may_stand_in_a_phase_does() {
    let text = r#"runbook all "All" {
    release "1.0" type=custom
    summary "s"
    owner "o"
    impact high
    window "2026-06-10T08:00Z" "2026-06-10T10:00:00+02:00"
    budget "1h" downtime="0s"
    lock "all"
    rollback-by "me"
    on-interrupt rollback
}
input one
input two 5 type=int { one-of 5 6; }
input three #true type=bool
secret a env=A
secret b file="/run/b"
secret c { run pass show c; }
let d "{{one}}-{{two}}"
files "scripts/**" "templates/*"
rehearse { set one=x two=6; }
phase first "First" at="T-8d" {
    budget "1h"
    lock "first"
    why "because"
    window "{{one}}" "{{one}}"
    manual look "Look" by="you" { when one is=x; }
    wait "5m"
    parallel {
        check x { port ":80"; expect listening is=#true; }
        step y { link "/a" to="b"; }
    }
    on-rollback z { run z; on-failure continue; retry 2; }
    checkpoint p { preserve q { disk "/"; select free; }; check pp { process nginx; expect count at-least=1; }; }
}
phase second "Second" at=T { check s2 { file "/x/*" pick=newest; expect exists is=#true; } }
phase third "Third" at="2026-06-10T08:00Z" { check s3 { service "x"; poll within="1m"; } }"#;
    let (_, runbook, findings) = lower(text);
    assert_eq!(findings, []);
    let runbook = runbook.unwrap();
    assert_eq!(runbook.phases.first().unwrap().items.len(), 5);
    assert!(matches!(runbook.phases.first().unwrap().at, Some(crate::model::PhaseStart::Relative(-691_200))));
}

#[test]
fn a_file_with_errors_still_gives_what_is_right_in_it() {
    let (_, runbook, findings) = lower(&in_phase("check a { run x; expect status is=200; }\ncheck b { run y; }"));
    assert_eq!(findings.len(), 1);
    assert_eq!(runbook.unwrap().phases.first().unwrap().items.len(), 2);
}
