//! What the server refuses, it refuses as the recorded one: code and body, field by field.

use http_body_util::BodyExt;
use hyper::{Method, Request};
use kube::client::Body;
use serde_json::{Value, json};

use crate::client::{client_of, run, web};
use crate::kubernetes::{Cluster, kinds};
use crate::recording::body;

const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";

/// Code and body of an answer to whoever has this token; an empty one is nobody.
fn asked(cluster: &Cluster, token: &str, method: Method, path: &str, kind: &str, sent: &str) -> (u16, Value) {
    run(async {
        let client = client_of(&cluster.kubeconfig_of("asked", token)).await;
        let request = Request::builder().method(method).uri(path).header("content-type", kind);
        let answer = client.send(request.body(Body::from(sent.as_bytes().to_vec())).unwrap()).await.unwrap();
        let code = answer.status().as_u16();
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        (code, serde_json::from_slice(&bytes).unwrap())
    })
}

const OPERATOR: &str = "token-of-the-operator";

/// A cluster with the recorded Deployment.
fn cluster() -> Cluster {
    let cluster = Cluster::start();
    cluster.create(&kinds::DEPLOYMENT, &web());
    cluster
}

#[test]
fn a_patch_that_is_no_json() {
    let web = format!("{DEPLOYMENTS}/web");
    let answer = asked(&cluster(), OPERATOR, Method::PATCH, &web, "application/merge-patch+json", "{\"spec\":");
    assert_eq!(answer, (400, body("400-badjson")));
}

#[test]
fn a_token_that_nobody_has() {
    let answer = asked(&cluster(), "stolen", Method::GET, DEPLOYMENTS, "application/json", "");
    assert_eq!(answer, (401, body("401")));
}

#[test]
fn no_token_at_all() {
    let answer = asked(&cluster(), "", Method::GET, DEPLOYMENTS, "application/json", "");
    assert_eq!(answer, (403, body("403-anonymous")));
}

#[test]
fn a_write_by_somebody_who_may_only_look() {
    let web = format!("{DEPLOYMENTS}/web");
    let answer = asked(&cluster(), "token-of-the-viewer", Method::PATCH, &web, "application/merge-patch+json", "{}");
    assert_eq!(answer, (403, body("403")));
}

#[test]
fn an_object_that_is_not_there() {
    let answer = asked(&cluster(), OPERATOR, Method::GET, &format!("{DEPLOYMENTS}/nosuch"), "application/json", "");
    assert_eq!(answer, (404, body("404")));
}

#[test]
fn a_replacement_of_an_older_version() {
    let cluster = cluster();
    let mut old = cluster.object(&kinds::DEPLOYMENT, "default", "web").unwrap();
    old["metadata"]["resourceVersion"] = json!("1");
    let answer =
        asked(&cluster, OPERATOR, Method::PUT, &format!("{DEPLOYMENTS}/web"), "application/json", &old.to_string());
    assert_eq!(answer, (409, body("409-conflict")));
}

#[test]
fn a_number_that_can_not_be() {
    let fewer = "{\"spec\":{\"replicas\":-1}}";
    let answer = asked(
        &cluster(),
        OPERATOR,
        Method::PATCH,
        &format!("{DEPLOYMENTS}/web"),
        "application/merge-patch+json",
        fewer,
    );
    assert_eq!(answer, (422, body("422-invalid")));
}

#[test]
fn a_field_that_nobody_knows_where_fields_are_to_be_known() {
    let unknown = "{\"spec\":{\"nosuchfield\":1}}";
    let path = format!("{DEPLOYMENTS}/web?fieldValidation=Strict");
    let answer = asked(&cluster(), OPERATOR, Method::PATCH, &path, "application/strategic-merge-patch+json", unknown);
    assert_eq!(answer, (422, body("422-or-400-unknown-field")));
}
