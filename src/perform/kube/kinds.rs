//! The words for kinds that `kubectl` takes, and the resource that each means. What isn't here the
//! cluster itself is asked for.
//!
//! Invariant: a word of this table means the same on every cluster.

use kube::core::ApiResource;

/// A resource and whether its objects live in namespaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kind {
    /// The resource.
    pub(super) resource: ApiResource,
    /// Whether its objects live in namespaces.
    pub(super) namespaced: bool,
}

/// Kind, group, version, plural, other words, whether it lives in namespaces.
type Row = (&'static str, &'static str, &'static str, &'static str, &'static [&'static str], bool);

const ROWS: [Row; 33] = [
    ("Deployment", "apps", "v1", "deployments", &["deploy"], true),
    ("StatefulSet", "apps", "v1", "statefulsets", &["sts"], true),
    ("DaemonSet", "apps", "v1", "daemonsets", &["ds"], true),
    ("ReplicaSet", "apps", "v1", "replicasets", &["rs"], true),
    ("ControllerRevision", "apps", "v1", "controllerrevisions", &[], true),
    ("Pod", "", "v1", "pods", &["po"], true),
    ("Service", "", "v1", "services", &["svc"], true),
    ("ConfigMap", "", "v1", "configmaps", &["cm"], true),
    ("Secret", "", "v1", "secrets", &[], true),
    ("ServiceAccount", "", "v1", "serviceaccounts", &["sa"], true),
    ("PersistentVolumeClaim", "", "v1", "persistentvolumeclaims", &["pvc"], true),
    ("PersistentVolume", "", "v1", "persistentvolumes", &["pv"], false),
    ("Namespace", "", "v1", "namespaces", &["ns"], false),
    ("Node", "", "v1", "nodes", &["no"], false),
    ("Event", "", "v1", "events", &["ev"], true),
    ("Endpoints", "", "v1", "endpoints", &["ep"], true),
    ("ResourceQuota", "", "v1", "resourcequotas", &["quota"], true),
    ("LimitRange", "", "v1", "limitranges", &["limits"], true),
    ("Job", "batch", "v1", "jobs", &[], true),
    ("CronJob", "batch", "v1", "cronjobs", &["cj"], true),
    ("Ingress", "networking.k8s.io", "v1", "ingresses", &["ing"], true),
    ("NetworkPolicy", "networking.k8s.io", "v1", "networkpolicies", &["netpol"], true),
    ("HorizontalPodAutoscaler", "autoscaling", "v2", "horizontalpodautoscalers", &["hpa"], true),
    ("PodDisruptionBudget", "policy", "v1", "poddisruptionbudgets", &["pdb"], true),
    ("Lease", "coordination.k8s.io", "v1", "leases", &[], true),
    ("StorageClass", "storage.k8s.io", "v1", "storageclasses", &["sc"], false),
    ("Role", "rbac.authorization.k8s.io", "v1", "roles", &[], true),
    ("RoleBinding", "rbac.authorization.k8s.io", "v1", "rolebindings", &[], true),
    ("ClusterRole", "rbac.authorization.k8s.io", "v1", "clusterroles", &[], false),
    ("ClusterRoleBinding", "rbac.authorization.k8s.io", "v1", "clusterrolebindings", &[], false),
    ("PriorityClass", "scheduling.k8s.io", "v1", "priorityclasses", &["pc"], false),
    ("EndpointSlice", "discovery.k8s.io", "v1", "endpointslices", &[], true),
    ("CustomResourceDefinition", "apiextensions.k8s.io", "v1", "customresourcedefinitions", &["crd", "crds"], false),
];

impl Kind {
    /// A kind from its parts.
    pub(super) fn new(kind: &str, group: &str, version: &str, plural: &str, namespaced: bool) -> Self {
        let api_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
        let (group, version) = (group.to_owned(), version.to_owned());
        let (kind, plural) = (kind.to_owned(), plural.to_owned());
        Self { resource: ApiResource { group, version, api_version, kind, plural }, namespaced }
    }

    /// Pods.
    pub(super) fn pod() -> Self {
        Self::new("Pod", "", "v1", "pods", true)
    }

    fn of_row(row: &Row) -> Self {
        Self::new(row.0, row.1, row.2, row.3, row.5)
    }

    /// What a word means; `None`: the cluster has to be asked.
    pub(super) fn known(word: &str) -> Option<Self> {
        let word = word.to_lowercase();
        let (name, group) = word.split_once('.').map_or((word.as_str(), None), |(name, group)| (name, Some(group)));
        let row = ROWS.iter().find(|row| {
            let is_named = row.3 == name || row.0.eq_ignore_ascii_case(name) || row.4.contains(&name);
            // `deployments.apps` and `deployments.v1.apps`.
            let versioned = || format!("{}.{}", row.2, row.1);
            is_named && group.is_none_or(|group| group == row.1 || group == versioned())
        });
        row.map(Self::of_row)
    }

    /// What `apiVersion` and `kind` of a manifest mean; `None`: the cluster has to be asked.
    pub(super) fn of_manifest(api_version: &str, kind: &str) -> Option<Self> {
        ROWS.iter()
            .map(Self::of_row)
            .find(|known| known.resource.api_version == api_version && known.resource.kind == kind)
    }

    /// All words of the table that stand for a kind, for suggestions.
    pub(super) fn words() -> impl Iterator<Item = &'static str> {
        ROWS.iter().flat_map(|row| [row.3].into_iter().chain(row.4.iter().copied()))
    }

    /// `deployment`.
    pub(super) fn word(&self) -> String {
        self.resource.kind.to_lowercase()
    }

    /// Whether it has pods that are rolled out.
    pub(super) fn is_workload(&self) -> bool {
        self.resource.group == "apps"
            && matches!(self.resource.kind.as_str(), "Deployment" | "StatefulSet" | "DaemonSet")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_called_by_its_name_its_plural_its_short_name_and_with_its_group() {
        for word in ["deployment", "Deployment", "deployments", "deploy", "deployments.apps", "deployment.v1.apps"] {
            let kind = Kind::known(word).unwrap_or_else(|| panic!("{word}"));
            assert_eq!((kind.resource.kind.as_str(), kind.resource.api_version.as_str()), ("Deployment", "apps/v1"));
        }
        assert!(!Kind::known("ns").unwrap().namespaced);
        assert_eq!(Kind::known("deployments.example.org"), None);
        assert_eq!(Kind::known("certificates"), None);
    }

    #[test]
    fn no_word_of_the_table_means_two_kinds() {
        let mut words: Vec<_> = ROWS
            .iter()
            .flat_map(|row| {
                let mut words = vec![row.0.to_lowercase(), row.3.to_owned()];
                words.extend(row.4.iter().map(|word| (*word).to_owned()));
                words.sort();
                words.dedup();
                words
            })
            .collect();
        words.sort();
        let count = words.len();
        words.dedup();
        assert_eq!(words.len(), count);
    }
}
