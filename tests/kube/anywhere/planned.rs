//! `runbook plan --probe`: what the server would take, and nothing of it kept.

use serde_json::json;

use super::rolled::FAILS;
use crate::house::{House, set_image};
use crate::images::Image;

/// Steps that a server takes and refuses.
pub fn steps(image: Image) -> String {
    format!(
        r#"
    step images "Images" {{ kube set-image "deployment/web" {{ container web "{image}"; }}; }}
    step wrong "A container that isn't there" {{ kube set-image "deployment/web" {{ container wbe "{image}"; }}; }}
    step colours "Colours" {{
        kube apply {{ manifest "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: colours}}, data: {{sky: blue}}}}"; }}
    }}
    step negative "A number that can't be" {{
        kube apply {{
            manifest "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: web}}, spec: {{replicas: -1}}}}"
        }}
    }}
"#
    )
}

#[test]
fn a_probe_asks_the_server_what_it_would_take_and_changes_nothing() {
    let house = House::with_web();
    let before = house.object("deployment", "web").unwrap()["spec"].clone();
    house.release(&steps(Image::Two)).run(&["plan", "--probe", "release.kdl"]).says(&[
        "server-dry-run taken",
        "server-dry-run refused",
        "it has no container wbe",
        "spec.replicas",
    ]);
    assert_eq!(house.object("deployment", "web").unwrap()["spec"], before);
    assert!(house.object("configmap", "colours").is_none());
}

#[test]
fn a_probe_refuses_what_a_run_would_refuse_before_it_asks_the_server() {
    let house = House::with_web();
    house.change("deployment", "web", &json!({"spec": {"paused": true}}));
    let step = set_image("deployment", Image::Two, 60);
    house
        .release(&format!("{step}\n{FAILS}"))
        .run(&["plan", "--probe", "release.kdl"])
        .says(&["server-dry-run refused", "paused"]);
}
