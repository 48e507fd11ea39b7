//! Text that was written to hurt: it gets an answer, from a stack far smaller than any thread's own.
//! All of it is far beyond what a parser that calls itself, or looks back, can bear.

use super::{read, tree};
use crate::syntax::{limits, read_text};

/// Much less than the 2 MiB of a thread.
const STACK: usize = 192 * 1024;

/// The codes that a text gets, read on a small stack; the tree must print the text again.
fn codes(text: String) -> Vec<&'static str> {
    let answer = std::thread::Builder::new().stack_size(STACK).spawn(move || {
        assert!(tree(&text).0.to_string() == text, "the tree lost something");
        read(&text).err().unwrap_or_default().iter().map(|finding| finding.code).collect::<Vec<_>>()
    });
    answer.unwrap().join().unwrap()
}

fn nested(open: &str, close: &str, depth: usize) -> String {
    open.repeat(depth) + &close.repeat(depth)
}

#[test]
fn blocks_may_be_nested_as_deep_as_the_limit_and_no_deeper() {
    assert_eq!(codes(nested("a {\n", "}\n", limits::DEPTH)), Vec::<&str>::new());
    assert_eq!(codes(nested("a {\n", "}\n", limits::DEPTH + 1)), ["runbook::syntax::too_deep"]);
    assert_eq!(codes(nested("a {", "}", 100_000)), ["runbook::syntax::too_deep"]);
    assert_eq!(codes("a {".repeat(100_000)), ["runbook::syntax::too_deep"]);
}

#[test]
fn blocks_taken_out_within_blocks_taken_out_are_valid_and_cost_nothing() {
    assert_eq!(codes(nested("a /-{", "}", 30)), Vec::<&str>::new());
    assert_eq!(codes(nested("a /-{", "}", 100_000)), ["runbook::syntax::too_deep"]);
}

#[test]
fn braces_that_close_nothing_are_one_mistake() {
    assert_eq!(codes("}".repeat(7_000)), ["runbook::syntax::stray_close"]);
    assert_eq!(codes("}".repeat(1 << 20)), ["runbook::syntax::stray_close"]);
    assert_eq!(codes("{".repeat(100_000)).first(), Some(&"runbook::syntax::block_without_name"));
}

#[test]
fn a_file_larger_than_the_limit_is_refused_unread() {
    assert_eq!(codes("}".repeat(10 << 20)), ["runbook::syntax::file_too_large"]);
    assert_eq!(read_text(&vec![b'}'; 10 << 20]).unwrap_err().code, "runbook::syntax::file_too_large");
}

#[test]
fn comments_may_be_as_long_and_as_deep_as_they_like() {
    assert_eq!(codes(format!("/*{}*/ a", "*".repeat(100_000))), Vec::<&str>::new());
    assert_eq!(codes(nested("/* ", "*/ ", 100_000)), Vec::<&str>::new());
    assert_eq!(codes("/* ".repeat(100_000)), ["runbook::syntax::unclosed_comment"]);
    assert_eq!(codes("a/* ".repeat(100_000)).len(), limits::FINDINGS + 1);
}

#[test]
fn texts_that_never_end_are_told_at_their_start() {
    let long = "x ".repeat(500_000);
    assert_eq!(codes(format!("a #\"{long}")), ["runbook::syntax::unclosed_quote"]);
    assert_eq!(codes(format!("a \"{long}")), ["runbook::syntax::unclosed_quote"]);
    assert_eq!(codes(format!("a #\"\"\"\n  {long}")), ["runbook::syntax::unclosed_quote"]);
    for opener in ["a \"\n", "a #\"\n", "a \"\"\"\n", "a #\"\"\"\n", "a ##\"\"\"x\n", "a \"\"\"x\n"] {
        assert_eq!(codes(opener.repeat(100_000)).len(), limits::FINDINGS + 1, "{opener}");
    }
    assert!(!codes("a #\"\"\"\nb\n".repeat(100_000) + "\"\"\"#").is_empty());
}

