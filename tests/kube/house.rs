//! Where a test has its cluster: the fixture, or the one that `RUNBOOK_TEST_KUBECONFIG` names. Either is
//! asked in the same way, over its API, and each test has a namespace of its own there.
//!
//! Invariant: the namespace goes with the house, also when the test fails. Nothing outside it is touched.

use std::fmt::Write as _;
use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;

use futures_util::StreamExt;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, StatefulSet};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Pod, ResourceQuota, Secret};
use kube::api::{Api, ApiResource, DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::core::DynamicObject;
use kube::runtime::wait::{await_condition, conditions};
use kube::runtime::watcher::{Config, Event};
use kube::runtime::{WatchStreamExt, watcher};
use serde_json::{Value, json};

use crate::client::{client_of, run};
use crate::images::{Image, teach, workload};
use crate::kubernetes::Cluster;
use crate::release::Release;

/// What every namespace of a test is labelled with: where a test was killed, they are found by it.
const LABEL: &str = "runbook-test";

/// A place for one test.
pub struct House {
    /// `None`: the cluster is somebody's.
    _fixture: Option<Cluster>,
    kubeconfig: PathBuf,
    namespace: String,
    /// How many times longer than the fixture the cluster may take.
    patience: u32,
}

impl House {
    /// An empty namespace.
    pub fn open() -> Self {
        if let Some(path) = std::env::var_os("RUNBOOK_TEST_KUBECONFIG") {
            // What runs in a folder of its own finds it as well.
            return Self::enter(None, std::fs::canonicalize(path).unwrap(), 10);
        }
        let cluster = Cluster::start();
        teach(&cluster);
        let kubeconfig = cluster.kubeconfig();
        Self::enter(Some(cluster), kubeconfig, 1)
    }

    /// An empty namespace of a cluster that is somebody's.
    pub fn on(kubeconfig: PathBuf) -> Self {
        Self::enter(None, kubeconfig, 1)
    }

    fn enter(fixture: Option<Cluster>, kubeconfig: PathBuf, patience: u32) -> Self {
        let said = std::env::var("RUNBOOK_TEST_PATIENCE").ok().map(|times| times.parse().unwrap());
        let namespace = format!("runbook-test-{:016x}", RandomState::new().hash_one(std::process::id()));
        let house = Self { _fixture: fixture, kubeconfig, namespace, patience: said.unwrap_or(patience) };
        run(async {
            let object = json!({"metadata": {"name": house.namespace, "labels": {LABEL: "yes"}}});
            let spaces: Api<Namespace> = Api::all(client_of(&house.kubeconfig).await);
            spaces.create(&PostParams::default(), &serde_json::from_value(object).unwrap()).await.unwrap();
        });
        house
    }

    /// A namespace in which both pods of the Deployment `web` are available.
    pub fn with_web() -> Self {
        Self::with(&workload("Deployment"))
    }

    /// A namespace in which the workload `web` is rolled out.
    pub fn with(workload: &Value) -> Self {
        let house = Self::open();
        house.create(workload);
        house.wait(&workload["kind"].as_str().unwrap().to_lowercase(), "web", is_rolled_out);
        house
    }

    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// A runbook for this namespace. Its budgets are seconds of the fixture; others take longer.
    pub fn release(&self, nodes: &str) -> Release {
        let mut patient = String::new();
        for (index, part) in nodes.split("budget \"").enumerate() {
            match part.split_once("s\"") {
                Some((seconds, rest)) if index > 0 => {
                    let seconds = seconds.parse::<u32>().unwrap() * self.patience;
                    write!(patient, "budget \"{seconds}s\"{rest}").unwrap();
                }
                _ => patient += part,
            }
        }
        Release::within(&self.kubeconfig, Some(&self.namespace), &patient)
    }

    /// A step that gives the containers of `web` another image, within so many seconds.
    async fn api(&self, kind: &str) -> Api<DynamicObject> {
        let resource = match kind {
            "deployment" => ApiResource::erase::<Deployment>(&()),
            "statefulset" => ApiResource::erase::<StatefulSet>(&()),
            "daemonset" => ApiResource::erase::<DaemonSet>(&()),
            "horizontalpodautoscaler" => ApiResource::erase::<HorizontalPodAutoscaler>(&()),
            "pod" => ApiResource::erase::<Pod>(&()),
            "configmap" => ApiResource::erase::<ConfigMap>(&()),
            "secret" => ApiResource::erase::<Secret>(&()),
            "resourcequota" => ApiResource::erase::<ResourceQuota>(&()),
            other => panic!("{other} is to be added here"),
        };
        Api::namespaced_with(client_of(&self.kubeconfig).await, &self.namespace, &resource)
    }

    /// Creates an object as its file says it.
    pub fn create(&self, object: &Value) {
        run(async {
            let api = self.api(&object["kind"].as_str().unwrap().to_lowercase()).await;
            let by = PostParams { field_manager: Some("test".to_owned()), ..PostParams::default() };
            api.create(&by, &serde_json::from_value(object.clone()).unwrap()).await.unwrap();
        });
    }

    /// An object as it is.
    pub fn object(&self, kind: &str, name: &str) -> Option<Value> {
        run(async { self.api(kind).await.get_opt(name).await.unwrap().map(|found| plain(&found)) })
    }

    /// The pods of `web` that nobody deletes, by name.
    pub fn pods(&self) -> Vec<Value> {
        let listed = run(async { self.api("pod").await.list(&ListParams::default().labels("app=web")).await.unwrap() });
        let pods = listed.items.iter().map(plain);
        pods.filter(|pod| pod["metadata"]["deletionTimestamp"].is_null()).collect()
    }

    /// The images of the pods of `web`, by the pods' names.
    pub fn images(&self) -> Vec<String> {
        let image = |pod: &Value| pod["spec"]["containers"][0]["image"].as_str().unwrap().to_owned();
        self.pods().iter().map(image).collect()
    }

    /// The image that the pods of a workload are to have.
    pub fn image(&self, kind: &str) -> String {
        let web = self.object(kind, "web").unwrap();
        web["spec"]["template"]["spec"]["containers"][0]["image"].as_str().unwrap().to_owned()
    }

    /// Changes an object as somebody else would, by a merge patch.
    pub fn change(&self, kind: &str, name: &str, patch: &Value) {
        run(async {
            let by = PatchParams { field_manager: Some("somebody-else".to_owned()), ..PatchParams::default() };
            self.api(kind).await.patch(name, &by, &Patch::Merge(patch)).await.unwrap();
        });
    }

    /// Deletes an object as somebody else would.
    pub fn delete(&self, kind: &str, name: &str) {
        run(async { _ = self.api(kind).await.delete(name, &DeleteParams::background()).await.unwrap() });
    }

    /// Waits until this holds of an object; `Null`: there is none. The test's own time-out is the limit.
    pub fn wait(&self, kind: &str, name: &str, mut holds: impl FnMut(&Value) -> bool) {
        run(async {
            let config = Config::default().fields(&format!("metadata.name={name}"));
            let mut seen = watcher(self.api(kind).await, config).default_backoff().boxed();
            let mut object = Value::Null;
            while let Some(event) = seen.next().await {
                match event {
                    Ok(Event::Apply(found) | Event::InitApply(found)) => object = plain(&found),
                    Ok(Event::Delete(_)) => object = Value::Null,
                    Ok(Event::InitDone) => {}
                    Ok(Event::Init) => {
                        object = Value::Null;
                        continue;
                    }
                    // The watcher begins anew.
                    Err(_) => continue,
                }
                if holds(&object) {
                    return;
                }
            }
        });
    }

    async fn leave(&self) -> Result<(), Box<dyn std::error::Error>> {
        let spaces: Api<Namespace> = Api::all(client_of(&self.kubeconfig).await);
        let Some(space) = spaces.get_opt(&self.namespace).await? else { return Ok(()) };
        spaces.delete(&self.namespace, &DeleteParams::background()).await?;
        let uid = space.metadata.uid.unwrap_or_default();
        await_condition(spaces, &self.namespace, conditions::is_deleted(&uid)).await?;
        Ok(())
    }
}

#[expect(clippy::print_stderr, reason = "who reads that a test failed is told what it left, too")]
impl Drop for House {
    fn drop(&mut self) {
        if let Err(error) = run(self.leave()) {
            eprintln!("the namespace {} is left behind: {error}", self.namespace);
        }
    }
}

fn plain(object: &DynamicObject) -> Value {
    serde_json::to_value(object).unwrap()
}

/// A step that gives the containers of `web` another image, within so many seconds of the fixture.
pub fn set_image(kind: &str, image: Image, seconds: u32) -> String {
    format!(
        "step image \"New image\" {{
            kube set-image \"{kind}/web\" {{ container web \"{image}\"; }}
            budget \"{seconds}s\"
        }}"
    )
}

/// Whether all pods of a workload are of its template and available. What comes out of a list has no kind.
pub fn is_rolled_out(object: &Value) -> bool {
    let status = &object["status"];
    let (wanted, counts): (_, &[&str]) = match &status["desiredNumberScheduled"] {
        Value::Null => (&object["spec"]["replicas"], &["replicas", "updatedReplicas", "availableReplicas"]),
        wanted => (wanted, &["updatedNumberScheduled", "numberAvailable"]),
    };
    wanted.as_u64() > Some(0)
        && counts.iter().all(|field| status[*field] == *wanted)
        && status["observedGeneration"] == object["metadata"]["generation"]
}
