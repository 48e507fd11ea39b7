//! `replace PATH matches=… with=… count=1`: exactly so many matches, or nothing happens.

use std::fs;
use std::path::Path;

use regex::bytes::Regex;

use super::super::ending::plain;

/// The largest file that is replaced in: it is held in memory.
const LARGEST: u64 = 64 * 1024 * 1024;

/// What the file holds afterwards.
pub(super) fn replaced(path: &Path, matches: &str, with: &str, count: u32) -> Result<Vec<u8>, String> {
    let words = |error: std::io::Error| format!("{} can't be read: {}", path.display(), plain(&error));
    let length = fs::metadata(path).map_err(words)?.len();
    if length > LARGEST {
        return Err(format!("{} has {length} bytes; `replace` reads files up to 64 MiB", path.display()));
    }
    let bytes = fs::read(path).map_err(words)?;
    let regex = Regex::new(matches).map_err(|error| format!("`{matches}` isn't a regex: {error}"))?;
    let found = regex.find_iter(&bytes).count();
    if u32::try_from(found) != Ok(count) {
        return Err(format!(
            "{} matches `{matches}` {}, expected {}",
            path.display(),
            times(found),
            times(count as usize)
        ));
    }
    Ok(regex.replace_all(&bytes, with.as_bytes()).into_owned())
}

fn times(number: usize) -> String {
    match number {
        0 => "nowhere".to_owned(),
        1 => "once".to_owned(),
        _ => format!("{number} times"),
    }
}
