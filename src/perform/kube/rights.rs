//! What a run may have to ask of a cluster, its way back included, asked about before the first effect:
//! one `SelfSubjectAccessReview` for each. So a rollback never finds out too late that it may not.
//!
//! Invariant: asking changes nothing. A cluster that can't answer is no right.

use std::collections::BTreeSet;

use futures_util::StreamExt;
use futures_util::stream;
use k8s_openapi::api::authorization::v1::{ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec};
use kube::api::{Api, PostParams};
use serde_json::Value;

use super::cluster::Cluster;
use super::kinds::Kind;
use super::object::text;
use super::trouble::Trouble;
use crate::plan::{KubeName, ResolvedKubeVerb};

/// Whose way back may have to delete a pod that it would wait for in vain.
const ORDERED: &str = "StatefulSet";
/// So many questions are on their way at once.
const AT_ONCE: usize = 8;

/// One right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Right {
    /// `get`, `patch`, …
    pub(super) verb: &'static str,
    /// Empty for the core.
    pub(super) group: String,
    /// `deployments`.
    pub(super) resource: String,
    /// `exec`, `log`, `scale`; empty: the object itself.
    pub(super) subresource: &'static str,
    /// `None`: all of the namespace.
    pub(super) name: Option<String>,
    /// `None`: it isn't in one.
    pub(super) namespace: Option<String>,
}

impl std::fmt::Display for Right {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { verb, group, resource, subresource, name, namespace } = self;
        let group = if group.is_empty() { String::new() } else { format!(".{group}") };
        let subresource = if subresource.is_empty() { String::new() } else { format!("/{subresource}") };
        let name = name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
        write!(f, "{verb} {resource}{group}{subresource}{name}")?;
        match namespace {
            Some(namespace) => write!(f, " in {namespace}"),
            None => Ok(()),
        }
    }
}

/// Where a right is about.
struct Place<'a> {
    kind: &'a Kind,
    name: Option<&'a str>,
    namespace: &'a str,
}

impl Place<'_> {
    fn right(&self, verb: &'static str) -> Right {
        Right {
            verb,
            group: self.kind.resource.group.clone(),
            resource: self.kind.resource.plural.clone(),
            subresource: "",
            name: self.name.map(str::to_owned),
            namespace: self.kind.namespaced.then(|| self.namespace.to_owned()),
        }
    }
}

/// What watching a rollout reads besides the workload.
fn rollout_rights(namespace: &str) -> [Right; 2] {
    let pods = pods(namespace, "list", "");
    let sets = Right { group: "apps".to_owned(), resource: "replicasets".to_owned(), ..pods.clone() };
    [pods, sets]
}

/// The rights that a verb needs, its own way back included.
///
/// # Errors
/// The cluster doesn't know a kind, or can't be asked.
pub(super) async fn rights_of(cluster: &Cluster, verb: &ResolvedKubeVerb) -> Result<Vec<Right>, Trouble> {
    let namespace = cluster.at.namespace.as_str();
    let on = |object: KubeName, verbs: &'static [&'static str]| async move {
        let kind = cluster.kind(&object.kind).await?;
        let place = Place { kind: &kind, name: object.name.as_deref(), namespace };
        Ok::<Vec<Right>, Trouble>(verbs.iter().map(|verb| place.right(verb)).collect())
    };
    Ok(match verb {
        ResolvedKubeVerb::SetImage { object, .. }
        | ResolvedKubeVerb::Restart { object, .. }
        | ResolvedKubeVerb::Scale { object, .. } => {
            let mut rights = on(object.clone(), &["get", "patch", "list", "watch"]).await?;
            rights.extend(rollout_rights(namespace));
            let is_scale = matches!(verb, ResolvedKubeVerb::Scale { .. });
            if !is_scale && cluster.kind(&object.kind).await?.resource.kind == ORDERED {
                rights.push(pods(namespace, "delete", ""));
            }
            rights
        }
        ResolvedKubeVerb::Mark { object, .. } => on(object.clone(), &["get", "patch"]).await?,
        ResolvedKubeVerb::Delete(object) => on(object.clone(), &["get", "delete"]).await?,
        ResolvedKubeVerb::Wait { object, .. } | ResolvedKubeVerb::Get { object, .. } => {
            on(object.clone(), if object.name.is_some() { &["get"] } else { &["list"] }).await?
        }
        ResolvedKubeVerb::Logs { .. } => vec![pods(namespace, "get", "log")],
        ResolvedKubeVerb::Events { .. } => {
            vec![Right { resource: "events".to_owned(), ..pods(namespace, "list", "") }]
        }
        ResolvedKubeVerb::Apply(objects) => {
            let mut rights = of_manifest(cluster, objects, &["get", "patch", "update", "delete"]).await?;
            for object in objects.iter().filter(|object| text(object, "/kind") == ORDERED) {
                let own = Some(text(object, "/metadata/namespace")).filter(|own| !own.is_empty());
                rights.push(pods(own.unwrap_or(namespace), "delete", ""));
            }
            rights
        }
        ResolvedKubeVerb::Job(objects) => {
            let mut rights = of_manifest(cluster, objects, &["get", "watch"]).await?;
            rights.extend([pods(namespace, "list", ""), pods(namespace, "get", "log")]);
            rights
        }
    })
}

