//! `lock "…" store=kubernetes`: one run at a time in all of a cluster, whatever becomes of the run, of the
//! engine, of the API server and of the Lease.
//!
//! A step that says that it has arrived waits at its gate until the test lets it through (both are named pipes),
//! so that nothing here depends on how long something takes.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;
use std::rc::Rc;

use runbook::perform::{HeldLease, LeaseHolder, LeaseRefusal};
use runbook::plan::{ResolvedLease, ResolvedSurroundings, ResolvedTarget, ShellName};
use serde_json::{Value, json};
use tokio::task::{LocalSet, spawn_local};

use crate::client::run;
use crate::kubernetes::{Cluster, Fault, Problem, kinds};
use crate::release::{Going, Release};

const LOCK: &str = "lock \"shop/production\" store=kubernetes";
/// Two steps; the first waits at its gate.
const GATED: &str = "step first \"First\" { sh \"echo >arrived; cat gate\"; inverse { run touch first-undone; }; }
step second \"Second\" { run touch second; inverse { run rm second; }; }";
/// The second one fails, and the run stops with the effects of the first.
const HALTS: &str = "step first \"First\" { run touch first; inverse { run rm first; }; }
step second \"Second\" { run test -e repaired; applied { run test -e repaired; }; inverse none because=\"it only looks\"; on-failure halt; }";

fn locked(cluster: &Cluster, nodes: &str) -> Release {
    let release = Release::headed(&cluster.kubeconfig(), LOCK, nodes);
    let pipes = [release.path("arrived"), release.path("gate")];
    assert!(Command::new("mkfifo").args(pipes).status().unwrap().success());
    release
}

/// Lets a step through its gate, as soon as it is there.
fn open_gate(release: &Release) {
    std::fs::write(release.path("gate"), "").unwrap();
}

/// Waits until a step is at its gate.
fn arrived(release: &Release) {
    std::fs::read(release.path("arrived")).unwrap();
}

/// Starts a run, and waits until its first step is at its gate.
fn at_the_gate(release: &Release) -> Going {
    let mut going = release.start(&["exec", "release.kdl"]);
    going.until_it_says("is taken");
    arrived(release);
    going
}

fn lease(cluster: &Cluster) -> Value {
    let leases = cluster.objects(&kinds::LEASE, "default");
    assert_eq!(leases.len(), 1, "{leases:#?}");
    leases.into_iter().next().unwrap()
}

fn name(cluster: &Cluster) -> String {
    lease(cluster)["metadata"]["name"].as_str().unwrap().to_owned()
}

fn holder(lease: &Value) -> Option<&str> {
    lease["spec"]["holderIdentity"].as_str().filter(|holder| !holder.is_empty())
}

/// Changes the Lease as somebody else would.
fn change(cluster: &Cluster, change: impl FnOnce(&mut Value)) {
    cluster.change(&kinds::LEASE, &name(cluster), change);
}

fn run_of(release: &Release) -> String {
    let runs = std::fs::read_dir(release.path("state/runs")).unwrap();
    let runs: Vec<PathBuf> = runs.map(|run| run.unwrap().path()).collect();
    assert_eq!(runs.len(), 1, "{runs:?}");
    runs[0].file_name().unwrap().to_str().unwrap().to_owned()
}

#[test]
fn a_run_holds_a_lease_that_names_it_and_frees_it_at_its_end() {
    let cluster = Cluster::start();
    let release = locked(&cluster, GATED);
    let going = at_the_gate(&release);
    let held = lease(&cluster);
    let run = run_of(&release);
    assert!(held["metadata"]["name"].as_str().unwrap().starts_with("runbook-shop-production-"), "{held:#}");
    assert!(holder(&held).unwrap().starts_with(&format!("{run}@")), "{held:#}");
    assert_eq!(held["metadata"]["annotations"]["runbook/lock"], "shop/production");
    assert_eq!(held["metadata"]["annotations"]["runbook/run"], run.as_str());
    assert_eq!((&held["spec"]["leaseDurationSeconds"], &held["spec"]["leaseTransitions"]), (&json!(6), &json!(0)));
    open_gate(&release);
    going.told().ends(0).says(&["as the Lease default/runbook-shop-production-"]);
    let free = lease(&cluster);
    assert_eq!((holder(&free), &free["metadata"]["annotations"]["runbook/run"]), (None, &Value::Null));
    assert_eq!(free["metadata"]["annotations"]["runbook/lock"], "shop/production");
    locked(&cluster, "step one \"One\" { run touch one; inverse { run rm one; }; }").exec().ends(0);
    assert_eq!(lease(&cluster)["spec"]["leaseTransitions"], 1);
}

