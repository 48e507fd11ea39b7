//! `kubernetes {…}` and `kube VERB …`: each verb has its own few properties and children, and what
//! belongs to another is refused. Manifests are read in `manifest`.

use std::sync::Arc;
use std::time::Duration;

use super::lowering::Lower;
use super::text::{Secrets, with_stand_ins};
use crate::model::kube_error::KubeError;
use crate::model::{Action, KubeAction, KubeTarget, KubeUntil, KubeVerb, Mark, Pod, Program, Template};
use crate::syntax::reader::{shortened, surplus_arguments, unknown_properties};
use crate::syntax::suggest::listed;
use crate::syntax::{Entry, Node, ReadError, Value};

/// What may stand with a verb.
pub(super) struct Form {
    verb: &'static str,
    usage: &'static str,
    arguments: usize,
    properties: &'static [&'static str],
    children: &'static [&'static str],
}

impl Form {
    const fn new(verb: &'static str, usage: &'static str, arguments: usize) -> Self {
        Self { verb, usage, arguments, properties: &["namespace"], children: &[] }
    }

    const fn properties(self, properties: &'static [&'static str]) -> Self {
        Self { properties, ..self }
    }

    const fn children(self, children: &'static [&'static str]) -> Self {
        Self { children, ..self }
    }
}

const FORMS: [Form; 13] = [
    Form::new("set-image", "kube set-image \"KIND/NAME\" { container NAME \"IMAGE\"; }", 2).children(&["container"]),
    Form::new("apply", "kube apply \"FILE\"", 2).properties(&["namespace", "template"]).children(&["manifest"]),
    Form::new("scale", "kube scale \"KIND/NAME\" replicas=3", 2).properties(&["namespace", "replicas"]),
    Form::new("restart", "kube restart \"KIND/NAME\"", 2),
    Form::new("delete", "kube delete \"KIND/NAME\"", 2),
    Form::new("annotate", "kube annotate \"KIND/NAME\" { set NAME=\"VALUE\"; }", 2).children(&["set"]),
    Form::new("label", "kube label \"KIND/NAME\" { set NAME=\"VALUE\"; }", 2).children(&["set"]),
    Form::new("wait", "kube wait \"KIND/NAME\" rollout", 3).properties(&["namespace", "condition", "selector"]),
    Form::new("get", "kube get \"KIND/NAME\"", 2).properties(&["namespace", "selector", "field-selector"]),
    Form::new("exec", "kube exec \"POD\" { command PROGRAM ARG…; }", 2)
        .properties(&["namespace", "container"])
        .children(&["command", "stdin"]),
    Form::new("logs", "kube logs \"POD\" since=\"10m\"", 2).properties(&["namespace", "container", "since", "tail"]),
    Form::new("job", "kube job \"FILE\"", 2).properties(&["namespace", "template"]).children(&["manifest"]),
    Form::new("events", "kube events \"KIND/NAME\"", 2).properties(&["namespace", "since"]),
];

/// Kinds whose pods are rolled out, under the names that `kubectl` knows.
const ROLLED_OUT: &[&str] =
    &["deployment", "deployments", "deploy", "statefulset", "statefulsets", "sts", "daemonset", "daemonsets", "ds"];
/// Kinds that have a number of replicas.
const SCALED: &[&str] =
    &["deployment", "deployments", "deploy", "statefulset", "statefulsets", "sts", "replicaset", "replicasets", "rs"];

