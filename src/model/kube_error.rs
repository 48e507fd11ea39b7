//! What can be wrong with `kubernetes`, `kube` and the manifests in a runbook.

use crate::syntax::catalogue;

catalogue! {
    /// What is wrong with what is asked of a cluster.
    pub enum KubeError {
        /// An object is written as `KIND/NAME`, as `kubectl` takes it: `deployment/web`, `pod/db-0`,
        /// `certificates.cert-manager.io/api`.
        NotAnObject { found: String } = "runbook::model::not_an_object" {
            message: "`{found}` doesn't name an object",
            label: "not KIND/NAME",
            help: "write its kind and its name: \"deployment/web\"",
        }
        /// Only some kinds can be asked this: images, replicas and rollouts belong to workloads.
        NotOfThisKind { verb: String, found: String, kinds: String } = "runbook::model::not_of_this_kind" {
            message: "`kube {verb}` isn't for a {found}",
            label: "of another kind",
            help: "it is for {kinds}",
        }
        /// `kube set-image` names the containers that get another image.
        NoContainer = "runbook::model::no_container" {
            message: "no container gets another image",
            label: "no `container` in it",
            help: "write one line each: {{ container NAME \"IMAGE:TAG\"; }}",
        }
        /// `kube annotate` and `kube label` say what is set.
        NothingSet { verb: String } = "runbook::model::nothing_set" {
            message: "`kube {verb}` sets nothing",
            label: "no `set` in it",
            help: "write what is set: {{ set team=\"billing\"; }}; `#null` takes it away",
        }
        /// `kube exec` runs one program, as `run` does.
        NoCommand = "runbook::model::no_command" {
            message: "`kube exec` runs nothing",
            label: "no `command` in it",
            help: "write the program and its arguments: {{ command psql -c \"SELECT 1\"; }}",
        }
        /// `kube wait` waits for a rollout or for a condition.
        NotWaited = "runbook::model::not_waited" {
            message: "`kube wait` doesn't say what it waits for",
            label: "neither `rollout` nor `condition=`",
            help: "write kube wait \"deployment/web\" rollout, or condition=Ready",
        }
        /// A manifest is YAML or JSON, one object or several behind `---`.
        NotAManifest { why: String } = "runbook::model::not_a_manifest" {
            message: "the manifest can't be read: {why}",
            label: "not a manifest",
            help: "each object of it has apiVersion, kind and metadata.name",
        }
        /// What the way back of `kube apply` needs is kept in the journal, and secrets are written
        /// nowhere. So the former value of a Secret can't be kept, and its way back is written by hand.
        SecretObject { name: String } = "runbook::model::secret_object" {
            message: "the former value of the Secret `{name}` can't be kept for the way back",
            label: "it has no derived inverse",
            help: "say how it is undone: inverse {{ … }}, inverse none because=\"…\" or irreversible because=\"…\"",
        }
        /// `lock "name" store=kubernetes` is held in the cluster that the `kubernetes` at the top names, or the
        /// one in `defaults`. Without either nobody but the kubeconfig of whoever runs it would say which one
        /// that is, and two people could hold the lock in two clusters.
        LockWithoutCluster = "runbook::model::lock_without_cluster" {
            message: "the lock is held in a cluster, and nothing says which",
            label: "which cluster?",
            help: "say it at the top: kubernetes {{ context \"NAME\"; namespace \"NAME\"; }}",
        }
        /// Of a Job only what it did can be undone, and only its author knows what that is.
        NotAJob { kind: String } = "runbook::model::not_a_job" {
            message: "`kube job` isn't for a {kind}",
            label: "not a Job",
            help: "use `kube apply` for other objects",
        }
    }
}