#[test]
fn a_second_run_is_refused_and_told_whose_the_lock_is() {
    let cluster = Cluster::start();
    let (first, second) = (locked(&cluster, GATED), locked(&cluster, GATED));
    let going = at_the_gate(&first);
    let run = run_of(&first);
    let host = Command::new("uname").arg("-n").output().unwrap().stdout;
    let host = String::from_utf8(host).unwrap();
    second.exec().ends(5).says(&[
        "the lock shop/production is held in the cluster, and renewed, by run",
        &run,
        &format!("on {}", host.trim()),
        &format!("runbook status {run} --follow"),
        "Nothing had started",
    ]);
    assert!(!second.path("second").exists());
    open_gate(&first);
    going.told().ends(0);
    // What was refused left nothing on its own machine either.
    let going = at_the_gate(&second);
    open_gate(&second);
    going.told().ends(0);
}

#[test]
fn waiting_to_know_whether_another_still_goes_on_can_be_interrupted() {
    let cluster = Cluster::start();
    let release = locked(&cluster, GATED);
    // Once for its name.
    let going = at_the_gate(&release);
    open_gate(&release);
    going.told().ends(0);
    change(&cluster, |lease| {
        lease["spec"]["holderIdentity"] = json!("somebody-else");
        lease["spec"]["leaseDurationSeconds"] = json!(3600);
    });
    let before = lease(&cluster);
    let mut going = release.start(&["exec", "release.kdl"]);
    going.until_it_says("looking whether that still goes on, for up to 1h");
    going.interrupt();
    going.told().ends(5).says(&["First cause: Ctrl-C", "Nothing had started"]);
    assert_eq!(lease(&cluster), before);
}

#[test]
fn of_two_engines_that_race_exactly_one_starts_something() {
    let cluster = Cluster::start();
    for _ in 0..3 {
        let steps = "step one \"One\" { run touch started; inverse { run rm started; }; }\n".to_owned() + GATED;
        let releases = [locked(&cluster, &steps), locked(&cluster, &steps)];
        let mut going = releases.each_ref().map(|release| release.start(&["exec", "release.kdl"]));
        let loser = loop {
            if let Some(loser) = going.iter_mut().position(Going::has_ended) {
                break loser;
            }
            std::thread::yield_now();
        };
        let winner = 1 - loser;
        arrived(&releases[winner]);
        open_gate(&releases[winner]);
        let mut told = going.map(Going::told).into_iter();
        for number in 0..2 {
            let told = told.next().unwrap();
            if number == winner { drop(told.ends(0)) } else { drop(told.ends(5).says(&["is held in the cluster"])) }
        }
        assert!(releases[winner].path("started").exists() && !releases[loser].path("started").exists());
    }
}

#[test]
fn of_many_that_want_it_at_once_exactly_one_has_it() {
    let cluster = Cluster::start();
    let kubeconfig = cluster.kubeconfig();
    let target = ResolvedTarget { kubeconfig: Some(kubeconfig.try_into().unwrap()), ..ResolvedTarget::default() };
    let surroundings = ResolvedSurroundings {
        cd: "/".into(),
        env: Vec::new(),
        shell: ShellName::Sh,
        stdin: None,
        user: None,
        interactive: false,
        may_leak: false,
    };
    run(LocalSet::new().run_until(async {
        for round in 0..50 {
            let (lock, name) = (format!("lock {round}"), format!("runbook-lock-{round}"));
            let lease = ResolvedLease { lock, name, target: target.clone(), surroundings: surroundings.clone() };
            let racers = (0..4).map(|number| {
                let lease = lease.clone();
                spawn_local(async move {
                    let us =
                        LeaseHolder { run: format!("run-{number}"), host: "here".into(), user: "anna".into(), pid: 1 };
                    let held = HeldLease::take(&lease, &us, &|_| false, Rc::new(|_| {})).await;
                    match held {
                        // Those who come too late are told at once that the run has stopped.
                        Ok(held) => held.give_back(false).await.map(|()| true),
                        Err(LeaseRefusal::Dirty { .. }) => Ok(false),
                        Err(refused) => Err(refused.to_string()),
                    }
                })
            });
            let racers: Vec<_> = racers.collect();
            let mut winners = 0;
            for racer in racers {
                winners += usize::from(racer.await.unwrap().unwrap());
            }
            assert_eq!(winners, 1, "in round {round}");
        }
    }));
    assert!(cluster.asked().iter().any(|asked| asked.code == 409), "nobody was ever too late");
}

#[test]
fn it_is_renewed_for_as_long_as_the_run_goes() {
    let cluster = Cluster::start();
    let release = locked(&cluster, GATED);
    let going = at_the_gate(&release);
    cluster.wait(|state| {
        let events = state.store.since(0);
        let leases = events.iter().filter(|event| event.kind.kind == kinds::LEASE.kind);
        let times: BTreeSet<_> = leases.map(|event| event.object["spec"]["renewTime"].to_string()).collect();
        times.len() >= 4
    });
    let held = lease(&cluster);
    assert!(held["spec"]["renewTime"].as_str() > held["spec"]["acquireTime"].as_str(), "{held:#}");
    open_gate(&release);
    going.told().ends(0);
}

