//! What the documents say is checked like what an author writes: every `kdl` block of README and
//! `docs/` is a runbook, or a part of one that its first line names, and every file in `runbooks/` is
//! accepted and planned. Invariant: everything that is wrong shows at once, with its file and line.
//!
//! A block's first line says what it is, behind `kdl`:
//!
//! | words | the block is |
//! |---|---|
//! | | a whole file |
//! | `top` | nodes beside the head |
//! | `phase` | what stands in a phase |
//! | `check`, `step` | what stands in a check; in a step with `inverse none` |
//! | `refused CODE` | a whole file, refused with this code; with `top`, `phase`, … that part of one |

#![expect(clippy::unwrap_used, reason = "a test stops where it can't read its own documents")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use camino::Utf8Path;
use runbook::model::bundle::load;
use runbook::model::vocabulary::{MATCHERS, table};
use runbook::model::{FILTERS, SubjectName};
use runbook::plan::Plan;
use runbook::syntax::{Finding, Severity};
use tempfile::TempDir;

/// What the parts of a runbook in the documents may name.
const HEAD: &str = r#"runbook example "An example" {
    window "2026-06-10T08:00Z" "2026-06-10T10:00Z"
    lock "example/{{environment}}"
}
input version "2.0"
input environment production
input unit "app.service"
input database "/var/lib/app/app.db"
input port 8000 type=int
secret api_key env="API_KEY"
"#;

/// Files that blocks include, call or fill in.
const FILES: [(&str, &str); 5] = [
    ("parts/common.kdl", "let common \"{{version}}\"\n"),
    ("scripts/migrate.sh", "#!/bin/sh\n"),
    ("templates/app.conf", "version = {{version}}\n"),
    ("templates/motd", "This is {{version}}\n"),
    ("ride.json", "{}\n"),
];

/// One block of a document.
struct Block {
    /// `docs/language.md:12`.
    place: String,
    /// The words behind `kdl`.
    words: Vec<String>,
    text: String,
}

impl Block {
    /// The whole file that the block is, or is a part of.
    fn runbook(&self) -> String {
        let is = |word: &str| self.words.iter().any(|other| other == word);
        let text = &self.text;
        if is("top") {
            format!("{HEAD}{text}\nphase only \"Only\" {{\n    check x {{ run x; }}\n}}\n")
        } else if is("phase") {
            format!("{HEAD}phase only \"Only\" {{\n{text}\n}}\n")
        } else if is("check") {
            format!("{HEAD}phase only \"Only\" {{\ncheck x {{\n{text}\n}}\n}}\n")
        } else if is("step") {
            let inverse = if self.says_inverse() { "" } else { "inverse none because=\"an example\"" };
            format!("{HEAD}phase only \"Only\" {{\nstep x {{\n{text}\n{inverse}\n}}\n}}\n")
        } else {
            text.clone()
        }
    }

    fn says_inverse(&self) -> bool {
        let starts = ["inverse", "irreversible"];
        self.text.lines().any(|line| starts.iter().any(|start| line.trim_start().starts_with(start)))
    }

