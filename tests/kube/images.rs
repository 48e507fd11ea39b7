//! The images that tests run, in one place: real ones, so that a test that runs on the fixture runs on any
//! cluster. On the fixture each is taught to do what it does for real. Invariant: what an image does is
//! said here and nowhere else.

use serde_json::{Value, json};

use crate::kubernetes::{Behaviour, Cluster};

/// What each image is, beside the registry that it comes from.
#[derive(Clone, Copy)]
pub enum Image {
    /// It runs.
    One,
    /// It runs, too.
    Two,
    /// It says that it misses its database, and ends with 3.
    Crashes,
    /// It runs and is never ready.
    Unready,
    /// There is none of this name.
    Missing,
}

/// What a container does: which version of the program it finds decides it.
const RUNS: &str = "case $(busybox 2>&1 | head -n 1) in *1.35.0*) echo 'no database at db:5432'; exit 3;; esac; \
                    echo serving; exec sleep 100000";
const IS_READY: &str = "case $(busybox 2>&1 | head -n 1) in *1.34.1*) exit 1;; esac";

impl Image {
    /// As a pod names it. `RUNBOOK_TEST_REGISTRY` is a mirror of the public one.
    pub fn name(self) -> String {
        let tag = match self {
            Self::One => "1.36.0",
            Self::Two => "1.36.1",
            Self::Crashes => "1.35.0",
            Self::Unready => "1.34.1",
            Self::Missing => "0.0.0-missing",
        };
        let registry = std::env::var("RUNBOOK_TEST_REGISTRY").unwrap_or_else(|_| "docker.io/library".to_owned());
        format!("{registry}/busybox:{tag}")
    }
}

impl std::fmt::Display for Image {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name())
    }
}

/// Teaches the fixture what these images do for real.
pub fn teach(cluster: &Cluster) {
    let mut state = cluster.state();
    state
        .images
        .set(&Image::Crashes.name(), Behaviour::Crashes { code: 3, log: "no database at db:5432\n".to_owned() });
    state.images.set(&Image::Unready.name(), Behaviour::NeverReady);
    state.images.set(&Image::Missing.name(), Behaviour::Missing);
}

/// Pods with a container `web` of this image.
pub fn template(image: Image) -> Value {
    json!({
        "metadata": {"labels": {"app": "web"}},
        "spec": {
            "terminationGracePeriodSeconds": 1,
            "containers": [{
                "name": "web", "image": image.name(), "command": ["sh", "-c", RUNS],
                "readinessProbe": {"exec": {"command": ["sh", "-c", IS_READY]}, "periodSeconds": 1},
            }],
        },
    })
}

/// A workload `web` of this kind, with two pods where it says how many.
pub fn workload(kind: &str) -> Value {
    let mut spec = json!({"selector": {"matchLabels": {"app": "web"}}, "template": template(Image::One)});
    match kind {
        "DaemonSet" => {}
        "StatefulSet" => (spec["replicas"], spec["serviceName"]) = (json!(2), json!("web")),
        _ => spec["replicas"] = json!(2),
    }
    json!({
        "apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "web", "labels": {"app": "web"}}, "spec": spec,
    })
}
