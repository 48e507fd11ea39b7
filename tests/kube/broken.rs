//! What goes wrong between client and server: each fault does what it says, and what was stored stays.

use k8s_openapi::api::apps::v1::Deployment;
use kube::api::{Api, Patch, PatchParams};
use kube::{Error, ResourceExt};
use serde_json::json;

use crate::authority::Authority;
use crate::client::{client, client_of, deployments, run, web};
use crate::kubernetes::{Cluster, Fault, Problem, kinds};

fn cluster() -> Cluster {
    let cluster = Cluster::start();
    cluster.create(&kinds::DEPLOYMENT, &web());
    cluster
}

/// An error and all that it comes from.
fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        text.extend([": ", &inner.to_string()]);
        source = inner.source();
    }
    text
}

async fn scaled(api: &Api<Deployment>, replicas: i32) -> Result<Deployment, Error> {
    api.patch("web", &PatchParams::default(), &Patch::Merge(json!({"spec": {"replicas": replicas}}))).await
}

fn replicas(cluster: &Cluster) -> i64 {
    cluster.object(&kinds::DEPLOYMENT, "default", "web").unwrap()["spec"]["replicas"].as_i64().unwrap()
}

#[test]
fn a_refused_connection_says_so_and_the_same_port_answers_again() {
    let cluster = cluster();
    let url = cluster.url();
    cluster.refuse();
    run(async {
        let api = deployments(&client(&cluster).await);
        let error = chain(&api.get("web").await.unwrap_err());
        assert!(error.contains("refused"), "{error}");
        cluster.accept();
        assert_eq!(api.get("web").await.unwrap().name_any(), "web");
    });
    assert_eq!(cluster.url(), url);
}

#[test]
fn an_answer_that_is_lost_or_cut_was_stored_and_one_that_was_dropped_was_not() {
    for (fault, stored) in [(Fault::LoseAnswer, 5), (Fault::CutAnswer, 5), (Fault::Drop, 2)] {
        let cluster = cluster();
        cluster.fault("patch", "deployments", fault.clone(), 1);
        run(async {
            let api = deployments(&client(&cluster).await);
            let error = scaled(&api, 5).await.unwrap_err();
            assert!(!matches!(error, Error::Api(_)), "{fault:?}: {error}");
            assert_eq!(replicas(&cluster), stored, "{fault:?}");
            scaled(&api, 7).await.unwrap();
        });
        assert_eq!(replicas(&cluster), 7);
    }
}

#[test]
fn a_server_that_is_busy_or_broken_says_so_as_often_as_the_test_wants() {
    let cluster = cluster();
    let refusals = [
        Problem::too_many_requests(1),
        Problem::internal("etcdserver: request timed out"),
        Problem::unavailable("apiserver not ready"),
    ];
    for problem in refusals {
        cluster.fault("get", "deployments", Fault::Refuse(problem.clone()), 2);
        run(async {
            let api = deployments(&client(&cluster).await);
            for _ in 0..2 {
                match api.get("web").await.unwrap_err() {
                    Error::Api(status) => {
                        assert_eq!((status.code, status.message.as_str()), (problem.code, problem.message()));
                    }
                    other => panic!("{other}"),
                }
            }
            api.get("web").await.unwrap();
        });
    }
    let codes: Vec<_> = cluster.asked().iter().map(|asked| asked.code).collect();
    assert_eq!(codes, [429, 429, 200, 500, 500, 200, 503, 503, 200]);
}

#[test]
fn who_was_known_is_not_from_one_moment_on() {
    let cluster = cluster();
    run(async {
        let api = deployments(&client(&cluster).await);
        api.get("web").await.unwrap();
        cluster.forget_users();
        let error = api.get("web").await.unwrap_err();
        assert!(matches!(&error, Error::Api(status) if status.code == 401), "{error}");
    });
}

#[test]
fn a_certificate_that_has_expired_is_told_from_one_that_nobody_signed() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let good = authority.good("localhost");
    let expired = authority.certificate("localhost", "20200101000000Z", "20200102000000Z");
    let asked = |(key, certificate): &(std::path::PathBuf, std::path::PathBuf), trusted: &Authority| {
        let cluster = Cluster::start_tls(key, certificate, &trusted.path("ca.pem"));
        cluster.create(&kinds::DEPLOYMENT, &web());
        run(async { deployments(&client(&cluster).await).get("web").await.map_err(|error| chain(&error)) })
    };
    // Each certificate is written over the one before: the good one is asked for again.
    let error = asked(&expired, &authority).unwrap_err();
    assert!(error.to_lowercase().contains("expired"), "{error}");
    let good = {
        let _ = good;
        authority.good("localhost")
    };
    assert!(asked(&good, &authority).is_ok());
    let error = asked(&good, &stranger).unwrap_err();
    assert!(error.contains("UnknownIssuer") || error.contains("unknown issuer"), "{error}");
}

#[test]
fn a_verb_that_is_denied_is_denied_to_the_request_and_told_by_the_review() {
    use k8s_openapi::api::authorization::v1::SelfSubjectAccessReview;
    let cluster = cluster();
    cluster.state().access.deny("patch", "deployments");
    cluster.state().access.deny("create", "pods/exec");
    run(async {
        let client = client(&cluster).await;
        let reviews: Api<SelfSubjectAccessReview> = Api::all(client.clone());
        let may = async |verb: &str, group: &str, resource: &str, subresource: &str| {
            let attributes = json!({"namespace": "default", "verb": verb, "group": group, "resource": resource, "subresource": subresource});
            let review = serde_json::from_value(json!({"spec": {"resourceAttributes": attributes}})).unwrap();
            reviews.create(&kube::api::PostParams::default(), &review).await.unwrap().status.unwrap().allowed
        };
        assert!(!may("patch", "apps", "deployments", "").await);
        assert!(may("get", "apps", "deployments", "").await);
        assert!(may("patch", "apps", "deployments", "scale").await);
        assert!(!may("create", "", "pods", "exec").await);
        let error = scaled(&deployments(&client), 5).await.unwrap_err();
        let words = "deployments.apps \"web\" is forbidden: User \"operator\" cannot patch resource \"deployments\" in API group \"apps\" in the namespace \"default\"";
        assert!(matches!(&error, Error::Api(status) if status.message == words), "{error}");
        let viewer = client_of(&cluster.viewers_kubeconfig()).await;
        assert!(deployments(&viewer).get("web").await.is_ok());
        assert!(matches!(scaled(&deployments(&viewer), 5).await, Err(Error::Api(status)) if status.code == 403));
    });
    assert_eq!(replicas(&cluster), 2);
}

#[test]
fn what_is_served_is_discovered_in_both_ways() {
    let cluster = Cluster::start();
    run(async {
        let client = client(&cluster).await;
        assert_eq!(client.apiserver_version().await.unwrap().git_version, "v1.36.2");
        let old = kube::Discovery::new(client.clone()).run().await.unwrap();
        let new = kube::Discovery::new(client).run_aggregated().await.unwrap();
        for discovered in [&old, &new] {
            for kind in kinds::KINDS {
                let wanted = kube::core::GroupVersionKind::gvk(kind.group, kind.version, kind.kind);
                let (resource, capabilities) = discovered.resolve_gvk(&wanted).unwrap_or_else(|| panic!("{wanted:?}"));
                assert_eq!(resource.plural, kind.plural);
                assert_eq!(capabilities.scope == kube::discovery::Scope::Namespaced, kind.namespaced);
                assert!(capabilities.supports_operation(kube::discovery::verbs::PATCH));
            }
        }
    });
}
