//! The release of `JiVS`, forward and back: the real runbook, a real PostgreSQL behind `kube exec`, and the
//! cluster of `tests/fixtures/kubernetes`. What people decide is left out: nobody is there to be asked.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::kubernetes::{Behaviour, Cluster, kinds};
use crate::postgres::Postgres;

const NAMESPACE: &str = "jivs-staging";
const BEFORE: &str = "20250512090000";
const AFTER: &str = "20250610120000";

/// A staging environment, and the operator's machine.
struct Staging {
    cluster: Cluster,
    database: Postgres,
    machine: TempDir,
    kubeconfig: PathBuf,
}

impl Staging {
    fn new() -> Self {
        let cluster = Cluster::start();
        let kubeconfig = cluster.kubeconfig();
        let staging = Self { cluster, database: Postgres::start(), machine: TempDir::new().unwrap(), kubeconfig };
        staging.fill_database();
        staging.teach_programs();
        staging.fill_cluster();
        fs::create_dir(staging.path("backups")).unwrap();
        staging
    }

    fn path(&self, name: &str) -> PathBuf {
        self.machine.path().join(name)
    }

    fn ask(&self, statement: &str) -> String {
        self.database.ask_in("jivs", statement)
    }

    fn fill_database(&self) {
        self.database.ask("CREATE ROLE jivs_user SUPERUSER LOGIN");
        self.database.ask("CREATE DATABASE jivs OWNER jivs_user");
        self.ask("CREATE TABLE flyway_schema_history (version text PRIMARY KEY)");
        self.ask(&format!("INSERT INTO flyway_schema_history VALUES ('{BEFORE}')"));
        self.ask("CREATE TABLE extractions AS SELECT n AS id, md5(n::text) || md5((n * 7)::text) AS payload FROM generate_series(1, 40000) AS n");
    }

    /// What there is in the containers: the database's own programs, the migrations, and `curl`.
    fn teach_programs(&self) {
        let folder = self.path("programs");
        fs::create_dir(&folder).unwrap();
        let socket = self.database.folder.path().display().to_string();
        for program in ["psql", "pg_dump"] {
            let real = self.database.programs.join(program);
            script(&folder.join(program), &format!("PGHOST='{socket}' exec '{}' \"$@\"", real.display()));
        }
        let migration = format!(
            "BEGIN; CREATE TABLE retention_policies (id int); INSERT INTO flyway_schema_history VALUES ('{AFTER}'); COMMIT"
        );
        script(
            &folder.join("flyway"),
            &format!("'{}' -U jivs_user -d jivs -qc \"{migration}\" && echo migrated", folder.join("psql").display()),
        );
        script(&folder.join("curl"), "echo '{\"build\": {\"version\": \"1.2.0\"}}'");
        let mut state = self.cluster.state();
        state.exec.programs = Some(folder);
    }

    fn fill_cluster(&self) {
        self.cluster.create(
            &kinds::NAMESPACE,
            &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}),
        );
        let ready = json!([{"type": "Ready", "status": "True"}]);
        self.cluster.create(
            &kinds::NODE,
            &json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1"}, "status": {"conditions": ready}}),
        );
        self.cluster.create(&kinds::STATEFUL_SET, &workload("StatefulSet", "postgres", 1, "postgres", "postgres:16"));
        self.cluster
            .create(&kinds::DEPLOYMENT, &workload("Deployment", "jivs-backend", 3, "backend", "jivs/backend:1.1.0"));
        self.cluster
            .create(&kinds::DEPLOYMENT, &workload("Deployment", "jivs-frontend", 2, "frontend", "jivs/frontend:1.1.0"));
        self.cluster.wait(|state| {
            let available = |name: &str, wanted: i64| {
                let found = state.store.get(&kinds::DEPLOYMENT, NAMESPACE, name);
                found.is_some_and(|it| it["status"]["availableReplicas"] == wanted)
            };
            let database = state.store.get(&kinds::STATEFUL_SET, NAMESPACE, "postgres");
            available("jivs-backend", 3)
                && available("jivs-frontend", 2)
                && database.is_some_and(|it| it["status"]["readyReplicas"] == 1)
        });
    }

    /// Runs the release and gives its exit code and what it said.
    fn release(&self) -> (i32, String) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks/jivs-platform");
        let here = self.path("jivs");
        fs::create_dir_all(here.join("scripts")).unwrap();
        for name in ["scripts/migrate.yaml", "scripts/smoke-tests.sh"] {
            fs::copy(root.join(name), here.join(name)).unwrap();
        }
        let text = fs::read_to_string(root.join("jivs-platform-1.2.0.kdl")).unwrap();
        let unattended = without_phase(&without_phase(&text, "decided"), "watched");
        fs::write(here.join("release.kdl"), unattended).unwrap();
        let programs = self.path("programs");
        let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
        let output = Command::new(env!("CARGO_BIN_EXE_runbook"))
            .args(["exec", "--yes", "--format", "plain", "--set", "environment=staging", "--set"])
            .arg(format!("backups={}", self.path("backups").display()))
            .arg(here.join("release.kdl"))
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.machine.path())
            .env("KUBECONFIG", &self.kubeconfig)
            .env("RUNBOOK_STATE", self.path("state"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.code().unwrap_or(-1), said)
    }

    fn image(&self, deployment: &str) -> String {
        let found = self.cluster.object(&kinds::DEPLOYMENT, NAMESPACE, deployment).unwrap();
        found["spec"]["template"]["spec"]["containers"][0]["image"].as_str().unwrap().to_owned()
    }

    fn schema(&self) -> String {
        self.ask("SELECT max(version) FROM flyway_schema_history")
    }
}

