//! The switch: `RUNBOOK_TEST_KUBECONFIG` leads the tests of `anywhere` to a cluster that they didn't start.
//! Here that is a fixture of another process, so that what runs against a real one runs each time.

use std::process::{Command, Stdio};

use crate::house::{House, is_rolled_out};
use crate::images::{teach, workload};
use crate::kubernetes::{Cluster, kinds};

/// This very program of tests, pointed at a cluster.
fn tests_on(cluster: &Cluster) -> Command {
    let mut tests = Command::new(std::env::current_exe().unwrap());
    tests
        .env("RUNBOOK_TEST_KUBECONFIG", cluster.kubeconfig())
        // This cluster is as quick as a fixture is.
        .env("RUNBOOK_TEST_PATIENCE", "1")
        .stdin(Stdio::null())
        // They wait more than they work.
        .args(["anywhere::", "--test-threads=4"]);
    tests
}

fn text(output: &std::process::Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}

fn namespaces(cluster: &Cluster) -> Vec<String> {
    let spaces = cluster.objects(&kinds::NAMESPACE, "");
    spaces.iter().map(|space| space["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_test_of_anywhere_holds_on_a_cluster_of_somebody_else_and_leaves_nothing_behind() {
    let cluster = Cluster::start();
    teach(&cluster);
    let before = (namespaces(&cluster), cluster.objects(&kinds::POD, "").len());
    let listed = text(&tests_on(&cluster).arg("--list").output().unwrap());
    let wanted = listed.lines().filter(|line| line.ends_with(": test")).count();
    assert!(wanted > 30, "{listed}");
    let told = tests_on(&cluster).output().unwrap();
    assert!(told.status.success(), "{}", text(&told));
    assert!(text(&told).contains(&format!("{wanted} passed; 0 failed; 0 ignored")), "{}", text(&told));
    let made = cluster.asked().iter().filter(|it| it.verb == "create" && it.path == "/api/v1/namespaces").count();
    assert!(made >= wanted, "{made} namespaces for {wanted} tests");
    assert_eq!((namespaces(&cluster), cluster.objects(&kinds::POD, "").len()), before);
    let elsewhere = |path: &str| !path.contains("/namespaces/runbook-test-") && path.contains("/namespaces/");
    let asked = cluster.asked();
    let strayed: Vec<_> = asked.iter().map(|it| it.path.as_str()).filter(|path| elsewhere(path)).collect();
    assert!(strayed.is_empty(), "{strayed:?}");
}

#[test]
fn a_test_that_fails_takes_its_namespace_along() {
    let cluster = Cluster::start();
    let before = namespaces(&cluster);
    let kubeconfig = cluster.kubeconfig();
    let failing = std::thread::spawn(move || {
        let house = House::on(kubeconfig);
        house.create(&workload("Deployment"));
        house.wait("deployment", "web", is_rolled_out);
        panic!("as it is meant to, in {}", house.namespace());
    });
    assert!(failing.join().is_err());
    assert_eq!(namespaces(&cluster), before);
    assert!(cluster.objects(&kinds::POD, "").is_empty());
}

#[test]
fn what_holds_anywhere_knows_no_fixture() {
    for file in std::fs::read_dir("tests/kube/anywhere").unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let known = ["crate::kubernetes", "crate::client", "crate::rolled", "Cluster"];
        let found: Vec<_> = known.iter().filter(|word| text.contains(*word)).collect();
        assert!(found.is_empty(), "{} knows {found:?}", path.display());
    }
}
