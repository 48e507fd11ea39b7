//! The corpora of `fuzz/` through the bodies of its targets: what was ever found stays found. New
//! bytes are made up by `fuzz/long`.
#![allow(clippy::unwrap_used, reason = "a body that breaks a promise panics")]
#![allow(dead_code, reason = "a target's body is public for the fuzzer")]

#[path = "../fuzz/src/lib.rs"]
#[allow(clippy::pedantic, clippy::format_push_string, reason = "their home is another workspace")]
mod bodies;

use std::path::Path;

/// Every file of a target's corpus, through its body.
#[track_caller]
fn replay(target: &str) {
    let (_, body) = bodies::TARGETS.into_iter().find(|(name, _)| *name == target).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 5, "{target} has a corpus of {} files", files.len());
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        assert!(std::panic::catch_unwind(|| body(&bytes)).is_ok(), "{} breaks a promise", file.display());
    }
}

macro_rules! replayed {
    ($($name:ident: $target:literal,)*) => {
        $(#[test]
        fn $name() {
            replay($target);
        })*
    };
}

replayed! {
    documents_are_judged_and_decoded_as_kdl_does: "document",
    durations_are_read_as_they_are_meant: "durations",
    a_journal_is_read_as_it_was_written_or_not_at_all: "journal",
    any_text_gets_an_answer_that_nobody_obeys: "kdl",
    no_form_of_a_secret_is_left_whatever_pieces_it_comes_in: "mask",
    the_judge_says_what_simple_code_says: "matchers",
    messages_mean_the_same_in_whatever_pieces_they_come: "protocol",
    sizes_are_numbers_that_can_be_compared_and_written: "sizes",
    templates_are_read_and_rendered_within_bounds: "templates",
}

#[test]
fn every_folder_of_the_corpus_has_its_target() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let mut names: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, bodies::TARGETS.map(|(name, _)| name));
}

/// `fuzz/` is a workspace of its own: its lock file is stale as soon as the crate gets a dependency.
#[test]
fn the_fuzzers_lock_file_knows_every_dependency() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let (_, table) = manifest.split_once("\n[dependencies]\n").unwrap();
    let table = table.split("\n[").next().unwrap();
    let named: Vec<_> = table.lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name).collect();
    assert!(!named.is_empty());
    let lock = std::fs::read_to_string(root.join("fuzz/Cargo.lock")).unwrap();
    let package = lock.split("[[package]]").find(|package| package.contains("\nname = \"runbook\"\n")).unwrap();
    // With two versions of one crate, the version stands behind the name.
    let locked = |name: &str| package.contains(&format!(" \"{name}\"")) || package.contains(&format!(" \"{name} "));
    let missing: Vec<_> = named.into_iter().filter(|name| !locked(name)).collect();
    assert!(missing.is_empty(), "cargo update --workspace --manifest-path fuzz/Cargo.toml: {missing:?}");
}
