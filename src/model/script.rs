//! How values reach scripts: never as text, always as environment variables that the script names.
//! A script here is the text of `sh`, and an argument after `sh -c`, `ssh` or `watch`; no other
//! argument is given a value, whatever it looks like.
//!
//! Quoting is not looked at: `'$name'` may be meant for a shell inside the shell.

use std::collections::BTreeSet;

use super::{Action, Processes, Program};

/// Programs that take a script behind `-c`.
const SHELLS: [&str; 8] = ["sh", "bash", "dash", "ash", "zsh", "ksh", "busybox", "su"];
/// Programs that run another one, which they name among their arguments.
const WRAPPERS: [&str; 10] = ["sudo", "env", "nice", "ionice", "nohup", "setsid", "timeout", "doas", "xargs", "stdbuf"];
/// Programs that hand all that stands behind them to a shell, here or elsewhere.
const HANDS_OVER: [&str; 2] = ["ssh", "watch"];

/// Every name that a script uses as `$name` or `${name…}`, known or not.
#[must_use]
pub fn names_in_script(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        rest = rest.get(dollar + 1..).unwrap_or("");
        let inner = rest.strip_prefix('{').map_or(rest, |braced| braced.trim_start_matches(['#', '!']));
        let end = inner.find(|c: char| !is_name_character(c)).unwrap_or(inner.len());
        let name = inner.get(..end).unwrap_or("");
        if name.starts_with(|first: char| !first.is_ascii_digit()) {
            names.insert(name.to_owned());
        }
        rest = inner.get(end..).unwrap_or("");
    }
    names
}

/// Every name that a script gives a value itself: `name=…`, `for name in`, `read name`, `local name`.
#[must_use]
pub fn names_assigned_in_script(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut declares = false;
    for word in text.split(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|' | '(' | ')' | '{' | '}' | '`')) {
        let end = word.find(|c: char| !is_name_character(c)).unwrap_or(word.len());
        let (name, behind) = word.split_at(end);
        let assigns = behind.starts_with('=') || behind.starts_with("+=");
        if !name.is_empty() && (assigns || (declares && behind.is_empty() && !matches!(word, "in" | "do"))) {
            names.insert(name.to_owned());
        }
        declares = match word {
            "for" | "read" | "local" | "export" | "readonly" | "declare" | "mapfile" | "readarray" | "getopts" => true,
            option => declares && (option.starts_with('-') || behind.is_empty() && !matches!(word, "in" | "do" | "")),
        };
    }
    names
}

/// The texts of an action that are scripts: not interpolated, and given the values they name.
#[must_use]
pub fn scripts_of(action: &Action) -> Vec<&str> {
    match action.processes() {
        Some(Processes::Script(text)) => vec![&text.value],
        Some(Processes::Programs { programs, .. }) => programs.iter().flat_map(script_arguments).collect(),
        None => Vec::new(),
    }
}

/// Whether the argument behind these words is read by another shell: the first one behind the `-c`
/// of a shell (those after it are its `$0`, `$1` …, and safe), and all behind `ssh` and `watch`.
#[must_use]
pub fn is_read_by_a_shell(before: &[&str]) -> bool {
    let base = |word: &&str| word.rsplit('/').next().unwrap_or("").to_owned();
    let program = before.first().map(base).unwrap_or_default();
    let hands_over = |program: &str| HANDS_OVER.contains(&program);
    let is_wrapped = WRAPPERS.contains(&program.as_str()) && before.iter().any(|word| hands_over(&base(word)));
    if hands_over(&program) || is_wrapped {
        return true;
    }
    let Some(shell) = before.iter().position(|word| SHELLS.contains(&base(word).as_str())) else { return false };
    let behind = before.get(shell + 1..).unwrap_or_default();
    let Some(flag) = behind.iter().position(|word| is_script_flag(word)) else { return false };
    behind.get(flag + 1..).unwrap_or_default().iter().all(|word| word.starts_with('-'))
}

/// `-c`, alone or among other letters: `-ec`, `-lc`.
pub(super) fn is_script_flag(word: &str) -> bool {
    word == "--command"
        || word.strip_prefix('-').is_some_and(|letters| {
            !letters.is_empty() && letters.chars().all(|c| c.is_ascii_alphabetic()) && letters.contains('c')
        })
}

/// The arguments of a program that are scripts.
fn script_arguments(program: &Program) -> impl Iterator<Item = &str> {
    let words: Vec<&str> = std::iter::once(&program.program).chain(&program.arguments).map(first_text).collect();
    (1..words.len()).filter_map(move |position| {
        let before = words.get(..position)?;
        if is_read_by_a_shell(before) { words.get(position).copied() } else { None }
    })
}

/// The text at the start of a template: all of it where it has no values.
fn first_text(template: &super::Template) -> &str {
    match template.parts.first() {
        Some(super::Part::Text(text)) => text,
        Some(super::Part::Value(_)) | None => "",
    }
}

fn is_name_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn what_another_shell_reads_is_told_from_its_arguments() {
        let read = [
            "sh -c",
            "/bin/bash -ec",
            "sudo -u x sh -c",
            "ssh",
            "ssh host",
            "sudo ssh host",
            "su bmtc -c",
            "watch -n 1",
            "xargs sh -c",
            "xargs -n 1 ssh host",
            "env X=1 sh -c",
        ];
        for words in read {
            assert!(is_read_by_a_shell(&words.split(' ').collect::<Vec<_>>()), "{words:?}");
        }
        for words in ["sh", "sh -c script", "git -c", "rsync -e ssh", "bash script.sh", "echo -c"] {
            assert!(!is_read_by_a_shell(&words.split(' ').collect::<Vec<_>>()), "{words:?}");
        }
    }

    #[test]
    fn names_are_found_in_every_form_of_expansion() {
        let script = "echo \"$a ${b} ${c:-none} ${d%/*} ${#e} v$f.tar '$g' $HOME $1 $$ $? $(cmd) $((h + 1)) cost: 5$\"";
        assert_eq!(names_in_script(script), set(&["a", "b", "c", "d", "e", "f", "g", "HOME"]));
        assert_eq!(names_in_script("no names, {{version}}, \u{e9}$\u{e9}"), set(&[]));
    }

    #[test]
    fn names_that_a_script_sets_itself_are_known() {
        let script = "a=1; b=$(cmd)\nfor c in x y; do read -r d e; done; local f g=1; export h; echo i j";
        assert_eq!(names_assigned_in_script(script), set(&["a", "b", "c", "d", "e", "f", "g", "h"]));
    }
}
