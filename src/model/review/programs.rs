//! A program beside the runbook that isn't among its `files`: what was reviewed isn't what runs.

use camino::Utf8Path;

use super::code::Code;
use super::places::places;
use super::rules::Review;
use crate::model::{Action, Activity, Program};
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
            findings.extend(look_at(review, program));
        }
    }
    findings
}

/// The programs that start in the runbook's folder.
fn programs(activity: &Activity) -> Vec<&Program> {
    if activity.surroundings.cd.is_some() {
        return Vec::new();
    }
    match &activity.action {
        Action::Run(program) => vec![program],
        Action::Pipe { parts, .. } => parts.iter().collect(),
        _ => Vec::new(),
    }
}

fn look_at(review: &Review<'_>, program: &Program) -> Option<Finding> {
    let written = program.program.as_literal()?;
    if !written.contains('/') || written.starts_with('/') || written.starts_with('~') {
        return None;
    }
    let path: camino::Utf8PathBuf = Utf8Path::new(&written).components().filter(|part| part.as_str() != ".").collect();
    let span = program.program.span;
    match review.bundle.get(&path) {
        None => Some(OUTSIDE.at(
            span,
            format!("`{written}` isn't among the runbook's files"),
            "not part of what is reviewed",
            format!("add files \"{path}\" at the top, or a pattern that matches it"),
        )),
        Some(file) if file.mode & 0o111 == 0 => Some(NOT_EXECUTABLE.at(
            span,
            format!("`{written}` isn't executable"),
            "won't start",
            format!("make it executable: chmod +x {path}"),
        )),
        Some(_) => None,
    }
}
