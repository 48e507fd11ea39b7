//! What is done to a Kubernetes cluster, and which one: `kubernetes {…}` names the target, `kube VERB …`
//! is the action. `kube exec` is a program like any other that runs somewhere else: see [`Pod`].
//!
//! Invariant: values fill the texts of a manifest that was read, never its YAML.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Template;
use crate::syntax::{Span, Spanned};

/// `kubernetes { context …; namespace …; kubeconfig … }`: what isn't said is the kubeconfig's own.
#[derive(Debug, Clone, Default)]
pub struct KubeTarget {
    /// `context`; `None`: the current one; without a kubeconfig, the cluster that runbook runs in.
    pub context: Option<Template>,
    /// `namespace`; `None`: the context's, else `default`.
    pub namespace: Option<Template>,
    /// `kubeconfig`; `None`: `KUBECONFIG`, else `~/.kube/config`.
    pub kubeconfig: Option<Template>,
}

/// `kube VERB …`.
#[derive(Debug, Clone)]
pub struct KubeAction {
    /// `namespace=`; `None`: the target's.
    pub namespace: Option<Template>,
    /// What is done.
    pub verb: KubeVerb,
}

/// What is done to the cluster. Objects are `KIND/NAME`.
#[derive(Debug, Clone)]
pub enum KubeVerb {
    /// `kube set-image KIND/NAME { container NAME IMAGE }`.
    SetImage {
        /// A `Deployment`, `StatefulSet` or `DaemonSet`.
        object: Template,
        /// The containers and their images, in order; never empty.
        containers: Vec<(String, Template)>,
    },
    /// `kube apply FILE|template=FILE|{manifest …}`: server-side apply.
    Apply(Manifest),
    /// `kube scale KIND/NAME replicas=3`.
    Scale {
        /// A `Deployment`, `StatefulSet` or `ReplicaSet`.
        object: Template,
        /// A whole number.
        replicas: Template,
    },
    /// `kube restart KIND/NAME`.
    Restart {
        /// A `Deployment`, `StatefulSet` or `DaemonSet`.
        object: Template,
    },
    /// `kube delete KIND/NAME`.
    Delete {
        /// The object; one that isn't there is deleted already.
        object: Template,
    },
    /// `kube annotate|label KIND/NAME { set NAME=VALUE… }`.
    Mark {
        /// Which of the two.
        mark: Mark,
        /// The object.
        object: Template,
        /// In order; `None`: it is taken away. Never empty.
        pairs: Vec<(String, Option<Template>)>,
    },
    /// `kube wait KIND[/NAME] condition=…|rollout selector=…`: looks until it is so.
    Wait {
        /// An object, or a kind: all of them.
        object: Template,
        /// `selector=`.
        selector: Option<Template>,
        /// What is waited for.
        until: KubeUntil,
    },
    /// `kube get KIND[/NAME] selector=… field-selector=…`.
    Get {
        /// An object, or a kind: a list.
        object: Template,
        /// `selector=`: of labels.
        selector: Option<Template>,
        /// `field-selector=`.
        field_selector: Option<Template>,
    },
    /// `kube logs POD|KIND/NAME since="10m" container=… tail=…`.
    Logs {
        /// A pod, or something that has pods: of the newest that is ready.
        object: Template,
        /// `container=`; `None`: the only one, or the default one.
        container: Option<Template>,
        /// `since=`; `None`: from the beginning.
        since: Option<Duration>,
        /// `tail=`: so many last lines; `None`: all.
        tail: Option<u32>,
    },
    /// `kube job FILE|template=FILE|{manifest …}`: created, and followed to its end.
    Job(Manifest),
    /// `kube events KIND/NAME since="10m"`.
    Events {
        /// What they are about.
        object: Template,
        /// `since=`; `None`: as long as the cluster keeps them.
        since: Option<Duration>,
    },
}

/// What `kube wait` waits for.
#[derive(Debug, Clone)]
pub enum KubeUntil {
    /// `rollout`: every replica is of the newest template and available.
    Rollout,
    /// `condition=Ready`: it is `True`.
    Condition(Template),
}

/// What is set beside an object's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words of the language itself")]
pub enum Mark {
    Annotate,
    Label,
}

impl Mark {
    /// The verb of `kubectl` and of the language.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Annotate => "annotate",
            Self::Label => "label",
        }
    }

    /// The field of `metadata` that holds it.
    #[must_use]
    pub fn field(self) -> &'static str {
        match self {
            Self::Annotate => "annotations",
            Self::Label => "labels",
        }
    }
}

/// Objects as they are to be.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// A file of the bundle; `None`: it stands in the runbook.
    pub file: Option<Spanned<String>>,
    /// The objects, in order; never empty.
    pub objects: Vec<ManifestObject>,
}

/// One object of a manifest. It has a kind and a name.
#[derive(Debug, Clone)]
pub struct ManifestObject {
    /// The whole, as JSON; texts that name values hold their `{{…}}`.
    pub content: serde_json::Value,
    /// The texts that name values, by JSON pointer; empty in a file that is taken as it is.
    pub filled: Vec<(String, Template)>,
    /// Where it stands.
    pub span: Span,
}

