//! `runbook diff`: what a reviewer reads of two versions, from files and from git.

use std::process::Command;

use crate::case::Case;

const OLD: &str = include_str!("../../runbooks/bmtc-api/bmtc-api-0.3.0.kdl");
const NEW: &str = include_str!("../fixtures/diff/bmtc-api-0.3.1.kdl");

const SHOP: &str = "runbook shop \"Shop\"
input version \"1.0\"
phase main \"Main\" {
    check free \"Room\" {
        disk \"/\"
        expect free above=\"2GB\"
    }
    step settings \"Settings\" {
        write \"/etc/shop.conf\" template=\"shop.conf\"
    }
}
";

fn bmtc() -> Case {
    Case::new().file("old.kdl", OLD).file("new.kdl", NEW)
}

/// A folder that is a git repository, with all that is in it committed.
fn repository(case: Case) -> Case {
    git(&case, &["init", "--quiet", "--initial-branch=main"]);
    commit(case)
}

fn commit(case: Case) -> Case {
    git(&case, &["add", "--all"]);
    git(&case, &["-c", "user.name=olga", "-c", "user.email=olga@localhost", "commit", "--quiet", "--message", "all"]);
    case
}

fn git(case: &Case, arguments: &[&str]) {
    let status = Command::new("git")
        .args(arguments)
        .current_dir(case.path(""))
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", case.path("../home"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .status()
        .unwrap();
    assert!(status.success(), "git {arguments:?}");
}

#[test]
fn the_next_bmtc_release_is_told_the_riskiest_first() {
    let case = bmtc().run("diff old.kdl new.kdl").code(0).stderr("").stdout_golden("diff_bmtc").then();
    let case = case.run("diff --to markdown old.kdl new.kdl").code(0).stdout_golden("diff_bmtc_markdown").then();
    let told = case.run("diff --to json old.kdl new.kdl").code(0);
    let object: serde_json::Value = serde_json::from_str(told.printed()).unwrap();
    assert_eq!(object["changes"][0]["class"], "inverse-removed");
    assert_eq!(object["changes"][0]["kind"], "step");
    assert_eq!(object["changes"][0]["id"], "migrate");
    assert_eq!(object["counts"]["loosened"], 5);
    assert_eq!(object["changes"][0]["new"]["file"], "new.kdl");
}

#[test]
fn layout_and_comments_are_no_change_in_these_words() {
    let laid = format!("// another comment\n{}", SHOP.replace("    ", "\t").replace(" {\n", " {   // here\n\n"));
    let case = Case::new().file("shop.conf", "v={{version}}\n").file("old.kdl", SHOP).file("new.kdl", &laid);
    let case = case.run("diff old.kdl new.kdl").code(0).stdout("no change\n").stderr("").then();
    case.run("diff --to markdown --fail-on reworded old.kdl new.kdl")
        .code(0)
        .stdout("### `old.kdl` → `new.kdl`\n\nno change\n")
        .stderr("");
}

#[test]
fn an_include_that_cuts_the_text_elsewhere_is_no_change() {
    let cut = SHOP.replace("input version \"1.0\"\n", "include \"parts/inputs.kdl\"\n");
    Case::new()
        .file("shop.conf", "v={{version}}\n")
        .file("old.kdl", SHOP)
        .file("new.kdl", &cut)
        .file("parts/inputs.kdl", "input version \"1.0\"\n")
        .run("diff old.kdl new.kdl")
        .code(0)
        .stdout("no change\n");
}

#[test]
fn a_class_of_fail_on_rejects_the_newer_version() {
    let case = bmtc().run("diff --fail-on loosened,inverse-removed old.kdl new.kdl").code(3);
    let case = case.stderr("error: new.kdl has changes that aren't to be: inverse-removed, loosened\n").then();
    let case = case.run("diff --fail-on lock-changed old.kdl new.kdl").code(0).stderr("").then();
    let said = case.run("diff --fail-on loosend old.kdl new.kdl").code(2).stdout("");
    assert!(said.complained().contains("there is no class `loosend`"), "{}", said.complained());
    assert!(said.complained().contains("known are inverse-removed, no-return-added"), "{}", said.complained());
}

#[test]
fn a_version_with_errors_is_rejected_and_nothing_is_compared() {
    let case = Case::new().file("shop.conf", "").file("old.kdl", SHOP).file("new.kdl", "runbook x {\n");
    let said = case.run("diff old.kdl new.kdl").code(3).stdout("");
    assert!(said.complained().ends_with("error: new.kdl was rejected; nothing is compared\n"), "{}", said.complained());
    said.then().run("diff old.kdl missing.kdl").code(3).stdout("");
}

