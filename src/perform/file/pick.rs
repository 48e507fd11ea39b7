//! Which file a path or a glob means. A glob goes part by part, as a shell's does: `*` doesn't
//! match a leading dot, `**` goes through folders but not through links to folders.
//!
//! Invariant: only the best file so far is kept, however many match.

use std::cmp::Ordering;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

use super::super::ending::plain;
use super::super::limits::Cancelled;

/// What a pattern came to.
struct Search<'a> {
    pick: Option<&'a str>,
    best: Option<(PathBuf, Metadata)>,
    matches: u64,
    cancelled: &'a Cancelled,
}

/// The file that the pattern means; `Ok(None)` when there is none.
pub(in crate::perform) fn find(
    pattern: &str,
    pick: Option<&str>,
    cancelled: &Cancelled,
) -> Result<Option<PathBuf>, String> {
    let literal = Path::new(pattern);
    match fs::symlink_metadata(literal) {
        Ok(_) => return Ok(Some(literal.to_path_buf())),
        Err(error) if is_absence(&error) => {}
        Err(error) => return Err(format!("{pattern} can't be looked at: {}", plain(&error))),
    }
    if !has_wildcard(pattern) {
        return Ok(None);
    }
    let mut search = Search { pick, best: None, matches: 0, cancelled };
    let parts: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty()).collect();
    search.walk(Path::new("/"), &parts, pattern)?;
    match search.best {
        Some(_) if pick.is_none() && search.matches > 1 => Err(format!(
            "{} files match {pattern}; say which one: `pick=newest`, oldest, largest, smallest, first or last",
            search.matches
        )),
        best => Ok(best.map(|(path, _)| path)),
    }
}

impl Search<'_> {
    fn walk(&mut self, folder: &Path, parts: &[&str], pattern: &str) -> Result<(), String> {
        let Some((part, rest)) = parts.split_first() else { return Ok(()) };
        if self.cancelled.is_told() {
            return Ok(());
        }
        if *part == "**" {
            self.walk(folder, rest, pattern)?;
            return self.each(folder, |search, path, kind, name| {
                if kind.is_dir() && !name.starts_with('.') { search.walk(path, parts, pattern) } else { Ok(()) }
            });
        }
        if !has_wildcard(part) {
            return self.take(&folder.join(part), rest, pattern);
        }
        let matcher = compile(part, pattern)?;
        self.each(folder, |search, path, _, name| {
            let hidden = name.starts_with('.') && !part.starts_with('.');
            if hidden || !matcher.is_match(name) { Ok(()) } else { search.take(path, rest, pattern) }
        })
    }

    /// What matched so far: a folder on the way, or a file at the end of the pattern.
    fn take(&mut self, path: &Path, rest: &[&str], pattern: &str) -> Result<(), String> {
        let found = match fs::metadata(path) {
            Ok(found) => found,
            Err(error) if is_absence(&error) => return Ok(()),
            Err(error) => return Err(format!("{} can't be looked at: {}", path.display(), plain(&error))),
        };
        if !rest.is_empty() {
            return if found.is_dir() { self.walk(path, rest, pattern) } else { Ok(()) };
        }
        if found.is_dir() {
            return Ok(());
        }
        self.matches += 1;
        let better = self
            .best
            .as_ref()
            .is_none_or(|(best_path, best)| self.rank(path, &found, best_path, best) == Ordering::Greater);
        if better {
            self.best = Some((path.to_path_buf(), found));
        }
        Ok(())
    }

    fn rank(&self, path: &Path, found: &Metadata, best_path: &Path, best: &Metadata) -> Ordering {
        let by_name = path.cmp(best_path);
        let modified = |metadata: &Metadata| metadata.modified().ok();
        match self.pick {
            Some("newest") => modified(found).cmp(&modified(best)).then(by_name),
            Some("oldest") => modified(best).cmp(&modified(found)).then(by_name),
            Some("largest") => found.len().cmp(&best.len()).then(by_name),
            Some("smallest") => best.len().cmp(&found.len()).then(by_name),
            Some("last") => by_name,
            _ => by_name.reverse(),
        }
    }

    fn each(
        &mut self,
        folder: &Path,
        mut visit: impl FnMut(&mut Self, &Path, fs::FileType, &str) -> Result<(), String>,
    ) -> Result<(), String> {
        let words = |error: &io::Error| format!("{} can't be read: {}", folder.display(), plain(error));
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if is_absence(&error) => return Ok(()),
            Err(error) => return Err(words(&error)),
        };
        for entry in entries {
            let entry = entry.map_err(|error| words(&error))?;
            let kind = entry.file_type().map_err(|error| words(&error))?;
            visit(self, &entry.path(), kind, &entry.file_name().to_string_lossy())?;
        }
        Ok(())
    }
}

fn compile(part: &str, pattern: &str) -> Result<GlobMatcher, String> {
    GlobBuilder::new(part)
        .literal_separator(true)
        .build()
        .map(|glob| glob.compile_matcher())
        .map_err(|error| format!("{pattern} isn't a pattern of files: {error}"))
}

fn has_wildcard(text: &str) -> bool {
    text.contains(['*', '?', '[', '{'])
}

/// Nothing is there; not the same as something that can't be looked at.
fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
