//! Which class a change is of, and in what order changes come.

use super::super::Class;
use super::{classes, differences, told};

/// A runbook with one step, one check and whatever is put in.
fn release(top: &str, step: &str, check: &str) -> String {
    format!(
        "runbook shop \"Shop\" {{ owner me; }}\n{top}\nphase main \"Main\" {{
            check look \"Look\" {{\n{check}\n}}
            step act \"Act\" {{\n{step}\n}}
        }}\n"
    )
}

/// The one difference between two checks of the same action.
#[track_caller]
fn checked(action: &str, old: &str, new: &str) -> Class {
    let step = "run make\ninverse { run make undo; }";
    let found =
        differences(&release("", step, &format!("{action}\n{old}")), &release("", step, &format!("{action}\n{new}")));
    assert_eq!(found.len(), 1, "{old} → {new}\n{found:#?}");
    found[0].class
}

#[track_caller]
fn stepped(old: &str, new: &str) -> Vec<Class> {
    classes(&differences(&release("", old, "run \"true\""), &release("", new, "run \"true\"")))
}

#[test]
fn what_is_loosened_by_the_meaning_of_the_matchers() {
    let run = "run ls";
    let rows = [
        (run, "expect stdout below=\"1%\"", "expect stdout below=\"5%\""),
        (run, "expect stdout is=ready", "expect stdout contains=ready"),
        (run, "expect stdout contains=\"start-up complete\"", "expect stdout contains=complete"),
        (run, "expect stdout is=\"2 passed\"", "expect stdout matches=#\"\\d+ passed\"#"),
        (run, "expect stdout lacks=err", "expect stdout lacks=error"),
        (run, "expect stdout contains=x", "expect stdout exists=#true"),
        (run, "expect stdout after=\"2026-06-10T08:00Z\"", "expect stdout after=\"2026-06-10T07:00:00Z\""),
        (run, "expect stdout is=a", "expect stdout { one-of a b; }"),
        (run, "expect stdout is=a", ""),
        (run, "expect duration below=\"60s\"", "expect duration at-most=\"1m\""),
        (run, "", "expect exit { one-of 0 1; }"),
        (run, "", "poll within=\"5m\" every=\"2s\""),
        ("disk \"/\"", "expect free above=\"2GB\"", "expect free above=\"1900MB\""),
        ("http GET \"http://localhost/\"", "expect status is=200", ""),
        ("http GET \"http://localhost/\"", "", "expect status at-least=200"),
        (
            "http GET \"http://localhost/\"",
            "expect json is=#\"{\"a\": 1, \"b\": [2]}\"#",
            "expect json is=#\"{\"b\": [2]}\"#",
        ),
        ("http GET \"http://localhost/\"", "expect json \"$.a\" is=ok", "expect json \"$.a\" exists=#true"),
    ];
    for (action, old, new) in rows {
        let mut found = vec![checked(action, old, new), checked(action, new, old)];
        if new.starts_with("poll") {
            // Its `within` is the budget, and as long as the default.
            found.dedup();
        }
        assert_eq!(found, [Class::Loosened, Class::Tightened], "{action}: {old} → {new}");
    }
}

#[test]
fn what_cannot_be_told_from_the_text_is_changed() {
    let rows = [
        ("run ls", "expect stdout matches=#\"a+\"#", "expect stdout matches=#\"a*\"#"),
        ("run ls", "expect stdout is=a", "expect stdout is=b"),
        ("run ls", "expect stdout above=\"1GB\"", "expect stdout above=\"1%\""),
        ("run ls", "expect stdout is=\"1.0\"", "expect stdout contains=\"1.0\""),
        ("run ls", "expect stdout like=\"a\"", "expect stdout like=\"...\""),
        ("file \"/x\"", "expect sha256 is=ABC", "expect sha256 contains=ABC"),
        ("http GET \"http://localhost/\"", "expect json \"$.a\" contains=ab", "expect json \"$.a\" contains=a"),
    ];
    for (action, old, new) in rows {
        assert_eq!(checked(action, old, new), Class::Changed, "{action}: {old} → {new}");
    }
}

