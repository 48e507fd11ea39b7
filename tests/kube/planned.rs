//! `runbook plan`, by what a server hears of it.

use crate::anywhere::steps;
use crate::images::Image;
use crate::kubernetes::Cluster;
use crate::release::Release;
use crate::rolled::with_web;

#[test]
fn a_probe_sends_nothing_but_looks_and_dry_runs() {
    let cluster = with_web();
    let before = cluster.asked().len();
    Release::of(&cluster, &steps(Image::Two)).run(&["plan", "--probe", "release.kdl"]);
    let asked = cluster.asked();
    let changing: Vec<_> = asked[before..]
        .iter()
        .filter(|it| !["get", "list", "watch"].contains(&it.verb.as_str()) && !it.path.contains("accessreviews"))
        .collect();
    assert!(changing.len() >= 3 && changing.iter().all(|it| it.dry_run), "{changing:#?}");
}

#[test]
fn a_plan_without_a_probe_asks_nobody() {
    let cluster = Cluster::start();
    let release = Release::of(&cluster, &steps(Image::Two));
    release.run(&["plan", "release.kdl"]).ends(0).says(&["would-run"]);
    assert!(cluster.asked().is_empty());
}
