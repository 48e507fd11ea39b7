//! Certificates that have ended: whose it is, and since when, is told before anything begins.

use crate::authority::Authority;
use crate::client::web;
use crate::kubernetes::{Cluster, kinds};
use crate::release::Release;
use crate::rolled::WEB_2;

const BEGAN: &str = "20200101000000Z";
const ENDED: &str = "20200102000000Z";

#[test]
fn a_server_whose_certificate_has_ended_is_named_with_the_date() {
    let authority = Authority::new();
    let (key, certificate) = authority.certificate("localhost", BEGAN, ENDED);
    let cluster = Cluster::start_tls(&key, &certificate, &authority.path("ca.pem"));
    Release::of(&cluster, WEB_2)
        .exec()
        .ends(5)
        .says(&[&cluster.url(), "the API server's certificate expired on 2020-01-02 00:00 UTC"]);
}

#[test]
fn an_operator_whose_certificate_has_ended_is_told_that_it_is_their_own_and_since_when() {
    let authority = Authority::new();
    let (key, certificate) = authority.good("localhost");
    let cluster = Cluster::start_tls(&key, &certificate, &authority.path("ca.pem"));
    cluster.create(&kinds::DEPLOYMENT, &web());
    let (key, certificate) = authority.certificate("operator", BEGAN, ENDED);
    let kubeconfig = cluster.kubeconfig_with(&certificate, &key);
    Release::with(&kubeconfig, WEB_2)
        .exec()
        .ends(5)
        .says(&["(401)", "the client certificate of the context test expired on 2020-01-02 00:00 UTC"]);
}

#[test]
fn a_certificate_that_is_still_good_is_not_blamed() {
    let authority = Authority::new();
    let (key, certificate) = authority.good("localhost");
    let cluster = Cluster::start_tls(&key, &certificate, &authority.path("ca.pem"));
    let (key, certificate) = authority.good("operator");
    let told = Release::with(&cluster.kubeconfig_with(&certificate, &key), WEB_2).exec().ends(5);
    assert!(told.text.contains("(401)") && !told.text.contains("expired on"), "{}", told.text);
}
