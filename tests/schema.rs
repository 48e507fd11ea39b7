//! What is kept in `schema/` and `docs/reference.md` is what the program prints, and holds for what it
//! reads and writes: every runbook of the repository for the KDL schema, every line of JSON for its JSON
//! Schema. `RUNBOOK_GOLDEN=rewrite` rewrites the files. Invariant: a stale one fails.

#![expect(clippy::unwrap_used, reason = "a test stops where it can't go on")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use runbook::syntax::{Node, Sources, parse};
use tempfile::TempDir;

/// What is printed, and where it is kept.
const KEPT: [(&str, &str); 10] = [
    ("kdl", "schema/runbook.kdl-schema"),
    ("language", "schema/runbook.json"),
    ("event", "schema/event.schema.json"),
    ("finding", "schema/finding.schema.json"),
    ("audit", "schema/audit.schema.json"),
    ("rehearsal", "schema/rehearsal.schema.json"),
    ("plan", "schema/plan.schema.json"),
    ("diff", "schema/diff.schema.json"),
    ("run", "schema/run.schema.json"),
    ("reference", "docs/reference.md"),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn runbook(arguments: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_runbook"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", folder)
        .env("RUNBOOK_STATE", folder.join("state"))
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[test]
fn what_is_kept_is_what_is_printed() {
    let mut stale = Vec::new();
    for (name, path) in KEPT {
        let printed = String::from_utf8(runbook(&["schema", name], &root()).stdout).unwrap();
        if std::env::var_os("RUNBOOK_GOLDEN").is_some_and(|wish| wish == "rewrite") {
            fs::write(root().join(path), &printed).unwrap();
        }
        if fs::read_to_string(root().join(path)).unwrap_or_default() != printed {
            stale.push(path);
        }
    }
    assert!(stale.is_empty(), "stale, RUNBOOK_GOLDEN=rewrite rewrites them: {stale:?}");
}

#[test]
fn nothing_else_is_kept_beside_them() {
    let kept: Vec<_> = fs::read_dir(root().join("schema"))
        .unwrap()
        .map(|entry| format!("schema/{}", entry.unwrap().file_name().to_string_lossy()))
        .filter(|path| KEPT.iter().all(|(_, kept)| kept != path))
        .collect();
    assert!(kept.is_empty(), "{kept:?}");
}

/// Lines of JSON against a schema, judged by a validator that knows nothing of this program.
#[track_caller]
fn valid(schema: &str, lines: &[u8]) -> usize {
    let script = "import json, sys, jsonschema\n\
                  schema = json.load(open(sys.argv[1]))\n\
                  kind = jsonschema.validators.validator_for(schema)\n\
                  kind.check_schema(schema)\n\
                  lines = [json.loads(line) for line in sys.stdin.buffer]\n\
                  errors = [(line, error.message) for line in lines for error in kind(schema).iter_errors(line)]\n\
                  assert not errors, errors[:3]\n\
                  print(len(lines))";
    let mut child = Command::new("python3")
        .args(["-W", "ignore", "-c", script])
        .arg(root().join("schema").join(schema))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(lines).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}

const RELEASE: &str = r#"runbook shop "Shop" { budget "1h" downtime="2m"; }
input place
phase main "Main" {
    checkpoint before "As before" {
        check up "It is there" { run ls "{{place}}"; capture listed stdout default=none; expect exit is=0; }
        preserve files "The files" { run ls "{{place}}"; expect stdout lacks="release"; }
    }
    step first "First" { write "{{place}}/first" "{{listed}}"; }
    step known "Known" { run "true"; applied { run "true"; }; inverse { run "true"; }; idempotent; }
    on-rollback after "Look again" { run ls "{{place}}"; }
    parallel {
        check left { run ls "{{place}}"; diagnose { run uptime; }; }
        step right { run touch "{{place}}/right"; inverse { run rm "-f" "{{place}}/right"; expect exit is=0; }; }
    }
    wait "10ms"
    check last "Nothing is wrong" { run ls "{{place}}/wanted"; diagnose { run ls "{{place}}"; }; }
}
"#;

#[test]
fn every_event_of_a_run_and_of_its_way_back_is_as_its_schema_says() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("release.kdl"), RELEASE).unwrap();
    for (name, wanted, code) in [("good", true, 0), ("bad", false, 1)] {
        let place = folder.path().join(name);
        fs::create_dir(&place).unwrap();
        if wanted {
            fs::write(place.join("wanted"), "").unwrap();
        }
        let setting = format!("place={}", place.display());
        let ran = runbook(&["exec", "--yes", "--format", "json", "--set", &setting, "release.kdl"], folder.path());
        assert_eq!(ran.status.code(), Some(code), "{}", String::from_utf8_lossy(&ran.stderr));
        assert!(valid("event.schema.json", &ran.stdout) > 15);
    }
    let setting = format!("place={}", folder.path().display());
    let plan = ["plan", "--format", "json", "--history", "--probe", "--set", &setting, "release.kdl"];
    assert_eq!(valid("plan.schema.json", &runbook(&plan, folder.path()).stdout), 1);
    let audit = runbook(&["audit", "--format", "json"], folder.path());
    assert_eq!(valid("audit.schema.json", &audit.stdout), 1);
}

