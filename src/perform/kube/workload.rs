//! `kube set-image`, `kube restart` and `kube scale`: a change of a workload, and its rollout.
//!
//! Invariant: what is already as it is wanted is not sent again, and is waited for all the same.

use serde_json::{Value, json};
use tokio::time::Instant;

use super::super::ending::Ending;
use super::cluster::{Cluster, Place};
use super::making::{followed, patched, replacing, template_patch};
use super::object::{condition, text, uid};
use super::rollout::{Made, stays_behind, wanted};
use super::trouble::Trouble;
use crate::plan::KubeName;
use crate::syntax::suggest::suggestion;

/// What marks a template that was restarted, so that a repetition is no second restart.
const RESTARTED: &str = "runbook/restarted-by";

/// The template with other images.
///
/// # Errors
/// A container has no such name; the text says which there are.
pub(super) fn with_images(live: &Value, images: &[(String, String)]) -> Result<Value, String> {
    let mut template = live.pointer("/spec/template").cloned().ok_or("it has no pods' template")?;
    for (name, image) in images {
        let mut known = Vec::new();
        let mut is_found = false;
        for list in ["/spec/containers", "/spec/initContainers"] {
            let containers = template.pointer_mut(list).and_then(Value::as_array_mut);
            for container in containers.into_iter().flatten() {
                if text(container, "/name") == name {
                    container["image"] = image.as_str().into();
                    is_found = true;
                } else {
                    known.push(text(container, "/name").to_owned());
                }
            }
        }
        if !is_found {
            let known: Vec<_> = known.iter().map(String::as_str).collect();
            return Err(format!("it has no container {name}; {}", suggestion(name, &known)));
        }
    }
    Ok(template)
}

/// The template of a restart.
///
/// # Errors
/// It has none.
pub(super) fn restarted(live: &Value, key: &str) -> Result<Value, String> {
    let mut template = live.pointer("/spec/template").cloned().ok_or("it has no pods' template")?;
    if !template["metadata"].is_object() {
        template["metadata"] = json!({});
    }
    if !template["metadata"]["annotations"].is_object() {
        template["metadata"]["annotations"] = json!({});
    }
    template["metadata"]["annotations"][RESTARTED] = key.into();
    Ok(template)
}

/// Gives the pods of a workload another template, and waits for them.
pub(super) async fn change_template(
    cluster: &Cluster,
    object: &KubeName,
    changed: impl Fn(&Value) -> Result<Value, String>,
) -> Ending {
    let began = Instant::now();
    match template_of(cluster, object, changed).await {
        Ok((place, live, template)) => put_template(cluster, &place, live, &template, Made::default(), began).await,
        Err(trouble) => trouble.ending(),
    }
}

/// A workload as it is, and the template that it would get.
pub(super) async fn template_of(
    cluster: &Cluster,
    object: &KubeName,
    changed: impl Fn(&Value) -> Result<Value, String>,
) -> Result<(Place, Value, Value), Trouble> {
    let (place, live) = found(cluster, object).await?;
    if let Some(words) = stays_behind(&live) {
        return Err(Trouble::Refused(format!("{} {words}", place.title())));
    }
    let template = changed(&live).map_err(|words| Trouble::Refused(format!("{}: {words}", place.title())))?;
    Ok((place, live, template))
}

/// Puts a template in place and waits for its pods. `made`: what is known of it beforehand, as on a way back.
pub(super) async fn put_template(
    cluster: &Cluster,
    place: &Place,
    live: Value,
    template: &Value,
    made: Made,
    began: Instant,
) -> Ending {
    let mut made = Made { uid: Some(uid(&live).to_owned()), ..made };
    let first = match template_patch(&live, template) {
        None => live,
        Some(patch) => {
            made.stale = condition(&live, "Progressing").cloned();
            let is_made =
                |object: &Value| uid(object) == uid(&live) && object.pointer("/spec/template") == Some(template);
            match patched(cluster, place, &patch, is_made).await {
                Ok(object) => object,
                Err(unmade) => return unmade.ending(),
            }
        }
    };
    made.template = first.pointer("/spec/template").cloned();
    followed(cluster, place, first, &made, began).await
}

