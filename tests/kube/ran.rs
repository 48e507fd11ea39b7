//! Commands in pods and what pods log: streams apart and whole, outcomes, both protocols, lost connections.

use futures_util::AsyncReadExt as _;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Status;
use kube::api::{Api, AttachParams, LogParams};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::client::{client, run};
use crate::kubernetes::{Behaviour, Cluster, kinds};

/// A cluster with a pod that runs.
fn cluster() -> Cluster {
    let cluster = Cluster::start();
    pod(&cluster, "db", "db:1");
    cluster.wait(|state| {
        let pod = state.store.get(&kinds::POD, "default", "db");
        pod.is_some_and(|pod| pod["status"]["phase"] == "Running")
    });
    cluster
}

fn pod(cluster: &Cluster, name: &str, image: &str) {
    let spec = json!({"containers": [{"name": "db", "image": image}]});
    cluster.create(&kinds::POD, &json!({"metadata": {"name": name}, "spec": spec}));
}

async fn pods(cluster: &Cluster) -> Api<Pod> {
    Api::namespaced(client(cluster).await, "default")
}

/// What a command wrote to its two outputs, and how it ended. The client never ends the outputs of a
/// connection that was lost: that there is no status says so.
async fn ran(api: &Api<Pod>, command: &[&str], input: Option<&[u8]>) -> (Vec<u8>, Vec<u8>, Option<Status>) {
    let wanted = AttachParams::default().stdin(input.is_some());
    let mut process = api.exec("db", command.to_vec(), &wanted).await.unwrap();
    let mut ended = Box::pin(process.take_status().unwrap());
    let (mut output, mut errors) = (process.stdout().unwrap(), process.stderr().unwrap());
    let stdin = process.stdin();
    let feed = async {
        if let (Some(mut stdin), Some(input)) = (stdin, input) {
            // A connection that is lost takes no more.
            _ = stdin.write_all(input).await;
            _ = stdin.shutdown().await;
        }
    };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = {
        let mut streams =
            Box::pin(async { tokio::join!(output.read_to_end(&mut out), errors.read_to_end(&mut err), feed) });
        tokio::select! {
            _ = &mut streams => ended.await,
            status = &mut ended => {
                if status.is_some() {
                    _ = streams.await;
                }
                status
            }
        }
    };
    (out, err, status)
}

fn exit_code(status: &Status) -> Option<String> {
    let causes = status.details.as_ref()?.causes.as_ref()?;
    causes.iter().find(|cause| cause.reason.as_deref() == Some("ExitCode"))?.message.clone()
}

#[test]
fn a_commands_outputs_come_apart_and_its_code_in_the_status() {
    let cluster = cluster();
    run(async {
        let api = pods(&cluster).await;
        let (out, err, status) = ran(&api, &["sh", "-c", "echo out; echo err >&2; exit 3"], None).await;
        assert_eq!((out.as_slice(), err.as_slice()), (&b"out\n"[..], &b"err\n"[..]));
        let status = status.unwrap();
        assert_eq!((status.status.as_deref(), status.reason.as_deref()), (Some("Failure"), Some("NonZeroExitCode")));
        assert_eq!(exit_code(&status).as_deref(), Some("3"));
        let (_, _, status) = ran(&api, &["true"], None).await;
        assert_eq!(status.unwrap().status.as_deref(), Some("Success"));
        let (_, _, status) = ran(&api, &["sh", "-c", "kill -9 $$"], None).await;
        assert_eq!(exit_code(&status.unwrap()).as_deref(), Some("137"));
    });
}

#[test]
fn input_flows_in_while_output_flows_out_and_its_end_is_told() {
    let cluster = cluster();
    let input: Vec<u8> = (0..4_000_000_u32).map(|number| (number % 251) as u8).collect();
    run(async {
        let api = pods(&cluster).await;
        let (out, _, status) = ran(&api, &["cat"], Some(&input)).await;
        assert_eq!(status.unwrap().status.as_deref(), Some("Success"));
        assert!(out == input, "{} of {} bytes, or others", out.len(), input.len());
    });
}

