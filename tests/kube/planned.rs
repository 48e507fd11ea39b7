//! `runbook plan --probe` against a cluster: what the server would take, and nothing of it kept.

use crate::client::web;
use crate::kubernetes::{Cluster, kinds};
use crate::release::Release;

const STEPS: &str = r#"
    step images "Images" { kube set-image "deployment/web" { container web "web:2"; }; }
    step wrong "A container that isn't there" { kube set-image "deployment/web" { container wbe "web:2"; }; }
    step colours "Colours" {
        kube apply { manifest "{apiVersion: v1, kind: ConfigMap, metadata: {name: colours}, data: {sky: blue}}"; }
    }
    step negative "A number that can't be" {
        kube apply {
            manifest "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: -1}}"
        }
    }
"#;

#[test]
fn a_probe_asks_the_server_what_it_would_take_and_changes_nothing() {
    let cluster = Cluster::start();
    cluster.create(&kinds::DEPLOYMENT, &web());
    cluster.wait(|state| {
        let web = state.store.get(&kinds::DEPLOYMENT, "default", "web");
        web.is_some_and(|web| web["status"]["availableReplicas"] == 2)
    });
    let before = cluster.asked().len();
    let release = Release::of(&cluster, STEPS);
    release.run(&["plan", "--probe", "release.kdl"]).says(&[
        "server-dry-run taken",
        "server-dry-run refused",
        "it has no container wbe",
        "spec.replicas",
    ]);
    let asked = cluster.asked();
    let changing: Vec<_> = asked[before..]
        .iter()
        .filter(|it| !["get", "list", "watch"].contains(&it.verb.as_str()) && !it.path.contains("accessreviews"))
        .collect();
    assert!(changing.len() >= 3 && changing.iter().all(|it| it.dry_run), "{changing:#?}");
    assert!(cluster.object(&kinds::CONFIG_MAP, "default", "colours").is_none());
}

#[test]
fn a_probe_refuses_what_a_run_would_refuse_before_it_asks_the_server() {
    let cluster = Cluster::start();
    let mut paused = web();
    paused["spec"]["paused"] = true.into();
    cluster.create(&kinds::DEPLOYMENT, &paused);
    Release::of(&cluster, "step images \"Images\" { kube set-image \"deployment/web\" { container web \"web:2\"; }; }")
        .run(&["plan", "--probe", "release.kdl"])
        .says(&["server-dry-run refused", "paused"]);
}

#[test]
fn a_plan_without_a_probe_asks_nobody() {
    let cluster = Cluster::start();
    Release::of(&cluster, STEPS).run(&["plan", "release.kdl"]).ends(0).says(&["would-run"]);
    assert!(cluster.asked().is_empty());
}
