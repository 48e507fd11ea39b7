//! What the server answers to the client: looks, writes, patches of every kind, dry runs, refusals.

use k8s_openapi::api::apps::v1::Deployment;
use kube::api::{Patch, PatchParams, PostParams};
use serde_json::json;

use crate::client::{client, deployments, run, web};
use crate::kubernetes::{Cluster, kinds};

fn available(cluster: &Cluster, wanted: i64) {
    cluster.wait(|state| {
        let web = state.store.get(&kinds::DEPLOYMENT, "default", "web");
        web.is_some_and(|web| {
            web["status"]["availableReplicas"] == wanted
                && web["status"]["updatedReplicas"] == wanted
                && web["status"]["replicas"] == wanted
                && web["status"]["observedGeneration"] == web["metadata"]["generation"]
        })
    });
}

#[test]
fn a_deployment_that_is_created_becomes_available_and_rolls_to_another_image() {
    let cluster = Cluster::start();
    run(async {
        let api = deployments(&client(&cluster).await);
        let web: Deployment = serde_json::from_value(web()).unwrap();
        api.create(&PostParams::default(), &web).await.unwrap();
        available(&cluster, 2);
        let image = json!({"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "web:2"}]}}}});
        let patched = api.patch("web", &PatchParams::default(), &Patch::Strategic(image)).await.unwrap();
        assert_eq!(patched.metadata.generation, Some(2));
        available(&cluster, 2);
    });
    let pods = cluster.objects(&kinds::POD, "default");
    let new: Vec<_> = pods.iter().filter(|pod| pod["spec"]["containers"][0]["image"] == "web:2").collect();
    assert_eq!(new.len(), 2, "{pods:#?}");
}
