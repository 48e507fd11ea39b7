//! The house has one direction, and this holds it: which module may import which, where each heavy
//! crate lives, and how long a file may become. It reads the sources as text, so that it needs no
//! build of what it judges. Invariant: every violation is shown at once, each with its file and line.

#![expect(clippy::unwrap_used, reason = "a test stops where it can't read its own sources")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each module, and what it may import. From left to right; `journal` and `report` are siblings.
const LAYERS: [(&str, &[&str]); 10] = [
    ("system", &[]),
    ("syntax", &[]),
    ("model", &["system", "syntax"]),
    ("plan", &["syntax", "model"]),
    ("event", &["syntax", "model", "plan"]),
    ("perform", &["system", "syntax", "model", "plan", "event"]),
    ("engine", &["syntax", "model", "plan", "event", "perform"]),
    ("journal", &["system", "syntax", "model", "plan", "event"]),
    ("report", &["syntax", "model", "plan", "event"]),
    ("cli", &["system", "syntax", "model", "plan", "event", "perform", "engine", "journal", "report"]),
];

/// Where each dependency lives: files or folders below `src`. [`ANYWHERE`]: words, not machinery.
const HOMES: [(&str, &[&str]); 40] = [
    // One home each: whoever wants what they do asks the module that has them.
    ("aho_corasick", &["perform/mask.rs"]),
    ("bytes", &["perform/sql"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli/completions.rs"]),
    ("clap_mangen", &["cli/man.rs"]),
    ("crc32c", &["event/frame.rs"]),
    ("duct", &["perform/supervisor"]),
    ("flate2", &["perform/file"]),
    ("futures_util", &["perform/sql", "perform/kube"]),
    ("indicatif", &["report"]),
    ("k8s_openapi", &["perform/kube"]),
    ("kdl", &["syntax"]),
    ("kube", &["perform/kube"]),
    ("percent_encoding", &["model/template.rs"]),
    ("reqwest", &["perform/http"]),
    ("rusqlite", &["perform/sql"]),
    ("rustls", &["perform/http"]),
    ("serde_saphyr", &["model/lower/manifest.rs"]),
    ("sha2", &["model/digest.rs"]),
    ("similar", &["report"]),
    ("strsim", &["syntax/suggest.rs"]),
    ("tokio_postgres", &["perform/sql"]),
    ("tokio_postgres_rustls", &["perform/sql"]),
    ("x509_cert", &["perform/kube/validity.rs"]),
    // Files that bundle and action pick by a pattern.
    ("globset", &["model/bundle", "perform/file"]),
    // What is written is proven to be sound before it is used: lowering and review parse, the judge matches.
    ("regex", &["model", "perform/change/replace.rs", "engine/judge"]),
    ("regex_automata", &["perform/seeking.rs"]),
    ("regex_syntax", &["model", "engine/judge"]),
    ("serde_json_path", &["model/lower", "engine/judge"]),
    // Errors that a person reads are rendered in one place, and those of the journal carry their help.
    ("miette", &["journal", "cli"]),
    ("signal_hook", &["perform/supervisor"]),
    ("unicode_width", &["report"]),
    // The system: nothing left of `event` reaches it, but the bundle's reader that walks folders.
    ("rustix", &["system", "model/bundle", "perform", "journal", "cli"]),
    ("tokio", &["perform", "engine", "cli"]),
    // Words that every layer speaks.
    ("camino", ANYWHERE),
    ("jiff", ANYWHERE),
    ("schemars", ANYWHERE),
    ("serde", ANYWHERE),
    ("serde_json", ANYWHERE),
    ("thiserror", ANYWHERE),
];

/// The whole of `src`.
const ANYWHERE: &[&str] = &[""];

/// How many lines a file may have, its tests apart.
const LINES: usize = 400;

#[test]
fn a_module_imports_only_from_its_left() {
    let mut violations = Vec::new();
    for source in sources() {
        let Some(own) = source.module.first().filter(|_| source.path != "lib.rs" && source.path != "main.rs") else {
            continue;
        };
        let Some((_, allowed)) = LAYERS.iter().find(|(layer, _)| layer == own) else {
            violations.push(format!("src/{}: `{own}` is no module of the house", source.path));
            continue;
        };
        for (line, imported) in source.imports() {
            let known = LAYERS.iter().any(|(layer, _)| *layer == imported);
            if known && imported != *own && !allowed.contains(&imported.as_str()) {
                violations.push(format!("src/{}:{line}: `{own}` imports `{imported}`", source.path));
            }
        }
    }
    assert!(violations.is_empty(), "a module imports only from its left:\n{}", violations.join("\n"));
}

#[test]
fn a_dependency_is_used_only_in_its_home() {
    let homes: BTreeMap<_, _> = HOMES.into_iter().collect();
    let mut violations = Vec::new();
    let mut used: BTreeSet<(&str, &str)> = BTreeSet::new();
    for source in sources() {
        for (line, name) in source.crates(homes.keys().copied()) {
            match homes[name].iter().find(|home| is_below(&source.path, home)) {
                Some(home) => _ = used.insert((name, home)),
                None => {
                    violations.push(format!(
                        "src/{}:{line}: `{name}` lives in {}",
                        source.path,
                        homes[name].join(", ")
                    ));
                }
            }
        }
    }
    for dependency in dependencies() {
        if !homes.contains_key(dependency.as_str()) {
            violations.push(format!("Cargo.toml: `{dependency}` has no home in this test"));
        }
    }
    for (name, homes) in HOMES {
        let empty = homes.iter().filter(|home| !used.contains(&(name, **home)));
        violations.extend(empty.map(|home| format!("this test: nothing in src/{home} uses `{name}`")));
    }
    assert!(violations.is_empty(), "a dependency is used only in its home:\n{}", violations.join("\n"));
}

#[test]
fn a_file_is_split_before_it_is_too_long() {
    let long: Vec<_> = sources()
        .into_iter()
        .filter(|source| !source.is_test())
        .map(|source| (source.lines_without_tests(), source.path))
        .filter(|(lines, _)| *lines > LINES)
        .map(|(lines, path)| format!("src/{path}: {lines} lines"))
        .collect();
    assert!(long.is_empty(), "a file has at most {LINES} lines, its tests apart:\n{}", long.join("\n"));
}

/// Words that only one system knows: calls, flags, and paths of Linux, and asking which system it is.
const OF_ONE_SYSTEM: [&str; 24] = [
    "\"/proc",
    "target_os",
    "os::linux",
    "os::macos",
    "memfd",
    "pidfd",
    "fdatasync",
    "fallocate",
    "fadvise",
    "subreaper(",
    "pipe_with",
    "pipe_size",
    "OFlags::PATH",
    "OFlags::TMPFILE",
    "CMSG_CLOEXEC",
    "NOSIGNAL",
    "Boottime",
    "clock_ticks",
    "fstatfs",
    "mknodat",
    "renameat_with",
    "syncfs",
    "SocketFlags",
    "/dev/fd",
];

#[test]
fn what_only_one_system_has_is_asked_for_in_one_place() {
    let mut found = Vec::new();
    for source in sources().into_iter().filter(|source| !source.is_test() && !source.path.starts_with("system/")) {
        let text = fs::read_to_string(Path::new("src").join(&source.path)).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for (number, line) in code.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            for word in OF_ONE_SYSTEM.into_iter().filter(|word| line.contains(word)) {
                found.push(format!("src/{}:{}: `{word}`", source.path, number + 1));
            }
        }
    }
    assert!(found.is_empty(), "what Linux and macOS do differently lives in src/system:\n{}", found.join("\n"));
}

#[test]
fn both_systems_have_the_same_functions_with_the_same_types() {
    let signatures = |system: &str| -> BTreeSet<String> {
        let text = fs::read_to_string(format!("src/system/{system}.rs")).unwrap();
        let lines = text.lines().filter(|line| line.starts_with("pub "));
        // A parameter that one of them has no use for begins with a line below.
        lines
            .map(|line| {
                line.split([';', '=']).next().unwrap_or(line).trim_end_matches([' ', '{', '}']).replace('_', "")
            })
            .collect()
    };
    let [linux, macos] = ["linux", "macos"].map(signatures);
    let only: Vec<_> = linux.symmetric_difference(&macos).collect();
    assert!(only.is_empty(), "only one of the two systems has:\n{only:#?}");
}

#[test]
fn a_folder_is_named_for_what_it_does() {
    let refused = ["utils", "util", "helpers", "helper", "common", "manager", "imp", "misc"];
    let named: Vec<_> = sources()
        .into_iter()
        .filter(|source| source.module.iter().any(|part| refused.contains(&part.as_str())))
        .map(|source| format!("src/{}", source.path))
        .collect();
    assert!(named.is_empty(), "a module is named for what it does:\n{}", named.join("\n"));
}

#[test]
fn a_mod_file_holds_documentation_and_names() {
    let mut violations = Vec::new();
    for source in sources().into_iter().filter(|source| source.path.ends_with("mod.rs") && !source.is_test()) {
        for (number, line) in source.code.lines().enumerate() {
            let starts = ["fn ", "pub fn ", "struct ", "pub struct ", "enum ", "pub enum ", "impl ", "impl<"];
            if starts.iter().any(|start| line.starts_with(start)) {
                violations.push(format!("src/{}:{}: {line}", source.path, number + 1));
            }
        }
    }
    assert!(violations.is_empty(), "`mod.rs` has documentation and `pub use`:\n{}", violations.join("\n"));
}

#[test]
fn the_reader_of_sources_sees_code_and_not_what_is_said_about_it() {
    let text = concat!(
        "//! [`crate::cli`]\n",
        "use crate::{model::Item, /* crate::report */ event::{Event, Record}};\n",
        "const SAID: &str = \"crate::engine\"; const RAW: &str = r#\"kdl::\"#; const MARK: char = '\"';\n",
        "fn lives<'a>(it: &'a str) -> plan::Plan { super::super::perform::run(it); crate::journal::open() }\n",
        "use kdl::KdlDocument; use ::duct::cmd; own::kdl::x();\n",
    );
    let source = Source::new("syntax/deep.rs", text);
    let imports: Vec<_> = source.imports().into_iter().map(|(line, name)| format!("{line} {name}")).collect();
    assert_eq!(imports, ["2 model", "2 event", "4 perform", "4 journal"]);
    let crates: Vec<_> = source.crates(["kdl", "duct", "plan"].into_iter()).into_iter().collect();
    assert_eq!(crates, [(5, "kdl"), (5, "duct"), (4, "plan")]);
    assert_eq!(Source::new("a.rs", "one\n#[cfg(test)]\nmod tests {\n}\n").lines_without_tests(), 1);
    assert!(is_below("perform/file/observe.rs", "perform/file") && !is_below("perform/files.rs", "perform/file"));
}

/// One file of `src`, without comments and texts.
struct Source {
    /// Below `src`, with `/`.
    path: String,
    /// The modules from the crate's root to this one.
    module: Vec<String>,
    code: String,
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        let mut module: Vec<_> = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        module.pop_if(|last| last == "mod");
        Self { path: path.to_owned(), module, code: code_only(text) }
    }

    fn is_test(&self) -> bool {
        self.module.iter().any(|part| part == "tests")
    }

    fn lines_without_tests(&self) -> usize {
        let lines: Vec<_> = self.code.lines().collect();
        let tests = lines.windows(2).position(|two| two[0] == "#[cfg(test)]" && two[1].ends_with('{'));
        tests.unwrap_or(lines.len())
    }

    /// The modules at the crate's root that are named here, with their lines, in order.
    fn imports(&self) -> Vec<(usize, String)> {
        let tokens = tokens(&self.code);
        let mut found = Vec::new();
        let mut index = 0;
        while index < tokens.len() {
            let climbs =
                tokens[index..].chunks(2).take_while(|two| two[0].1 == "super" && two.len() > 1 && two[1].1 == "::");
            let climbed = climbs.count();
            let root = tokens[index].1 == "crate" && tokens.get(index + 1).is_some_and(|next| next.1 == "::");
            // Inside a path (`super::super::…`) the first `super` has counted the others.
            let inside = index > 0 && tokens[index - 1].1 == "::";
            if (root || climbed >= self.module.len()) && climbed + usize::from(root) > 0 && !inside {
                index += 2 * climbed.max(1);
                found.extend(named_at(&tokens[index..]).into_iter().map(|(line, name)| (line, name.to_owned())));
            } else {
                index += 1;
            }
        }
        found
    }

    /// The crates of these names that are used here, each with its first line.
    fn crates<'a>(&self, names: impl Iterator<Item = &'a str>) -> Vec<(usize, &'a str)> {
        let tokens = tokens(&self.code);
        let mut first: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, (line, name)) in tokens.iter().enumerate() {
            let before = |back: usize| index.checked_sub(back).map_or("", |at| tokens[at].1);
            let path = tokens.get(index + 1).is_some_and(|next| next.1 == "::");
            // `::name` is the crate too, unless a segment stands before it.
            let inside = before(1) == "::" && is_name(before(2)) && before(2) != "use";
            if is_name(name) && (path || before(1) == "use") && !inside {
                first.entry(name).or_insert(*line);
            }
        }
        names.filter_map(|name| first.get(name).map(|line| (*line, name))).collect()
    }
}

