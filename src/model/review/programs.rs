//! A program beside the runbook that isn't among its `files`: what was reviewed isn't what runs.

use camino::Utf8Path;

use super::code::Code;
use super::places::places;
use super::rules::Review;
use crate::model::{Activity, Processes, Program, Template, called_words, scripts_of};
use crate::syntax::Finding;

const OUTSIDE: Code = Code::warning(
    "runbook::check::program_outside_files",
    "A step calls a program beside the runbook that no `files` names. It is no part of the run's bundle and its \
     digest: it may change after the review, and between the start of a run and its way back. Write files \
     \"scripts/**\" at the top.",
);
const NOT_EXECUTABLE: Code = Code::warning(
    "runbook::check::not_executable",
    "A step calls a program beside the runbook that nobody may execute; it won't start.",
);
const NOT_THE_COPY: Code = Code::warning(
    "runbook::check::not_the_copy",
    "A script calls one of the runbook's `files` by its place in the folder. What runs then is the file as it is at \
     that moment, on the way back perhaps days later, and not the copy that the run keeps of what was reviewed. Write \
     \"$RUNBOOK_BUNDLE/scripts/x.sh\".",
);
pub(super) const CODES: [Code; 3] = [OUTSIDE, NOT_EXECUTABLE, NOT_THE_COPY];

pub(super) fn review(review: &Review<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for place in places(review.runbook) {
        for program in programs(place.activity) {
            let words: Vec<&Template> = std::iter::once(&program.program).chain(&program.arguments).collect();
            let texts: Vec<String> = words.iter().map(|word| word.as_literal().unwrap_or_default()).collect();
            let called = called_words(&texts.iter().map(String::as_str).collect::<Vec<_>>());
            findings.extend(called.into_iter().filter_map(|at| look_at(review, words.get(at)?, at == 0)));
        }
        findings.extend(named_in_scripts(review, place.activity));
    }
    findings
}

/// The programs that start in the runbook's folder.
fn programs(activity: &Activity) -> Vec<&Program> {
    if activity.surroundings.cd.is_some() {
        return Vec::new();
    }
    match activity.action.processes() {
        Some(Processes::Programs { programs, .. }) => programs.iter().collect(),
        Some(Processes::Script(_)) | None => Vec::new(),
    }
}

/// Files of the bundle that scripts in the runbook's folder name where the author keeps them.
fn named_in_scripts(review: &Review<'_>, activity: &Activity) -> Vec<Finding> {
    if activity.surroundings.cd.is_some() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for script in scripts_of(&activity.action) {
        let words = script.split(|c: char| c.is_whitespace() || ";&|()<>\"'`".contains(c));
        let paths = words.map(|word| word.strip_prefix("./").unwrap_or(word)).filter(|word| word.contains('/'));
        for path in paths.filter(|path| review.bundle.get(Utf8Path::new(path)).is_some()) {
            findings.push(NOT_THE_COPY.at(
                review.narrow(activity.action_span, "", path),
                format!("the script names `{path}` in the folder, not the run's copy of it"),
                "what is here by then",
                format!("write \"$RUNBOOK_BUNDLE/{path}\""),
            ));
        }
    }
    findings
}

fn look_at(review: &Review<'_>, called: &Template, is_program: bool) -> Option<Finding> {
    let written = called.as_literal()?;
    if written.starts_with(['/', '~']) {
        return None;
    }
    let path: camino::Utf8PathBuf = Utf8Path::new(&written).components().filter(|part| part.as_str() != ".").collect();
    let span = called.span;
    match review.bundle.get(&path) {
        None => Some(OUTSIDE.at(
            span,
            format!("`{written}` isn't among the runbook's files"),
            "not part of what is reviewed",
            format!("add files \"{path}\" at the top, or a pattern that matches it"),
        )),
        Some(file) if is_program && file.mode & 0o111 == 0 => Some(NOT_EXECUTABLE.at(
            span,
            format!("`{written}` isn't executable"),
            "won't start",
            format!("make it executable: chmod +x {path}"),
        )),
        Some(_) => None,
    }
}
