//! `service restart|reload` has no inverse that could come at the right moment of the way back.

use super::code::Code;
use super::places::{Part, places};
use super::rules::Review;
use crate::model::{Action, ServiceVerb, Template};
use crate::syntax::Finding;

const RESTART: Code = Code::warning(
    "runbook::check::restart",
    "On the way back a restart would have to come after the inverses of the steps above it, but its own inverse comes \
     before them: the service would go on with what was changed. Write `service stop` before the change and `service \
     start` after it, which are undone in the right order, or an `on-rollback` above the change that restarts it.",
);
pub(super) const CODES: [Code; 1] = [RESTART];

pub(super) fn review(review: &Review<'_>) -> Vec<Finding> {
    let places = places(review.runbook);
    let restored: Vec<_> = places
        .iter()
        .filter(|place| matches!(place.part, Part::OnRollback))
        .filter_map(|place| changed_unit(&place.activity.action))
        .collect();
    let mut findings = Vec::new();
    for place in &places {
        if let Part::Step(step) = place.part
            && let Some((verb, unit)) = changed_unit(&place.activity.action)
            && matches!(verb, ServiceVerb::Restart | ServiceVerb::Reload)
            && !restored.iter().any(|(_, other)| other.parts == unit.parts)
        {
            findings.push(RESTART.at(
                place.activity.action_span,
                format!("the way back doesn't {} the service after the steps above are undone", verb.word()),
                format!("`{}` comes too early on the way back", step.id.value),
                "write service stop before the change and service start after it, or on-rollback above the change",
            ));
        }
    }
    findings
}

fn changed_unit(action: &Action) -> Option<(ServiceVerb, &Template)> {
    match action {
        Action::ServiceChange { verb, unit: Some(unit) } => Some((*verb, unit)),
        _ => None,
    }
}