#[test]
fn the_record_of_a_run_that_was_taken_back_is_as_its_schema_says() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("release.kdl"), RELEASE).unwrap();
    fs::create_dir(folder.path().join("place")).unwrap();
    let setting = format!("place={}/place", folder.path().display());
    let ran = runbook(&["exec", "--yes", "--set", &setting, "release.kdl"], folder.path());
    assert_eq!(ran.status.code(), Some(1), "{}", String::from_utf8_lossy(&ran.stderr));
    let shown = runbook(&["show", "--format", "json"], folder.path());
    assert_eq!(valid("run.schema.json", &shown.stdout), 1);
    let record: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    let states: Vec<_> = record["units"].as_array().unwrap().iter().map(|it| (&it["id"], &it["state"])).collect();
    let said: Vec<_> =
        states.iter().map(|(id, state)| format!("{} {}", id.as_str().unwrap(), state.as_str().unwrap())).collect();
    assert_eq!(
        said,
        [
            "up done",
            "before/files done",
            "first undone",
            "known skipped",
            "after undone",
            "left done",
            "right undone",
            "wait-1 done",
            "last failed"
        ]
    );
    assert_eq!((&record["exit"], &record["verdict"]["kind"]), (&1.into(), &"rolled-back".into()));
    assert_eq!(record["rollback"]["undo"], serde_json::json!(["right", "after", "first"]));
    assert_eq!(record["units"][1]["looks"].as_array().unwrap().len(), 2);
    assert_eq!(record["units"][8]["evidence"].as_array().unwrap().len(), 1);
}

#[test]
fn what_differs_is_as_its_schema_says() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("old.kdl"), RELEASE).unwrap();
    let newer = RELEASE.replace("lacks=\"release\"", "lacks=\"x\"").replace("wait \"10ms\"", "wait \"20ms\"");
    fs::write(folder.path().join("new.kdl"), newer).unwrap();
    let compared =
        runbook(&["diff", "--to", "json", "--fail-on", "changed,loosened", "old.kdl", "new.kdl"], folder.path());
    assert_eq!(compared.status.code(), Some(3), "{}", String::from_utf8_lossy(&compared.stderr));
    assert_eq!(valid("diff.schema.json", &compared.stdout), 1);
    assert_eq!(
        valid("diff.schema.json", &runbook(&["diff", "--to", "json", "old.kdl", "old.kdl"], folder.path()).stdout),
        1
    );
}

#[test]
fn every_event_of_the_kept_journals_is_as_its_schema_says() {
    let mut lines = Vec::new();
    for run in ["halted", "killed", "linear", "parallel", "rolled-back"] {
        let journal =
            fs::read_to_string(root().join(format!("tests/fixtures/journals/v2/{run}/journal.jsonl"))).unwrap();
        for line in journal.lines() {
            // A line is framed: what happened is one part of it.
            let framed: serde_json::Value = serde_json::from_str(line).unwrap();
            lines.extend_from_slice(framed["event"].to_string().as_bytes());
            lines.push(b'\n');
        }
    }
    assert!(valid("event.schema.json", &lines) > 50);
}

#[test]
fn every_finding_is_as_its_schema_says() {
    let folder = TempDir::new().unwrap();
    let text = "runbook x \"X\"\ninput a \"1\"\nphase p {\n    check c { run x; run y; expect stdout lacks=\"z\"; }\n    stepp d\n}\n";
    fs::write(folder.path().join("a.kdl"), text).unwrap();
    let checked = runbook(&["check", "--format", "json", "a.kdl", "gone.kdl"], folder.path());
    assert!(valid("finding.schema.json", &checked.stdout) >= 4);
}

fn nodes(path: &Path) -> Vec<Node> {
    let text: Arc<str> = fs::read_to_string(path).unwrap().into();
    let mut sources = Sources::default();
    let file = sources.add(path.to_str().unwrap(), text);
    parse(&sources, file).unwrap_or_else(|findings| panic!("{}: {findings:?}", path.display()))
}

/// A reader of KDL schemas, as far as this one goes.
struct Schema {
    words: BTreeMap<String, Node>,
    insides: BTreeMap<String, Node>,
    top: Vec<Node>,
}