/// So many replicas, waited for.
pub(super) async fn scale(cluster: &Cluster, object: &KubeName, replicas: u32) -> Ending {
    let began = Instant::now();
    let (place, live) = match found(cluster, object).await {
        Ok(found) => found,
        Err(trouble) => return trouble.ending(),
    };
    match autoscaler(cluster, &place).await {
        Ok(Some(words)) => Ending::did_not_start(words),
        Ok(None) => put_replicas(cluster, &place, live, replicas, began).await,
        Err(trouble) => trouble.ending(),
    }
}

/// Puts a number of replicas in place and waits for them.
pub(super) async fn put_replicas(
    cluster: &Cluster,
    place: &Place,
    live: Value,
    replicas: u32,
    began: Instant,
) -> Ending {
    let mut made = Made { uid: Some(uid(&live).to_owned()), replicas: Some(u64::from(replicas)), ..Made::default() };
    let first = match replacing(&live, "/spec/replicas", &json!(replicas)) {
        None => live,
        Some(patch) => {
            made.stale = condition(&live, "Progressing").cloned();
            let is_made = |object: &Value| uid(object) == uid(&live) && wanted(object) == u64::from(replicas);
            match patched(cluster, place, &patch, is_made).await {
                Ok(object) => object,
                Err(unmade) => return unmade.ending(),
            }
        }
    };
    followed(cluster, place, first, &made, began).await
}

/// Who else decides how many replicas there are; `None`: nobody, as far as one may look.
pub(super) async fn autoscaler(cluster: &Cluster, place: &Place) -> Result<Option<String>, Trouble> {
    let kind = cluster.kind("hpa").await?;
    let all = match cluster.list(&kind, place.namespace.as_deref(), None, None).await {
        Ok(all) => all,
        // A cluster without autoscalers, or an operator without the right to see them.
        Err(Trouble::Absent(_) | Trouble::Refused(_)) => return Ok(None),
        Err(trouble) => return Err(trouble),
    };
    let owner = all.iter().find(|autoscaler| {
        text(autoscaler, "/spec/scaleTargetRef/kind") == place.kind.resource.kind
            && text(autoscaler, "/spec/scaleTargetRef/name") == place.name
    });
    Ok(owner.map(|owner| {
        let name = super::object::name(owner);
        format!(
            "hpa/{name} decides how many replicas {} has, and would scale it again: change its minReplicas and \
             maxReplicas instead",
            place.title()
        )
    }))
}

/// The object, and where it is.
pub(super) async fn found(cluster: &Cluster, object: &KubeName) -> Result<(Place, Value), Trouble> {
    let place = cluster.place(object).await?;
    let live = cluster.find(&place).await?;
    Ok((place, live))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn web() -> Value {
        json!({"metadata": {"uid": "1"}, "spec": {"template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "image": "web:1"}], "initContainers": [{"name": "setup", "image": "setup:1"}]},
        }}})
    }

    #[test]
    fn a_container_that_does_not_exist_is_never_added() {
        let words = with_images(&web(), &[("wbe".into(), "web:2".into())]).unwrap_err();
        assert_eq!(words, "it has no container wbe; did you mean `web`?");
    }

    #[test]
    fn images_of_init_containers_are_changed_as_well() {
        let template = with_images(&web(), &[("setup".into(), "setup:2".into())]).unwrap();
        assert_eq!(text(&template, "/spec/initContainers/0/image"), "setup:2");
        assert_eq!(text(&template, "/spec/containers/0/image"), "web:1");
    }

    #[test]
    fn the_second_restart_with_the_same_key_changes_nothing() {
        let mut live = web();
        live["spec"]["template"] = restarted(&live, "run-1").unwrap();
        let again = restarted(&live, "run-1").unwrap();
        assert!(template_patch(&live, &again).is_none());
        assert!(template_patch(&live, &restarted(&live, "run-2").unwrap()).is_some());
    }

    #[test]
    fn a_patch_is_only_for_the_object_as_it_was_found() {
        let patch = template_patch(&web(), &json!({})).unwrap();
        let operations = serde_json::to_value(patch_of(&patch)).unwrap();
        assert_eq!(operations[0], json!({"op": "test", "path": "/metadata/uid", "value": "1"}));
        assert_eq!(operations[1]["op"], "test");
        assert_eq!(operations[2], json!({"op": "replace", "path": "/spec/template", "value": {}}));
    }

    fn patch_of(patch: &kube::api::Patch<Value>) -> Value {
        match patch {
            kube::api::Patch::Json(operations) => serde_json::to_value(operations).unwrap(),
            _ => panic!("it isn't a JSON patch"),
        }
    }
}
