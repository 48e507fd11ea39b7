//! Writes: patches of every kind, applying and who owns what, dry runs, versions, deletions.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{
    Api, ApiResource, DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams, Preconditions,
};
use kube::core::{GroupVersionKind, Status};
use kube::{Client, Error};
use serde_json::{Value, json};

use crate::client::{client, deployments, run, web};
use crate::kubernetes::{By, Cluster, kinds};

/// What the server refused it with.
fn refused<T: std::fmt::Debug>(answer: Result<T, Error>) -> Status {
    match answer.unwrap_err() {
        Error::Api(status) => *status,
        other => panic!("{other}"),
    }
}

fn maps(client: &Client) -> Api<ConfigMap> {
    Api::namespaced(client.clone(), "default")
}

fn cluster() -> Cluster {
    let cluster = Cluster::start();
    cluster.create(&kinds::DEPLOYMENT, &web());
    cluster
}

fn stored(cluster: &Cluster) -> Value {
    cluster.object(&kinds::DEPLOYMENT, "default", "web").unwrap()
}

fn containers(cluster: &Cluster) -> Vec<String> {
    let web = stored(cluster);
    let containers = web["spec"]["template"]["spec"]["containers"].as_array().unwrap();
    containers
        .iter()
        .map(|container| format!("{}={}", container["name"], container["image"]).replace('"', ""))
        .collect()
}

fn template(containers: &Value) -> Value {
    json!({"spec": {"template": {"spec": {"containers": containers}}}})
}

#[test]
fn a_strategic_patch_merges_containers_by_name_and_adds_one_that_is_misspelt() {
    let cluster = cluster();
    run(async {
        let api = deployments(&client(&cluster).await);
        let patch = |containers: Value| Patch::Strategic(template(&containers));
        api.patch("web", &PatchParams::default(), &patch(json!([{"name": "web", "image": "web:2"}]))).await.unwrap();
        assert_eq!(containers(&cluster), ["web=web:2"]);
        api.patch("web", &PatchParams::default(), &patch(json!([{"name": "wbe", "image": "web:3"}]))).await.unwrap();
        assert_eq!(containers(&cluster), ["web=web:2", "wbe=web:3"]);
        api.patch("web", &PatchParams::default(), &patch(json!([{"name": "wbe", "$patch": "delete"}]))).await.unwrap();
        assert_eq!(containers(&cluster), ["web=web:2"]);
        let replaced = json!([{"name": "other", "image": "other:1"}, {"$patch": "replace"}]);
        api.patch("web", &PatchParams::default(), &patch(replaced)).await.unwrap();
        assert_eq!(containers(&cluster), ["other=other:1"]);
    });
}

#[test]
fn a_merge_patch_replaces_the_list_and_null_takes_a_field_away() {
    let cluster = cluster();
    run(async {
        let api = deployments(&client(&cluster).await);
        let patch = Patch::Merge(template(&json!([{"name": "other", "image": "other:1"}])));
        api.patch("web", &PatchParams::default(), &patch).await.unwrap();
        assert_eq!(containers(&cluster), ["other=other:1"]);
        let patch = Patch::Merge(json!({"metadata": {"labels": {"app": null, "tier": "front"}}}));
        api.patch("web", &PatchParams::default(), &patch).await.unwrap();
        assert_eq!(stored(&cluster)["metadata"]["labels"], json!({"tier": "front"}));
    });
}

#[test]
fn a_json_patch_whose_test_fails_changes_nothing() {
    let cluster = cluster();
    run(async {
        let api = deployments(&client(&cluster).await);
        let patch = |expected: &str| {
            let image = "/spec/template/spec/containers/0/image";
            let operations = json!([{"op": "test", "path": image, "value": expected}, {"op": "replace", "path": image, "value": "web:2"}]);
            Patch::<()>::Json(serde_json::from_value(operations).unwrap())
        };
        let status = refused(api.patch("web", &PatchParams::default(), &patch("web:9")).await);
        assert_eq!((status.code, containers(&cluster)), (422, vec!["web=web:1".to_owned()]));
        api.patch("web", &PatchParams::default(), &patch("web:1")).await.unwrap();
        assert_eq!(containers(&cluster), ["web=web:2"]);
    });
}

