//! `files "scripts/**"`: which files of the folder a pattern means. Directories are walked in the
//! order of their names, never through a link, and `.git` never.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use globset::{GlobBuilder, GlobMatcher};

use super::BundleError;
use super::folder::{Folder, Found, inside};
use super::revision::names_below;

/// The most entries of directories that a pattern may make us look at.
const MAX_ENTRIES: usize = 20_000;
/// The longest pattern, in bytes.
const MAX_PATTERN: usize = 1_000;

/// The files that a pattern matches, written in a file of the folder `from`; sorted by path, never empty.
///
/// # Errors
/// The pattern is none, leads outside, matches nothing, or what it matches can't be part of a bundle.
pub(super) fn matching_files<'r>(
    folder: &Folder<'r>,
    from: &Utf8Path,
    pattern: &str,
) -> Result<Vec<Found<'r>>, BundleError> {
    let refused = |reason: &str| BundleError::NotAPattern { pattern: pattern.to_owned(), reason: reason.to_owned() };
    if pattern.is_empty() || pattern.len() > MAX_PATTERN {
        return Err(refused("it is empty or very long"));
    }
    let written = Utf8Path::new(pattern);
    let whole = inside(&from.join(written))
        .filter(|_| !written.is_absolute())
        .ok_or_else(|| BundleError::Outside { path: written.to_owned() })?;
    let matcher = GlobBuilder::new(whole.as_str())
        .literal_separator(true)
        .build()
        .map_err(|error| refused(&error.kind().to_string()))?
        .compile_matcher();
    let mut walk = Walk { folder, matcher, entries: 0, paths: Vec::new() };
    match folder.revision {
        Some(revision) => walk.look_through(names_below(revision, &literal_start(&whole))?)?,
        None => walk.descend(&literal_start(&whole))?,
    }
    if walk.paths.is_empty() {
        return Err(BundleError::NothingMatches(pattern.to_owned()));
    }
    walk.paths.sort();
    walk.paths.iter().map(|path| folder.find(Utf8Path::new(""), path)).collect()
}

/// The folders at the start of a pattern that have no wildcard in them: nothing else need be walked.
fn literal_start(pattern: &Utf8Path) -> Utf8PathBuf {
    let is_literal = |name: &&str| !name.contains(['*', '?', '[', ']', '{', '}', '\\']);
    let names: Vec<_> = pattern.components().map(|component| component.as_str()).collect();
    let folders = names.split_last().map_or(&[][..], |(_, folders)| folders);
    folders.iter().copied().take_while(|name| is_literal(name)).collect()
}

struct Walk<'f> {
    folder: &'f Folder<'f>,
    matcher: GlobMatcher,
    entries: usize,
    paths: Vec<Utf8PathBuf>,
}

impl Walk<'_> {
    /// Names of files that are known.
    fn look_through(&mut self, names: BTreeSet<Utf8PathBuf>) -> Result<(), BundleError> {
        if names.len() > MAX_ENTRIES {
            return Err(BundleError::BundleTooLarge);
        }
        self.paths.extend(names.into_iter().filter(|path| self.matcher.is_match(path)));
        Ok(())
    }

    fn descend(&mut self, start: &Utf8Path) -> Result<(), BundleError> {
        let mut open = vec![start.to_owned()];
        while let Some(directory) = open.pop() {
            let absolute = self.folder.root().join(&directory);
            // A start that is a link could lead outside.
            let real = absolute.canonicalize_utf8().ok().filter(|real| real.starts_with(self.folder.root()));
            let Some(Ok(entries)) = real.map(|real| real.read_dir_utf8()) else { continue };
            for entry in entries {
                self.entries += 1;
                if self.entries > MAX_ENTRIES {
                    return Err(BundleError::BundleTooLarge);
                }
                let entry = entry.map_err(|error| BundleError::NameNotText(error.to_string()))?;
                let path = directory.join(entry.file_name());
                let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
                if is_folder && entry.file_name() != ".git" {
                    open.push(path);
                } else if !is_folder && self.matcher.is_match(&path) {
                    self.paths.push(path);
                }
            }
        }
        Ok(())
    }
}