    /// What is wrong with it; nothing if it is as it says.
    fn wrong(&self) -> Option<String> {
        let folder = TempDir::new().unwrap();
        for (path, text) in FILES {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let path = folder.path().join("block.kdl");
        fs::write(&path, self.runbook()).unwrap();
        let loaded = load(Utf8Path::from_path(&path).unwrap());
        let codes: Vec<_> = errors(&loaded.findings).map(|finding| finding.code).collect();
        match self.words.iter().position(|word| word == "refused").map(|at| self.words.get(at + 1)) {
            None if loaded.is_accepted() => None,
            None => Some(format!("{} is refused:\n{}", self.place, said(&loaded.findings))),
            Some(Some(code)) if codes == [code.as_str()] => None,
            Some(code) => Some(format!("{}: `refused {code:?}`, but it is {codes:?}", self.place)),
        }
    }
}

#[test]
fn every_block_of_kdl_in_the_documents_is_what_it_says() {
    let blocks: Vec<_> = documents().iter().flat_map(|path| blocks(path)).collect();
    assert!(blocks.len() > 25, "only {} blocks were found", blocks.len());
    let wrong: Vec<_> = blocks.iter().filter_map(Block::wrong).collect();
    assert!(wrong.is_empty(), "{} of {} blocks:\n{}", wrong.len(), blocks.len(), wrong.join("\n"));
}

#[test]
fn every_runbook_of_the_repository_is_accepted_and_planned() {
    // Cases beside a runbook are tried by `runbook test`.
    let is_runbook = |path: &PathBuf| !path.to_str().is_some_and(|path| path.ends_with(".test.kdl"));
    let files: Vec<_> = below("runbooks", "kdl").into_iter().filter(is_runbook).collect();
    let mut included = BTreeSet::new();
    let mut wrong = String::new();
    for path in files.iter().filter(|path| !is_part(path)) {
        let loaded = load(Utf8Path::from_path(path).unwrap());
        included
            .extend(loaded.bundle.files.iter().map(|file| loaded.bundle.folder.join(&file.path).into_std_path_buf()));
        if !loaded.is_accepted() {
            writeln!(wrong, "{}:\n{}", path.display(), said(&loaded.findings)).unwrap();
        }
        let Some(runbook) = loaded.runbook.map(Arc::new) else { continue };
        if let Err(errors) = Plan::resolve(&runbook, &BTreeMap::new(), None) {
            let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
            writeln!(wrong, "{}: {}", path.display(), errors.join("; ")).unwrap();
        }
    }
    for part in files.iter().filter(|path| is_part(path) && !included.contains(*path)) {
        writeln!(wrong, "{}: nothing includes it", part.display()).unwrap();
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_reference_has_every_word_of_the_language() {
    let reference = fs::read_to_string(root().join("docs/language.md")).unwrap();
    let words = table().map(|word| word.name).chain(MATCHERS).chain(FILTERS);
    let subjects = SubjectName::ALL.into_iter().map(SubjectName::word);
    // A name in code: alone, or at the start of how it is written.
    let named = |word: &str| [' ', '`', '='].iter().any(|end| reference.contains(&format!("`{word}{end}")));
    let missing: BTreeSet<_> = words.chain(subjects).filter(|word| !named(word)).collect();
    assert!(missing.is_empty(), "docs/language.md doesn't have {missing:?}");
}

#[test]
fn every_link_of_the_documents_leads_somewhere() {
    let mut broken = Vec::new();
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target) {
            let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
            if path.contains("://") {
                continue;
            }
            let path = if path.is_empty() { document.clone() } else { document.parent().unwrap().join(path) };
            let leads = path.exists() && (anchor.is_empty() || anchors(&path).contains(anchor));
            if !leads {
                broken.push(format!("{}: {target}", document.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_readers_of_documents_see_what_is_there() {
    let block = |words: &[&str], text: &str| Block {
        place: String::new(),
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        text: text.to_owned(),
    };
    assert!(block(&["step"], "run make").wrong().is_none());
    assert!(block(&["step"], "run make\nexpct exit is=0").wrong().unwrap().contains("expct"));
    assert!(
        block(&["step", "refused", "runbook::syntax::unclosed_block"], "run make")
            .wrong()
            .unwrap()
            .contains("but it is []")
    );
    assert_eq!(anchor("What `run` does, and why"), "what-run-does-and-why");
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn is_part(path: &Path) -> bool {
    path.parent().unwrap().ends_with("parts")
}

fn errors(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    findings.iter().filter(|finding| finding.severity == Severity::Error)
}

fn said(findings: &[Finding]) -> String {
    let lines: Vec<_> = findings.iter().map(|finding| format!("  {}: {}", finding.code, finding.message)).collect();
    lines.join("\n")
}

/// README and everything in `docs/`.
fn documents() -> Vec<PathBuf> {
    let mut documents = below("docs", "md");
    documents.extend(["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|name| root().join(name)));
    documents
}

fn below(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|other| other == extension) {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn blocks(document: &Path) -> Vec<Block> {
    let text = fs::read_to_string(document).unwrap();
    let name = document.strip_prefix(root()).unwrap().display().to_string();
    let mut blocks = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let Some(words) = line.trim_start().strip_prefix("```kdl") else { continue };
        let inside = lines.by_ref().map(|(_, line)| line).take_while(|line| line.trim() != "```");
        let text = inside.collect::<Vec<_>>().join("\n");
        let words = words.split_whitespace().map(str::to_owned).collect();
        blocks.push(Block { place: format!("{name}:{}", number + 1), words, text });
    }
    blocks
}

/// What links to headings of a document may name.
fn anchors(path: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(path).unwrap();
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| anchor(line.trim_start_matches('#').trim())).collect()
}

fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|letter| letter.is_alphanumeric() || [' ', '-', '_'].contains(letter));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}
