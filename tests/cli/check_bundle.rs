//! `runbook check`, what belongs to a runbook: includes, templates, files; and that nothing outside
//! its folder is read.

use crate::case::Case;

const PHASE: &str = "phase main { check up { run \"true\"; }; }\n";

fn including(what: &str) -> String {
    format!("runbook demo \"Demo\"\n{what}\n{PHASE}")
}

/// A refused runbook of the folder `work/book`, beside which lies `work/outside.kdl`.
#[track_caller]
fn refused(case: Case, top: &str, first_line: &str) {
    let checked = case
        .file("outside.kdl", "input x \"1\"\n")
        .file("book/demo.kdl", &including(top))
        .run("check --format plain book/demo.kdl")
        .code(3);
    let found = checked.printed().lines().next().unwrap_or_default();
    assert_eq!(found, first_line, "{}", checked.printed());
}

#[test]
fn an_include_is_read_where_it_stands_and_relative_to_its_file() {
    Case::new()
        .file("demo.kdl", &including("include \"parts/inputs.kdl\"\nlet greeting \"hello {{name}}\""))
        .file("parts/inputs.kdl", "include \"more.kdl\"\n")
        .file("parts/more.kdl", "input name \"world\"\nphase first { check c { run echo \"{{greeting}}\"; }; }\n")
        .run("check demo.kdl")
        .code(0)
        .stdout("demo.kdl is fine: 2 phases, no steps, 2 checks\n");
}

#[test]
fn an_error_in_an_include_points_into_the_include() {
    Case::new()
        .file("book/demo.kdl", &including("include \"parts/a.kdl\""))
        .file("book/parts/a.kdl", "\nlet greeting \"hello {{nobody}}\"\n")
        .run("check --format plain book/demo.kdl")
        .code(3)
        .stdout_golden("bundle_include_error");
}

#[test]
fn a_path_that_leaves_the_folder_is_refused() {
    let outside = |path: &str, column: &str| {
        format!("book/demo.kdl:2:{column}: error[runbook::bundle::outside]: `{path}` leads out of the runbook's folder")
    };
    refused(Case::new(), "include \"../outside.kdl\"", &outside("../outside.kdl", "9"));
    refused(Case::new(), "include \"a/../../outside.kdl\"", &outside("a/../../outside.kdl", "9"));
    refused(Case::new(), "include \"/etc/hostname\"", &outside("/etc/hostname", "9"));
    refused(Case::new(), "files \"../*.kdl\"", &outside("../*.kdl", "7"));
    refused(Case::new(), "files \"/etc/*\"", &outside("/etc/*", "7"));
    let linked = || Case::new().folder("book").link("book/link.kdl", "../outside.kdl");
    refused(linked(), "include \"link.kdl\"", &outside("link.kdl", "9"));
    refused(linked(), "files \"*.kdl\"", &outside("link.kdl", "7"));
}

#[test]
fn a_linked_folder_is_not_walked() {
    Case::new()
        .file("elsewhere/secret.sh", "exit 0")
        .file("book/demo.kdl", &including("files \"**/*.sh\""))
        .link("book/scripts", "../elsewhere")
        .run("check --format plain book/demo.kdl")
        .code(3)
        .stdout_golden("bundle_linked_folder");
}

#[test]
fn a_link_within_the_folder_is_followed() {
    Case::new()
        .file("real/a.kdl", "input x \"1\"\nphase first { check c { run echo \"{{x}}\"; }; }\n")
        .link("a.kdl", "real/a.kdl")
        .file("demo.kdl", &including("include \"a.kdl\""))
        .run("check demo.kdl")
        .code(0);
}

#[test]
fn a_file_is_included_once() {
    let file = |path: &str, text: &str| Case::new().file(path, text);
    refused(
        file("book/a.kdl", "include \"demo.kdl\"\n"),
        "include \"a.kdl\"",
        "book/a.kdl:1:9: error[runbook::bundle::cycle]: `demo.kdl` includes itself",
    );
    refused(
        file("book/a.kdl", "input x \"1\"\n"),
        "include \"a.kdl\"\ninclude \"./a.kdl\"",
        "book/demo.kdl:3:9: error[runbook::bundle::twice]: `./a.kdl` is included twice",
    );
    refused(
        Case::new(),
        "include \"demo.kdl\"",
        "book/demo.kdl:2:9: error[runbook::bundle::cycle]: `demo.kdl` includes itself",
    );
}

#[test]
fn what_is_no_file_is_named_for_what_it_is() {
    let line = |what: &str| format!("book/demo.kdl:2:9: error[runbook::bundle::not_a_file]: `x` is {what}, not a file");
    refused(Case::new().folder("book/x"), "include \"x\"", &line("a directory"));
    refused(Case::new().folder("book").fifo("book/x"), "include \"x\"", &line("a named pipe"));
    refused(Case::new(), "include \"x\"", "book/demo.kdl:2:9: error[runbook::bundle::missing]: there is no file `x`");
    refused(
        Case::new(),
        "include \"x\" y=1",
        "book/demo.kdl:2:1: error[runbook::bundle::include]: `include` takes one path and nothing else",
    );
}

#[test]
fn the_runbook_itself_must_be_a_file() {
    let line = |what: &str| format!("error[runbook::bundle::not_a_file]: `x` is {what}, not a file");
    Case::new().folder("x").run("exec x").code(3).stderr_golden("bundle_folder");
    Case::new().fifo("x").run("check --format plain x").code(3).stdout_line(&line("a named pipe"));
    Case::new()
        .run("check --format plain /dev/zero")
        .code(3)
        .stdout_line("error[runbook::bundle::not_a_file]: `/dev/zero` is a device, not a file");
    Case::new().run("check x").code(3).stdout_golden("bundle_missing");
}

#[test]
fn patterns_of_files_match_something() {
    refused(
        Case::new().file("book/scripts/a.sh", ""),
        "files \"script/**\"",
        "book/demo.kdl:2:7: error[runbook::bundle::nothing_matches]: no file matches `script/**`",
    );
    Case::new()
        .file("demo.kdl", &including("files \"scripts/**\" \"*.txt\""))
        .file("scripts/deep/a.sh", "")
        .file("notes.txt", "")
        .run("check demo.kdl")
        .code(0);
}

#[test]
fn a_template_is_read_with_the_runbook() {
    let step = "phase change { checkpoint c { check k { run \"true\"; }; }; step s { write \"/etc/x\" template=\"x.conf\"; }; }";
    Case::new()
        .file("demo.kdl", &including(step))
        .file("x.conf", "port = {{port}}\n")
        .run("check --format plain demo.kdl")
        .code(3)
        .stdout_golden("bundle_template");
    Case::new()
        .file("demo.kdl", &including(step))
        .bytes("x.conf", b"\xff\xfe")
        .run("check --format plain demo.kdl")
        .code(3)
        .stdout_golden("bundle_template_not_text");
}