#[test]
fn once_another_has_it_nothing_new_starts_and_the_run_goes_on_when_it_is_free_again() {
    let cluster = Cluster::start();
    let release = locked(&cluster, GATED);
    let mut going = at_the_gate(&release);
    change(&cluster, |lease| lease["spec"]["holderIdentity"] = json!("somebody-else"));
    going.until_it_says("is lost");
    open_gate(&release);
    let run = run_of(&release);
    going.told().ends(7).says(&[
        "the lock shop/production is lost",
        "`somebody-else`, which is no run of runbook has it now",
        &format!("runbook resume {run}"),
        &format!("runbook rollback {run}"),
    ]);
    assert!(!release.path("second").exists());
    assert_eq!(holder(&lease(&cluster)), Some("somebody-else"));
    change(&cluster, |lease| lease["spec"]["holderIdentity"] = Value::Null);
    release.run(&["resume"]).ends(0);
    assert!(release.path("second").exists());
    assert_eq!(holder(&lease(&cluster)), None);
}

#[test]
fn once_it_is_deleted_nothing_new_starts() {
    let cluster = Cluster::start();
    let release = locked(&cluster, GATED);
    let mut going = at_the_gate(&release);
    let name = name(&cluster);
    cluster.state().store.remove(&kinds::LEASE, "default", &name);
    going.until_it_says("is lost");
    open_gate(&release);
    going.told().ends(7).says(&["was deleted"]);
    assert!(!release.path("second").exists());
    release.run(&["rollback", "--yes"]).ends(1);
    assert!(release.path("first-undone").exists());
}

#[test]
fn once_it_is_lost_on_the_way_back_no_inverse_starts_until_it_is_had_again() {
    let cluster = Cluster::start();
    let nodes = "step first \"First\" { run touch first; inverse { run rm first; }; }
        step second \"Second\" { run touch second; inverse { sh \"echo >arrived; cat gate\"; }; }
        check fails \"It fails\" { run test -e fixed; }";
    let release = locked(&cluster, nodes);
    let mut going = at_the_gate(&release);
    change(&cluster, |lease| lease["spec"]["holderIdentity"] = json!("somebody-else"));
    going.until_it_says("is lost");
    open_gate(&release);
    going.told().ends(4).says(&["No inverse starts without it", "runbook rollback"]);
    assert!(release.path("first").exists());
    change(&cluster, |lease| lease["spec"]["holderIdentity"] = Value::Null);
    release.run(&["rollback", "--yes"]).ends(1);
    assert!(!release.path("first").exists());
}

#[test]
fn an_api_server_that_is_gone_for_longer_than_it_is_granted_has_lost_it() {
    let cluster = Cluster::start();
    let release = locked(&cluster, GATED);
    let mut going = at_the_gate(&release);
    cluster.refuse();
    going.until_it_says("can't be renewed in the cluster, and holds for another");
    going.until_it_says("is lost");
    open_gate(&release);
    going.told().ends(7).says(&["it couldn't be renewed in the cluster for 6s", "Connection refused"]);
    assert!(!release.path("second").exists());
    cluster.accept();
    release.run(&["resume"]).ends(0);
}

#[test]
fn an_api_server_that_is_gone_for_a_moment_is_a_note_and_no_more() {
    let cluster = Cluster::start();
    let release = locked(&cluster, GATED);
    let mut going = at_the_gate(&release);
    cluster.fault("update", "leases", Fault::Refuse(Problem::unavailable("apiserver not ready")), 2);
    going.until_it_says("can't be renewed in the cluster, and holds for another");
    going.until_it_says("is renewed in the cluster again");
    open_gate(&release);
    going.told().ends(0);
}

#[test]
fn a_renewal_whose_answer_is_lost_is_no_loss() {
    let cluster = Cluster::start();
    let release = locked(&cluster, GATED);
    let mut going = at_the_gate(&release);
    cluster.fault("update", "leases", Fault::LoseAnswer, 1);
    going.until_it_says("is renewed in the cluster again");
    open_gate(&release);
    going.told().ends(0);
}

#[test]
fn what_somebody_else_writes_on_it_stays_and_disturbs_nobody() {
    let cluster = Cluster::start();
    let release = locked(&cluster, GATED);
    let going = at_the_gate(&release);
    change(&cluster, |lease| lease["metadata"]["labels"]["team"] = json!("shop"));
    let refused = |asked: &crate::kubernetes::Asked| asked.verb == "update" && asked.code == 409;
    cluster.wait(|state| state.asked.iter().any(refused));
    let since = lease(&cluster)["spec"]["renewTime"].clone();
    cluster.wait(|state| {
        let now = state.store.list(&kinds::LEASE, "default");
        now.iter().any(|lease| lease["spec"]["renewTime"] != since)
    });
    open_gate(&release);
    going.told().ends(0);
    assert_eq!(lease(&cluster)["metadata"]["labels"]["team"], "shop");
}

