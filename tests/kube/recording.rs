//! The recordings, read: what a real server showed. Invariant: they are never rewritten; the fixture
//! follows them.

use std::collections::BTreeMap;

use serde_json::Value;

/// An error body, as it was recorded.
pub fn body(name: &str) -> Value {
    serde_json::from_str(&text(&format!("{name}.json"))).unwrap()
}

/// The events of a watch: kind of event and object.
pub fn watch(of: &str) -> Vec<(String, Value)> {
    let each = text(&format!("watch-{of}.ndjson"));
    let events = each.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    events.map(|event| (event["type"].as_str().unwrap().to_owned(), event["object"].clone())).collect()
}

fn text(file: &str) -> String {
    std::fs::read_to_string(format!("tests/fixtures/kubernetes/recordings/{file}")).unwrap()
}

/// A number; absent is 0, as the server leaves it out.
pub fn count(object: &Value, pointer: &str) -> i64 {
    object.pointer(pointer).and_then(Value::as_i64).unwrap_or_default()
}

fn reason(object: &Value) -> &str {
    let conditions = object["status"]["conditions"].as_array();
    let progressing = conditions.into_iter().flatten().find(|condition| condition["type"] == "Progressing");
    progressing.and_then(|condition| condition["reason"].as_str()).unwrap_or("-")
}

/// A Deployment as a trace shows it: generation, observed, replicas, updated, ready, available, reason.
pub fn traced(object: &Value) -> String {
    let numbers = [
        "/metadata/generation",
        "/status/observedGeneration",
        "/status/replicas",
        "/status/updatedReplicas",
        "/status/readyReplicas",
        "/status/availableReplicas",
    ];
    let numbers = numbers.map(|pointer| count(object, pointer).to_string());
    format!("{},{}", numbers.join(","), reason(object))
}

/// The states that a series of objects went through, each shown once as long as it lasted.
pub fn states(events: &[(String, Value)], shown: impl Fn(&str, &Value) -> String) -> Vec<String> {
    let mut states: Vec<_> =
        events.iter().filter(|(kind, _)| kind != "BOOKMARK").map(|(kind, object)| shown(kind, object)).collect();
    states.dedup();
    states
}

/// The events of each object, in the order in which the objects appeared.
pub fn by_object(events: &[(String, Value)]) -> Vec<Vec<(String, Value)>> {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut each: Vec<Vec<(String, Value)>> = Vec::new();
    for (kind, object) in events.iter().filter(|(kind, _)| kind != "BOOKMARK") {
        let name = object["metadata"]["name"].as_str().unwrap().to_owned();
        let place = *places.entry(name).or_insert_with(|| {
            each.push(Vec::new());
            each.len() - 1
        });
        each[place].push((kind.clone(), object.clone()));
    }
    each
}
