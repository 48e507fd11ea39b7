//! `kube annotate` and `kube label`: what is set beside an object's name.
//!
//! Invariant: what isn't named is left alone.

use std::collections::BTreeMap;

use kube::api::Patch;
use serde_json::{Map, Value, json};

use super::super::ending::Ending;
use super::answer::of_object;
use super::cluster::{Cluster, Place};
use super::making::patched;
use super::object::uid;
use super::workload::found;
use crate::model::Mark;
use crate::plan::KubeName;

/// Names and values; `None`: not there.
pub(super) type Marks = BTreeMap<String, Option<String>>;

/// What of these names the object has.
pub(super) fn marks_of<'a>(object: &Value, mark: Mark, names: impl IntoIterator<Item = &'a String>) -> Marks {
    let all = object.pointer("/metadata").and_then(|metadata| metadata.get(mark.field()));
    let value = |name: &String| all.and_then(|all| all.get(name)).and_then(Value::as_str).map(str::to_owned);
    names.into_iter().map(|name| (name.clone(), value(name))).collect()
}

/// Sets them.
pub(super) async fn set_marks(cluster: &Cluster, object: &KubeName, mark: Mark, marks: &Marks) -> Ending {
    match found(cluster, object).await {
        Ok((place, live)) => put_marks(cluster, &place, &live, mark, marks).await,
        Err(trouble) => trouble.ending(),
    }
}

/// Puts them in place.
pub(super) async fn put_marks(cluster: &Cluster, place: &Place, live: &Value, mark: Mark, marks: &Marks) -> Ending {
    let is_made = |object: &Value| uid(object) == uid(live) && marks_of(object, mark, marks.keys()) == *marks;
    if is_made(live) {
        return Ending::answered(of_object(Some(live)));
    }
    let values: Map<String, Value> = marks.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let patch = Patch::Merge(json!({ "metadata": { "uid": uid(live), mark.field(): values } }));
    match patched(cluster, place, &patch, is_made).await {
        Ok(object) => Ending::answered(of_object(Some(&object))),
        Err(unmade) => unmade.ending(),
    }
}
