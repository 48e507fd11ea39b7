//! A program beside the runbook that isn't among its `files`: what was reviewed isn't what runs.

use camino::Utf8Path;

use super::code::Code;
use super::places::places;
use super::rules::Review;
use crate::model::{Activity, Processes, Program, Template, called_words};
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
pub(super) const CODES: [Code; 2] = [OUTSIDE, NOT_EXECUTABLE];

pub(super) fn review(review: &Review<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for place in places(review.runbook) {
        for program in programs(place.activity) {
            let words: Vec<&Template> = std::iter::once(&program.program).chain(&program.arguments).collect();
            let texts: Vec<String> = words.iter().map(|word| word.as_literal().unwrap_or_default()).collect();
            let called = called_words(&texts.iter().map(String::as_str).collect::<Vec<_>>());
            findings.extend(called.into_iter().filter_map(|at| look_at(review, words.get(at)?, at == 0)));
        }
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
