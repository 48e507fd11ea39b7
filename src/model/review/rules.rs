//! The list of the rules, and what each of them is given.

use super::allowed::{Sifted, sift};
use super::code::Code;
use super::{
    allowed, barrier, budgets, downtime, escaped_regex, estimates, inverse_proof, lacks, names, outside, programs,
    proof, rehearse, requests, restart, rollout, script_names, shell_pipe, until, unused, windows,
};
use crate::model::bundle::Bundle;
use crate::model::{Known, Runbook};
use crate::syntax::{Finding, Sources, Span};

/// A runbook under review.
#[derive(Debug)]
pub struct Review<'a> {
    /// What was lowered.
    pub runbook: &'a Runbook,
    /// The text it came from.
    pub sources: &'a Sources,
    /// The files that belong to it.
    pub bundle: &'a Bundle,
    /// What inputs are set to, instead of their defaults.
    pub settings: &'a [(String, String)],
    /// Whether lowering found no error; else parts are missing, and what asks for the whole is silent.
    pub complete: bool,
    /// Every name that the text declares, also in parts that were left out.
    pub declared: Known,
}

type Rule = fn(&Review<'_>) -> Vec<Finding>;

/// Rules that hold for parts, whatever else is wrong.
const ABOUT_PARTS: [Rule; 12] = [
    names::review,
    script_names::review,
    shell_pipe::review,
    escaped_regex::review,
    lacks::review,
    inverse_proof::review,
    restart::review,
    rollout::review,
    requests::review,
    programs::review,
    windows::review,
    rehearse::review,
];

/// Rules that need the whole runbook.
const ABOUT_THE_WHOLE: [Rule; 6] =
    [unused::review, until::review, proof::review, barrier::review, budgets::review, downtime::review];

/// Every code of the review, in the order of the reference.
pub const CODES: &[&[Code]] = &[
    &names::CODES,
    &until::CODES,
    &rehearse::CODES,
    &windows::CODES,
    &proof::CODES,
    &barrier::CODES,
    &inverse_proof::CODES,
    &restart::CODES,
    &rollout::CODES,
    &lacks::CODES,
    &requests::CODES,
    &budgets::CODES,
    &downtime::CODES,
    &estimates::CODES,
    &shell_pipe::CODES,
    &script_names::CODES,
    &escaped_regex::CODES,
    &programs::CODES,
    &unused::CODES,
    &allowed::CODES_OF_ALLOW,
    &outside::CODES,
];

impl Review<'_> {
    /// Every finding of every rule, without the warnings that the runbook accepts.
    #[must_use]
    pub fn sifted(&self) -> Sifted {
        let whole = if self.complete { &ABOUT_THE_WHOLE[..] } else { &[] };
        let findings = ABOUT_PARTS.iter().chain(whole).flat_map(|rule| rule(self)).collect();
        let allowances = &self.runbook.allowances;
        let mut sifted = sift(findings, allowances, |code| {
            self.complete
                && !outside::is_of_shell(code)
                && !outside::is_of_repository(code)
                && !estimates::is_of_history(code)
        });
        sifted.findings.extend(allowed::misnamed(allowances));
        sifted
    }

    /// Whether a name is declared in a part that lowering left out.
    pub(super) fn is_declared(&self, name: &str) -> bool {
        let declared = match name.strip_prefix("secret.") {
            Some(secret) => self.declared.secrets.contains(secret),
            None => self.declared.values.contains(name),
        };
        declared && !self.complete
    }

    /// The part of a range where a name is used, behind `{{` or `$`; the whole range if it isn't there.
    pub(super) fn narrow(&self, span: Span, opener: &str, name: &str) -> Span {
        let text = self.sources.text(span);
        let uses = text.match_indices(opener).filter_map(|(start, _)| {
            let behind = text.get(start + opener.len()..)?;
            let inner = behind.trim_start_matches(['{', ' ', '#']);
            let after = inner.strip_prefix(name)?;
            let ends = !after.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
            ends.then_some((start, text.len() - after.len()))
        });
        uses.min_by_key(|(start, _)| *start).map_or(span, |(start, end)| span.part(start..end))
    }
}