/// Where a program of `kube exec` runs: in a container of a pod.
#[derive(Debug, Clone)]
pub struct Pod {
    /// A pod's name, `pod/NAME`, or something that has pods: the newest that is ready.
    pub object: Template,
    /// `container=`; `None`: the only one, or the default one.
    pub container: Option<Template>,
    /// `namespace=`; `None`: the target's.
    pub namespace: Option<Template>,
    /// `stdin`; `None`: what the step says.
    pub stdin: Option<Template>,
}

impl Manifest {
    /// The first Secret among its objects; `None`: it has none.
    #[must_use]
    pub fn secret(&self) -> Option<&ManifestObject> {
        self.objects.iter().find(|object| object.content["kind"] == "Secret")
    }
}

impl ManifestObject {
    /// The whole with its texts filled.
    ///
    /// # Errors
    /// The first text that can't be filled.
    pub fn filled_by<E>(&self, fill: impl Fn(&Template) -> Result<String, E>) -> Result<serde_json::Value, E> {
        let mut content = self.content.clone();
        for (pointer, text) in &self.filled {
            if let Some(place) = content.pointer_mut(pointer) {
                *place = serde_json::Value::String(fill(text)?);
            }
        }
        Ok(content)
    }

    /// `deployment/web`, as `kubectl` takes it; a name that is a value stands as it is written.
    #[must_use]
    pub fn title(&self) -> String {
        let text = |pointer| self.content.pointer(pointer).and_then(serde_json::Value::as_str).unwrap_or_default();
        format!("{}/{}", text("/kind").to_lowercase(), text("/metadata/name"))
    }
}

impl KubeVerb {
    /// The word behind `kube`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::SetImage { .. } => "set-image",
            Self::Apply(_) => "apply",
            Self::Scale { .. } => "scale",
            Self::Restart { .. } => "restart",
            Self::Delete { .. } => "delete",
            Self::Mark { mark, .. } => mark.word(),
            Self::Wait { .. } => "wait",
            Self::Get { .. } => "get",
            Self::Logs { .. } => "logs",
            Self::Job(_) => "job",
            Self::Events { .. } => "events",
        }
    }

    /// Whether it changes nothing.
    #[must_use]
    pub fn only_looks(&self) -> bool {
        match self {
            Self::Wait { .. } | Self::Get { .. } | Self::Logs { .. } | Self::Events { .. } => true,
            Self::SetImage { .. }
            | Self::Apply(_)
            | Self::Scale { .. }
            | Self::Restart { .. }
            | Self::Delete { .. }
            | Self::Mark { .. }
            | Self::Job(_) => false,
        }
    }

    /// Whether the action itself knows how it is undone.
    #[must_use]
    pub fn derives_inverse(&self) -> bool {
        match self {
            Self::SetImage { .. } | Self::Scale { .. } | Self::Restart { .. } | Self::Mark { .. } => true,
            // What a Secret held before is written nowhere.
            Self::Apply(manifest) => manifest.secret().is_none(),
            Self::Delete { .. }
            | Self::Wait { .. }
            | Self::Get { .. }
            | Self::Logs { .. }
            | Self::Job(_)
            | Self::Events { .. } => false,
        }
    }

    /// The object that it is about; `None` for a manifest's.
    #[must_use]
    pub fn object(&self) -> Option<&Template> {
        match self {
            Self::SetImage { object, .. }
            | Self::Scale { object, .. }
            | Self::Restart { object }
            | Self::Delete { object }
            | Self::Mark { object, .. }
            | Self::Wait { object, .. }
            | Self::Get { object, .. }
            | Self::Logs { object, .. }
            | Self::Events { object, .. } => Some(object),
            Self::Apply(_) | Self::Job(_) => None,
        }
    }

    /// What it is done with, if that is a manifest.
    #[must_use]
    pub fn manifest(&self) -> Option<&Manifest> {
        match self {
            Self::Apply(manifest) | Self::Job(manifest) => Some(manifest),
            Self::SetImage { .. }
            | Self::Scale { .. }
            | Self::Restart { .. }
            | Self::Delete { .. }
            | Self::Mark { .. }
            | Self::Wait { .. }
            | Self::Get { .. }
            | Self::Logs { .. }
            | Self::Events { .. } => None,
        }
    }
}

impl KubeAction {
    /// Every text in it that may name values.
    #[must_use]
    pub fn texts(&self) -> Vec<&Template> {
        let mut texts: Vec<&Template> = self.namespace.iter().chain(self.verb.object()).collect();
        match &self.verb {
            KubeVerb::SetImage { containers, .. } => texts.extend(containers.iter().map(|(_, image)| image)),
            KubeVerb::Scale { replicas, .. } => texts.push(replicas),
            KubeVerb::Mark { pairs, .. } => texts.extend(pairs.iter().filter_map(|(_, value)| value.as_ref())),
            KubeVerb::Wait { selector, until, .. } => {
                texts.extend(selector);
                if let KubeUntil::Condition(condition) = until {
                    texts.push(condition);
                }
            }
            KubeVerb::Get { selector, field_selector, .. } => texts.extend(selector.iter().chain(field_selector)),
            KubeVerb::Logs { container, .. } => texts.extend(container),
            KubeVerb::Apply(manifest) | KubeVerb::Job(manifest) => {
                texts.extend(manifest.objects.iter().flat_map(|object| &object.filled).map(|(_, text)| text));
            }
            KubeVerb::Restart { .. } | KubeVerb::Delete { .. } | KubeVerb::Events { .. } => {}
        }
        texts
    }
}
