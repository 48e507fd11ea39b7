//! The words about a Kubernetes cluster: which one, and what is asked of it.

use super::words::ACTIVITIES;
use super::{ANY, Place, Word};

/// What a verb of `kube` may have; which has what is looked at when it is read.
const KUBE: &[&str] =
    &["namespace", "replicas", "condition", "selector", "field-selector", "container", "since", "tail", "template"];

/// Which cluster, and where in it.
pub(super) const CLUSTER: &[Word] = &[
    Word::new(
        "kubernetes",
        &[Place::Top, Place::Defaults],
        "kubernetes { context \"NAME\"; namespace \"NAME\"; kubeconfig \"PATH\"; }",
        "Which cluster, and where in it.",
    )
    .inside(Place::Kubernetes),
    Word::new("context", &[Place::Kubernetes], "context \"NAME\"", "A context of the kubeconfig.").arguments(1),
    Word::new("namespace", &[Place::Kubernetes], "namespace \"NAME\"", "Where the objects are.").arguments(1),
    Word::new(
        "kubeconfig",
        &[Place::Kubernetes],
        "kubeconfig \"PATH\"",
        "The file that says how the cluster is reached.",
    )
    .arguments(1),
];

/// What is asked of it.
pub(super) const KUBE_ACTION: &[Word] = &[
    Word::new("kube", ACTIVITIES, "kube VERB \"KIND/NAME\" …", "Looks at a Kubernetes cluster or changes it.")
        .arguments(3)
        .properties(KUBE)
        .inside(Place::Kube)
        .repeats(),
    Word::new(
        "kube",
        &[Place::Pipe],
        "kube exec \"POD\" { command PROGRAM ARG…; }",
        "One part of a pipeline, in a container.",
    )
    .arguments(2)
    .properties(&["namespace", "container"])
    .inside(Place::Kube)
    .repeats(),
    Word::new("container", &[Place::Kube], "container NAME \"IMAGE\"", "A container, and the image that it gets.")
        .arguments(2)
        .repeats(),
    Word::new("command", &[Place::Kube], "command PROGRAM ARG…", "The program that runs in the container.")
        .arguments(ANY),
    Word::new("stdin", &[Place::Kube], "stdin \"…\"", "What the program can read.").arguments(1),
    Word::new(
        "manifest",
        &[Place::Kube],
        "manifest #\"\"\"…\"\"\"#",
        "Objects as YAML or JSON; values stand in their texts.",
    )
    .arguments(1),
    Word::new("set", &[Place::Kube], "set NAME=VALUE…", "What is set; `#null` takes it away.")
        .own_properties()
        .repeats(),
];
