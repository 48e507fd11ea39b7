//! `kube …` with its values put in. The target is what the surroundings say, with the action's own
//! namespace over it; nothing is looked up here.

use camino::Utf8Path;
use serde_json::Value;

use super::resolved_kube::{KubeName, ResolvedKube, ResolvedKubeVerb, ResolvedPod, ResolvedTarget};
use crate::model::{
    Escape, KubeAction, KubeTarget, KubeUntil, KubeVerb, Manifest, Pod, Template, TemplateError, Values,
};

/// What the texts of an action are rendered with.
pub(super) struct Filling<'a> {
    pub(super) values: &'a Values,
    /// Where relative paths start.
    pub(super) cd: &'a Utf8Path,
    /// What `kubernetes {…}` says; `None`: nothing.
    pub(super) target: Option<&'a KubeTarget>,
}

impl Filling<'_> {
    /// The whole action; `key` is the same over all attempts of a step.
    pub(super) fn action(&self, kube: &KubeAction, key: &str) -> Result<ResolvedKube, TemplateError> {
        Ok(ResolvedKube { target: self.target(kube.namespace.as_ref())?, verb: self.verb(&kube.verb, key)? })
    }

    /// Where a program runs.
    pub(super) fn pod(&self, pod: &Pod) -> Result<ResolvedPod, TemplateError> {
        Ok(ResolvedPod {
            target: self.target(pod.namespace.as_ref())?,
            object: KubeName::with_pods(&self.text(&pod.object)?),
            container: self.optional(pod.container.as_ref())?,
        })
    }

    fn target(&self, namespace: Option<&Template>) -> Result<ResolvedTarget, TemplateError> {
        let said = self.target;
        let kubeconfig = self.optional(said.and_then(|said| said.kubeconfig.as_ref()))?;
        Ok(ResolvedTarget {
            context: self.optional(said.and_then(|said| said.context.as_ref()))?,
            namespace: self.optional(namespace.or_else(|| said?.namespace.as_ref()))?,
            kubeconfig: kubeconfig.map(|path| self.cd.join(path)),
        })
    }

    fn verb(&self, verb: &KubeVerb, key: &str) -> Result<ResolvedKubeVerb, TemplateError> {
        Ok(match verb {
            KubeVerb::SetImage { object, containers } => ResolvedKubeVerb::SetImage {
                object: self.object(object)?,
                containers: containers
                    .iter()
                    .map(|(name, image)| Ok((name.clone(), self.text(image)?)))
                    .collect::<Result<_, TemplateError>>()?,
            },
            KubeVerb::Apply(manifest) => ResolvedKubeVerb::Apply(self.manifest(manifest)?),
            KubeVerb::Job(manifest) => ResolvedKubeVerb::Job(self.manifest(manifest)?),
            KubeVerb::Scale { object, replicas } => {
                let text = self.text(replicas)?;
                let replicas = text.trim().parse().map_err(|_| TemplateError::NotANumber { text })?;
                ResolvedKubeVerb::Scale { object: self.object(object)?, replicas }
            }
            KubeVerb::Restart { object } => {
                ResolvedKubeVerb::Restart { object: self.object(object)?, key: key.to_owned() }
            }
            KubeVerb::Delete { object } => ResolvedKubeVerb::Delete(self.object(object)?),
            KubeVerb::Mark { mark, object, pairs } => ResolvedKubeVerb::Mark {
                mark: *mark,
                object: self.object(object)?,
                pairs: pairs
                    .iter()
                    .map(|(name, value)| Ok((name.clone(), self.optional(value.as_ref())?)))
                    .collect::<Result<_, TemplateError>>()?,
            },
            KubeVerb::Wait { object, selector, until } => ResolvedKubeVerb::Wait {
                object: self.object(object)?,
                selector: self.optional(selector.as_ref())?,
                condition: match until {
                    KubeUntil::Rollout => None,
                    KubeUntil::Condition(condition) => Some(self.text(condition)?),
                },
            },
            KubeVerb::Get { object, selector, field_selector } => ResolvedKubeVerb::Get {
                object: self.object(object)?,
                selector: self.optional(selector.as_ref())?,
                field_selector: self.optional(field_selector.as_ref())?,
            },
            KubeVerb::Logs { object, container, since, tail } => ResolvedKubeVerb::Logs {
                object: KubeName::with_pods(&self.text(object)?),
                container: self.optional(container.as_ref())?,
                since: *since,
                tail: *tail,
            },
            KubeVerb::Events { object, since } => {
                ResolvedKubeVerb::Events { object: self.object(object)?, since: *since }
            }
        })
    }

    fn object(&self, template: &Template) -> Result<KubeName, TemplateError> {
        self.text(template).map(|text| KubeName::parse(&text))
    }

    fn manifest(&self, manifest: &Manifest) -> Result<Vec<Value>, TemplateError> {
        manifest.objects.iter().map(|object| object.filled_by(|text| self.text(text))).collect()
    }

    fn text(&self, template: &Template) -> Result<String, TemplateError> {
        template.render(self.values, Escape::None)
    }

    fn optional(&self, template: Option<&Template>) -> Result<Option<String>, TemplateError> {
        template.map(|template| self.text(template)).transpose()
    }
}
