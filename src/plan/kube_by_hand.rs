//! What is asked of a cluster as commands of `kubectl`: for documents, and for a person who has to go on
//! by hand. One invariant: a way back names what is put back, never *the revision before*.

use std::convert::Infallible;

use serde_json::{Value, json};

use super::by_hand::quote;
use super::resolved_kube::{KubeBefore, ObjectBefore, ObjectWas, ResolvedTarget};
use crate::model::{KubeAction, KubeTarget, KubeUntil, KubeVerb, Manifest, Pod, Template, Values, render_duration};

/// Puts the values that are known into texts.
pub(super) struct Kubectl<'a> {
    values: &'a Values,
    target: Option<&'a KubeTarget>,
}

impl<'a> Kubectl<'a> {
    /// For actions in surroundings that say this of the cluster.
    pub(super) fn new(values: &'a Values, target: Option<&'a KubeTarget>) -> Self {
        Self { values, target }
    }

    fn text(&self, template: &Template) -> String {
        template.render_known(self.values)
    }

    fn word(&self, template: &Template) -> String {
        quote(&self.text(template))
    }

    /// `kubectl` with its target.
    fn kubectl(&self, namespace: Option<&Template>) -> String {
        let target = self.target;
        kubectl([
            target.and_then(|target| target.kubeconfig.as_ref()).map(|path| self.text(path)),
            target.and_then(|target| target.context.as_ref()).map(|context| self.text(context)),
            namespace.or_else(|| target?.namespace.as_ref()).map(|namespace| self.text(namespace)),
        ])
    }

    /// A program in a pod; `with_input`: it reads standard input.
    pub(super) fn exec(&self, pod: &Pod, command: &str, with_input: bool) -> String {
        let input = if with_input { " -i" } else { "" };
        let container = pod.container.as_ref().map(|it| format!(" -c {}", self.word(it))).unwrap_or_default();
        let object = self.word(&pod.object);
        format!("{} exec{input} {object}{container} -- {command}", self.kubectl(pod.namespace.as_ref()))
    }

    /// The commands of an action.
    pub(super) fn action(&self, kube: &KubeAction) -> String {
        let kubectl = self.kubectl(kube.namespace.as_ref());
        let rollout = |object: &Template| format!("\n{kubectl} rollout status {}", self.word(object));
        match &kube.verb {
            KubeVerb::SetImage { object, containers } => {
                let images = containers.iter().map(|(name, image)| quote(&format!("{name}={}", self.text(image))));
                let images = images.collect::<Vec<_>>().join(" ");
                format!("{kubectl} set image {} {images}{}", self.word(object), rollout(object))
            }
            KubeVerb::Apply(manifest) => {
                let apply = format!("{kubectl} apply --server-side --field-manager=runbook");
                self.with_manifest(&apply, manifest)
            }
            KubeVerb::Job(manifest) => self.with_manifest(&format!("{kubectl} create"), manifest),
            KubeVerb::Scale { object, replicas } => {
                format!("{kubectl} scale {} --replicas={}{}", self.word(object), self.word(replicas), rollout(object))
            }
            KubeVerb::Restart { object } => {
                format!("{kubectl} rollout restart {}{}", self.word(object), rollout(object))
            }
            KubeVerb::Delete { object } => format!("{kubectl} delete --ignore-not-found {}", self.word(object)),
            KubeVerb::Mark { mark, object, pairs } => {
                let pairs = pairs.iter().map(|(name, value)| marked(name, value.as_ref().map(|it| self.text(it))));
                let pairs = pairs.collect::<Vec<_>>().join(" ");
                format!("{kubectl} {} --overwrite {} {pairs}", mark.word(), self.word(object))
            }
            KubeVerb::Wait { object, selector, until } => {
                let selector = self.flag("-l", selector.as_ref());
                match until {
                    KubeUntil::Rollout => format!("{kubectl} rollout status {}", self.word(object)),
                    KubeUntil::Condition(condition) => {
                        let all = if selector.is_empty() && !self.text(object).contains('/') { " --all" } else { "" };
                        let condition = quote(&format!("--for=condition={}", self.text(condition)));
                        format!("{kubectl} wait {}{selector}{all} {condition}", self.word(object))
                    }
                }
            }
            KubeVerb::Get { object, selector, field_selector } => {
                let fields = self.flag("--field-selector", field_selector.as_ref());
                format!("{kubectl} get {}{}{fields} -o json", self.word(object), self.flag("-l", selector.as_ref()))
            }
            KubeVerb::Logs { object, container, since, tail } => {
                let container = self.flag("-c", container.as_ref());
                let since = since.map(|since| format!(" --since={}s", since.as_secs())).unwrap_or_default();
                let tail = tail.map(|tail| format!(" --tail={tail}")).unwrap_or_default();
                format!("{kubectl} logs {}{container}{since}{tail}", self.word(object))
            }
            KubeVerb::Events { object, since } => {
                let since =
                    since.map(|since| format!("  # of the last {}", render_duration(since))).unwrap_or_default();
                format!("{kubectl} events --for {}{since}", self.word(object))
            }
        }
    }