/// What a path's next segment names: one module, or those of a group.
fn named_at<'a>(tokens: &[(usize, &'a str)]) -> Vec<(usize, &'a str)> {
    match tokens.first() {
        Some((line, "{")) => {
            let mut depth = 0_usize;
            let mut expected = true;
            let mut found = Vec::new();
            for (at, token) in tokens {
                match *token {
                    "{" => depth += 1,
                    "}" if depth == 1 => break,
                    "}" => depth -= 1,
                    "," if depth == 1 => expected = true,
                    name if depth == 1 && expected => {
                        found.push((*at, name));
                        expected = false;
                    }
                    _ => {}
                }
            }
            assert!(!found.is_empty(), "an empty group at line {line}");
            found
        }
        Some(name) => vec![*name],
        None => Vec::new(),
    }
}

/// Names, `::` and single characters, each with its line.
fn tokens(code: &str) -> Vec<(usize, &str)> {
    let mut tokens = Vec::new();
    for (number, line) in code.lines().enumerate() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let name = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len());
            let length = match name {
                0 if rest.starts_with("::") => 2,
                0 => first.len_utf8(),
                name => name,
            };
            tokens.push((number + 1, &rest[..length]));
            rest = rest[length..].trim_start();
        }
    }
    tokens
}

fn is_name(token: &str) -> bool {
    token.starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
}