async fn of_manifest(
    cluster: &Cluster,
    objects: &[Value],
    verbs: &'static [&'static str],
) -> Result<Vec<Right>, Trouble> {
    let mut rights = Vec::new();
    for object in objects {
        let at = cluster.place_of(object).await?;
        let namespace = at.namespace.clone().unwrap_or_default();
        let place = Place { kind: &at.kind, name: Some(text(object, "/metadata/name")), namespace: &namespace };
        // What is created has no name to ask about yet.
        rights.push(Right { name: None, ..place.right("create") });
        rights.extend(verbs.iter().map(|verb| place.right(verb)));
    }
    Ok(rights)
}

/// The rights that a program in a pod needs.
pub(super) fn rights_of_exec(cluster: &Cluster) -> Vec<Right> {
    vec![pods(&cluster.at.namespace, "get", ""), pods(&cluster.at.namespace, "create", "exec")]
}

/// The rights that a lock needs.
pub(super) fn rights_of_lease(cluster: &Cluster, name: &str) -> Vec<Right> {
    let right = |verb, name: Option<&str>| Right {
        group: "coordination.k8s.io".to_owned(),
        resource: "leases".to_owned(),
        name: name.map(str::to_owned),
        ..pods(&cluster.at.namespace, verb, "")
    };
    // What is created has no name to ask about yet.
    vec![right("create", None), right("get", Some(name)), right("update", Some(name))]
}

fn pods(namespace: &str, verb: &'static str, subresource: &'static str) -> Right {
    Right {
        verb,
        group: String::new(),
        resource: "pods".to_owned(),
        subresource,
        name: None,
        namespace: Some(namespace.to_owned()),
    }
}

/// Those that aren't granted, each with the server's reason where it gives one.
///
/// # Errors
/// The cluster can't be asked.
pub(super) async fn missing(cluster: &Cluster, rights: BTreeSet<Right>) -> Result<Vec<String>, Trouble> {
    let api: Api<SelfSubjectAccessReview> = Api::all(cluster.at.client.clone());
    let api = &api;
    let asked = stream::iter(rights).map(|right| async move {
        let review = SelfSubjectAccessReview {
            spec: SelfSubjectAccessReviewSpec {
                resource_attributes: Some(ResourceAttributes {
                    verb: Some(right.verb.to_owned()),
                    group: Some(right.group.clone()),
                    resource: Some(right.resource.clone()),
                    subresource: Some(right.subresource.to_owned()).filter(|it| !it.is_empty()),
                    name: right.name.clone(),
                    namespace: right.namespace.clone(),
                    ..ResourceAttributes::default()
                }),
                ..SelfSubjectAccessReviewSpec::default()
            },
            ..SelfSubjectAccessReview::default()
        };
        let answer =
            api.create(&PostParams::default(), &review).await.map_err(|error| cluster.trouble(&error, false))?;
        let status = answer.status.unwrap_or_default();
        let reason = status.reason.filter(|reason| !reason.is_empty()).map(|it| format!(" ({it})")).unwrap_or_default();
        Ok::<_, Trouble>((!status.allowed).then(|| format!("{right}{reason}")))
    });
    let answers: Vec<_> = asked.buffered(AT_ONCE).collect().await;
    answers.into_iter().filter_map(Result::transpose).collect()
}
