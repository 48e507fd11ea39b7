//! Compiled regexes and JSON paths, kept: a run has many equal patterns, and a poll repeats its own.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use regex::Regex;
use serde_json_path::JsonPath;

/// How many of each kind are kept.
const KEPT: usize = 256;

/// What was compiled already.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    regexes: Mutex<Remembered<Regex>>,
    paths: Mutex<Remembered<JsonPath>>,
}

/// The most recently added, by their text.
#[derive(Debug)]
struct Remembered<T> {
    by_text: HashMap<Arc<str>, Arc<T>>,
    order: VecDeque<Arc<str>>,
}

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self { by_text: HashMap::new(), order: VecDeque::new() }
    }
}

impl Patterns {
    /// A regex; the error says in one line why the text isn't one.
    pub fn regex(&self, text: &str) -> Result<Arc<Regex>, String> {
        remember(&self.regexes, text, || {
            Regex::new(text).map_err(|error| {
                format!("`{}` isn't a regular expression: {}", super::excerpt::beginning(text), last_line(&error))
            })
        })
    }

    /// A JSON path; the error says in one line why the text isn't one.
    pub fn path(&self, text: &str) -> Result<Arc<JsonPath>, String> {
        remember(&self.paths, text, || {
            JsonPath::parse(text).map_err(|error| {
                format!("`{}` isn't a JSON path: {}", super::excerpt::beginning(text), last_line(&error))
            })
        })
    }
}

fn remember<T>(
    kept: &Mutex<Remembered<T>>,
    text: &str,
    compile: impl FnOnce() -> Result<T, String>,
) -> Result<Arc<T>, String> {
    let lock = || kept.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = lock().by_text.get(text) {
        return Ok(Arc::clone(known));
    }
    let compiled = Arc::new(compile()?);
    let mut remembered = lock();
    if remembered.order.len() >= KEPT
        && let Some(oldest) = remembered.order.pop_front()
    {
        remembered.by_text.remove(&oldest);
    }
    let name: Arc<str> = text.into();
    if remembered.by_text.insert(Arc::clone(&name), Arc::clone(&compiled)).is_none() {
        remembered.order.push_back(name);
    }
    Ok(compiled)
}

/// The libraries draw the text with a caret under it; their last line says what is wrong.
fn last_line(error: &impl std::fmt::Display) -> String {
    let text = error.to_string();
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("").trim();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that can't go on fails")]
mod tests {
    use super::*;

    #[test]
    fn equal_patterns_are_compiled_once() {
        let patterns = Patterns::default();
        let first = patterns.regex(r"\d+ passed").unwrap();
        assert!(Arc::ptr_eq(&first, &patterns.regex(r"\d+ passed").unwrap()));
        let path = patterns.path("$.status").unwrap();
        assert!(Arc::ptr_eq(&path, &patterns.path("$.status").unwrap()));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let patterns = Patterns::default();
        let first = patterns.regex("a").unwrap();
        for number in 0..2 * KEPT {
            patterns.regex(&format!("b{number}")).unwrap();
        }
        let remembered = patterns.regexes.lock().unwrap();
        assert_eq!(remembered.by_text.len(), KEPT);
        assert_eq!(remembered.order.len(), KEPT);
        drop(remembered);
        assert!(!Arc::ptr_eq(&first, &patterns.regex("a").unwrap()));
    }

    #[test]
    fn a_mistake_is_named_in_one_line() {
        let patterns = Patterns::default();
        assert_eq!(patterns.regex("(a").unwrap_err(), "`(a` isn't a regular expression: unclosed group");
        let error = patterns.path("status").unwrap_err();
        assert!(error.starts_with("`status` isn't a JSON path: ") && !error.contains('\n'), "{error}");
    }
}