/// The text without comments, and with texts and characters emptied; lines stay where they are.
fn code_only(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let skipped = match letter {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => block_comment(rest),
            '"' => quoted(rest),
            'r' | 'b' | 'c' if !code.ends_with(|last: char| last.is_alphanumeric() || last == '_') => {
                raw(rest).unwrap_or(0)
            }
            '\'' => character(rest),
            _ => 0,
        };
        if skipped == 0 {
            code.push(letter);
            rest = &rest[letter.len_utf8()..];
        } else {
            code.extend(rest[..skipped].chars().filter(|letter| *letter == '\n'));
            code.push_str(if letter == '/' { "" } else { " " });
            rest = &rest[skipped..];
        }
    }
    code
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        let here = &rest[at..];
        if here.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += here.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

fn quoted(rest: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        match letter {
            '"' if !escaped => return at + 1,
            _ => escaped = letter == '\\' && !escaped,
        }
    }
    rest.len()
}

/// A raw text (`r"…"`, `br#"…"#`), if one begins here.
fn raw(rest: &str) -> Option<usize> {
    let letters = rest.strip_prefix("br").or_else(|| rest.strip_prefix("cr")).or_else(|| rest.strip_prefix('r'))?;
    let inner = letters.trim_start_matches('#');
    let hashes = letters.len() - inner.len();
    let body = inner.strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let opening = rest.len() - body.len();
    Some(body.find(&end).map_or(rest.len(), |at| opening + at + end.len()))
}

/// A character (`'"'`, `'\''`); nothing where a lifetime begins.
fn character(rest: &str) -> usize {
    let mut letters = rest.char_indices().skip(1);
    match letters.next() {
        Some((_, '\\')) => rest[3..].find('\'').map_or(0, |at| at + 4),
        Some(_) => letters.next().filter(|(_, letter)| *letter == '\'').map_or(0, |(at, _)| at + 1),
        None => 0,
    }
}

fn is_below(path: &str, home: &str) -> bool {
    home.is_empty() || path == home || path.strip_prefix(home).is_some_and(|rest| rest.starts_with('/'))
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    assert!(files.len() > 100, "only {} sources were found", files.len());
    let name = |path: &Path| path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
    files.iter().map(|path| Source::new(&name(path), &fs::read_to_string(path).unwrap())).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The names under `[dependencies]`, as Rust spells them.
fn dependencies() -> Vec<String> {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let table = manifest.split("\n[").find(|table| table.starts_with("dependencies]")).unwrap();
    let lines = table.lines().skip(1).filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once('=')).map(|(name, _)| name.trim().replace('-', "_")).collect()
}