    fn flag(&self, flag: &str, value: Option<&Template>) -> String {
        value.map(|value| format!(" {flag} {}", self.word(value))).unwrap_or_default()
    }

    fn with_manifest(&self, command: &str, manifest: &Manifest) -> String {
        let has_values = manifest.objects.iter().any(|object| !object.filled.is_empty());
        if let Some(file) = manifest.file.as_ref().filter(|_| !has_values) {
            return format!("{command} -f {}", quote(&file.value));
        }
        let filled = |text: &Template| Ok::<_, Infallible>(self.text(text));
        let objects: Vec<_> = manifest.objects.iter().filter_map(|object| object.filled_by(filled).ok()).collect();
        from_input(command, &objects)
    }
}

/// `kubectl` with its kubeconfig, its context and its namespace.
fn kubectl(target: [Option<String>; 3]) -> String {
    let flags = ["--kubeconfig", "--context", "-n"].into_iter().zip(target);
    let flags = flags.filter_map(|(flag, value)| Some(format!(" {flag} {}", quote(&value?))));
    std::iter::once("kubectl".to_owned()).chain(flags).collect()
}

/// An annotation or a label; without a value it is taken away.
fn marked(name: &str, value: Option<String>) -> String {
    quote(&value.map_or_else(|| format!("{name}-"), |value| format!("{name}={value}")))
}

fn from_input(command: &str, objects: &[Value]) -> String {
    let spelled: Vec<_> =
        objects.iter().map(|object| serde_json::to_string_pretty(object).unwrap_or_default()).collect();
    format!("{command} -f - <<'END'\n{}\nEND", spelled.join("\n---\n"))
}

/// The commands that put back what a change of objects found, last object first.
pub(super) fn restore_kube_by_hand(before: &KubeBefore) -> String {
    let back = before.objects.iter().rev().map(|object| restore_object(&before.target, object));
    back.collect::<Vec<_>>().join("\n")
}

fn restore_object(target: &ResolvedTarget, object: &ObjectBefore) -> String {
    let namespace = object.namespace.as_ref().or(target.namespace.as_ref());
    let kubeconfig = target.kubeconfig.as_ref().map(ToString::to_string);
    let kubectl = kubectl([kubeconfig, target.context.clone(), namespace.cloned()]);
    let title = quote(&object.title());
    match &object.was {
        ObjectWas::Absent { .. } => format!("{kubectl} delete --ignore-not-found {title}"),
        ObjectWas::Whole { object, .. } => from_input(&format!("{kubectl} replace"), std::slice::from_ref(object)),
        ObjectWas::Template { template, .. } => {
            let patch = json!([{ "op": "replace", "path": "/spec/template", "value": template }]);
            let patch = quote(&patch.to_string());
            format!("{kubectl} patch {title} --type=json -p {patch}\n{kubectl} rollout status {title}")
        }
        ObjectWas::Replicas { replicas, .. } => format!("{kubectl} scale {title} --replicas={replicas}"),
        ObjectWas::Marks { mark, values, .. } => {
            let pairs = values.iter().map(|(name, value)| marked(name, value.clone()));
            format!("{kubectl} {} --overwrite {title} {}", mark.word(), pairs.collect::<Vec<_>>().join(" "))
        }
    }
}
