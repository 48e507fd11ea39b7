//! `runbook check` for a build server: folders and patterns, and the formats that machines read.

use crate::case::Case;

/// A runbook with a line of its phase.
fn runbook(id: &str, line: &str) -> String {
    format!("runbook {id} \"{id}\"\nphase main \"Main\" {{\n    {line}\n}}\n")
}

fn sound(id: &str) -> String {
    runbook(id, "check up \"It answers\" { run uptime; }")
}

/// A warning with a second label, and an error in an include.
const WEAK: &str = "runbook weak \"Weak\"\ninclude \"parts/broken.kdl\"\nphase main \"Main\" {\n    check log { run journalctl; \
                    expect stdout lacks=ERROR; }\n}\n";

/// A folder of runbooks with parts, tests, hidden folders and another kind of KDL.
fn releases() -> Case {
    Case::new()
        .file("releases/b.kdl", &sound("b"))
        .file("releases/a.kdl", &runbook("a", "check log { run journalctl; expect stdout lacks=ERROR; }"))
        .file("releases/deep/er/c.kdl", &sound("c"))
        .file("releases/parts/common.kdl", "let common \"1\"\n")
        .file("releases/a.test.kdl", "runbook nothing\n")
        .file("releases/.git/d.kdl", "runbook \"\n")
        .file("releases/settings.kdl", "theme dark\nlayout {\n")
        .file("releases/notes.txt", "runbook\n")
}

#[test]
fn every_runbook_below_a_folder_is_checked_in_the_order_of_names() {
    releases().run("check --format plain releases").code(0).stdout_golden("check_folder").stderr("");
}

#[test]
fn a_quoted_pattern_means_what_it_matches() {
    let case = releases().run("check --format plain releases/*.kdl").code(0);
    assert!(!case.printed().contains("releases/deep/er/c.kdl") && case.printed().contains("releases/b.kdl"));
    let deep = case.then().run("check --format plain ./releases/**/c.kdl").code(0);
    deep.stdout_line("1 runbook: no warnings")
        .stdout_line("releases/deep/er/c.kdl is fine: 1 phase, no steps, 1 check");
}

#[test]
fn a_file_that_is_named_and_found_is_checked_once() {
    let checked = releases().run("check --format plain releases/b.kdl releases releases").code(0);
    assert_eq!(checked.printed().matches("releases/b.kdl is fine").count(), 1, "{}", checked.printed());
}

#[test]
fn a_broken_runbook_in_a_folder_is_still_one() {
    let case = releases().file("releases/broken.kdl", "runbook broken \"Broken\" {\nphase main {\n");
    let checked = case.run("check --format plain releases").code(3);
    assert!(checked.printed().contains("releases/broken.kdl:"), "{}", checked.printed());
    checked.stdout_line("4 runbooks: 2 errors, 1 warning; 2 other .kdl files aren't");
}

#[test]
fn what_cannot_be_read_as_text_is_not_passed_over() {
    let case = releases().bytes("releases/binary.kdl", &[0xff, 0xfe, 0]);
    case.run("check --format plain releases").code(3);
}

#[test]
fn a_folder_or_pattern_without_a_runbook_is_not_fine() {
    let case = Case::new().folder("empty").file("parts/common.kdl", "let common \"1\"\n");
    let none = case.run("check empty").code(2).stdout("");
    let none = none.stderr(
        "error: there is no .kdl file below `empty`\n  help: name a folder with runbooks in it, or a runbook\n",
    );
    let parts = none.then().run("check parts").code(2).stdout("");
    let parts =
        parts.stderr("error: none of 1 .kdl file is a runbook\n  help: a runbook has a `runbook` node at its top\n");
    parts.then().run("check no/*.kdl").code(2).stdout("").stderr(
        "error: no file matches `no/*.kdl`\n  help: patterns start here: `*` stays within a folder, `**` crosses folders\n",
    );
}

#[test]
fn a_link_to_a_folder_is_not_followed() {
    let checked = releases().link("releases/around", ".").run("check --format plain releases").code(0);
    assert_eq!(checked.printed().matches(" is fine").count(), 3, "{}", checked.printed());
}

#[test]
fn many_runbooks_come_in_the_same_order_every_time() {
    let mut case = Case::new();
    for number in 0..40 {
        case = case.file(&format!("many/{number:02}.kdl"), &sound(&format!("r{number}")));
    }
    let checked = case.run("check many").code(0);
    let names: Vec<_> = checked.printed().lines().filter_map(|line| line.split_once(" is fine")).collect();
    assert!(names.len() == 40 && names.is_sorted_by_key(|(name, _)| *name), "{}", checked.printed());
}

fn weak() -> Case {
    Case::new()
        .file("rel eases/we,ak:1%.kdl", WEAK)
        .file("rel eases/parts/broken.kdl", "input name default=1\nlet other \"{{nam}}\"\n")
}