impl Lower<'_> {
    /// `kubernetes {…}`, over what was said above it.
    pub(super) fn kubernetes(&mut self, node: &Node, above: Option<&Arc<KubeTarget>>) -> Arc<KubeTarget> {
        let above = above.map(|above| (**above).clone()).unwrap_or_default();
        Arc::new(KubeTarget {
            context: self.head_text(node, "context").or(above.context),
            namespace: self.head_text(node, "namespace").or(above.namespace),
            kubeconfig: self.head_text(node, "kubeconfig").or(above.kubeconfig),
        })
    }

    /// `kube VERB …`.
    pub(super) fn kube(&mut self, node: &Node) -> Option<Action> {
        let form = self.kube_form(node)?;
        if form.verb == "exec" {
            return self.kube_exec(node).map(Action::Run);
        }
        let namespace = self.optional_text(node, "namespace");
        let verb = self.kube_verb(node, form.verb);
        Some(Action::Kube(Box::new(KubeAction { namespace: namespace.ok()?, verb: verb? })))
    }

    /// `kube exec POD { command …; stdin …; }`: a program that runs in a pod.
    pub(super) fn kube_exec(&mut self, node: &Node) -> Option<Program> {
        let object = self.object(node, &[]);
        let container = self.optional_text(node, "container");
        let namespace = self.optional_text(node, "namespace");
        let Some(command) = node.child("command") else {
            self.report(KubeError::NoCommand.at(node.name.span));
            return None;
        };
        let stdin = match node.child("stdin") {
            None => None,
            Some(child) => Some(self.stdin_text(child)?),
        };
        let program = self.program(command)?;
        let pod = Pod { object: object?, container: container.ok()?, namespace: namespace.ok()?, stdin };
        Some(Program { pod: Some(Box::new(pod)), span: node.span, ..program })
    }

    /// The verb's form, once what stands with it fits.
    pub(super) fn kube_form(&mut self, node: &Node) -> Option<&'static Form> {
        let verbs: Vec<(&'static str, &'static Form)> = FORMS.iter().map(|form| (form.verb, form)).collect();
        let first = self.keep(node.required_argument(0, "a verb"))?;
        let form = self.keep(first.choice(&verbs))?;
        let before = self.findings.len();
        self.findings.extend(surplus_arguments(node, form.arguments, form.usage));
        self.findings.extend(unknown_properties(node, form.properties));
        for child in node.children().iter().filter(|child| !form.children.contains(&child.name.value.as_str())) {
            let place = format!("`kube {}`", form.verb);
            let help = listed(form.children);
            self.report(ReadError::UnknownNode { name: shortened(&child.name.value), place, help }.at(child.name.span));
        }
        (self.findings.len() == before).then_some(form)
    }

    fn kube_verb(&mut self, node: &Node, verb: &'static str) -> Option<KubeVerb> {
        Some(match verb {
            "set-image" => {
                let object = self.object(node, ROLLED_OUT);
                let containers: Vec<Option<(String, Template)>> =
                    node.children_named("container").map(|child| self.container_image(child)).collect();
                if containers.is_empty() {
                    self.report(KubeError::NoContainer.at(node.name.span));
                    return None;
                }
                KubeVerb::SetImage { object: object?, containers: containers.into_iter().collect::<Option<_>>()? }
            }
            "apply" => KubeVerb::Apply(self.manifest(node)?),
            "job" => KubeVerb::Job(self.manifest(node)?),
            "scale" => {
                let object = self.object(node, SCALED);
                let entry = self.keep(node.required_property("replicas"))?;
                if !matches!(entry.value, Value::Text { .. }) {
                    let _whole = self.keep(entry.whole_number(0..=1_000_000))?;
                }
                let replicas = self.filled(entry, "a number");
                KubeVerb::Scale { object: object?, replicas: replicas? }
            }
            "restart" => KubeVerb::Restart { object: self.object(node, ROLLED_OUT)? },
            "delete" => KubeVerb::Delete { object: self.object(node, &[])? },
            "annotate" => self.mark(node, Mark::Annotate)?,
            "label" => self.mark(node, Mark::Label)?,
            "wait" => self.kube_wait(node)?,
            "get" => {
                let object = self.kind_or_object(node);
                let selector = self.optional_text(node, "selector");
                let field_selector = self.optional_text(node, "field-selector");
                KubeVerb::Get { object: object?, selector: selector.ok()?, field_selector: field_selector.ok()? }
            }
            "logs" => {
                let object = self.kind_or_object(node);
                let container = self.optional_text(node, "container");
                let since = self.since(node);
                let tail = node.property("tail").map(|entry| self.keep(entry.whole_number(1..=1_000_000)));
                let tail = match tail {
                    None => None,
                    Some(lines) => Some(lines?),
                };
                KubeVerb::Logs { object: object?, container: container.ok()?, since: since?, tail }
            }
            _ => {
                let object = self.object(node, &[]);
                let since = self.since(node);
                KubeVerb::Events { object: object?, since: since? }
            }
        })
    }

    fn kube_wait(&mut self, node: &Node) -> Option<KubeVerb> {
        let object = self.kind_or_object(node);
        let selector = self.optional_text(node, "selector");
        let condition = self.optional_text(node, "condition").ok()?;
        let until = match (node.argument(2), condition) {
            (Some(word), None) => self.keep(word.choice(&[("rollout", ())])).map(|()| KubeUntil::Rollout)?,
            (None, Some(condition)) => KubeUntil::Condition(condition),
            (Some(_), Some(_)) | (None, None) => {
                self.report(KubeError::NotWaited.at(node.name.span));
                return None;
            }
        };
        if matches!(until, KubeUntil::Rollout) {
            self.object(node, ROLLED_OUT)?;
        }
        Some(KubeVerb::Wait { object: object?, selector: selector.ok()?, until })
    }

    fn mark(&mut self, node: &Node, mark: Mark) -> Option<KubeVerb> {
        let object = self.object(node, &[]);
        let mut pairs = Vec::new();
        for property in node.children_named("set").flat_map(|set| &set.properties) {
            let entry = Entry::from(property);
            let value = match entry.value {
                Value::Null => None,
                Value::Text { .. } | Value::Integer(_) | Value::Decimal(_) | Value::Flag(_) => {
                    Some(self.template(&entry.spelled(), Secrets::Refused)?)
                }
            };
            pairs.push((property.name.value.clone(), value));
        }
        if pairs.is_empty() {
            self.report(KubeError::NothingSet { verb: mark.word().to_owned() }.at(node.name.span));
            return None;
        }
        Some(KubeVerb::Mark { mark, object: object?, pairs })
    }

    fn container_image(&mut self, node: &Node) -> Option<(String, Template)> {
        let name = self.keep(node.required_argument(0, "a container")).and_then(|entry| self.keep(entry.text()));
        let image = self.keep(node.required_argument(1, "an image")).and_then(|entry| self.filled(entry, "an image"));
        Some((name?.value, image?))
    }

    /// The second argument, `KIND/NAME` of one of these kinds; of any where none is listed.
    fn object(&mut self, node: &Node, kinds: &[&str]) -> Option<Template> {
        let entry = self.keep(node.required_argument(1, "an object"))?;
        let object = self.filled(entry, "an object")?;
        let looks = with_stand_ins(&object);
        let verb = node.argument(0).map(|entry| entry.spelled().value).unwrap_or_default();
        let (kind, name) = match looks.split_once('/') {
            Some(parts) => parts,
            // A bare name is a pod's.
            None if verb == "exec" => ("pod", looks.as_str()),
            None => ("", ""),
        };
        // A value may hold all of it.
        let is_value = object.as_literal().is_none() && !looks.contains('/');
        if !is_value && (kind.is_empty() || name.is_empty() || name.contains('/')) {
            self.report(KubeError::NotAnObject { found: shortened(&looks) }.at(object.span));
            return None;
        }
        let begins_with_a_value = matches!(object.parts.first(), Some(crate::model::Part::Value(_)));
        let plain = kind.split('.').next().unwrap_or_default().to_lowercase();
        if !kinds.is_empty() && !begins_with_a_value && !kinds.contains(&plain.as_str()) {
            let full: Vec<&str> =
                kinds.iter().copied().filter(|kind| kind.ends_with("et") || kind.ends_with("nt")).collect();
            let error = KubeError::NotOfThisKind { verb, found: shortened(kind), kinds: full.join(", ") };
            self.report(error.at(object.span));
            return None;
        }
        Some(object)
    }

    /// The second argument: an object, or a kind.
    fn kind_or_object(&mut self, node: &Node) -> Option<Template> {
        let entry = self.keep(node.required_argument(1, "a kind or an object"))?;
        self.filled(entry, "a kind or an object")
    }

    /// A property that is a text with values in it; `Ok(None)` without it.
    fn optional_text(&mut self, node: &Node, name: &str) -> Result<Option<Template>, super::lowering::Reported> {
        match node.property(name) {
            None => Ok(None),
            Some(entry) => self.filled(entry, name).map(Some).ok_or(super::lowering::Reported),
        }
    }

    #[expect(clippy::option_option, reason = "in error, not written, written")]
    fn since(&mut self, node: &Node) -> Option<Option<Duration>> {
        match node.property("since") {
            None => Some(None),
            Some(entry) => self.duration(entry).map(Some),
        }
    }
}
