//! How soon a step is done once its rollout is. A release runs against the API server of the tests, in a
//! process of its own; the clock starts with the write that makes the last pod available, and stops when
//! the step is shown as done, its record on the disk. The rivals see the same rollouts in the same
//! minutes: a bare watch, which reads the object and keeps nothing, and `kubectl rollout status`.
//!
//! `cargo bench --bench kube` prints the table; `-- --times N` measures everything N times, `-- --watched N`
//! with another number of pods. `OVERHEAD_OF=path/to/runbook` measures another build.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench stops where it can't go on, and prints its table"
)]

mod figures;

#[allow(dead_code, reason = "its own web server has no business here")]
#[path = "../tests/cli/authority.rs"]
mod authority;
#[path = "../tests/fixtures/kubernetes/mod.rs"]
mod kubernetes;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, TryStreamExt as _};
use k8s_openapi::api::apps::v1::Deployment;
use kube::api::{Api, WatchEvent, WatchParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::{Value, json};
use tempfile::TempDir;

use authority::Authority;
use figures::{median, shown};
use kubernetes::{Behaviour, Cluster, kinds};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |name: &str| -> Option<usize> {
        arguments.iter().skip_while(|argument| *argument != name).nth(1).map(|number| number.parse().unwrap())
    };
    let times = number("--times").unwrap_or(7);
    println!(
        "| pods watched | runbook | a bare watch | kubectl | more than a bare watch | of kubectl | engine's peak | its processor time |"
    );
    println!("|--:|--:|--:|--:|--:|--:|--:|--:|");
    for watched in number("--watched").map_or_else(|| vec![2, 500], |watched| vec![watched]) {
        row(watched, times);
    }
}

/// What one rollout took from its last write on, in seconds, and what its engine had and used.
struct Taken {
    seconds: f64,
    megabytes: f64,
    processor: f64,
}

fn row(watched: usize, times: usize) {
    let kubectl = Command::new("kubectl").arg("version").arg("--client").output().is_ok();
    let mut all = Vec::new();
    for _ in 0..times {
        // What the rollouts before have left would make the later ones slower.
        let site = Site::new(watched);
        let ours = site.measured("web:ours", |image| site.ours(image));
        let bare = site.measured("web:bare", |image| site.bare(image));
        let kubectl = kubectl.then(|| site.measured("web:kubectl", |image| site.kubectl(image)));
        all.push((ours, bare, kubectl));
    }
    let ours = median(all.iter().map(|(ours, ..)| ours.seconds));
    let bare = median(all.iter().map(|(_, bare, _)| bare.seconds));
    let more = median(all.iter().map(|(ours, bare, _)| ours.seconds - bare.seconds));
    let theirs: Vec<f64> = all.iter().filter_map(|(.., theirs)| Some(theirs.as_ref()?.seconds)).collect();
    let (theirs, ratio) = if theirs.is_empty() {
        ("–".to_owned(), "–".to_owned())
    } else {
        let theirs = median(theirs.into_iter());
        (shown(theirs), format!("{:.2}", ours / theirs))
    };
    println!(
        "| {watched} | {} | {} | {theirs} | {} | {ratio} | {:.1} MB | {} |",
        shown(ours),
        shown(bare),
        shown(more),
        median(all.iter().map(|(ours, ..)| ours.megabytes)),
        shown(median(all.iter().map(|(ours, ..)| ours.processor))),
    );
}

/// A cluster with a Deployment of two pods and more with its label, and a folder for what runs.
struct Site {
    cluster: Cluster,
    folder: TempDir,
}

impl Site {
    fn new(watched: usize) -> Self {
        // Over TLS, as every cluster; kubectl keeps its token back from any other.
        let authority = Authority::new();
        let (key, certificate) = authority.good("localhost");
        let cluster = Cluster::start_tls(&key, &certificate, &authority.path("ca.pem"));
        // Longer than any rival takes to begin.
        cluster.state().pace.start = Duration::from_millis(500);
        let labels = json!({"app": "web"});
        cluster.create(
            &kinds::DEPLOYMENT,
            &json!({
                "metadata": {"name": "web"},
                "spec": {"replicas": 2, "selector": {"matchLabels": labels}, "template": {
                    "metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "web:0"}]},
                }},
            }),
        );
        cluster.wait(|state| {
            let web = state.store.get(&kinds::DEPLOYMENT, "default", "web");
            web.is_some_and(|web| is_done(&web, "web:0"))
        });
        // They belong to nobody, and the engine watches them all the same.
        for number in 2..watched {
            let spec = json!({"containers": [{"name": "web", "image": "web:0"}]});
            let metadata = json!({"name": format!("other-{number}"), "labels": labels});
            cluster.create(&kinds::POD, &json!({"metadata": metadata, "spec": spec}));
        }
        cluster.wait(|state| {
            let pods = state.store.list(&kinds::POD, "default");
            pods.iter().filter(|pod| pod["status"]["phase"] == "Running").count() >= watched
        });
        let beside = Path::new(env!("CARGO_BIN_EXE_runbook")).parent().unwrap();
        Self { cluster, folder: TempDir::new_in(beside).unwrap() }
    }

