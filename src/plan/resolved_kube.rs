//! What is asked of a Kubernetes cluster with every value put in, and what was there before it. One
//! invariant: what is kept of before is absolute; nothing of it says *the revision before*.

use std::collections::BTreeMap;
use std::time::Duration;

use camino::Utf8PathBuf;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::Mark;

/// `kube VERB …`, with every value put in.
#[derive(Clone, Serialize, Deserialize)]
pub struct ResolvedKube {
    /// Which cluster, and where in it.
    pub target: ResolvedTarget,
    /// What is done.
    pub verb: ResolvedKubeVerb,
}

/// Which cluster, and where in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct ResolvedTarget {
    /// `None`: the kubeconfig's current one; without a kubeconfig, the cluster that runbook runs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// `None`: the context's, else `default`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Absolute; `None`: `KUBECONFIG`, else `~/.kube/config`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub kubeconfig: Option<Utf8PathBuf>,
}

/// An object as people write it: `deployment/web`, `pods`, `certificates.cert-manager.io/api`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KubeName {
    /// A kind, a plural or a short name, perhaps with its group behind a dot.
    pub kind: String,
    /// `None`: all of the kind.
    pub name: Option<String>,
}

/// What is done, with every value put in.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResolvedKubeVerb {
    /// Containers get other images; then the rollout is waited for.
    SetImage {
        /// The workload.
        object: KubeName,
        /// Containers and their images.
        containers: Vec<(String, String)>,
    },
    /// Server-side apply of these objects, in order; then rollouts among them are waited for.
    Apply(Vec<Value>),
    /// So many replicas; then the rollout is waited for.
    Scale {
        /// The workload.
        object: KubeName,
        /// How many.
        replicas: u32,
    },
    /// New pods of the same template; then the rollout is waited for.
    Restart {
        /// The workload.
        object: KubeName,
        /// What the template is marked with: the same over all attempts of the step.
        key: String,
    },
    /// The object is deleted; one that isn't there is deleted already.
    Delete(KubeName),
    /// Annotations or labels; `None`: taken away.
    Mark {
        /// Which of the two.
        mark: Mark,
        /// The object.
        object: KubeName,
        /// Names and values.
        pairs: Vec<(String, Option<String>)>,
    },
    /// Looks until it is so.
    Wait {
        /// An object, or all of a kind.
        object: KubeName,
        /// Of labels.
        selector: Option<String>,
        /// `None`: the rollout; else the type of the condition that must be `True`.
        condition: Option<String>,
    },
    /// Looks at an object or a list.
    Get {
        /// An object, or all of a kind.
        object: KubeName,
        /// Of labels.
        selector: Option<String>,
        /// Of fields.
        field_selector: Option<String>,
    },
    /// Reads what a container has printed.
    Logs {
        /// A pod, or something that has pods.
        object: KubeName,
        /// `None`: the only one, or the default one.
        container: Option<String>,
        /// `None`: from the beginning.
        since: Option<Duration>,
        /// `None`: all lines.
        tail: Option<u32>,
    },
    /// These Jobs are created and followed to their ends.
    Job(Vec<Value>),
    /// Looks at the events about an object.
    Events {
        /// The object.
        object: KubeName,
        /// `None`: as long as the cluster keeps them.
        since: Option<Duration>,
    },
}

/// Where a program runs: in a container of a pod.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolvedPod {
    /// Which cluster, and where in it.
    pub target: ResolvedTarget,
    /// A pod, or something that has pods.
    pub object: KubeName,
    /// `None`: the only one, or the default one.
    pub container: Option<String>,
}

/// What a change of objects found before it acted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KubeBefore {
    /// Where the inverse goes.
    pub target: ResolvedTarget,
    /// The address of the API server: the way back goes to no other.
    pub cluster: String,
    /// The objects, in the order in which they are changed.
    pub objects: Vec<ObjectBefore>,
}

/// One object before it was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ObjectBefore {
    /// `apps/v1`.
    pub api_version: String,
    /// `Deployment`.
    pub kind: String,
    /// `None`: it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// `None`: it wasn't there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// What was there of what is changed.
    pub was: ObjectWas,
}

/// What was there of what is changed, and what the change leaves: the guard of the way back, which
/// stops and asks if the object is neither.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ObjectWas {
    /// The object wasn't there: its way back deletes it.
    Absent {
        /// The manifest.
        leaves: Value,
    },
    /// The object as a whole, without what the server keeps itself.
    Whole {
        /// The object.
        object: Value,
        /// The manifest.
        leaves: Value,
    },
    /// The template of a workload's pods.
    Template {
        /// `deployment.kubernetes.io/revision`, for people; `None`: it has none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        revision: Option<String>,
        /// `spec.template`.
        template: Value,
        /// `spec.template` after it.
        leaves: Value,
    },
    /// `spec.replicas`.
    Replicas {
        /// Before.
        replicas: u32,
        /// After.
        leaves: u32,
    },
    /// Annotations or labels; `None`: not there.
    Marks {
        /// Which of the two.
        mark: Mark,
        /// Before.
        values: BTreeMap<String, Option<String>>,
        /// After.
        leaves: BTreeMap<String, Option<String>>,
    },
}

impl ResolvedKubeVerb {
    /// Whether it changes nothing.
    #[must_use]
    pub fn only_looks(&self) -> bool {
        match self {
            Self::Wait { .. } | Self::Get { .. } | Self::Logs { .. } | Self::Events { .. } => true,
            Self::SetImage { .. }
            | Self::Apply(_)
            | Self::Scale { .. }
            | Self::Restart { .. }
            | Self::Delete(_)
            | Self::Mark { .. }
            | Self::Job(_) => false,
        }
    }

    /// What looks at what this has made, so that it can be looked at again; `None`: it can't.
    #[must_use]
    pub fn looking(&self) -> Option<Self> {
        let (selector, field_selector) = (None, None);
        match self {
            Self::Wait { .. } | Self::Get { .. } | Self::Logs { .. } | Self::Events { .. } => Some(self.clone()),
            Self::SetImage { object, .. } | Self::Scale { object, .. } | Self::Restart { object, .. } => {
                Some(Self::Wait { object: object.clone(), selector, condition: None })
            }
            Self::Delete(object) | Self::Mark { object, .. } => {
                Some(Self::Get { object: object.clone(), selector, field_selector })
            }
            Self::Apply(_) | Self::Job(_) => None,
        }
    }
}

impl ObjectBefore {
    /// `deployment/web`, as `kubectl` takes it.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{}/{}", self.kind.to_lowercase(), self.name)
    }
}

impl std::fmt::Display for KubeName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{}/{name}", self.kind),
            None => f.write_str(&self.kind),
        }
    }
}

impl KubeName {
    /// `KIND/NAME` or `KIND`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.split_once('/') {
            Some((kind, name)) => Self { kind: kind.to_owned(), name: Some(name.to_owned()) },
            None => Self { kind: text.to_owned(), name: None },
        }
    }

    /// What has pods: a bare name is a pod's.
    #[must_use]
    pub fn with_pods(text: &str) -> Self {
        match text.split_once('/') {
            Some(_) => Self::parse(text),
            None => Self { kind: "pod".to_owned(), name: Some(text.to_owned()) },
        }
    }
}