#[test]
fn a_text_longer_than_the_limit_is_refused() {
    let long = "x".repeat(1 << 20);
    assert_eq!(codes(format!("a {long}")), ["runbook::syntax::too_long"]);
    assert_eq!(codes(format!("a \"{long}\"")), ["runbook::syntax::too_long"]);
    assert_eq!(codes(format!("a #\"{long}\"#")), ["runbook::syntax::too_long"]);
    assert_eq!(codes(format!("a {}", "1".repeat(1 << 20))), ["runbook::syntax::too_long"]);
    assert_eq!(codes(format!("a {}\"x\"", "#".repeat(1 << 20))), ["runbook::syntax::too_many_hashes"]);
    assert_eq!(codes(format!("a \"{}\"", "\\n".repeat(limits::TEXT_BYTES / 2 - 1))), Vec::<&str>::new());
    assert_eq!(codes(format!("a /{long}")), ["runbook::syntax::bare_text"]);
}

#[test]
fn slashdashes_without_end_are_one_mistake() {
    assert_eq!(codes("/-".repeat(4_000)), ["runbook::syntax::double_slashdash"]);
    assert_eq!(codes("/- ".repeat(4_000) + "a"), ["runbook::syntax::double_slashdash"]);
    assert_eq!(codes("a ".to_owned() + &"/- ".repeat(4_000)), ["runbook::syntax::double_slashdash"]);
}

#[test]
fn marks_without_sense_get_an_answer_however_many_they_are() {
    for mark in ["(", "[", "{{", "'", "“", "=", "a=", "\\", ";", "#", "\"", "a\"", "$(", "/ ", "a b\n{", "\u{0} "] {
        let found = codes(mark.repeat(100_000));
        assert!(!found.is_empty() && found.len() <= limits::FINDINGS + 1, "{mark}: {}", found.len());
    }
}

#[test]
fn nodes_and_values_are_counted() {
    assert_eq!(codes("a\n".repeat(limits::NODES)), Vec::<&str>::new());
    assert_eq!(codes("a\n".repeat(limits::NODES + 1)), ["runbook::syntax::too_many_nodes"]);
    assert_eq!(codes("a".to_owned() + &" 1".repeat(limits::VALUES + 1)), ["runbook::syntax::too_many_values"]);
}

#[test]
fn bytes_that_are_no_text_say_where_they_stop_being_one() {
    let finding = read_text(b"a\nb \xC3\x28").unwrap_err();
    assert_eq!(finding.code, "runbook::syntax::not_utf8");
    assert_eq!(finding.message, "the file is not UTF-8: the first wrong byte is number 5, in line 2");
    assert_eq!(read_text(b"\xFF\xFEa\0").unwrap_err().message, "the file is saved as UTF-16");
    assert_eq!(read_text("\u{feff}a".as_bytes()).unwrap(), "\u{feff}a");
    assert_eq!(codes("a\u{0}b".to_owned()), ["runbook::syntax::banned_character"]);
}

#[test]
fn a_release_of_ten_thousand_steps_is_read() {
    let step = "    step step-N \"Deploy {{version}}\" {\n        run systemctl restart \"app@N\" --now=#true // why\n        \
                expect stdout matches=#\"^ok \\d+$\"#\n        budget \"2m\" estimate=\"45s\"\n        inverse \"Back\" {\n            \
                sh #\"\"\"\n                set -x\n                systemctl stop \"app\"\n                \"\"\"#\n        }\n    }\n";
    let text = format!("phase all \"All\" {{\n{}}}\n", step.repeat(10_000));
    let nodes = read(&text).unwrap();
    assert_eq!(nodes[0].children.as_ref().unwrap().len(), 10_000);
}

#[test]
fn more_words_than_a_file_may_have_are_refused_before_they_use_up_the_memory() {
    let text = "a {\n".to_owned() + &"// \n".repeat(limits::TOKENS / 2);
    let codes: Vec<_> = read(&text).unwrap_err().iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["runbook::syntax::too_many_tokens"]);
}
