//! `runbook check` on a stranger's file: whatever it holds, a clear error comes soon, in little
//! memory. Each runs in 200 MB of address space and seconds of processor time.

use crate::case::Case;

/// Checks a file of bytes; it must be rejected, with this finding first.
#[track_caller]
fn rejected(bytes: &[u8], first: &str) {
    let checked =
        Case::new().bytes("x.kdl", bytes).limits(200, 10).run("check --format plain x.kdl").code(3).stderr("");
    let line = checked.printed().lines().next().unwrap_or_default();
    assert!(line.starts_with(first), "{first}\nisn't first in\n{:.2000}", checked.printed());
    // The same in pictures.
    let shown = checked.then().limits(200, 10).run("check x.kdl").code(3).stderr("");
    assert!(shown.printed().len() < 200_000, "{} bytes are shown", shown.printed().len());
}

#[test]
fn a_hundred_thousand_nested_blocks() {
    rejected("a {".repeat(100_000).as_bytes(), "x.kdl:1:");
}

#[test]
fn ten_megabytes_of_closing_braces() {
    rejected(&vec![b'}'; 10_000_000], "error[runbook::bundle::too_large]: `x.kdl` is 10.0 MB;");
    rejected(&vec![b'}'; 3_000_000], "x.kdl:1:1: error[runbook::syntax::");
}

#[test]
fn thirty_nested_blocks_taken_out() {
    rejected(format!("{}{}", "a /-{".repeat(30), "}".repeat(30)).as_bytes(), "x.kdl:");
}

#[test]
fn a_comment_of_a_hundred_thousand_stars() {
    rejected(format!("/{}", "*".repeat(100_000)).as_bytes(), "x.kdl:1:1: error[runbook::syntax::");
    rejected("/*".repeat(100_000).as_bytes(), "x.kdl:1:");
}

#[test]
fn a_megabyte_of_raw_text_that_is_never_closed() {
    rejected(format!("a #\"{}", "x".repeat(1_000_000)).as_bytes(), "x.kdl:1:3: error[runbook::syntax::");
    rejected(format!("a #\"{}", "\"".repeat(1_000_000)).as_bytes(), "x.kdl:1:3: error[runbook::syntax::");
}

#[test]
fn four_thousand_nodes_taken_out() {
    rejected("/-".repeat(4_000).as_bytes(), "x.kdl:1:");
    rejected("/- ".repeat(4_000).as_bytes(), "x.kdl:1:");
}

#[test]
fn bytes_that_are_no_text() {
    rejected(b"runbook x \"\xff\xfe\"", "x.kdl:1:1: error[runbook::syntax::");
    rejected(b"runbook x \"a\0b\"", "x.kdl:1:");
    rejected(&vec![0; 1_000_000], "x.kdl:1:1: error[runbook::syntax::");
}

#[test]
fn a_regex_of_a_megabyte() {
    let runbook = |regex: &str| {
        format!("runbook x \"X\"\nphase main {{\n  check c {{ run date; expect stdout matches=#\"{regex}\"#; }}\n}}\n")
    };
    rejected(runbook(&"(a|b)*".repeat(170_000)).as_bytes(), "x.kdl:3:");
    rejected(runbook("((((a{100}){100}){100}){100}){100}").as_bytes(), "x.kdl:3:");
    rejected(runbook(&"(".repeat(16_000)).as_bytes(), "x.kdl:3:");
}

#[test]
fn an_empty_file_and_one_of_blanks() {
    rejected(b"", "");
    rejected(&vec![b'\n'; 1_000_000], "");
}

#[test]
fn a_line_of_a_megabyte_is_shown_in_part() {
    rejected(format!("runbook x \"X\" {}\n", "y=1 ".repeat(100_000)).as_bytes(), "x.kdl:1:");
}

#[test]
fn a_thousand_includes_of_each_other() {
    let mut case = Case::new();
    for number in 0..200 {
        case = case.file(&format!("p{number}.kdl"), &format!("include \"p{}.kdl\"\n", number + 1));
    }
    let checked =
        case.file("p200.kdl", "include \"p0.kdl\"\n").limits(200, 10).run("check --format plain p0.kdl").code(3);
    let first = checked.printed().lines().next().unwrap_or_default();
    assert_eq!(first, "p200.kdl:1:9: error[runbook::bundle::cycle]: `p0.kdl` includes itself");
}