    /// Rolls out an image, and measures from the write that makes the last pod available.
    fn measured(&self, image: &str, rolls_out: impl FnOnce(&str) -> (Instant, f64, f64)) -> Taken {
        self.cluster.state().images.set(image, Behaviour::Ready(Duration::from_millis(500)));
        let (seen, megabytes, processor) = rolls_out(image);
        let written = self.cluster.history(&kinds::DEPLOYMENT);
        let available = written.iter().find(|event| is_done(&event.object, image)).unwrap().at;
        Taken { seconds: seen.saturating_duration_since(available).as_secs_f64(), megabytes, processor }
    }

    /// The program itself.
    fn ours(&self, image: &str) -> (Instant, f64, f64) {
        let runbook = format!(
            "runbook release \"Release\"\nkubernetes {{ kubeconfig \"{}\"; }}\nphase only \"Only\" {{\n\
             step image \"Image\" {{ kube set-image \"deployment/web\" {{ container web \"{image}\"; }}; budget \"10m\"; }}\n}}\n",
            self.cluster.kubeconfig().display()
        );
        let file = self.folder.path().join("bench.kdl");
        fs::write(&file, runbook).unwrap();
        let mut command = Command::new(program());
        command.args(["exec", "--yes", "--format", "plain"]).arg(&file);
        command.env("RUNBOOK_STATE", self.folder.path().join("state"));
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut seen = None;
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            if seen.is_none() && line.contains("done") && line.contains("image") {
                let now = Instant::now();
                seen = Some((now, peak(child.id()), processor(child.id())));
            }
        }
        assert!(child.wait().unwrap().success());
        seen.unwrap()
    }

    /// One watch of the object, by the client that runbook uses, that keeps nothing.
    fn bare(&self, image: &str) -> (Instant, f64, f64) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let seen = runtime.block_on(async {
            let kubeconfig = Kubeconfig::read_from(self.cluster.kubeconfig()).unwrap();
            let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
            let api: Api<Deployment> = Api::namespaced(Client::try_from(config).unwrap(), "default");
            let params = WatchParams::default().fields("metadata.name=web");
            let mut events = api.watch(&params, "0").await.unwrap().boxed();
            self.set(image);
            loop {
                let event = events.try_next().await.unwrap().unwrap();
                if let WatchEvent::Modified(web) = event
                    && is_done(&serde_json::to_value(web).unwrap(), image)
                {
                    return Instant::now();
                }
            }
        });
        (seen, 0.0, 0.0)
    }

    fn kubectl(&self, image: &str) -> (Instant, f64, f64) {
        self.set(image);
        let mut command = Command::new("kubectl");
        command
            .arg("--kubeconfig")
            .arg(self.cluster.kubeconfig())
            .args(["rollout", "status", "deployment/web"])
            .env("KUBECACHEDIR", self.folder.path());
        let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status().unwrap();
        assert!(status.success());
        (Instant::now(), 0.0, 0.0)
    }

    fn set(&self, image: &str) {
        self.cluster.change(&kinds::DEPLOYMENT, "web", |web| {
            web["spec"]["template"]["spec"]["containers"][0]["image"] = json!(image);
        });
    }
}

fn is_done(web: &Value, image: &str) -> bool {
    let (spec, status) = (&web["spec"], &web["status"]);
    spec["template"]["spec"]["containers"][0]["image"] == image
        && web["metadata"]["generation"] == status["observedGeneration"]
        && ["replicas", "updatedReplicas", "availableReplicas"].iter().all(|field| status[*field] == spec["replicas"])
}

fn program() -> PathBuf {
    std::env::var_os("OVERHEAD_OF").map_or_else(|| env!("CARGO_BIN_EXE_runbook").into(), PathBuf::from)
}

/// The most memory that a process had, in MB.
fn peak(process: u32) -> f64 {
    let text = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<f64>().map_or(0.0, |kilobytes| kilobytes / 1024.0)
}

/// User and system time of a process until now, in seconds.
fn processor(process: u32) -> f64 {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields = text.rsplit_once(") ").unwrap_or_default().1;
    let ticks: f64 = fields.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
    ticks / f64::from(u32::try_from(rustix::param::clock_ticks_per_second()).unwrap())
}
