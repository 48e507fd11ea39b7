//! Long expected texts live in `golden/NAME.txt`. `RUNBOOK_GOLDEN=rewrite` rewrites them; look at
//! the difference before committing it. One that no test names any more fails.

use std::path::{Path, PathBuf};

/// Two texts are the same, or the difference is shown.
#[track_caller]
pub fn assert_same(what: &str, expected: &str, actual: &str) {
    if expected != actual {
        let diff = similar::TextDiff::from_lines(expected, actual);
        panic!("{what} differs (- expected, + actual)\n{}\nthe whole text\n{actual}", diff.unified_diff());
    }
}

/// A text is the one in `golden/NAME.txt`.
#[track_caller]
pub fn assert_golden(name: &str, actual: &str) {
    let path = folder().join(format!("{name}.txt"));
    if std::env::var_os("RUNBOOK_GOLDEN").is_some_and(|wish| wish == "rewrite") {
        std::fs::create_dir_all(folder()).unwrap();
        std::fs::write(path, actual).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_same(&format!("golden/{name}.txt (RUNBOOK_GOLDEN=rewrite rewrites it)"), &expected, actual);
}

#[test]
fn every_golden_file_is_named_by_a_test() {
    let mut sources = String::new();
    for entry in std::fs::read_dir(tests()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
    let files = std::fs::read_dir(folder()).map(|files| files.map(|file| file.unwrap().path()).collect());
    let orphans: Vec<_> = files
        .unwrap_or_else(|_| Vec::new())
        .into_iter()
        .filter(|path| !sources.contains(&format!("\"{}\"", path.file_stem().unwrap().to_string_lossy())))
        .collect();
    assert!(orphans.is_empty(), "no test names {orphans:?}");
}

fn tests() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli"))
}

fn folder() -> PathBuf {
    tests().join("golden")
}
