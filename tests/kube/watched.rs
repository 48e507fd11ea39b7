//! Watches: what they show, how they end, and that the client's watcher finds its way after each end.

use futures_util::{StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Api, WatchEvent, WatchParams};
use kube::runtime::watcher::{self, Event};
use kube::runtime::{WatchStreamExt, watcher as watch_kind};
use serde_json::json;

use crate::client::{client, run};
use crate::kubernetes::{Cluster, kinds};

async fn maps(cluster: &Cluster) -> Api<ConfigMap> {
    Api::namespaced(client(cluster).await, "default")
}

fn make(cluster: &Cluster, name: &str, tier: &str) {
    cluster.create(&kinds::CONFIG_MAP, &json!({"metadata": {"name": name, "labels": {"tier": tier}}}));
}

fn told(event: &WatchEvent<ConfigMap>) -> String {
    let name = |map: &ConfigMap| map.metadata.name.clone().unwrap();
    match event {
        WatchEvent::Added(map) => format!("added {}", name(map)),
        WatchEvent::Modified(map) => format!("modified {}", name(map)),
        WatchEvent::Deleted(map) => format!("deleted {}", name(map)),
        WatchEvent::Bookmark(_) => "bookmark".to_owned(),
        WatchEvent::Error(status) => format!("error {}", status.code),
    }
}

#[test]
fn an_object_comes_into_a_selection_and_leaves_it() {
    let cluster = Cluster::start();
    make(&cluster, "a", "front");
    make(&cluster, "b", "back");
    run(async {
        let api = maps(&cluster).await;
        let mut shown = api.watch(&WatchParams::default().labels("tier=front"), "0").await.unwrap().boxed();
        cluster.change(&kinds::CONFIG_MAP, "b", |map| map["metadata"]["labels"]["tier"] = json!("front"));
        cluster.change(&kinds::CONFIG_MAP, "b", |map| map["data"] = json!({"x": "1"}));
        cluster.change(&kinds::CONFIG_MAP, "a", |map| map["metadata"]["labels"]["tier"] = json!("side"));
        cluster.bookmark();
        let mut seen = Vec::new();
        while let Some(event) = shown.try_next().await.unwrap() {
            seen.push(told(&event));
            if seen.len() == 5 {
                break;
            }
        }
        // When the bookmark comes between them is the watch's affair.
        seen.retain(|event| event != "bookmark");
        assert_eq!(seen[..4], ["added a", "added b", "modified b", "deleted a"]);
    });
}

#[test]
fn a_watch_from_before_what_is_remembered_is_gone() {
    let cluster = Cluster::start();
    make(&cluster, "a", "front");
    let version = cluster.state().store.version();
    make(&cluster, "b", "front");
    cluster.state().store.compact();
    run(async {
        let api = maps(&cluster).await;
        let mut shown = api.watch(&WatchParams::default(), &version.to_string()).await.unwrap().boxed();
        let event = shown.try_next().await.unwrap().unwrap();
        assert_eq!(told(&event), "error 410");
    });
}

#[test]
fn a_watcher_goes_on_after_every_way_a_watch_can_end() {
    for end in [Cluster::break_watches, Cluster::expire_watches, Cluster::drop_connections, refused_for_a_while] {
        let cluster = Cluster::start();
        make(&cluster, "first", "front");
        run(async {
            let api = maps(&cluster).await;
            let mut shown = watch_kind(api, watcher::Config::default()).default_backoff().boxed();
            let mut seen = Vec::new();
            while !seen.contains(&"second".to_owned()) {
                match shown.next().await.unwrap() {
                    Ok(Event::InitDone) if seen == ["first"] => {
                        end(&cluster);
                        make(&cluster, "second", "front");
                    }
                    Ok(Event::Apply(map) | Event::InitApply(map)) => seen.push(map.metadata.name.unwrap()),
                    // An error is transient: the watcher asks again.
                    Ok(Event::Init | Event::InitDone | Event::Delete(_)) | Err(_) => {}
                }
            }
        });
    }
}

fn refused_for_a_while(cluster: &Cluster) {
    cluster.refuse();
    cluster.accept();
}

#[test]
fn a_watch_breaks_after_as_many_events_as_a_test_says() {
    let cluster = Cluster::start();
    for name in ["a", "b", "c"] {
        make(&cluster, name, "front");
    }
    cluster.state().faults.watches.push(2);
    run(async {
        let api = maps(&cluster).await;
        let mut shown = api.watch(&WatchParams::default(), "0").await.unwrap().boxed();
        assert_eq!(told(&shown.try_next().await.unwrap().unwrap()), "added a");
        assert_eq!(told(&shown.try_next().await.unwrap().unwrap()), "added b");
        assert!(!matches!(shown.next().await, Some(Ok(_))), "the third one came");
    });
}

#[test]
fn a_watch_ends_when_its_time_is_over() {
    let cluster = Cluster::start();
    run(async {
        let api = maps(&cluster).await;
        let mut shown = api.watch(&WatchParams::default().timeout(0), "0").await.unwrap().boxed();
        assert!(shown.next().await.is_none());
    });
}
