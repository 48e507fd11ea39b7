//! What is observed of objects, under the names that expectations use. Nothing of a Secret's data is
//! observed: what is observed may be shown and kept.
//!
//! Invariant: the JSON of an object is without the server's notes of who set what.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::file::number;
use super::lowest::Lowest;
use super::object::{revision, shown, text};
use super::rollout::{available, ready, updated, wanted};
use crate::event::{Datum, Kept, Observation};
use crate::model::{Dimension, Quantity, SubjectName};

/// What is observed of a workload; `available` is the lowest number that was seen.
pub(super) fn of_workload(object: Option<&Value>, lowest: &Lowest, took: Duration, notes: &[String]) -> Observation {
    let mut seen = Observation::default().with(SubjectName::Duration, seconds(took));
    if let Some(object) = object {
        let count = |amount: u64| number(amount, Dimension::Count);
        seen = seen
            .with(SubjectName::Available, count(lowest.seen().unwrap_or_else(|| available(object))))
            .with(SubjectName::Ready, count(ready(object)))
            .with(SubjectName::Updated, count(updated(object)))
            .with(SubjectName::Replicas, count(wanted(object)))
            .with(SubjectName::Json, of_json(object));
        if let Some(revision) = revision(object).and_then(|revision| revision.parse().ok()) {
            seen = seen.with(SubjectName::Revision, count(revision));
        }
    }
    with_notes(seen, notes)
}

/// What is observed of one object; `None`: it isn't there.
pub(super) fn of_object(object: Option<&Value>) -> Observation {
    let seen = Observation::default().with(SubjectName::Exists, Datum::Flag(object.is_some()));
    match object {
        Some(object) => seen.with(SubjectName::Json, of_json(object)).with(SubjectName::Body, of_json(object)),
        None => seen,
    }
    .with(SubjectName::Count, number(u64::from(object.is_some()), Dimension::Count))
}

/// What is observed of a list.
pub(super) fn of_list(objects: &[Value]) -> Observation {
    let shown: Vec<_> = objects.iter().map(hidden).collect();
    let list = json!({ "apiVersion": "v1", "kind": "List", "items": shown });
    let text = || Datum::Kept(Kept::whole(&list.to_string()));
    Observation::default()
        .with(SubjectName::Exists, Datum::Flag(!objects.is_empty()))
        .with(SubjectName::Count, number(objects.len() as u64, Dimension::Count))
        .with(SubjectName::Json, text())
        .with(SubjectName::Body, text())
}

/// Lines for people, beside what was observed.
pub(super) fn with_notes(seen: Observation, notes: &[String]) -> Observation {
    if notes.is_empty() {
        return seen;
    }
    seen.with(SubjectName::Output, Datum::Kept(Kept::whole(&notes.join("\n"))))
}

/// How long something took.
pub(super) fn seconds(took: Duration) -> Datum {
    Datum::Number(Quantity { number: took.as_secs_f64(), dimension: Dimension::Seconds })
}

/// An object as JSON.
pub(super) fn of_json(object: &Value) -> Datum {
    Datum::Kept(Kept::whole(&hidden(object).to_string()))
}

/// The object with the values of a Secret hidden; its keys stay.
fn hidden(object: &Value) -> Value {
    let mut object = shown(object);
    if text(&object, "/kind") != "Secret" {
        return object;
    }
    for field in ["data", "stringData"] {
        if let Some(values) = object.get_mut(field).and_then(Value::as_object_mut) {
            values.values_mut().for_each(|value| *value = "…".into());
        }
    }
    if let Some(annotations) = object.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
        // kubectl keeps the whole object in it.
        annotations.shift_remove("kubectl.kubernetes.io/last-applied-configuration");
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_secret_but_its_keys_is_observed() {
        let secret = json!({"kind": "Secret", "metadata": {"name": "db", "annotations":
            {"kubectl.kubernetes.io/last-applied-configuration": "{\"data\":{\"password\":\"aHVzaA==\"}}"}},
            "data": {"password": "aHVzaA=="}});
        let seen = of_object(Some(&secret));
        let Some(Datum::Kept(json)) = seen.get(SubjectName::Json) else { panic!("there is no JSON") };
        assert!(json.head.contains("password") && !json.head.contains("aHVzaA"), "{}", json.head);
        let listed = of_list(&[secret]);
        let Some(Datum::Kept(json)) = listed.get(SubjectName::Body) else { panic!("there is no body") };
        assert!(!json.head.contains("aHVzaA"), "{}", json.head);
    }
}