#[test]
fn a_generation_grows_with_the_specification_and_a_write_without_change_is_none() {
    let cluster = cluster();
    let number = |pointer: &str| stored(&cluster).pointer(pointer).cloned().unwrap();
    run(async {
        let api = deployments(&client(&cluster).await);
        let patch = async |patch: Value| api.patch("web", &PatchParams::default(), &Patch::Merge(patch)).await.unwrap();
        patch(json!({"metadata": {"labels": {"tier": "front"}}})).await;
        assert_eq!(number("/metadata/generation"), 1);
        // As the real one does: a Deployment's annotations go on to its sets.
        patch(json!({"metadata": {"annotations": {"why": "release"}}})).await;
        assert_eq!(number("/metadata/generation"), 2);
        patch(json!({"spec": {"replicas": 3}})).await;
        assert_eq!(number("/metadata/generation"), 3);
        let before = patch(json!({"spec": {"replicas": 3}})).await;
        let again = patch(json!({"spec": {"replicas": 3}})).await;
        assert_eq!(before.metadata.generation, again.metadata.generation);
    });
}

fn map(data: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": data})
}

#[test]
fn applying_creates_changes_and_takes_away_what_is_no_longer_stated() {
    let cluster = Cluster::start();
    run(async {
        let api = maps(&client(&cluster).await);
        let runbook = PatchParams::apply("runbook");
        api.patch("settings", &runbook, &Patch::Apply(map(&json!({"a": "1", "b": "2"})))).await.unwrap();
        cluster.change(&kinds::CONFIG_MAP, "settings", |map| map["data"]["theirs"] = json!("x"));
        api.patch("settings", &runbook, &Patch::Apply(map(&json!({"a": "3"})))).await.unwrap();
        let stored = cluster.object(&kinds::CONFIG_MAP, "default", "settings").unwrap();
        assert_eq!(stored["data"], json!({"a": "3", "theirs": "x"}));
        let managers: Vec<_> = stored["metadata"]["managedFields"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| format!("{} {}", entry["manager"], entry["operation"]))
            .collect();
        assert_eq!(managers, ["\"runbook\" \"Apply\"", "\"somebody-else\" \"Update\""]);
    });
}

#[test]
fn applying_what_somebody_else_owns_is_a_conflict_that_names_them_and_force_takes_it() {
    let cluster = cluster();
    run(async {
        let api = deployments(&client(&cluster).await);
        api.patch("web", &PatchParams::apply("kubectl-set").force(), &Patch::Apply(applied("web:2"))).await.unwrap();
        let patch = Patch::Apply(applied("web:3"));
        let status = refused(api.patch("web", &PatchParams::apply("runbook"), &patch).await);
        assert_eq!((status.code, status.reason.as_str()), (409, "Conflict"));
        let field = ".spec.template.spec.containers[name=\"web\"].image";
        assert_eq!(status.message, format!("Apply failed with 1 conflict: conflict with \"kubectl-set\": {field}"));
        let cause = &status.details.unwrap().causes[0];
        assert_eq!((cause.reason.as_str(), cause.field.as_str()), ("FieldManagerConflict", field));
        assert_eq!(cause.message, "conflict with \"kubectl-set\"");
        assert_eq!(containers(&cluster), ["web=web:2"]);
        api.patch("web", &PatchParams::apply("runbook").force(), &patch).await.unwrap();
        assert_eq!(containers(&cluster), ["web=web:3"]);
        // It's runbook's now: the other one is refused in turn.
        let status =
            refused(api.patch("web", &PatchParams::apply("kubectl-set"), &Patch::Apply(applied("web:2"))).await);
        assert!(status.message.contains("conflict with \"runbook\""), "{}", status.message);
    });
}