#[test]
fn another_spelling_of_the_same_is_reworded() {
    let rows = [
        ("run ls", "expect duration below=\"60s\"", "expect duration below=\"1m\""),
        ("run ls", "expect exit { one-of 0 1; }", "expect exit { one-of 1 0; }"),
        ("disk \"/\"", "expect free above=\"2GB\"", "expect free above=\"2000MB\""),
        ("run ls", "why \"a\"", "why \"b\""),
    ];
    for (action, old, new) in rows {
        assert_eq!(checked(action, old, new), Class::Reworded, "{action}: {old} → {new}");
    }
}

#[test]
fn how_a_step_is_undone_is_what_matters_most() {
    let act = |inverse: &str| format!("write \"/etc/x\" \"a\"\n{inverse}");
    let rows = [
        ("", "inverse none because=\"it stays\"", Class::InverseRemoved),
        ("inverse { run a; }", "inverse none because=\"it stays\"", Class::InverseRemoved),
        ("", "irreversible because=\"it stays\"", Class::NoReturnAdded),
        ("inverse none because=\"x\"", "irreversible because=\"x\"", Class::NoReturnAdded),
        ("irreversible because=\"x\"", "inverse none because=\"x\"", Class::GuardWeakened),
        ("irreversible because=\"x\"", "", Class::InverseAdded),
        ("inverse none because=\"x\"", "inverse none because=\"y\"", Class::Reworded),
        ("inverse { run \"true\"; }", "", Class::InverseChanged),
        ("inverse loses=\"a\" { run \"true\"; }", "inverse loses=\"b\" { run \"true\"; }", Class::InverseChanged),
        ("inverse { run a; }", "inverse { run a; on-failure continue; }", Class::GuardWeakened),
        ("inverse { run a; }", "inverse { run a b; }", Class::InverseChanged),
        ("inverse { run a; budget \"1m\"; }", "inverse { run a; budget \"2m\"; }", Class::BudgetRaised),
    ];
    for (old, new, class) in rows {
        let found = differences(&release("", &act(old), "run a"), &release("", &act(new), "run a"));
        assert_eq!(classes(&found), [class], "{old} → {new}\n{found:#?}");
    }
}

#[test]
fn guards_claims_and_surroundings_have_their_classes() {
    let act = |line: &str| format!("run make\ninverse {{ run undo; }}\n{line}");
    let rows = [
        ("", "idempotent", Class::GuardWeakened),
        ("", "atomic", Class::GuardWeakened),
        ("", "leak allow", Class::GuardWeakened),
        ("", "allow \"runbook::check::unproven_inverse\" because=x", Class::GuardWeakened),
        (
            "allow \"runbook::check::unproven_inverse\" because=x",
            "allow \"runbook::check::unproven_inverse\" because=y",
            Class::Reworded,
        ),
        ("escalate", "", Class::GuardWeakened),
        ("", "on-failure halt", Class::GuardWeakened),
        ("diagnose { run df; }", "", Class::GuardWeakened),
        ("idempotent", "idempotent\nretry 3", Class::GuardWeakened),
        ("idempotent\nretry 3", "idempotent\nretry 2", Class::GuardStrengthened),
        ("applied { run make check; }", "", Class::GuardWeakened),
        ("", "applied { run make check; }", Class::ActionChanged),
        ("as a", "as b", Class::UserChanged),
        ("", "cd \"/x\"", Class::ActionChanged),
        ("", "env A=b", Class::ActionChanged),
        ("", "shell bash", Class::ActionChanged),
        ("", "stdin x", Class::ActionChanged),
        ("", "interactive", Class::ActionChanged),
        ("", "when who is=b", Class::Changed),
        ("capture c stdout", "capture c stderr", Class::Changed),
        ("budget \"1m\"", "budget \"2m\"", Class::BudgetRaised),
        ("budget \"1m\" estimate=\"5s\"", "budget \"1m\" estimate=\"4s\"", Class::BudgetLowered),
        ("budget \"1m\" escalate-after=\"3x\"", "budget \"1m\"", Class::GuardStrengthened),
    ];
    let top = "input who b";
    for (old, new, class) in rows {
        let used = "run echo \"{{who}}\"";
        let found = differences(&release(top, &act(old), used), &release(top, &act(new), used));
        // Where and as whom a step runs its inverse does, too.
        let riskier = found.iter().filter(|it| it.class < class && it.class != Class::InverseChanged).count();
        assert!(classes(&found).contains(&class) && riskier == 0, "{old} → {new}\n{found:#?}");
    }
}