impl Schema {
    fn read() -> Self {
        let document = nodes(&root().join("schema/runbook.kdl-schema")).remove(0);
        let definitions = document.child("definitions").unwrap();
        let by_id = |name: &str| -> BTreeMap<String, Node> {
            let found = definitions.children_named(name);
            found.map(|node| (node.property("id").unwrap().spelled().value, node.clone())).collect()
        };
        let top = document.children_named("node").cloned().collect();
        Self { words: by_id("node"), insides: by_id("children"), top }
    }

    /// What is wrong with nodes in a place that allows these references.
    fn judge(&self, nodes: &[Node], allowed: &[Node], wrong: &mut Vec<String>) {
        for reference in allowed {
            let name = reference.argument(0).unwrap().spelled().value;
            let count = nodes.iter().filter(|node| node.name.value == name).count();
            let limit = |which: &str| {
                reference.child(which).map(|node| node.argument(0).unwrap().whole_number(0..=999).unwrap())
            };
            if limit("max").is_some_and(|max| count > max as usize)
                || limit("min").is_some_and(|min| count < min as usize)
            {
                wrong.push(format!("{count} times `{name}`"));
            }
        }
        for node in nodes {
            let name = &node.name.value;
            match allowed.iter().find(|reference| reference.argument(0).unwrap().spelled().value == *name) {
                Some(reference) => self.judge_node(node, &self.words[&target(reference)], wrong),
                None => wrong.push(format!("`{name}` can't stand here")),
            }
        }
    }

    fn judge_node(&self, node: &Node, word: &Node, wrong: &mut Vec<String>) {
        let name = &node.name.value;
        let most = word
            .child("value")
            .map(|value| value.child("max").map(|max| max.argument(0).unwrap().whole_number(0..=999).unwrap()));
        match most {
            Some(Some(most)) if node.arguments.len() > most as usize => wrong.push(format!("arguments of `{name}`")),
            None if !node.arguments.is_empty() => wrong.push(format!("arguments of `{name}`")),
            Some(_) | None => {}
        }
        let others = word.child("other-props-allowed").is_some();
        for property in &node.properties {
            let known = word
                .children_named("prop")
                .any(|prop| prop.argument(0).unwrap().spelled().value == property.name.value);
            if !known && !others {
                wrong.push(format!("`{name} {}=`", property.name.value));
            }
        }
        match word.child("children") {
            Some(inside) => {
                let allowed: Vec<Node> = self.insides[&target(inside)].children_named("node").cloned().collect();
                self.judge(node.children(), &allowed, wrong);
            }
            None if node.children().is_empty() => {}
            None => wrong.push(format!("children of `{name}`")),
        }
    }
}

/// The id of `ref=#"[id="…"]"#`.
fn target(reference: &Node) -> String {
    let query = reference.property("ref").unwrap().spelled().value;
    query.trim_start_matches("[id=\"").trim_end_matches("\"]").to_owned()
}

fn runbooks(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(runbooks(&path));
        } else if path.extension().is_some_and(|extension| extension == "kdl") {
            found.push(path);
        }
    }
    found
}

#[test]
fn every_runbook_of_the_repository_is_as_the_kdl_schema_says() {
    let schema = Schema::read();
    let files = runbooks(&root().join("runbooks"));
    assert!(files.len() > 3);
    for path in files {
        let nodes = nodes(&path);
        if nodes.iter().all(|node| node.name.value != "runbook") {
            continue;
        }
        let mut wrong = Vec::new();
        schema.judge(&nodes, &schema.top, &mut wrong);
        assert!(wrong.is_empty(), "{}: {wrong:?}", path.display());
    }
}

#[test]
fn what_the_table_refuses_the_kdl_schema_refuses() {
    let schema = Schema::read();
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a.kdl");
    for (text, expected) in [
        ("runbook a \"A\"; stepp b", "`stepp` can't stand here"),
        ("input a", "0 times `runbook`"),
        ("runbook a \"A\" 3", "arguments of `runbook`"),
        ("runbook a \"A\" b=1", "`runbook b=`"),
        ("runbook a; phase p { check c { run x; cd a; cd b; }; }", "2 times `cd`"),
        ("runbook a; phase p { wait \"5m\" { x; }; }", "children of `wait`"),
        ("runbook a; phase p { step s { sql a b { header c; }; }; }", "`header` can't stand here"),
    ] {
        fs::write(&path, text).unwrap();
        let mut wrong = Vec::new();
        schema.judge(&nodes(&path), &schema.top, &mut wrong);
        assert_eq!(wrong, [expected], "{text}");
    }
}
