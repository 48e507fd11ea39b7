//! Warnings that the author accepts: they are taken out of what is found and kept with their reasons.
//! An `allow` that accepts nothing is a leftover, which would hide the next such warning.

use super::code::Code;
use super::rules::CODES;
use crate::model::{Allowance, AllowedFinding};
use crate::syntax::suggest::closest;
use crate::syntax::{Finding, Severity};

const NOT_A_WARNING: Code = Code::error(
    "runbook::check::not_a_warning",
    "`allow` accepts a warning by its code, as it is shown in the brackets: allow \"runbook::check::restart\" \
     because=\"…\". An error can't be accepted, and what can't be told of a code that nobody knows is neither.",
);
const UNUSED_ALLOW: Code = Code::warning(
    "runbook::check::unused_allow",
    "An `allow` accepts a warning that nothing in its node gives. It is a leftover: left there, it would hide the \
     next such warning without anybody having looked at it.",
);
pub(super) const CODES_OF_ALLOW: [Code; 2] = [NOT_A_WARNING, UNUSED_ALLOW];

/// What remains of findings once the accepted warnings are taken out.
#[derive(Debug, Default)]
pub struct Sifted {
    /// What remains.
    pub findings: Vec<Finding>,
    /// What is accepted, and why.
    pub allowed: Vec<AllowedFinding>,
}

/// Takes the accepted warnings out of findings. An `allow` that accepts nothing becomes a warning where
/// its code was sought everywhere.
#[must_use]
pub fn sift(findings: Vec<Finding>, allowances: &[Allowance], was_sought: impl Fn(&Code) -> bool) -> Sifted {
    let mut sifted = Sifted::default();
    let mut used = vec![false; allowances.len()];
    for finding in findings {
        let accepts = |allowance: &Allowance| finding.severity == Severity::Warning && allowance.holds_for(&finding);
        match allowances.iter().position(accepts).and_then(|at| Some((at, allowances.get(at)?))) {
            Some((at, allowance)) => {
                if let Some(used) = used.get_mut(at) {
                    *used = true;
                }
                sifted.allowed.push(AllowedFinding { finding, because: allowance.because.clone() });
            }
            None => sifted.findings.push(finding),
        }
    }
    let is_leftover =
        |allowance: &Allowance| warnings().any(|code| code.name == allowance.code.value && was_sought(code));
    let unused = allowances.iter().zip(used).filter(|(allowance, used)| !used && is_leftover(allowance));
    sifted.findings.extend(unused.map(|(allowance, _)| {
        UNUSED_ALLOW.at(
            allowance.span,
            format!("nothing here gives the warning {}", allowance.code.value),
            "accepts nothing",
            "take it out, or move it to what it is about",
        )
    }));
    sifted
}

/// The `allow`s that name no warning.
#[must_use]
pub(super) fn misnamed(allowances: &[Allowance]) -> Vec<Finding> {
    let is_known = |allowance: &&Allowance| !warnings().any(|code| code.name == allowance.code.value);
    let report = |allowance: &Allowance| {
        let written = crate::syntax::reader::shortened(&allowance.code.value);
        let last = |code: &'static str| code.rsplit("::").next().unwrap_or(code);
        let codes = || warnings().map(|code| code.name);
        let near = codes().find(|code| last(code) == written).or_else(|| closest(&written, codes()));
        let is_error = CODES.iter().copied().flatten().any(|code| code.name == allowance.code.value);
        let help = match near {
            _ if is_error => "an error can't be accepted: mend what it says".to_owned(),
            Some(near) => format!("did you mean \"{near}\"?"),
            None => "write the code that the warning shows in brackets".to_owned(),
        };
        NOT_A_WARNING.at(allowance.code.span, format!("`{written}` is no warning"), "not the code of one", help)
    };
    allowances.iter().filter(is_known).map(report).collect()
}

/// The codes that can be accepted: whoever accepts a leftover should take it out instead.
fn warnings() -> impl Iterator<Item = &'static Code> {
    let all = CODES.iter().copied().flatten();
    all.filter(|code| code.severity == Severity::Warning && code.name != UNUSED_ALLOW.name)
}
