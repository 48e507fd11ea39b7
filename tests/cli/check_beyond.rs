//! `runbook check --shell` and `--repo`: what real shells say about scripts, at the runbook's own
//! lines, and whether what is named in a repository is there.

use std::process::Command;

use crate::case::{Case, Checked};

fn runbook(items: &str) -> String {
    format!("runbook demo \"Demo\"\nphase main \"Main\" {{\n{items}\n}}\n")
}

#[track_caller]
fn check(flag: &str, items: &str, code: i32) -> Checked {
    Case::new().file("a.kdl", &runbook(items)).run(&format!("check --format plain {flag} a.kdl")).code(code)
}

const UNCLOSED: &str = "    check x {
        sh #\"\"\"
            if true; then
                echo yes

            done
            \"\"\"#
    }";

#[test]
fn a_script_that_a_shell_refuses_is_shown_at_its_line() {
    for shell in ["", "shell bash;"] {
        let checked = check("--shell", &UNCLOSED.replace("check x {", &format!("check x {{ {shell}")), 3);
        assert!(
            checked.printed().contains("a.kdl:8:13: error[runbook::check::shell_syntax]: "),
            "{}",
            checked.printed()
        );
    }
    check("", UNCLOSED, 0);
}

#[test]
fn the_shell_that_would_run_a_script_is_the_one_that_is_asked() {
    let arrays = "    check x { sh #\"a=(1 2); echo \"${a[0]}\"\"#; shell bash; }";
    check("--shell", arrays, 0);
    let checked = check("--shell", &arrays.replace(" shell bash;", ""), 3);
    assert!(checked.printed().contains("sh refuses this script"), "{}", checked.printed());
}

#[test]
fn nothing_of_a_script_is_run() {
    let items = "    check x { sh \"touch \\\"$HOME/ran\\\"; $(touch ran)\"; }";
    let checked = check("--shell", items, 0);
    drop(checked.left("", "a.kdl\n"));
}

#[test]
fn what_shellcheck_says_is_shown_at_the_line_and_column_of_the_runbook() {
    let items = "    check x {\n        sh #\"\"\"\n            set -e\n              rm -rf $dir/old\n            \"\"\"#\n    }";
    let checked = check("--shell", items, 0);
    assert!(
        checked.printed().contains("a.kdl:6:22: warning[runbook::check::shellcheck]: SC2086: "),
        "{}",
        checked.printed()
    );
}

