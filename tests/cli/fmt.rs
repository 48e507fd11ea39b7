//! `runbook fmt`.

use std::os::unix::fs::PermissionsExt;

use crate::case::Case;

const UNTIDY: &str = "runbook   a \"A\"\n\n\n\nphase b \"B\" { // why\n  check c \"C\" {run ls}\n}\n";
const TIDY: &str = "runbook a \"A\"\n\nphase b \"B\" { // why\n    check c \"C\" { run ls; }\n}\n";

#[test]
fn a_file_is_rewritten_in_place_with_its_permissions_and_then_stays() {
    let case = Case::new().script("a.kdl", UNTIDY).link("link.kdl", "a.kdl");
    let case = case.run("fmt link.kdl").code(0).stdout("formatted link.kdl\n").stderr("").content("a.kdl", TIDY).then();
    assert_eq!(std::fs::metadata(case.path("a.kdl")).unwrap().permissions().mode() & 0o777, 0o755);
    assert!(case.path("link.kdl").is_symlink());
    case.run("fmt a.kdl").code(0).stdout("").stderr("").left("", "a.kdl\nlink.kdl\n");
}

#[test]
fn with_check_nothing_is_changed_and_the_difference_is_shown() {
    let case = Case::new().file("a.kdl", UNTIDY).file("b.kdl", TIDY);
    case.run("fmt --check a.kdl b.kdl")
        .code(3)
        .stdout_golden("fmt_check")
        .stderr("")
        .content("a.kdl", UNTIDY)
        .then()
        .run("fmt --check b.kdl")
        .code(0)
        .stdout("")
        .stderr("");
}

#[test]
fn standard_input_is_laid_out_on_standard_output() {
    Case::new().stdin(UNTIDY).run("fmt -").code(0).stdout(TIDY).stderr("");
}

#[test]
fn what_cannot_be_read_is_left_alone_and_the_others_are_laid_out() {
    let case = Case::new().file("broken.kdl", "a {\n").file("a.kdl", UNTIDY).bytes("binary.kdl", &[0xFF, 0xFE, 0]);
    case.run("fmt broken.kdl binary.kdl missing.kdl a.kdl")
        .code(3)
        .stdout("formatted a.kdl\n")
        .stderr_golden("fmt_unreadable")
        .content("broken.kdl", "a {\n")
        .content("a.kdl", TIDY);
}

#[test]
fn every_runbook_of_this_project_is_laid_out() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/runbooks");
    let mut folders = vec![std::path::PathBuf::from(root)];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "kdl") {
                files.push(path.into_os_string());
            }
        }
    }
    assert!(files.len() > 3);
    let arguments: Vec<_> = ["fmt", "--check"].into_iter().map(Into::into).chain(files).collect();
    Case::new().run_with(&arguments).code(0).stdout("");
}
