//! Reading objects of a cluster, which are JSON: their identity, their conditions, what of them a
//! person set and what the server keeps itself.
//!
//! Invariant: a field that isn't there is *not there*, and a counter that isn't there is 0.

use serde_json::{Map, Value};

/// The text at a pointer; empty where there is none.
pub(super) fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The number at a pointer; 0 where there is none.
pub(super) fn count(object: &Value, pointer: &str) -> u64 {
    object.pointer(pointer).and_then(Value::as_u64).unwrap_or_default()
}

/// Its identity.
pub(super) fn uid(object: &Value) -> &str {
    text(object, "/metadata/uid")
}

/// Its name.
pub(super) fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

/// Whether somebody deletes it.
pub(super) fn is_going(object: &Value) -> bool {
    object.pointer("/metadata/deletionTimestamp").is_some_and(|at| !at.is_null())
}

/// A condition of its status.
pub(super) fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    let all = object.pointer("/status/conditions").and_then(Value::as_array)?;
    all.iter().find(|condition| text(condition, "/type") == kind)
}

/// Whether a condition is `True`.
pub(super) fn holds(object: &Value, kind: &str) -> bool {
    condition(object, kind).is_some_and(|condition| text(condition, "/status") == "True")
}

/// Whether something belongs to the object with this identity.
pub(super) fn is_owned_by(object: &Value, uid: &str) -> bool {
    let owners = object.pointer("/metadata/ownerReferences").and_then(Value::as_array);
    owners.is_some_and(|owners| owners.iter().any(|owner| text(owner, "/uid") == uid))
}

/// The revision that a Deployment's controller counts; a `StatefulSet`'s is a name and no number.
pub(super) fn revision(object: &Value) -> Option<&str> {
    let annotations = object.pointer("/metadata/annotations")?;
    annotations.get("deployment.kubernetes.io/revision").and_then(Value::as_str)
}

/// The selector of its pods, as a query spells it; `None`: it has none.
pub(super) fn selector(object: &Value) -> Option<String> {
    let selector = object.pointer("/spec/selector")?;
    let labels = selector.get("matchLabels").and_then(Value::as_object);
    let mut terms: Vec<String> =
        labels.into_iter().flatten().filter_map(|(name, value)| Some(format!("{name}={}", value.as_str()?))).collect();
    for expression in selector.get("matchExpressions").and_then(Value::as_array).into_iter().flatten() {
        let key = text(expression, "/key");
        let values = expression.get("values").and_then(Value::as_array);
        let values = values.into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>().join(",");
        terms.push(match text(expression, "/operator") {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "DoesNotExist" => format!("!{key}"),
            _ => key.to_owned(),
        });
    }
    (!terms.is_empty()).then(|| terms.join(","))
}

/// The object without the server's bookkeeping of who set what.
pub(super) fn shown(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.shift_remove("managedFields");
    }
    object
}

/// What of an object is set and not kept by the server: what is put back.
pub(super) fn settings(object: &Value) -> Value {
    let mut object = object.clone();
    let Some(fields) = object.as_object_mut() else { return object };
    fields.shift_remove("status");
    if let Some(metadata) = fields.get_mut("metadata").and_then(Value::as_object_mut) {
        for kept in ["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"] {
            metadata.shift_remove(kept);
        }
        if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
            annotations.shift_remove("deployment.kubernetes.io/revision");
            if annotations.is_empty() {
                metadata.shift_remove("annotations");
            }
        }
    }
    object
}

/// Where two values differ, by path, without what stands there; at most so many.
pub(super) fn differences(one: &Value, other: &Value, most: usize) -> Vec<String> {
    let mut found = Vec::new();
    compare("", one, other, &mut found);
    let more = found.len().saturating_sub(most);
    found.truncate(most);
    if more > 0 {
        found.push(format!("{more} more"));
    }
    found
}

fn compare(path: &str, one: &Value, other: &Value, found: &mut Vec<String>) {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => compare_fields(path, one, other, found),
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                let name = one.get("name").and_then(Value::as_str);
                let at = name.map_or_else(|| format!("{path}[{index}]"), |name| format!("{path}[{name}]"));
                compare(&at, one, other, found);
            }
        }
        (one, other) if one == other => {}
        _ => found.push(if path.is_empty() { "the whole".to_owned() } else { path.to_owned() }),
    }
}

fn compare_fields(path: &str, one: &Map<String, Value>, other: &Map<String, Value>, found: &mut Vec<String>) {
    let added = other.keys().filter(|name| !one.contains_key(*name));
    for name in one.keys().chain(added) {
        let at = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let null = Value::Null;
        compare(&at, one.get(name).unwrap_or(&null), other.get(name).unwrap_or(&null), found);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_differs_is_named_by_path_and_never_by_value() {
        let one = json!({"spec": {"containers": [{"name": "web", "image": "web:1"}], "data": {"key": "a"}}});
        let other =
            json!({"spec": {"containers": [{"name": "web", "image": "web:2"}], "data": {"key": "b"}, "more": 1}});
        assert_eq!(differences(&one, &other, 9), ["spec.containers[web].image", "spec.data.key", "spec.more"]);
        assert_eq!(differences(&one, &other, 1), ["spec.containers[web].image", "2 more"]);
        assert!(differences(&one, &one, 9).is_empty());
    }

    #[test]
    fn a_selector_is_spelled_as_a_query() {
        let object = json!({"spec": {"selector": {
            "matchLabels": {"app": "web"},
            "matchExpressions": [
                {"key": "tier", "operator": "In", "values": ["a", "b"]},
                {"key": "old", "operator": "DoesNotExist"},
            ],
        }}});
        assert_eq!(selector(&object).as_deref(), Some("app=web,tier in (a,b),!old"));
        assert_eq!(selector(&json!({"spec": {"selector": {}}})), None);
    }

    #[test]
    fn what_is_put_back_has_nothing_that_the_server_keeps() {
        let object = json!({
            "metadata": {"name": "web", "uid": "1", "resourceVersion": "5", "generation": 2, "managedFields": [],
                "annotations": {"deployment.kubernetes.io/revision": "2"}},
            "spec": {"replicas": 2}, "status": {"replicas": 2},
        });
        assert_eq!(settings(&object), json!({"metadata": {"name": "web"}, "spec": {"replicas": 2}}));
    }
}