#[test]
fn a_revision_is_read_with_all_that_belongs_to_it_and_never_from_the_work_tree() {
    let with = SHOP.replace("phase main", "files \"scripts/**\"\ninclude \"parts/more.kdl\"\nphase main");
    let case = Case::new()
        .file("ops/shop.conf", "v={{version}}\n")
        .file("ops/parts/more.kdl", "input who me\nphase before \"Before\" { check who { run echo \"{{who}}\"; }; }\n")
        .script("ops/scripts/look.sh", "exit 0\n")
        .file("ops/shop.kdl", &with);
    let case = repository(case);
    let case = case
        .file("ops/shop.conf", "version={{version}}\n")
        .file("ops/parts/more.kdl", "input who you\nphase before \"Before\" { check who { run echo \"{{who}}\"; }; }\n")
        .file("ops/scripts/look.sh", "exit 1\n")
        .file("ops/shop.kdl", &with.replace("2GB", "1GB"));
    let case = case.run("diff HEAD:ops/shop.kdl ops/shop.kdl").code(0).stderr("").stdout_golden("diff_revision").then();
    let case = case.run("diff HEAD:./ops/shop.kdl HEAD:ops/shop.kdl").code(0).stdout("no change\n").then();
    // Gone from the work tree, it is still in the revision.
    std::fs::remove_dir_all(case.path("ops")).unwrap();
    let case = case.run("diff main:ops/shop.kdl HEAD:ops/shop.kdl").code(0).stdout("no change\n").then();
    let said = case.run("diff nowhere:ops/shop.kdl HEAD:ops/shop.kdl").code(3).stdout("");
    let words = "error: nowhere:ops/shop.kdl can't be read: git knows no revision `nowhere`\n  help: a file whose name has a colon is written ./NAME\n";
    let said = said.stderr(words).then().run("diff HEAD:ops/gone.kdl HEAD:ops/shop.kdl").code(3).stdout("");
    assert!(said.complained().contains("there is no file `ops/gone.kdl` in revision `HEAD`"), "{}", said.complained());
}

#[test]
fn a_link_of_a_revision_leads_to_a_file_of_the_same_revision_or_nowhere() {
    let case = Case::new()
        .file("outside.conf", "secret\n")
        .file("ops/real.conf", "v={{version}}\n")
        .file("ops/shop.kdl", SHOP)
        .link("ops/shop.conf", "real.conf");
    let case = repository(case).run("diff HEAD:ops/shop.kdl ops/shop.kdl").code(0).stdout("no change\n").then();
    std::fs::remove_file(case.path("ops/shop.conf")).unwrap();
    let case = commit(case.link("ops/shop.conf", "../outside.conf"));
    let said = case.run("diff HEAD:ops/shop.kdl HEAD~1:ops/shop.kdl").code(3).stdout("");
    assert!(said.complained().contains("leads out of the runbook's folder"), "{}", said.complained());
}

#[test]
fn nothing_that_a_strangers_repository_configures_is_started() {
    let case = Case::new().file("shop.conf", "v={{version}}\n").file("shop.kdl", SHOP);
    let case = repository(case.script("evil", "#!/bin/sh\ntouch \"$0.ran\"\n"));
    let evil = case.path("evil");
    let evil = evil.to_str().unwrap();
    let url = format!("ext::{evil} %S");
    for (name, value) in [
        ("core.fsmonitor", evil),
        ("core.pager", evil),
        ("core.sshCommand", evil),
        ("core.hooksPath", evil),
        ("core.alternateRefsCommand", evil),
        ("filter.evil.smudge", evil),
        ("diff.evil.textconv", evil),
        ("pager.show", evil),
        ("protocol.ext.allow", "always"),
        ("protocol.allow", "always"),
        ("remote.origin.url", url.as_str()),
        ("remote.origin.promisor", "true"),
        ("remote.origin.uploadpack", evil),
        ("extensions.partialClone", "origin"),
        ("alias.cat-file", "!touch evil.ran"),
    ] {
        git(&case, &["config", name, value]);
    }
    git(&case, &["config", "core.repositoryFormatVersion", "1"]);
    let case = case.file(".gitattributes", "* filter=evil diff=evil\n");
    let case =
        case.run("diff HEAD:shop.kdl shop.kdl").code(0).stdout("no change\n").then().run("diff HEAD:shop.kdl shop.kdl");
    let case = case.code(0).lacks("evil.ran").then();
    // What a partial clone lacks isn't fetched.
    let objects = case.path(".git/objects");
    let listed = Command::new("git").args(["rev-parse", "HEAD:shop.conf"]).current_dir(case.path("")).output().unwrap();
    let object = String::from_utf8(listed.stdout).unwrap();
    let (folder, file) = object.trim_end().split_at(2);
    std::fs::remove_file(objects.join(folder).join(file)).unwrap();
    case.run("diff HEAD:shop.kdl shop.kdl").code(3).stdout("").lacks("evil.ran");
}

#[test]
fn a_name_with_a_colon_is_a_file_only_where_it_says_so() {
    let case = Case::new().file("shop.conf", "").file("HEAD:a.kdl", SHOP).file("b.kdl", SHOP);
    let case = case.run("diff ./HEAD:a.kdl b.kdl").code(0).stdout("no change\n").then();
    let said = case.run("diff HEAD:a.kdl b.kdl").code(3).stdout("");
    assert!(said.complained().contains("git says: not a git repository"), "{}", said.complained());
}

#[test]
fn what_runbooks_say_is_shown_and_not_obeyed() {
    let evil = SHOP.replace("Room", r"\u{1b}[2J\u{202e}::error::x ##[group] `</details>` @all");
    let case = Case::new().file("shop.conf", "").file("old.kdl", SHOP).file("new.kdl", &evil);
    let mut case = case;
    for to in ["human", "markdown", "json"] {
        let told = case.run(&format!("diff --to {to} old.kdl new.kdl")).code(0);
        assert!(!told.printed().contains(['\u{1b}', '\u{202e}']), "{}", told.printed());
        assert!(!told.printed().contains("##[group]"), "{}", told.printed());
        case = told.then();
    }
}
