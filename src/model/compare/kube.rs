//! `kube` as text: every word of it, one way to write it.

use super::written::{bare, text};
use crate::model::{KubeAction, KubeTarget, KubeUntil, KubeVerb, Manifest, Pod, Template, render_duration};

/// The whole action.
pub(super) fn kube_text(kube: &KubeAction) -> String {
    let KubeAction { namespace, verb } = kube;
    let mut line = format!("kube {}", verb.word());
    if let Some(object) = verb.object() {
        line = format!("{line} {}", text(object));
    }
    let mut lines = Vec::new();
    match verb {
        KubeVerb::SetImage { object: _, containers } => {
            lines.extend(containers.iter().map(|(name, image)| format!("container {} {}", bare(name), text(image))));
        }
        KubeVerb::Apply(manifest) | KubeVerb::Job(manifest) => manifest_text(manifest, &mut line, &mut lines),
        KubeVerb::Scale { object: _, replicas } => line = format!("{line} replicas={}", text(replicas)),
        KubeVerb::Restart { object: _ } | KubeVerb::Delete { object: _ } => {}
        KubeVerb::Mark { mark: _, object: _, pairs } => lines.extend(pairs.iter().map(|(name, value)| {
            let value = value.as_ref().map_or_else(|| "#null".to_owned(), text);
            format!("set {}={value}", bare(name))
        })),
        KubeVerb::Wait { object: _, selector, until } => {
            match until {
                KubeUntil::Rollout => line.push_str(" rollout"),
                KubeUntil::Condition(condition) => line = format!("{line} condition={}", text(condition)),
            }
            property(&mut line, "selector", selector.as_ref());
        }
        KubeVerb::Get { object: _, selector, field_selector } => {
            property(&mut line, "selector", selector.as_ref());
            property(&mut line, "field-selector", field_selector.as_ref());
        }
        KubeVerb::Logs { object: _, container, since, tail } => {
            property(&mut line, "container", container.as_ref());
            line.extend(since.map(|since| format!(" since={}", bare(&render_duration(since)))));
            line.extend(tail.map(|tail| format!(" tail={tail}")));
        }
        KubeVerb::Events { object: _, since } => {
            line.extend(since.map(|since| format!(" since={}", bare(&render_duration(since)))));
        }
    }
    property(&mut line, "namespace", namespace.as_ref());
    std::iter::once(line).chain(lines.into_iter().map(|line| format!("    {line}"))).collect::<Vec<_>>().join("\n")
}

/// Where a program runs.
pub(super) fn pod_text(pod: &Pod) -> String {
    let Pod { object, container, namespace, stdin } = pod;
    let mut line = format!("kube exec {}", text(object));
    property(&mut line, "container", container.as_ref());
    property(&mut line, "namespace", namespace.as_ref());
    line.extend(stdin.as_ref().map(|stdin| format!("\n    stdin {}", text(stdin))));
    line
}

/// Which cluster, and where in it.
pub(super) fn target_text(target: &KubeTarget) -> String {
    let KubeTarget { context, namespace, kubeconfig } = target;
    let parts = [("context", context), ("namespace", namespace), ("kubeconfig", kubeconfig)];
    let said = parts.into_iter().filter_map(|(name, value)| Some(format!("{name} {}", text(value.as_ref()?))));
    format!("kubernetes {{ {} }}", said.collect::<Vec<_>>().join("; "))
}

fn property(line: &mut String, name: &str, value: Option<&Template>) {
    line.extend(value.map(|value| format!(" {name}={}", text(value))));
}

/// The objects are compared as they were read: how they are laid out is nothing.
fn manifest_text(manifest: &Manifest, line: &mut String, lines: &mut Vec<String>) {
    let Manifest { file, objects } = manifest;
    line.extend(file.as_ref().map(|file| format!(" {}", bare(&file.value))));
    for object in objects {
        let spelled = serde_json::to_string_pretty(&object.content).unwrap_or_default();
        lines.extend(spelled.lines().map(str::to_owned));
    }
}
