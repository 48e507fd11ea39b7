//! The manifests of `kube apply` and `kube job`: YAML or JSON, read now, so that what is wrong with them
//! is said now.
//!
//! Invariant: what is filled in can't change the form. The YAML is read first; values then stand in its
//! texts: of a manifest that stands in the runbook, and of a file that is named by `template=`.

use serde_json::Value;

use super::lowering::Lower;
use super::text::Secrets;
use crate::model::kube_error::KubeError;
use crate::model::{Manifest, ManifestObject, ModelError};
use crate::syntax::reader::shortened;
use crate::syntax::{Node, Span, Spanned};

/// How deep a manifest may be; Kubernetes' own objects are far below.
const DEEPEST: usize = 100;

impl Lower<'_> {
    /// The manifest of a verb: a file of the bundle, or the text of `manifest`.
    pub(super) fn manifest(&mut self, node: &Node) -> Option<Manifest> {
        let (as_it_is, template) = (node.argument(1), node.property("template"));
        let (file, text) = match (as_it_is.or(template), node.child("manifest")) {
            (Some(entry), None) => {
                if let (Some(_), Some(second)) = (as_it_is, template) {
                    self.report(ModelError::TwoContents.at(second.span));
                    return None;
                }
                let path = self.keep(entry.text())?;
                let read = (self.template_text)(&path);
                let text = self.keep(read)?;
                (Some(path.clone()), Spanned::new(text, path.span))
            }
            (None, Some(child)) => {
                let entry = self.keep(child.required_argument(0, "a manifest"))?;
                (None, self.keep(entry.text())?)
            }
            (Some(_), Some(child)) => {
                self.report(ModelError::TwoContents.at(child.name.span));
                return None;
            }
            (None, None) => {
                self.report(ModelError::NoContent.at(node.name.span));
                return None;
            }
        };
        let has_values = as_it_is.is_none();
        let is_job = node.argument(0).is_some_and(|entry| entry.spelled().value == "job");
        let contents = match objects_in(&text.value) {
            Ok(contents) => contents,
            Err(why) => {
                self.report(KubeError::NotAManifest { why: shortened(&why) }.at(text.span));
                return None;
            }
        };
        let mut objects = Vec::new();
        for content in contents {
            if let Some(error) = misfit(&content, is_job) {
                self.report(error.at(text.span));
                return None;
            }
            let filled = if has_values { self.filled_texts(&content, text.span)? } else { Vec::new() };
            objects.push(ManifestObject { content, filled, span: text.span });
        }
        Some(Manifest { file, objects })
    }

    /// The texts of an object that name values, by JSON pointer.
    fn filled_texts(&mut self, content: &Value, span: Span) -> Option<Vec<(String, crate::model::Template)>> {
        let mut filled = Vec::new();
        let mut waiting = vec![(String::new(), content)];
        while let Some((pointer, value)) = waiting.pop() {
            match value {
                Value::String(text) if text.contains("{{") => {
                    let text = Spanned::new(text.clone(), span);
                    filled.push((pointer, self.template(&text, Secrets::Refused)?));
                }
                Value::Array(items) => {
                    waiting.extend(items.iter().enumerate().map(|(at, item)| (format!("{pointer}/{at}"), item)));
                }
                Value::Object(fields) => {
                    waiting.extend(fields.iter().map(|(name, item)| {
                        (format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")), item)
                    }));
                }
                Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
            }
        }
        filled.sort_by(|one, other| one.0.cmp(&other.0));
        Some(filled)
    }
}

/// What makes an object one that can't be handed over.
fn misfit(content: &Value, is_job: bool) -> Option<KubeError> {
    let text = |pointer: &str| content.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
    let missing = ["/apiVersion", "/kind", "/metadata/name"].into_iter().find(|pointer| text(pointer).is_none());
    if let Some(pointer) = missing {
        let why = format!("an object has no {}", pointer.trim_start_matches('/').replace('/', "."));
        return Some(KubeError::NotAManifest { why });
    }
    let kind = text("/kind").unwrap_or_default();
    (is_job && kind != "Job").then(|| KubeError::NotAJob { kind: shortened(kind) })
}

/// The objects of a text, in order: its documents, and what a `List` among them holds.
///
/// # Errors
/// It isn't YAML, or holds no object.
fn objects_in(text: &str) -> Result<Vec<Value>, String> {
    let options = serde_saphyr::options! { budget: serde_saphyr::budget! { max_depth: DEEPEST } };
    let documents: Vec<Value> = serde_saphyr::from_multiple_with_options(text, options)
        .map_err(|error| error.to_string().lines().next().unwrap_or_default().to_owned())?;
    let mut objects = Vec::new();
    for document in documents {
        match document {
            Value::Null => {}
            Value::Object(mut fields) if fields.get("kind").and_then(Value::as_str) == Some("List") => {
                if let Some(Value::Array(items)) = fields.remove("items") {
                    objects.extend(items);
                }
            }
            other => objects.push(other),
        }
    }
    match objects.iter().find(|object| !object.is_object()) {
        Some(_) => Err("it holds something that isn't an object".to_owned()),
        None if objects.is_empty() => Err("it holds no object".to_owned()),
        None => Ok(objects),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_and_lists_are_objects_in_their_order() {
        let text = "kind: A\n---\n# nothing\n---\nkind: List\nitems: [{kind: B}, {kind: C}]\n";
        let kinds: Vec<_> =
            objects_in(text).unwrap().iter().map(|it| it["kind"].as_str().unwrap().to_owned()).collect();
        assert_eq!(kinds, ["A", "B", "C"]);
    }

    #[test]
    fn what_is_no_object_is_refused_soon() {
        assert_eq!(objects_in("").unwrap_err(), "it holds no object");
        assert!(objects_in("just a text").unwrap_err().contains("isn't an object"));
        assert!(objects_in("a: [").is_err());
        assert!(objects_in(&"[".repeat(100_000)).is_err());
        let laughs = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n\
                      d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e]\n";
        let bomb = format!("{laughs}g: [{}]\n", ["*e"; 60].join(","));
        assert!(objects_in(&bomb).is_err() || objects_in(&bomb).is_ok_and(|it| it.len() == 1));
    }
}