#[test]
fn a_program_that_is_not_there_and_a_pod_that_does_not_run_are_refused_in_their_own_ways() {
    let cluster = cluster();
    cluster.state().images.set("gone:1", Behaviour::Missing);
    pod(&cluster, "broken", "gone:1");
    run(async {
        let api = pods(&cluster).await;
        let (_, _, status) = ran(&api, &["nosuch"], None).await;
        let status = status.unwrap();
        assert_eq!((status.code, status.reason.as_deref()), (Some(500), Some("InternalError")));
        assert!(status.message.unwrap().contains("executable file not found in $PATH"));
        for (name, wanted, words) in [
            ("broken", AttachParams::default(), "container not found"),
            ("db", AttachParams::default().container("web"), "container web is not valid for pod db"),
            ("nosuch", AttachParams::default(), "pods \"nosuch\" not found"),
        ] {
            let error = api.exec(name, ["true"], &wanted).await.err().unwrap().to_string();
            assert!(error.contains(words), "{error}");
        }
    });
}

#[test]
fn the_older_protocol_has_the_same_outcome_and_no_end_of_input() {
    let cluster = cluster();
    cluster.state().exec.only_v4 = true;
    run(async {
        let api = pods(&cluster).await;
        let (out, _, status) = ran(&api, &["echo", "four"], None).await;
        assert_eq!((out.as_slice(), status.unwrap().status.as_deref()), (&b"four\n"[..], Some("Success")));
        // The client can only close the connection, and learns nothing of the end.
        let (_, _, status) = ran(&api, &["cat"], Some(b"some")).await;
        assert!(status.is_none(), "{status:?}");
    });
}

#[test]
fn a_connection_that_is_lost_takes_the_outcome_along() {
    let cluster = cluster();
    cluster.state().exec.lost_after = Some(100_000);
    run(async {
        let api = pods(&cluster).await;
        let command = ["head", "-c", "1000000", "/dev/zero"];
        let (out, _, status) = ran(&api, &command, None).await;
        assert!(out.len() <= 100_000 && status.is_none(), "{} {status:?}", out.len());
        let (out, _, status) = ran(&api, &command, None).await;
        assert_eq!((out.len(), status.unwrap().status.as_deref()), (1_000_000, Some("Success")));
    });
}

#[test]
fn a_log_is_shown_from_its_end_by_container_and_followed_until_the_pod_is_gone() {
    let cluster = cluster();
    let uid = cluster.object(&kinds::POD, "default", "db").unwrap()["metadata"]["uid"].as_str().unwrap().to_owned();
    let long_ago = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(3600);
    cluster.state().logs.add_at(&uid, "db", "zero", long_ago);
    cluster.state().logs.add(&uid, "db", "one\ntwo\nthree");
    run(async {
        let api = pods(&cluster).await;
        let log = async |params: LogParams| api.logs("db", &params).await.unwrap();
        assert_eq!(log(LogParams::default()).await, "zero\none\ntwo\nthree\n");
        assert_eq!(log(LogParams { tail_lines: Some(2), ..LogParams::default() }).await, "two\nthree\n");
        assert_eq!(log(LogParams { since_seconds: Some(600), ..LogParams::default() }).await, "one\ntwo\nthree\n");
        assert_eq!(log(LogParams { limit_bytes: Some(6), ..LogParams::default() }).await, "zero\no");
        let wrong = LogParams { container: Some("web".to_owned()), ..LogParams::default() };
        assert!(
            api.logs("db", &wrong).await.unwrap_err().to_string().contains("container web is not valid for pod db")
        );
        let follow = LogParams { follow: true, tail_lines: Some(1), ..LogParams::default() };
        let mut followed = api.log_stream("db", &follow).await.unwrap();
        let mut first = [0; 6];
        followed.read_exact(&mut first).await.unwrap();
        assert_eq!(&first, b"three\n");
        cluster.state().logs.add(&uid, "db", "four");
        api.delete("db", &kube::api::DeleteParams::default().grace_period(0)).await.unwrap();
        let mut rest = String::new();
        followed.read_to_string(&mut rest).await.unwrap();
        assert_eq!(rest, "four\n");
    });
}

#[test]
fn a_pod_that_can_not_start_has_no_log_yet() {
    let cluster = Cluster::start();
    cluster.state().images.set("gone:1", Behaviour::Missing);
    pod(&cluster, "db", "gone:1");
    cluster.wait(|state| {
        let pod = state.store.get(&kinds::POD, "default", "db");
        pod.is_some_and(|pod| pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == "ImagePullBackOff")
    });
    run(async {
        let error = pods(&cluster).await.logs("db", &LogParams::default()).await.unwrap_err().to_string();
        assert!(
            error.contains("container \"db\" in pod \"db\" is waiting to start: trying and failing to pull image"),
            "{error}"
        );
    });
}