#[test]
fn github_gets_a_command_per_finding_that_nothing_in_a_file_can_end() {
    let checked = weak().run("check --format github .").code(3);
    checked.stdout_golden("check_github").stderr("");
    let evil = "runbook x \"X\"\nphase main {\n    check \"a\n::error::evil%0A::set-output\" { run x; }\n}\n";
    let checked = Case::new().file("a.kdl", evil).run("check --format github a.kdl").code(3);
    for line in checked.printed().lines() {
        assert!(line.starts_with("::error file=a.kdl,") || !line.trim_start().starts_with("::"), "{line}");
    }
}

#[test]
fn github_is_told_paths_below_the_folder_it_works_in() {
    let case = Case::new().file("sub/a.kdl", "runbook a \"A\"\n");
    let absolute = case.path("sub/a.kdl");
    let checked = case.run_with(&["check", "--format", "github", absolute.to_str().unwrap(), "./sub/a.kdl"]).code(0);
    assert!(!checked.printed().contains("file=/") && !checked.printed().contains("file=."), "{}", checked.printed());
}

#[test]
fn sarif_is_one_log_with_the_rules_that_fired() {
    let checked = weak().run("check --format sarif .").code(3).stderr("");
    let log: serde_json::Value = serde_json::from_str(checked.printed()).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(!rules[index]["fullDescription"]["text"].as_str().unwrap().is_empty());
        assert!(["error", "warning"].contains(&result["level"].as_str().unwrap()), "{result}");
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uriBaseId"], "%SRCROOT%");
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        assert!(uri.starts_with("rel%20eases/"), "{uri}");
        let number = |name: &str| place["region"][name].as_u64().unwrap();
        assert!(number("startLine") >= 1 && number("startColumn") >= 1, "{place}");
        let end = (number("endLine"), number("endColumn"));
        assert!(end >= (number("startLine"), number("startColumn")), "{place}");
    }
    let pretty = serde_json::to_string_pretty(&log).unwrap() + "\n";
    crate::golden::assert_golden("check_sarif", &pretty.replace(env!("CARGO_PKG_VERSION"), "[VERSION]"));
    drop(checked);
}

#[test]
fn sarif_of_a_sound_runbook_has_no_results() {
    let checked = Case::new().file("a.kdl", &sound("a")).run("check --format sarif a.kdl").code(0);
    let log: serde_json::Value = serde_json::from_str(checked.printed()).unwrap();
    assert_eq!(log["runs"][0]["results"], serde_json::json!([]));
}

#[test]
fn junit_has_a_suite_per_runbook_and_only_what_rejects_it_fails() {
    let case = weak().file("rel eases/a.kdl", &runbook("a", "check log { run x; expect stdout lacks=ERROR; }"));
    let lax = case.run("check --format junit .").code(3).stdout_golden("check_junit").stderr("").then();
    let strict = lax.run("check --format junit --deny warnings .").code(3);
    let parsed = strict.then().file(
        "suites.py",
        "import sys, xml.etree.ElementTree as tree\n\
         for suite in tree.fromstring(sys.stdin.buffer.read()):\n\
         \x20   cases = suite.findall('testcase')\n\
         \x20   failed = [case for case in cases if case.find('failure') is not None]\n\
         \x20   assert suite.get('tests') == str(len(cases)) and suite.get('failures') == str(len(failed)), suite.attrib\n\
         \x20   print(suite.get('name'), len(cases), len(failed))\n",
    );
    let read = std::process::Command::new("sh")
        .args([
            "-c",
            "\"$0\" check --format junit --deny warnings . | python3 suites.py",
            env!("CARGO_BIN_EXE_runbook"),
        ])
        .current_dir(parsed.path(""))
        .output()
        .unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    assert_eq!(String::from_utf8_lossy(&read.stdout), "rel eases/a.kdl 1 1\nrel eases/we,ak:1%.kdl 3 3\n");
}

#[test]
fn a_missing_file_is_named_in_every_format() {
    for (format, named) in [
        ("github", "::error file=no%3A1.kdl,title=runbook%3A%3Abundle%3A%3Amissing::"),
        ("sarif", "\"uri\":\"no%3A1.kdl\""),
        ("junit", "<testcase name=\"runbook::bundle::missing\" classname=\"no:1.kdl\""),
    ] {
        let checked = Case::new().run(&format!("check --format {format} no:1.kdl")).code(3);
        assert!(checked.printed().contains(named), "{}", checked.printed());
    }
}

#[test]
fn a_line_wider_than_the_terminal_is_cut_around_its_mistake() {
    let wide = format!("check log {{ run echo \"{}\" \"{{{{nam}}}}\" \"{}\"; }}", "a".repeat(100), "b".repeat(100));
    let checked = Case::new().file("a.kdl", &runbook("a", &wide)).run("check a.kdl").code(3);
    for line in checked.printed().lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    checked.stdout_golden("check_wide");
}