#[test]
fn what_stands_above_the_phases_is_compared() {
    let head = |nodes: &str, top: &str| {
        format!("runbook shop \"Shop\" {{ {nodes} }}\n{top}\nphase main {{ check a {{ run echo \"{{{{x}}}}\"; }}; }}\n")
    };
    let x = "input x a";
    let (cluster, elsewhere) = ("input x a\nkubernetes { context one; }", "input x a\nkubernetes { context two; }");
    let rows = [
        ("lock a", x, "lock b", x, Class::LockChanged),
        ("", x, "lock shop", x, Class::Reworded),
        ("lock a store=kubernetes", cluster, "lock a", cluster, Class::GuardWeakened),
        ("lock a store=kubernetes", cluster, "lock a store=local", cluster, Class::GuardWeakened),
        ("lock a", cluster, "lock a store=kubernetes", cluster, Class::GuardStrengthened),
        ("window \"2026-06-10T08:00Z\" \"2026-06-10T09:00Z\"", x, "", x, Class::WindowChanged),
        ("budget \"1h\"", x, "budget \"2h\"", x, Class::BudgetRaised),
        ("budget \"1h\"", x, "", x, Class::BudgetRaised),
        ("on-interrupt halt", x, "on-interrupt rollback", x, Class::Changed),
        ("rollback-by me", x, "rollback-by you", x, Class::Changed),
        ("owner me", x, "owner you", x, Class::Reworded),
        ("", "input x a { one-of a b; }", "", "input x a { one-of a b c; }", Class::Loosened),
        ("", "input x a matches=\"a+\"", "", x, Class::Loosened),
        ("", "input x \"5\" type=int", "", "input x \"5\" type=number", Class::Loosened),
        ("", "input x a", "", "input x b", Class::Changed),
        ("", x, "", "input x a help=\"say\"", Class::Reworded),
        ("", "input x a\nsecret s env=A", "", "input x a\nsecret s env=B", Class::SecretChanged),
        ("", x, "", "input x a\nsecret s env=B", Class::SecretAdded),
        ("", "input x a\nlet y b", "", "input x a\nlet y c", Class::Changed),
    ];
    for (old_head, old, new_head, new, class) in rows {
        let found = differences(&head(old_head, old), &head(new_head, new));
        // The id is the lock where none is written: nothing changes.
        let expected = if class == Class::Reworded && new_head == "lock shop" { vec![] } else { vec![class] };
        assert_eq!(classes(&found), expected, "{old_head} {old} → {new_head} {new}\n{found:#?}");
    }
    let lock = "lock a store=kubernetes";
    let found = differences(&head(lock, cluster), &head(lock, elsewhere));
    assert!(found.iter().any(|it| it.class == Class::LockChanged && it.what == "lock store differs"), "{found:#?}");
}