fn applied(image: &str) -> Value {
    let mut applied = template(&json!([{"name": "web", "image": image}]));
    (applied["apiVersion"], applied["kind"], applied["metadata"]) =
        (json!("apps/v1"), json!("Deployment"), json!({"name": "web"}));
    applied
}

#[test]
fn applying_an_unknown_field_or_in_nobodys_name_is_refused() {
    let cluster = cluster();
    run(async {
        let api = deployments(&client(&cluster).await);
        let mut unknown = applied("web:2");
        unknown["spec"]["nosuchfield"] = json!(1);
        let status = refused(api.patch("web", &PatchParams::apply("runbook"), &Patch::Apply(unknown)).await);
        assert!(status.message.ends_with(".spec.nosuchfield: field not declared in schema"), "{}", status.message);
        let status = refused(api.patch("web", &PatchParams::default(), &Patch::Apply(applied("web:2"))).await);
        assert_eq!((status.code, status.reason.as_str()), (422, "Invalid"));
    });
}

#[test]
fn a_dry_run_says_what_would_be_and_stores_nothing() {
    let cluster = cluster();
    let version = cluster.state().store.version();
    run(async {
        let client = client(&cluster).await;
        let api = deployments(&client);
        // What the controllers write meanwhile is not the dry runs' doing: their turn never comes here.
        let dry = PatchParams { dry_run: true, ..PatchParams::default() };
        let would = api
            .patch("web", &dry, &Patch::Strategic(template(&json!([{"name": "web", "image": "web:2"}]))))
            .await
            .unwrap();
        assert_eq!(would.metadata.generation, Some(2));
        let would = api
            .patch("web", &PatchParams::apply("runbook").force().dry_run(), &Patch::Apply(applied("web:2")))
            .await
            .unwrap();
        assert_eq!(would.spec.unwrap().template.spec.unwrap().containers[0].image.as_deref(), Some("web:2"));
        let status = refused(api.patch("web", &dry, &Patch::Merge(json!({"spec": {"replicas": -1}}))).await);
        assert_eq!(status.code, 422);
        let map: ConfigMap = serde_json::from_value(map(&json!({"a": "1"}))).unwrap();
        let would = maps(&client).create(&PostParams { dry_run: true, ..PostParams::default() }, &map).await.unwrap();
        assert!(would.metadata.uid.is_some());
        api.delete("web", &DeleteParams::default().dry_run()).await.unwrap();
    });
    assert_eq!(containers(&cluster), ["web=web:1"]);
    assert!(cluster.object(&kinds::CONFIG_MAP, "default", "settings").is_none());
    let by_clients: Vec<_> = cluster.asked().into_iter().filter(|asked| !asked.dry_run).collect();
    assert!(by_clients.is_empty() && version > 0, "{by_clients:?}");
}

#[test]
fn a_deletion_meant_for_another_object_is_refused() {
    let cluster = cluster();
    run(async {
        let api = deployments(&client(&cluster).await);
        let other = Preconditions { uid: Some("other".to_owned()), ..Preconditions::default() };
        let status = refused(api.delete("web", &DeleteParams::background().preconditions(other)).await.map(|_| ()));
        let uid = stored(&cluster)["metadata"]["uid"].as_str().unwrap().to_owned();
        assert_eq!(status.code, 409);
        assert!(
            status
                .message
                .ends_with(&format!("Precondition failed: UID in precondition: other, UID in object meta: {uid}")),
            "{}",
            status.message
        );
    });
}

