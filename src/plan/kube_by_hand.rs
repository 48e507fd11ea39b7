//! What is asked of a cluster as commands of `kubectl`: for documents, and for a person who has to go on
//! by hand. One invariant: a way back names what is put back, never *the revision before*.

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
        let flags = [
            ("--kubeconfig", target.and_then(|target| target.kubeconfig.as_ref())),
            ("--context", target.and_then(|target| target.context.as_ref())),
            ("-n", namespace.or_else(|| target?.namespace.as_ref())),
        ];
        let flags = flags.into_iter().filter_map(|(flag, value)| Some(format!(" {flag} {}", self.word(value?))));
        std::iter::once("kubectl".to_owned()).chain(flags).collect()
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
                let pairs = pairs.iter().map(|(name, value)| match value {
                    Some(value) => quote(&format!("{name}={}", self.text(value))),
                    None => quote(&format!("{name}-")),
                });
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
        let objects = manifest.objects.iter().map(|object| {
            let mut content = object.content.clone();
            for (pointer, text) in &object.filled {
                if let Some(place) = content.pointer_mut(pointer) {
                    *place = Value::String(self.text(text));
                }
            }
            content
        });
        from_input(command, &objects.collect::<Vec<_>>())
    }
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
    let kubeconfig = target.kubeconfig.as_ref().map(|path| path.as_str().to_owned());
    let flags = [("--kubeconfig", kubeconfig.as_ref()), ("--context", target.context.as_ref()), ("-n", namespace)];
    let flags = flags.into_iter().filter_map(|(flag, value)| Some(format!(" {flag} {}", quote(value?))));
    let kubectl: String = std::iter::once("kubectl".to_owned()).chain(flags).collect();
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
            let pairs = values.iter().map(|(name, value)| match value {
                Some(value) => quote(&format!("{name}={value}")),
                None => quote(&format!("{name}-")),
            });
            format!("{kubectl} {} --overwrite {title} {}", mark.word(), pairs.collect::<Vec<_>>().join(" "))
        }
    }
}
