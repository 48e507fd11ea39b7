//! Asking the cluster what a word for a kind means, or the `kind` of a manifest: what isn't built in is
//! defined by each cluster itself.
//!
//! Invariant: a word that means nothing is answered with the nearest ones that do.

use kube::Client;
use kube::core::discovery::v2::APIGroupDiscoveryList;
use serde_json::Value;

use super::kinds::Kind;
use super::object::text;
use super::trouble::Trouble;
use crate::syntax::suggest::closest;

/// A kind that the cluster serves, and what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Served {
    kind: Kind,
    /// Its singular and its short names; its plural and its kind are words too.
    words: Vec<String>,
}

/// What a word means: a kind, a plural or a short name, perhaps with its group behind a dot.
pub(super) async fn kind_of_word(client: &Client, word: &str) -> Result<Kind, Trouble> {
    choose(word, &served(client).await?)
}

/// What `apiVersion` and `kind` of a manifest mean.
pub(super) async fn kind_of_manifest(client: &Client, manifest: &Value) -> Result<Kind, Trouble> {
    let (api_version, kind) = (text(manifest, "/apiVersion"), text(manifest, "/kind"));
    let served = served(client).await?;
    let found = served
        .iter()
        .find(|served| served.kind.resource.api_version == api_version && served.kind.resource.kind == kind);
    found.map(|served| served.kind.clone()).ok_or_else(|| {
        let others = served.iter().filter(|served| served.kind.resource.kind == kind);
        let others: Vec<_> = others.map(|served| served.kind.resource.api_version.clone()).collect();
        let help = if others.is_empty() { String::new() } else { format!("; it has it as {}", others.join(", ")) };
        Trouble::Refused(format!("the cluster has no {kind} of {api_version}{help}"))
    })
}

async fn served(client: &Client) -> Result<Vec<Served>, Trouble> {
    let asked = |error: kube::Error| Trouble::of(&error, false).about("the cluster doesn't tell its kinds");
    let core = client.list_core_api_versions_aggregated().await.map_err(asked)?;
    let groups = client.list_api_groups_aggregated().await.map_err(asked)?;
    Ok(of(core).into_iter().chain(of(groups)).collect())
}

/// What a list of groups says, the preferred version of each first.
fn of(list: APIGroupDiscoveryList) -> Vec<Served> {
    let mut all: Vec<Served> = Vec::new();
    for group in list.items {
        let name = group.metadata.and_then(|metadata| metadata.name).unwrap_or_default();
        for version in group.versions {
            let number = version.version.unwrap_or_default();
            for resource in version.resources {
                let Some(plural) = resource.resource else { continue };
                let kind = resource.response_kind.and_then(|kind| kind.kind);
                let Some(kind) = kind.filter(|kind| !kind.is_empty()) else {
                    continue;
                };
                let namespaced = resource.scope.as_deref() == Some("Namespaced");
                let kind = Kind::new(&kind, &name, &number, &plural, namespaced);
                let words = resource.short_names.into_iter().chain(resource.singular_resource).collect();
                all.push(Served { kind, words });
            }
        }
    }
    all
}

fn choose(word: &str, served: &[Served]) -> Result<Kind, Trouble> {
    let lower = word.to_lowercase();
    let (name, group) = lower.split_once('.').map_or((lower.as_str(), None), |(name, group)| (name, Some(group)));
    let fits = |served: &&Served| {
        let resource = &served.kind.resource;
        let is_named = resource.plural == name
            || resource.kind.eq_ignore_ascii_case(name)
            || served.words.iter().any(|word| word.eq_ignore_ascii_case(name));
        is_named
            && group.is_none_or(|group| {
                group == resource.group || group == format!("{}.{}", resource.version, resource.group)
            })
    };
    if let Some(found) = served.iter().find(fits) {
        return Ok(found.kind.clone());
    }
    let mut known: Vec<&str> = served.iter().map(|served| served.kind.resource.plural.as_str()).collect();
    known.extend(Kind::words().map(|word| -> &str { word }));
    let near = closest(name, known).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    Err(Trouble::Refused(format!("the cluster has no kind `{word}`{near}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificates() -> Vec<Served> {
        let list = serde_json::json!({"items": [{
            "metadata": {"name": "cert-manager.io"},
            "versions": [{"version": "v1", "resources": [{
                "resource": "certificates", "scope": "Namespaced", "singularResource": "certificate",
                "shortNames": ["cert"], "responseKind": {"group": "", "version": "", "kind": "Certificate"},
            }]}],
        }]});
        of(serde_json::from_value(list).unwrap())
    }

    #[test]
    fn a_kind_of_the_cluster_is_found_by_each_of_its_names() {
        for word in ["certificate", "cert", "Certificates", "certificates.cert-manager.io", "cert.v1.cert-manager.io"] {
            let kind = choose(word, &certificates()).unwrap();
            assert_eq!(kind.resource.api_version, "cert-manager.io/v1");
            assert!(kind.namespaced);
        }
    }

    #[test]
    fn a_word_that_means_nothing_is_answered_with_the_nearest() {
        let words = |word: &str| choose(word, &certificates()).unwrap_err().words();
        assert_eq!(words("certifcates"), "the cluster has no kind `certifcates`; did you mean `certificates`?");
        assert_eq!(words("deploymnets"), "the cluster has no kind `deploymnets`; did you mean `deployments`?");
        assert_eq!(
            words("certificates.example.org"),
            "the cluster has no kind `certificates.example.org`; did you mean `certificates`?"
        );
    }
}