#[test]
fn what_is_new_gone_moved_or_renamed_is_told_once() {
    let phases = |nodes: &str| format!("runbook shop \"Shop\"\nphase main \"Main\" {{\n{nodes}\n}}\n");
    let step = |id: &str, how: &str| format!("step {id} \"Do {id}\" {{ run do {id}; {how}; }}\n");
    let (one, two) = (step("one", "inverse { run undo; }"), step("two", "inverse { run undo; }"));
    let last = step("last", "irreversible because=\"x\"");
    let seen = |old: &[&str], new: &[&str]| told(&differences(&phases(&old.concat()), &phases(&new.concat())));
    assert_eq!(seen(&[&one], &[&one, &two]), ["step-added step two: is new"]);
    assert_eq!(seen(&[&one, &two], &[&two]), ["step-removed step one: is gone"]);
    assert_eq!(
        seen(&[&one, &two, &last], &[&two, &one, &last]),
        ["moved step one: runs behind step two, and not first any more"]
    );
    let across = seen(&[&one, &two, &last], &[&one, &last, &two]);
    assert_eq!(across.len(), 1);
    assert!(across[0].starts_with("no-return-moved step two"), "{across:?}");
    assert_eq!(seen(&[&one], &[&one, &last]), ["no-return-added step last: is new, and it is a point of no return"]);
    let renamed = one.replace("step one", "step first");
    assert_eq!(seen(&[&one, &two], &[&renamed, &two]), ["renamed step first: was called one"]);
    let (check, manual) = ("check a { run x; }\n", "manual m \"Look\"\n");
    assert_eq!(
        seen(&[check, manual, &one], &[&one]),
        ["check-removed check a: is gone", "check-removed manual m: is gone"]
    );
    let checkpoint = "checkpoint c { check a { run x; }; preserve p { run y; }; }\n";
    assert_eq!(seen(&[checkpoint, &one], &[&one]).len(), 3);
    assert!(seen(&[checkpoint, &one], &[&one])[0].starts_with("checkpoint-removed checkpoint c"));
    let moved_out = "checkpoint c { preserve p { run y; }; }\ncheck a { run x; }\n";
    let told = seen(&[checkpoint, &one], &[moved_out, &one]);
    assert_eq!(
        told,
        ["checkpoint-removed check a: isn't in checkpoint c any more: nothing verifies it after a rollback"]
    );
    assert_eq!(seen(&["wait \"5m\"\n", &one], &["wait \"1m\"\n", &one]), ["changed wait: wait differs"]);
    let parallel = format!("parallel {{\n{one}{two}}}\n");
    let wrapped = seen(&[&one, &two], &[&parallel]);
    assert_eq!(
        wrapped,
        [
            "moved parallel: is new",
            "moved step one: runs in parallel instead of phase main",
            "moved step two: runs in parallel instead of phase main"
        ]
    );
}

#[test]
fn a_host_or_a_program_that_was_never_named_is_told() {
    let old = release("input host shop", "run make\ninverse { run undo; }", "http GET \"http://{{host}}.example/\"");
    let new = release(
        "input host shop",
        "run sudo -n curl \"https://evil.example:8443/x\"\ninverse { run undo; }",
        "http GET \"http://{{host}}.example/\"",
    );
    let found = told(&differences(&old, &new));
    assert_eq!(
        found,
        [
            "host-added step act: asks evil.example, which wasn't named before",
            "command-added step act: starts curl, which wasn't named before",
            "command-added step act: starts sudo, which wasn't named before",
            "action-changed step act: action differs"
        ]
    );
}

#[test]
fn a_line_of_the_defaults_is_told_once_with_all_that_it_holds_for() {
    let step = "run make\ninverse { run undo; }";
    let old = release("defaults { budget \"1m\"; cd \"/a\"; }", step, "run x");
    let new = release("defaults { budget \"2m\"; cd \"/b\"; }", step, "run x");
    let found = differences(&old, &new);
    assert_eq!(
        told(&found)[..],
        [
            "inverse-changed step act: inverse: cd differs",
            "action-changed check look: cd differs",
            "budget-raised check look: budget is longer",
            "budget-raised step act: inverse: budget is longer"
        ]
    );
    assert_eq!(found[1].also, ["act"]);
}

#[test]
fn the_riskiest_comes_first_and_every_class_has_one_word() {
    let mut sorted = Class::ALL;
    sorted.sort_unstable();
    assert_eq!(sorted, Class::ALL);
    for class in Class::ALL {
        assert_eq!(class.word().parse(), Ok(class));
    }
    let document = include_str!("../../../../docs/diff.md");
    let rows = document.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |")?.0.parse().ok());
    assert_eq!(rows.collect::<Vec<Class>>(), Class::ALL, "the table of docs/diff.md");
    assert!("loosend".parse::<Class>().unwrap_err().to_string().contains("known are inverse-removed, "));
    let found = stepped("run a\nidempotent\ninverse { run b; }", "run c\ninverse none because=\"x\"");
    assert!(found.is_sorted() && found[0] == Class::InverseRemoved, "{found:?}");
}
