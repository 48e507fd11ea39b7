//! What is weak about a rollout: a budget that the cluster's own deadline never lets it use, and a restart
//! that comes too early on the way back.

use std::time::Duration;

use super::code::Code;
use super::places::{Part, places};
use super::rules::Review;
use crate::model::{Action, KubeVerb, Template, render_duration};
use crate::syntax::Finding;

/// After how long a cluster gives up on a Deployment that says nothing else: `progressDeadlineSeconds`.
const DEADLINE: Duration = Duration::from_mins(10);

const BEYOND_DEADLINE: Code = Code::warning(
    "runbook::check::beyond_deadline",
    "A cluster gives up on a Deployment that makes no progress for `progressDeadlineSeconds`, 600 unless the Deployment \
     says otherwise, and the step fails then. A longer budget is reached only by a rollout that keeps moving all the \
     time, so it says nothing about when a dead one is noticed.",
);
const RESTART_TOO_EARLY: Code = Code::warning(
    "runbook::check::restart_too_early",
    "On the way back the restart is undone before what was applied above it, so the pods start with what the way back \
     is about to take away. Write an `on-rollback` above the change that restarts the workload: its action runs when \
     everything below it is undone.",
);
pub(super) const CODES: [Code; 2] = [BEYOND_DEADLINE, RESTART_TOO_EARLY];

pub(super) fn review(review: &Review<'_>) -> Vec<Finding> {
    let places = places(review.runbook);
    let restarted_back: Vec<_> = places
        .iter()
        .filter(|place| matches!(place.part, Part::OnRollback))
        .filter_map(|place| restarted(&place.activity.action))
        .collect();
    let mut findings = Vec::new();
    let mut applied = false;
    for place in &places {
        let Action::Kube(kube) = &place.activity.action else { continue };
        let budget = place.activity.budget;
        if rolls_a_deployment_out(&kube.verb) && budget.limit > DEADLINE {
            findings.push(BEYOND_DEADLINE.at(
                budget.span,
                format!("a budget of {} can hardly be reached", render_duration(budget.limit)),
                "longer than a cluster waits",
                "stay below 10m, or set `progressDeadlineSeconds` in the Deployment and accept this with `allow`",
            ));
        }
        let Part::Step(step) = place.part else { continue };
        if let Some(object) = restarted(&place.activity.action)
            && applied
            && !restarted_back.iter().any(|other| other.parts == object.parts)
        {
            findings.push(RESTART_TOO_EARLY.at(
                place.activity.action_span,
                "the way back doesn't restart the pods after what was applied is undone",
                format!("`{}` comes too early on the way back", step.id.value),
                "write an on-rollback above the change that restarts it",
            ));
        }
        applied |= matches!(kube.verb, KubeVerb::Apply(_));
    }
    findings
}

fn restarted(action: &Action) -> Option<&Template> {
    let Action::Kube(kube) = action else { return None };
    if let KubeVerb::Restart { object } = &kube.verb { Some(object) } else { None }
}

fn rolls_a_deployment_out(verb: &KubeVerb) -> bool {
    let is_deployment = |object: &Template| {
        let text = object.render_known(&crate::model::Values::new());
        text.starts_with("deploy")
    };
    match verb {
        KubeVerb::SetImage { object, .. } | KubeVerb::Restart { object } | KubeVerb::Scale { object, .. } => {
            is_deployment(object)
        }
        KubeVerb::Apply(manifest) => manifest.objects.iter().any(|object| {
            object.content["kind"] == "Deployment" && object.content["spec"]["progressDeadlineSeconds"].is_null()
        }),
        KubeVerb::Delete { .. }
        | KubeVerb::Mark { .. }
        | KubeVerb::Wait { .. }
        | KubeVerb::Get { .. }
        | KubeVerb::Logs { .. }
        | KubeVerb::Job(_)
        | KubeVerb::Events { .. } => false,
    }
}