fn script(path: &Path, line: &str) {
    fs::write(path, format!("#!/bin/sh\n{line}\n")).unwrap();
    fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
}

fn workload(kind: &str, name: &str, replicas: u32, container: &str, image: &str) -> Value {
    let labels = json!({"app": name, "app.kubernetes.io/part-of": "jivs"});
    let mut spec = json!({
        "replicas": replicas,
        "selector": {"matchLabels": {"app": name}},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": container, "image": image}]}},
    });
    match kind {
        "StatefulSet" => spec["serviceName"] = name.into(),
        _ => spec["strategy"] = json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}),
    }
    json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": NAMESPACE}, "spec": spec})
}

/// The runbook without one of its phases.
fn without_phase(text: &str, id: &str) -> String {
    let start = text.find(&format!("phase {id} ")).unwrap();
    let end = start + text[start..].find("\n}\n").unwrap() + 3;
    format!("{}{}", &text[..start], &text[end..])
}

#[test]
fn the_release_rolls_out_without_downtime_and_migrates() {
    let staging = Staging::new();
    let (code, said) = staging.release();
    assert_eq!(code, 0, "{said}");
    assert_eq!(staging.image("jivs-backend"), "jivs/backend:1.2.0");
    assert_eq!(staging.image("jivs-frontend"), "jivs/frontend:1.2.0");
    assert_eq!(staging.schema(), AFTER);
    assert!(said.contains("NAMESPACE JIVS-STAGING OF http://127.0.0.1"), "{said}");
    let backup = staging.path("backups/backup-staging-pre-1.2.0.sql.gz");
    assert!(fs::metadata(backup).unwrap().len() > 1_000_000);
    assert!(staging.cluster.object(&kinds::JOB, NAMESPACE, "jivs-migrate").is_none());
}

#[test]
fn a_frontend_that_can_not_be_pulled_takes_the_release_back_with_its_database() {
    let staging = Staging::new();
    staging.cluster.state().images.set("jivs/frontend:1.2.0", Behaviour::Missing);
    let before = staging.ask("SELECT count(*), md5(string_agg(payload, '' ORDER BY id)) FROM extractions");
    let (code, said) = staging.release();
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("ImagePullBackOff") || said.contains("ErrImagePull"), "{said}");
    assert_eq!(staging.image("jivs-backend"), "jivs/backend:1.1.0");
    assert_eq!(staging.image("jivs-frontend"), "jivs/frontend:1.1.0");
    assert_eq!(staging.schema(), BEFORE);
    assert_eq!(staging.ask("SELECT to_regclass('retention_policies') IS NULL"), "t");
    assert_eq!(staging.ask("SELECT count(*), md5(string_agg(payload, '' ORDER BY id)) FROM extractions"), before);
    staging.cluster.wait(|state| {
        let found = state.store.get(&kinds::DEPLOYMENT, NAMESPACE, "jivs-frontend");
        found.is_some_and(|it| it["status"]["availableReplicas"] == 2)
    });
}

#[test]
fn who_may_only_look_is_told_so_before_anything_is_changed() {
    let mut staging = Staging::new();
    staging.kubeconfig = staging.cluster.viewers_kubeconfig();
    let (code, said) = staging.release();
    assert_eq!((code, staging.schema().as_str()), (5, BEFORE), "{said}");
    assert!(said.contains("may not patch deployments.apps jivs-backend in jivs-staging"), "{said}");
}