#[test]
fn a_run_that_halts_leaves_it_dirty_until_it_is_resumed() {
    let cluster = Cluster::start();
    let (release, other) = (locked(&cluster, HALTS), locked(&cluster, GATED));
    release.exec().ends(7);
    let run = run_of(&release);
    assert!(lease(&cluster)["metadata"]["annotations"]["runbook/left"].is_string());
    other.exec().ends(5).says(&[
        "the lock shop/production isn't clean in the cluster: run",
        "stopped with its effects in place",
        &format!("`runbook resume {run}`"),
        &format!("`runbook rollback {run}`"),
        &format!("`runbook abandon {run} --reason"),
        "kubectl --context test -n default delete lease runbook-shop-production-",
    ]);
    std::fs::write(release.path("repaired"), "").unwrap();
    release.run(&["resume"]).ends(0);
    assert_eq!(holder(&lease(&cluster)), None);
    assert!(lease(&cluster)["metadata"]["annotations"]["runbook/left"].is_null());
}

#[test]
fn a_run_that_halted_frees_it_once_it_is_taken_back() {
    let cluster = Cluster::start();
    let release = locked(&cluster, HALTS);
    release.exec().ends(7);
    release.run(&["rollback", "--yes"]).ends(1);
    assert_eq!(holder(&lease(&cluster)), None);
}

#[test]
fn a_run_that_is_abandoned_frees_it_and_says_so_where_the_cluster_is_gone() {
    let cluster = Cluster::start();
    let release = locked(&cluster, HALTS);
    release.exec().ends(7);
    let run = run_of(&release);
    release.run(&["abandon", &run, "--reason", "repaired by hand"]).ends(0).says(&["its locks are free"]);
    assert_eq!(holder(&lease(&cluster)), None);
    let release = locked(&cluster, HALTS);
    release.exec().ends(7);
    cluster.refuse();
    let run = run_of(&release);
    release.run(&["abandon", &run, "--reason", "the cluster is gone"]).ends(4).says(&[
        "can't be freed in the cluster",
        "kubectl --context test -n default delete lease runbook-shop-production-",
    ]);
}

#[test]
fn a_run_whose_engine_was_killed_leaves_it_dirty_however_long_ago_that_was() {
    let cluster = Cluster::start();
    let (release, other) = (locked(&cluster, GATED), locked(&cluster, GATED));
    at_the_gate(&release).kill();
    open_gate(&release);
    let run = run_of(&release);
    let said = ["hasn't renewed it for 6s, so its engine is gone", &format!("`runbook resume {run}`")];
    other.exec().ends(5).says(&said);
    release.run(&["resume"]).ends(0);
    assert_eq!(holder(&lease(&cluster)), None);
}

#[test]
fn a_run_that_ended_and_could_not_free_it_is_in_nobodys_way_where_that_is_known() {
    let cluster = Cluster::start();
    let release = locked(&cluster, GATED);
    let going = at_the_gate(&release);
    cluster.fault("get", "leases", Fault::Refuse(Problem::unavailable("apiserver not ready")), 1_000_000);
    open_gate(&release);
    going.told().ends(0).says(&["can't be freed in the cluster", "delete lease"]);
    cluster.state().faults.clear();
    assert!(holder(&lease(&cluster)).is_some());
    let going = at_the_gate(&release);
    open_gate(&release);
    going.told().ends(0);
}

#[test]
fn the_rights_that_it_needs_are_asked_about_before_anything_is_done() {
    let cluster = Cluster::start();
    cluster.state().access.deny("update", "leases");
    let release = locked(&cluster, GATED);
    release.exec().ends(5).says(&["may not update leases.coordination.k8s.io runbook-shop-production-", "in default"]);
    assert!(cluster.objects(&kinds::LEASE, "default").is_empty());
}

#[test]
fn a_cluster_that_is_not_there_refuses_the_run() {
    let cluster = Cluster::start();
    let release = locked(&cluster, GATED);
    cluster.refuse();
    release.exec().ends(5).says(&["Connection refused", "nothing was changed"]);
}

#[test]
fn a_plan_says_where_the_lock_is_and_asks_nobody() {
    let cluster = Cluster::start();
    let release = locked(&cluster, GATED);
    release
        .run(&["plan", "release.kdl"])
        .ends(0)
        .says(&["shop/production also in the cluster: Lease runbook-shop-production-"]);
    release.run(&["check", "release.kdl"]).ends(0);
    assert!(cluster.asked().is_empty());
}