#[test]
fn what_a_program_hands_to_a_shell_is_looked_at_where_it_stands() {
    let items = r##"    check local { run sudo sh "-c" #"if true; then "# zero; }
    check far { run ssh "-p" 22 host cd "/x" "&&" "rm -rf $dir/old"; }
    check piped { pipe { run echo one; run xargs bash "-c" "for x in; done"; }; }
    check arrays { run ssh host #"a=(1 2); echo "${a[0]}""#; }"##;
    let checked = check("--shell", items, 3);
    let found: Vec<_> = checked.printed().lines().filter(|line| line.starts_with("a.kdl:")).collect();
    let said: Vec<_> = found.iter().map(|line| line.splitn(4, ": ").collect::<Vec<_>>()[..3].join(": ")).collect();
    assert_eq!(
        said,
        [
            "a.kdl:3:38: error[runbook::check::shell_syntax]: sh refuses this script",
            "a.kdl:4:59: warning[runbook::check::shellcheck]: SC2086",
            "a.kdl:5:60: error[runbook::check::shell_syntax]: bash refuses this script",
        ],
        "{}",
        checked.printed()
    );
    check("", items, 0);
}

#[test]
fn values_from_the_environment_are_not_reported_as_unassigned() {
    let items = "    check x { sh #\"echo \"$version\"\"#; }";
    let case = Case::new().file("a.kdl", &format!("{}input version \"1\"\n", runbook(items)));
    case.run("check --shell --deny warnings a.kdl").code(0);
}

#[test]
fn a_finding_of_a_shell_is_accepted_with_a_reason_and_a_leftover_is_only_told_where_shells_are_asked() {
    let allow = "allow \"runbook::check::shellcheck\" because=\"words are what it wants\"";
    let items = format!("    check x {{ sh \"echo $HOME\"; {allow}; }}");
    check("--shell --deny=warnings", &items, 0);
    let leftover = format!("    check x {{ sh \"true\"; {allow}; }}");
    check("--deny=warnings", &leftover, 0);
    assert!(check("--shell --deny=warnings", &leftover, 3).printed().contains("unused_allow"));
}

/// A repository with a runbook, one commit, a tag and a branch of its remote.
fn repository(items: &str) -> Case {
    let case = Case::new().file("a.kdl", &runbook(items)).file("scripts/here.sh", "#!/bin/sh\n");
    let git = |arguments: &str| {
        let status = Command::new("git")
            .args(["-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"])
            .args(arguments.split(' '))
            .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_SYSTEM", "/dev/null")])
            .current_dir(case.path(""))
            .status();
        assert!(status.unwrap().success(), "{arguments}");
    };
    git("init --quiet");
    git("add .");
    git("commit --quiet -m first");
    git("tag v1.0");
    git("update-ref refs/remotes/origin/next HEAD");
    case
}

#[test]
fn revisions_that_a_runbook_names_are_looked_up_in_its_repository() {
    let items = "    check x { run git log \"v1.0..main\"; cd \"/opt\"; }
    step y { run git checkout --detach v2.0; cd \"/opt\"; inverse { run git checkout next; cd \"/opt\"; expect exit is=0; }; }
    step z { run git fetch origin next feature; cd \"/opt\"; inverse none because=\"it stays\"; }";
    let checked = repository(items).run("check --format plain --repo a.kdl").code(0);
    let missing: Vec<_> = checked.printed().lines().filter(|line| line.contains("missing_revision")).collect();
    assert_eq!(
        missing,
        [
            "a.kdl:4:40: warning[runbook::check::missing_revision]: there is no revision `v2.0` in the repository",
            "a.kdl:5:40: warning[runbook::check::missing_revision]: there is no revision `feature` in the repository",
        ]
    );
    let silent = checked.then().run("check --format plain a.kdl").code(0);
    assert!(!silent.printed().contains("missing"), "{}", silent.printed());
}

#[test]
fn an_input_that_names_a_revision_is_looked_up_as_it_is_set() {
    let text =
        format!("{}input version \"2.0\"\n", runbook("    check x { run git show \"v{{version}}\"; cd \"/opt\"; }"));
    let checked = repository("").file("b.kdl", &text).run("check --format plain --repo --deny warnings b.kdl").code(3);
    assert!(checked.printed().contains("no revision `v2.0`"), "{}", checked.printed());
    checked.then().run("check --repo --deny warnings --set version=1.0 b.kdl").code(0);
}

#[test]
fn another_repository_can_be_named_and_none_is_said() {
    let items = "    check x { run git show v1.0; cd \"/opt\"; }";
    let elsewhere = repository("").folder("lone").file("lone/a.kdl", &runbook(items));
    let path = elsewhere.path("");
    let named = format!("--repo={}", path.to_str().unwrap());
    elsewhere.run_with(&["check", "--deny", "warnings", &named, "lone/a.kdl"]).code(0);
    let checked = check("--repo", items, 0);
    assert!(checked.printed().contains("warning[runbook::check::no_repository]"), "{}", checked.printed());
}

#[test]
fn paths_that_are_read_beside_the_runbook_must_be_there() {
    let items = "    step a { copy \"conf/no.toml\" to=\"/etc/x\"; }
    step b { write \"conf/made.toml\" \"x\"; }
    step c { copy \"conf/made.toml\" to=\"/etc/y\"; }
    step d { copy \"scripts/here.sh\" to=\"/etc/z\"; }
    check e { run ls; cd \"nowhere\"; }
    check f { run bash \"scripts/gone.sh\"; }
    check g { run ls; cd \"/srv/not/here\"; }";
    let checked = repository(items).run("check --format plain --repo a.kdl").code(0);
    let missing: Vec<_> =
        checked.printed().lines().filter_map(|line| line.split_once("missing_path]: ")).map(|(_, said)| said).collect();
    assert_eq!(missing, ["`conf/no.toml` isn't there", "`nowhere` isn't there", "`scripts/gone.sh` isn't there"]);
}
