//! What is kept of the output of steps, printed: with a line where something of it is missing, so that the
//! two halves of a long text are never taken for one.
//!
//! Invariant: a text of which nothing at all could be written is told, too.

use std::collections::HashMap;

use camino::Utf8PathBuf;

use super::Terminal;
use super::state::Found;
use crate::perform::supervisor::{Captured, Ending, Note, read_log};
use crate::report::escape;

/// Prints the kept output of every attempt in the order of their starts; returns how many texts there were.
///
/// # Errors
/// The folder with the outputs can't be read.
pub fn print_kept_output(found: &Found, step: Option<&str>, terminal: &Terminal) -> std::io::Result<usize> {
    let mut folders: Vec<_> = std::fs::read_dir(found.run.steps())?.collect::<Result<_, _>>()?;
    folders.sort_by_key(std::fs::DirEntry::file_name);
    let endings = endings(found);
    let mut shown = 0;
    for folder in folders {
        let name = folder.file_name().to_string_lossy().into_owned();
        // `<number>-<step>.<attempt>`; a checkpoint's values are kept as `<checkpoint>-<value>`.
        let of = name.split_once('-').and_then(|(_, rest)| rest.rsplit_once('.')).map_or("", |(unit, _)| unit);
        if step.is_some_and(|step| step.replace('/', "-") != of) {
            continue;
        }
        let ending = endings.get(name.as_str());
        let captured = |of: fn(&Ending) -> Option<&Captured>| ending.and_then(|ending| of(ending));
        let texts = [
            ("stdout", captured(|ending| ending.stdout.as_ref())),
            ("stderr", captured(|ending| ending.stderr.as_ref())),
        ];
        for (stream, captured) in texts {
            let bytes = std::fs::read(folder.path().join(stream)).unwrap_or_default();
            let missing = captured.map_or(0, |captured| captured.bytes.saturating_sub(bytes.len() as u64));
            if bytes.is_empty() && missing == 0 {
                continue;
            }
            shown += 1;
            terminal.line(&format!("== {} {stream}", escape(&name)));
            let head = captured.and_then(|captured| usize::try_from(captured.head).ok()).unwrap_or(bytes.len());
            let (head, tail) = bytes.split_at(head.min(bytes.len()));
            print(head, terminal);
            if missing > 0 {
                terminal.line(&format!("== {missing} bytes that were printed here aren't kept"));
            }
            print(tail, terminal);
        }
    }
    Ok(shown)
}

fn print(bytes: &[u8], terminal: &Terminal) {
    for line in String::from_utf8_lossy(bytes).lines() {
        terminal.line(&escape(line));
    }
}

/// How the attempts of a run ended, by the names of their folders; none where that can't be read: then what
/// there is of their output is printed without more.
fn endings(found: &Found) -> HashMap<String, Ending> {
    let mut places: Vec<(_, Utf8PathBuf)> = Vec::new();
    let mut endings = HashMap::new();
    for note in read_log(found.run.path()).map(|log| log.notes).unwrap_or_default() {
        match note {
            Note::Started { key, place, .. } => places.push((key, place)),
            Note::Ended { key, ending, .. } => {
                let place = places.iter().rev().find(|(started, _)| *started == key);
                if let Some(name) = place.and_then(|(_, place)| place.file_name()) {
                    endings.insert(name.to_owned(), *ending);
                }
            }
            Note::Opened { .. } | Note::Began { .. } => {}
        }
    }
    endings
}
