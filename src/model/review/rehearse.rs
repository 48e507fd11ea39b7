//! `rehearse`: its settings are inputs, fit them, and give the lock another name, so that a
//! rehearsal can't be mistaken for the release.

use super::code::Code;
use super::rules::Review;
use crate::model::{Escape, Rehearse, Runbook, Template, Values, check_setting};
use crate::syntax::Finding;
use crate::syntax::suggest::closest;

const SETTING: Code = Code::error(
    "runbook::check::rehearse_setting",
    "`rehearse` sets something that isn't an input, or to a value that the input refuses.",
);
const SAME_LOCK: Code = Code::error(
    "runbook::check::rehearse_lock",
    "Under the settings of `rehearse` the lock has the same name as in the release, so a rehearsal could touch what \
     the release owns. Put an input that `rehearse` sets into the lock's name, such as lock \"api/{{environment}}\".",
);
pub(super) const CODES: [Code; 2] = [SETTING, SAME_LOCK];

pub(super) fn review(review: &Review<'_>) -> Vec<Finding> {
    let Some(rehearse) = &review.runbook.rehearse else { return Vec::new() };
    let mut findings = settings(review, rehearse);
    if findings.is_empty() && !changes_lock(review, rehearse) {
        findings.push(SAME_LOCK.at(
            rehearse.span,
            "a rehearsal would take the lock of the release",
            "these settings leave the lock's name as it is",
            "put an input that is set here into `lock`, such as lock \"name/{{environment}}\"",
        ));
    }
    findings
}

fn settings(review: &Review<'_>, rehearse: &Rehearse) -> Vec<Finding> {
    let inputs = &review.runbook.inputs;
    let mut findings = Vec::new();
    for (name, value) in &rehearse.settings {
        match inputs.iter().find(|input| input.name.value == name.value) {
            Some(input) => {
                if let Err(error) = check_setting(input, value) {
                    let help = format!("give it a value that input {} accepts", name.value);
                    findings.push(SETTING.at(
                        name.span,
                        format!("`{}` can't be set so: {error}", name.value),
                        "",
                        help,
                    ));
                }
            }
            None if review.is_declared(&name.value) => {}
            None => {
                let near = closest(&name.value, inputs.iter().map(|input| input.name.value.as_str()));
                let help = near.map_or_else(|| "set inputs only".to_owned(), |near| format!("did you mean `{near}`?"));
                findings.push(SETTING.at(
                    name.span,
                    format!("there is no input `{}`", name.value),
                    "not an input",
                    help,
                ));
            }
        }
    }
    findings
}

/// Whether a lock's name differs from the one without any setting: whoever gives the settings of a
/// rehearsal by hand has the rehearsal's own lock. An unknown value (a required input) counts as its
/// own name.
fn changes_lock(review: &Review<'_>, rehearse: &Rehearse) -> bool {
    let runbook = review.runbook;
    let rehearsed: Vec<_> = rehearse.settings.iter().map(|(name, value)| (name.value.clone(), value.clone())).collect();
    let (before, after) = (values(runbook, &[]), values(runbook, &rehearsed));
    let id = Template::literal(&runbook.id.value, runbook.id.span);
    let top = runbook.lock.as_ref().map_or(&id, |lock| &lock.name);
    std::iter::once(top)
        .chain(runbook.phases.iter().filter_map(|phase| phase.lock.as_ref().map(|lock| &lock.name)))
        .all(|lock| lock.render_known(&before) != lock.render_known(&after))
}

/// The values of inputs and lets under some settings; without those that need an input that isn't given.
pub(super) fn values(runbook: &Runbook, settings: &[(String, String)]) -> Values {
    let mut values = Values::new();
    for input in &runbook.inputs {
        let set = settings.iter().find(|(name, _)| *name == input.name.value).map(|(_, value)| value.clone());
        if let Some(value) = set.or_else(|| input.default.clone()) {
            values.insert(input.name.value.clone(), value);
        }
    }
    for derived in &runbook.lets {
        if let Ok(value) = derived.value.render(&values, Escape::None) {
            values.insert(derived.name.value.clone(), value);
        }
    }
    values
}
