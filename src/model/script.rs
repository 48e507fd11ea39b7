//! How values reach scripts: never as text, always as environment variables that the script names.
//! A script here is the text of `sh`, and an argument after `sh -c` or `ssh`.
//!
//! Quoting is not looked at: `'$name'` may be meant for a shell inside the shell.

use std::collections::BTreeSet;

use super::{Action, Program};

/// The shells whose `-c` takes a script.
const SHELLS: [&str; 6] = ["sh", "bash", "dash", "ash", "ksh", "zsh"];

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
        if !name.is_empty() && (assigns || (declares && behind.is_empty())) {
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
    match action {
        Action::Script(text) => vec![&text.value],
        Action::Run(program) => script_arguments(program).collect(),
        Action::Pipe { parts, .. } => parts.iter().flat_map(script_arguments).collect(),
        Action::Http(_)
        | Action::Sql { .. }
        | Action::File { .. }
        | Action::Disk(_)
        | Action::Port(_)
        | Action::Process(_)
        | Action::Service(_)
        | Action::ServiceChange { .. }
        | Action::Write { .. }
        | Action::Copy { .. }
        | Action::Link { .. }
        | Action::Replace(_)
        | Action::Manual(_) => Vec::new(),
    }
}

/// Where in a program's words scripts begin: behind the `-c` of a shell, behind `ssh`. `None`: there are none.
#[must_use]
pub fn first_script_argument<'a>(words: impl Iterator<Item = &'a str>) -> Option<usize> {
    let mut shell_seen = false;
    for (index, word) in words.enumerate() {
        let base = word.rsplit('/').next().unwrap_or(word);
        if base == "ssh" {
            return Some(index);
        }
        if shell_seen && word.starts_with('-') && !word.starts_with("--") && word.ends_with('c') {
            return Some(index);
        }
        shell_seen = shell_seen || SHELLS.contains(&base);
    }
    None
}

/// The arguments of a program that are scripts.
fn script_arguments(program: &Program) -> impl Iterator<Item = &str> {
    let words = std::iter::once(&program.program).chain(&program.arguments).map(first_text);
    let first = first_script_argument(words).unwrap_or(usize::MAX);
    program
        .arguments
        .iter()
        .enumerate()
        .filter(move |(index, _)| *index >= first)
        .map(|(_, argument)| first_text(argument))
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

    #[test]
    fn scripts_begin_behind_the_c_of_a_shell_and_behind_ssh() {
        let first = |words: &str| first_script_argument(words.split(' '));
        assert_eq!(first("sh -c script"), Some(1));
        assert_eq!(first("/bin/bash -euc script"), Some(1));
        assert_eq!(first("sudo -u x sh -e -c script"), Some(5));
        assert_eq!(first("ssh host script"), Some(0));
        assert_eq!(first("tar -c dir"), None);
        assert_eq!(first("bash script.sh"), None);
    }
}
