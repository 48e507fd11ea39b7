//! Whether a step may start: whether it still fits into its window, and when a retry is due.

use jiff::Timestamp;

use crate::event::Record;
use crate::model::{Action, KubeVerb, ManifestObject, Retry, Template, Values, render_duration};
use crate::plan::{Plan, retry_delay};

/// When the next attempt is due.
#[must_use]
pub fn retry_at(ended: Timestamp, retry: Retry, tried: usize) -> Timestamp {
    ended.saturating_add(retry_delay(retry, tried)).unwrap_or(ended)
}

/// Why a step must not start now; `None`: it fits into its window, or has none.
#[must_use]
pub fn no_longer_fits(plan: &Plan, record: &Record, index: usize, now: Timestamp) -> Option<String> {
    if record.may_start_any_time() {
        return None;
    }
    let (_, closes) = plan.phase_of(index)?.window?;
    let needed = plan.time_to_safe(index);
    let latest = closes.saturating_sub(needed).unwrap_or(closes);
    (now > latest).then(|| {
        let needed = render_duration(needed);
        format!("it no longer fits: it and the way back may take {needed}, and the window closes at {closes}")
    })
}

/// What a derived action changes, for telling two steps on one unit or path apart.
#[must_use]
pub fn target(action: &Action) -> Option<String> {
    let text = |template: &Template| template.render_known(&Values::new());
    if let Action::ServiceChange { unit, .. } = action {
        return unit.as_ref().map(|unit| format!("unit {}", text(unit)));
    }
    if let Action::Kube(kube) = action {
        return kube_target(&kube.verb);
    }
    action.changed_file().map(|path| format!("path {}", text(path)))
}

/// What of an object is changed; `None` for what has no state of before.
fn kube_target(verb: &KubeVerb) -> Option<String> {
    let of = |part: &str, object: &Template| Some(format!("{part} of {}", object.render_known(&Values::new())));
    match verb {
        KubeVerb::SetImage { object, .. } | KubeVerb::Restart { object } => of("template", object),
        KubeVerb::Scale { object, .. } => of("replicas", object),
        KubeVerb::Mark { mark, object, .. } => of(mark.field(), object),
        KubeVerb::Apply(manifest) => {
            let titles = manifest.objects.iter().map(ManifestObject::title);
            Some(titles.collect::<Vec<_>>().join(" "))
        }
        KubeVerb::Delete { .. }
        | KubeVerb::Wait { .. }
        | KubeVerb::Get { .. }
        | KubeVerb::Logs { .. }
        | KubeVerb::Job(_)
        | KubeVerb::Events { .. } => None,
    }
}