#[test]
fn a_deletion_takes_what_is_owned_along_before_it_after_it_or_not_at_all() {
    for how in [DeleteParams::background(), DeleteParams::foreground(), DeleteParams::orphan()] {
        let orphaned = how == DeleteParams::orphan();
        let cluster = cluster();
        cluster.wait(|state| state.store.list(&kinds::POD, "default").len() == 2);
        run(async {
            let api = deployments(&client(&cluster).await);
            api.delete("web", &how).await.unwrap();
        });
        cluster.wait(|state| state.store.get(&kinds::DEPLOYMENT, "default", "web").is_none());
        if orphaned {
            let sets = cluster.objects(&kinds::REPLICA_SET, "default");
            assert_eq!(sets.len(), 1);
            assert_eq!(sets[0]["metadata"]["ownerReferences"], json!([]));
        } else {
            cluster.wait(|state| state.store.list(&kinds::REPLICA_SET, "default").is_empty());
            cluster.wait(|state| state.store.list(&kinds::POD, "default").is_empty());
        }
    }
}

#[test]
fn a_namespace_goes_with_all_that_is_in_it_and_takes_nothing_new() {
    let cluster = Cluster::start();
    run(async {
        let client = client(&cluster).await;
        let spaces: Api<k8s_openapi::api::core::v1::Namespace> = Api::all(client.clone());
        let space = serde_json::from_value(json!({"metadata": {"name": "mine"}})).unwrap();
        spaces.create(&PostParams::default(), &space).await.unwrap();
        let maps: Api<ConfigMap> = Api::namespaced(client.clone(), "mine");
        let mut held = map(&json!({}));
        held["metadata"]["finalizers"] = json!(["shop.example.com/held"]);
        maps.create(&PostParams::default(), &serde_json::from_value(held).unwrap()).await.unwrap();
        spaces.delete("mine", &DeleteParams::default()).await.unwrap();
        let mut other = map(&json!({}));
        other["metadata"]["name"] = json!("other");
        let status = refused(maps.create(&PostParams::default(), &serde_json::from_value(other).unwrap()).await);
        assert_eq!(status.code, 403);
        assert!(status.message.contains("because it is being terminated"), "{}", status.message);
        let free = Patch::Merge(json!({"metadata": {"finalizers": null}}));
        maps.patch("settings", &PatchParams::default(), &free).await.unwrap();
        cluster.wait(|state| state.store.get(&kinds::NAMESPACE, "", "mine").is_none());
    });
}

#[test]
fn lists_are_narrowed_by_labels_and_fields_and_come_in_pages() {
    let cluster = Cluster::start();
    for (name, tier) in [("a", "front"), ("b", "back"), ("c", "front"), ("d", "front")] {
        cluster.create(&kinds::CONFIG_MAP, &json!({"metadata": {"name": name, "labels": {"tier": tier}}}));
    }
    run(async {
        let api = maps(&client(&cluster).await);
        let names = async |params: ListParams| {
            let list = api.list(&params).await.unwrap();
            list.items.into_iter().map(|map| map.metadata.name.unwrap()).collect::<String>()
        };
        for (labels, expected) in [
            ("tier=front", "acd"),
            ("tier!=front", "b"),
            ("tier in (front, side)", "acd"),
            ("tier notin (front)", "b"),
            ("!tier", ""),
            ("tier,tier==back", "b"),
        ] {
            assert_eq!(names(ListParams::default().labels(labels)).await, expected, "{labels}");
        }
        assert_eq!(names(ListParams::default().fields("metadata.name=b")).await, "b");
        let status = refused(api.list(&ListParams::default().fields("data.a=1")).await);
        assert_eq!((status.code, status.message.as_str()), (400, "field label not supported: data.a"));
        let first = api.list(&ListParams::default().labels("tier=front").limit(2)).await.unwrap();
        let token = first.metadata.continue_.unwrap();
        assert_eq!((first.items.len(), first.metadata.remaining_item_count), (2, Some(1)));
        let rest = ListParams::default().labels("tier=front").limit(2).continue_token(&token);
        assert_eq!(names(rest.clone()).await, "d");
        cluster.create(&kinds::CONFIG_MAP, &json!({"metadata": {"name": "e"}}));
        cluster.state().store.compact();
        assert_eq!(refused(api.list(&rest).await).code, 410);
    });
}

