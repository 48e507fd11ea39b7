//! Which files a person means by a path: the file itself, everything that may be a runbook below a
//! folder, or what a pattern matches. A file that was only found may be a part of another runbook;
//! who reads it decides by what it says.
//!
//! Folders are walked without following links, and never into one whose name begins with a dot.
//! Invariant: every path means at least one file, or is an error.

use std::collections::BTreeSet;
use std::io::ErrorKind;

use camino::{Utf8Path, Utf8PathBuf};
use globset::{GlobBuilder, GlobMatcher};

/// The most entries of directories that one path may make us look at.
const MAX_ENTRIES: usize = 200_000;

/// A file that a path means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedFile {
    /// Its path, below the one that was given.
    pub path: Utf8PathBuf,
    /// It was named itself; else it was found, and may be no runbook.
    pub by_name: bool,
}

/// Why a path means no file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NamedError {
    /// A folder without a `.kdl` file in it.
    #[error("there is no .kdl file below `{0}`")]
    EmptyFolder(Utf8PathBuf),
    /// A pattern that matches no file.
    #[error("no file matches `{0}`")]
    NoMatch(Utf8PathBuf),
    /// A pattern that isn't one.
    #[error("`{pattern}` isn't a pattern: {reason}")]
    NotAPattern {
        /// As it is written.
        pattern: Utf8PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A folder too large to be searched.
    #[error("there are more than {MAX_ENTRIES} files below `{0}`")]
    TooMany(Utf8PathBuf),
}

/// The files that paths mean, in the order of the paths, those below a folder by their names. What is
/// found is given once, what is named as often as it is named.
///
/// Beside them each path that is a folder or a pattern and means nothing.
#[must_use]
pub fn files_named(paths: &[Utf8PathBuf]) -> (Vec<NamedFile>, Vec<NamedError>) {
    let mut files = Vec::new();
    let mut errors = Vec::new();
    let mut seen = BTreeSet::new();
    for path in paths {
        match found_by(path) {
            Ok(None) => {
                seen.insert(path.clone());
                files.push(NamedFile { path: path.clone(), by_name: true });
            }
            Ok(Some(found)) => {
                let new = found.into_iter().filter(|path| seen.insert(path.clone()));
                files.extend(new.map(|path| NamedFile { path, by_name: false }).collect::<Vec<_>>());
            }
            Err(error) => errors.push(error),
        }
    }
    (files, errors)
}

/// What a folder or a pattern holds; `None` for the path of a file, there or not.
fn found_by(path: &Utf8Path) -> Result<Option<Vec<Utf8PathBuf>>, NamedError> {
    let (found, nothing) = match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            (below(path, |file| file.extension() == Some("kdl"))?, NamedError::EmptyFolder(path.to_owned()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound && has_wildcard(path.as_str()) => {
            let matcher = matcher(path)?;
            (below(&literal_start(path), |file| matcher.is_match(file))?, NamedError::NoMatch(path.to_owned()))
        }
        // Whoever reads it says what is wrong with it.
        Ok(_) | Err(_) => return Ok(None),
    };
    if found.is_empty() { Err(nothing) } else { Ok(Some(found)) }
}

/// What in a pattern stands for something else.
fn has_wildcard(text: &str) -> bool {
    text.contains(['*', '?', '[', '{'])
}

fn matcher(pattern: &Utf8Path) -> Result<GlobMatcher, NamedError> {
    let plain = pattern.strip_prefix(".").unwrap_or(pattern);
    let glob = GlobBuilder::new(plain.as_str()).literal_separator(true).build();
    glob.map(|glob| glob.compile_matcher())
        .map_err(|error| NamedError::NotAPattern { pattern: pattern.to_owned(), reason: error.kind().to_string() })
}

/// The folders at the start of a pattern that have no wildcard in them; `.` where there are none.
fn literal_start(pattern: &Utf8Path) -> Utf8PathBuf {
    let names: Vec<_> = pattern.components().map(|component| component.as_str()).collect();
    let folders = names.split_last().map_or(&[][..], |(_, folders)| folders);
    let start: Utf8PathBuf = folders.iter().copied().take_while(|name| !has_wildcard(name)).collect();
    if start.as_str().is_empty() { ".".into() } else { start }
}

/// The files below a folder that are wanted, sorted. Scripts of `runbook test` are no runbooks.
fn below(start: &Utf8Path, is_wanted: impl Fn(&Utf8Path) -> bool) -> Result<Vec<Utf8PathBuf>, NamedError> {
    let mut found = Vec::new();
    let mut looked_at = 0_usize;
    let start = start.strip_prefix(".").unwrap_or(start);
    let mut open = vec![start.to_owned()];
    while let Some(folder) = open.pop() {
        let listed = if folder.as_str().is_empty() { Utf8Path::new(".") } else { &folder };
        // A folder that the system refuses to list is left to who owns it.
        let Ok(entries) = listed.read_dir_utf8() else { continue };
        for entry in entries.filter_map(Result::ok) {
            looked_at += 1;
            if looked_at > MAX_ENTRIES {
                return Err(NamedError::TooMany(start.to_owned()));
            }
            let path = folder.join(entry.file_name());
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder && !entry.file_name().starts_with('.') {
                open.push(path);
            } else if !is_folder && is_wanted(&path) && !entry.file_name().ends_with(".test.kdl") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