#[test]
fn a_custom_resource_is_stored_as_it_is_and_takes_no_strategic_patch() {
    let cluster = Cluster::start();
    run(async {
        let kind = ApiResource::from_gvk(&GroupVersionKind::gvk("shop.example.com", "v1", "Backup"));
        let api: Api<DynamicObject> = Api::namespaced_with(client(&cluster).await, "default", &kind);
        let mut backup = DynamicObject::new("nightly", &kind);
        backup.data = json!({"spec": {"schedule": "0 3 * * *", "keep": {"days": 7}}});
        let created = api.create(&PostParams::default(), &backup).await.unwrap();
        assert_eq!((&created.data["spec"], created.metadata.generation), (&backup.data["spec"], Some(1)));
        let status = json!({"status": {"phase": "Done"}});
        let done = api.patch_status("nightly", &PatchParams::default(), &Patch::Merge(&status)).await.unwrap();
        assert_eq!((&done.data["status"], done.metadata.generation), (&status["status"], Some(1)));
        let answer = api.patch("nightly", &PatchParams::default(), &Patch::Strategic(&status)).await;
        assert_eq!(refused(answer).code, 415);
    });
}

#[test]
fn a_lease_changes_hands_only_for_who_has_seen_its_last_version() {
    let cluster = Cluster::start();
    let lease = |holder: &str| json!({"metadata": {"name": "release"}, "spec": {"holderIdentity": holder, "leaseDurationSeconds": 15}});
    cluster.create(&kinds::LEASE, &lease("first"));
    run(async {
        let api: Api<k8s_openapi::api::coordination::v1::Lease> = Api::namespaced(client(&cluster).await, "default");
        let mut mine = api.get("release").await.unwrap();
        let mut theirs = mine.clone();
        mine.spec.as_mut().unwrap().holder_identity = Some("mine".to_owned());
        theirs.spec.as_mut().unwrap().holder_identity = Some("theirs".to_owned());
        api.replace("release", &PostParams::default(), &mine).await.unwrap();
        assert_eq!(refused(api.replace("release", &PostParams::default(), &theirs).await).code, 409);
        assert_eq!(
            refused(api.create(&PostParams::default(), &serde_json::from_value(lease("late")).unwrap()).await).reason,
            "AlreadyExists"
        );
    });
}

#[test]
fn a_scale_changes_the_number_and_nothing_else() {
    let cluster = cluster();
    run(async {
        let api: Api<Deployment> = deployments(&client(&cluster).await);
        let scale = api.get_scale("web").await.unwrap();
        assert_eq!(scale.spec.unwrap().replicas, Some(2));
        assert_eq!(scale.status.unwrap().selector.as_deref(), Some("app=web"));
        let wanted = Patch::Merge(json!({"spec": {"replicas": 5}}));
        let scaled = api.patch_scale("web", &PatchParams::default(), &wanted).await.unwrap();
        assert_eq!(scaled.spec.unwrap().replicas, Some(5));
        let status = refused(
            api.patch_scale("web", &PatchParams::default(), &Patch::Merge(json!({"spec": {"replicas": -1}}))).await,
        );
        assert_eq!(status.code, 422);
    });
    assert_eq!(stored(&cluster)["spec"]["replicas"], 5);
    // A third party's change is somebody else's in the book of owners.
    cluster.state().store.change(
        &kinds::DEPLOYMENT,
        ("default", "web"),
        &By::through("horizontal-pod-autoscaler", "scale"),
        |web| {
            web["spec"]["replicas"] = json!(4);
        },
    );
    let managers = stored(&cluster)["metadata"]["managedFields"].to_string();
    assert!(managers.contains("horizontal-pod-autoscaler"), "{managers}");
}
