//! Asking a cluster: one object, a list, a change. Each request has a limit of its own, so that an
//! answer that never comes is not waited for until the budget is spent.
//!
//! Invariant: what only looks may be asked again, what changes something is sent once.

use std::cell::Cell;
use std::time::Duration;

use kube::Api;
use kube::api::{DeleteParams, ListParams, LogParams, Patch, PatchParams, PostParams, Preconditions};
use kube::core::DynamicObject;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};

use super::super::limits::Limits;
use super::client::{Connection, connect};
use super::discover::{kind_of_manifest, kind_of_word};
use super::kinds::Kind;
use super::object::name;
use super::trouble::Trouble;
use crate::model::render_duration;
use crate::plan::{KubeName, ResolvedSurroundings, ResolvedTarget};

/// The name under which fields are set.
pub(super) const MANAGER: &str = "runbook";
/// How long one answer may take.
const ANSWERING: Duration = Duration::from_secs(15);
/// The longest pause before something is looked at again.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// For how long a cluster that doesn't answer is asked before anything was changed.
const FIRST_PATIENCE: Duration = Duration::from_secs(4);
/// How many objects a page of a list has.
const PAGE: u32 = 500;

/// A cluster and how long it may be asked.
pub(super) struct Cluster {
    /// Where it is.
    pub(super) at: Connection,
    /// The budget of the attempt and the wish to end it.
    pub(super) limits: Limits,
    /// When work ends, so that what became of it can still be looked up within the budget.
    pub(super) until: Instant,
    /// Whether anything was sent that changes something.
    sent: Cell<bool>,
}

/// Where an object is.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// What it is.
    pub(super) kind: Kind,
    /// `None`: its kind lives in none.
    pub(super) namespace: Option<String>,
    /// Its name.
    pub(super) name: String,
}

impl Place {
    /// `deployment/web`.
    pub(super) fn title(&self) -> String {
        format!("{}/{}", self.kind.word(), self.name)
    }
}

impl Cluster {
    /// A cluster to ask within these limits.
    pub(super) async fn reach(
        target: &ResolvedTarget,
        surroundings: &ResolvedSurroundings,
        limits: &Limits,
    ) -> Result<Self, String> {
        let at = connect(target, surroundings, limits).await?;
        let left = limits.left();
        let reserve = (left / 10).min(Duration::from_secs(3));
        let until = Instant::now() + left.saturating_sub(reserve);
        Ok(Self { at, limits: limits.clone(), until, sent: Cell::new(false) })
    }

    /// Whether something may have been changed.
    pub(super) fn has_sent(&self) -> bool {
        self.sent.get()
    }

    /// What is left until work ends.
    pub(super) fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// What a person calls it.
    pub(super) async fn place(&self, object: &KubeName) -> Result<Place, Trouble> {
        let kind = self.kind(&object.kind).await?;
        let Some(name) = object.name.clone() else {
            return Err(Trouble::Refused(format!("`{}` names no object: write KIND/NAME", object.kind)));
        };
        let namespace = kind.namespaced.then(|| self.at.namespace.clone());
        Ok(Place { kind, namespace, name })
    }

    /// What a word for a kind means on this cluster.
    pub(super) async fn kind(&self, word: &str) -> Result<Kind, Trouble> {
        match Kind::known(word) {
            Some(kind) => Ok(kind),
            None => self.patiently(FIRST_PATIENCE, || kind_of_word(&self.at.client, word)).await,
        }
    }

    /// Where the object of a manifest goes.
    pub(super) async fn place_of(&self, manifest: &Value) -> Result<Place, Trouble> {
        let kind = match Kind::of_manifest(
            super::object::text(manifest, "/apiVersion"),
            super::object::text(manifest, "/kind"),
        ) {
            Some(kind) => kind,
            None => self.patiently(FIRST_PATIENCE, || kind_of_manifest(&self.at.client, manifest)).await?,
        };
        let written = manifest.pointer("/metadata/namespace").and_then(Value::as_str).map(str::to_owned);
        let namespace = kind.namespaced.then(|| written.unwrap_or_else(|| self.at.namespace.clone()));
        Ok(Place { kind, namespace, name: name(manifest).to_owned() })
    }

    /// The objects of a kind, or of one namespace.
    pub(super) fn api(&self, kind: &Kind, namespace: Option<&str>) -> Api<DynamicObject> {
        let client = self.at.client.clone();
        match namespace {
            Some(namespace) => Api::namespaced_with(client, namespace, &kind.resource),
            None => Api::all_with(client, &kind.resource),
        }
    }

    /// The object as it is now; `None`: there is none. Asked once.
    pub(super) async fn look_once(&self, place: &Place) -> Result<Option<Value>, Trouble> {
        let api = self.api(&place.kind, place.namespace.as_deref());
        let found = self.answer(api.get_opt(&place.name), false).await?;
        Ok(found.map(|found| plain(&found, &place.kind)))
    }

    /// The object as it is now; `None`: there is none. A cluster that doesn't answer is asked again, for
    /// a moment as long as nothing was changed, and then until work ends.
    pub(super) async fn look(&self, place: &Place) -> Result<Option<Value>, Trouble> {
        let patience = if self.has_sent() { self.left() } else { FIRST_PATIENCE };
        self.patiently(patience, || self.look_once(place)).await
    }

    /// The object, which must be there.
    pub(super) async fn find(&self, place: &Place) -> Result<Value, Trouble> {
        let nowhere = || {
            let within = place.namespace.as_ref().map(|name| format!(" in namespace {name}")).unwrap_or_default();
            Trouble::Absent(format!("there is no {}{within}", place.title()))
        };
        self.look(place).await?.ok_or_else(nowhere)
    }

    /// All objects that fit, page by page.
    pub(super) async fn list(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        labels: Option<&str>,
        fields: Option<&str>,
    ) -> Result<Vec<Value>, Trouble> {
        let api = self.api(kind, namespace);
        let mut params = ListParams::default().limit(PAGE);
        params.label_selector = labels.map(str::to_owned);
        params.field_selector = fields.map(str::to_owned);
        let patience = if self.has_sent() { self.left() } else { FIRST_PATIENCE };
        let mut all = Vec::new();
        loop {
            let page = self.patiently(patience, || self.answer(api.list(&params), false)).await?;
            all.extend(page.items.iter().map(|item| plain(item, kind)));
            match page.metadata.continue_.filter(|token| !token.is_empty()) {
                Some(token) => params.continue_token = Some(token),
                None => return Ok(all),
            }
        }
    }

    /// Patches an object; what the server made of it.
    pub(super) async fn patch(&self, place: &Place, patch: &Patch<Value>, dry_run: bool) -> Result<Value, Trouble> {
        let api = self.api(&place.kind, place.namespace.as_deref());
        let params = PatchParams { dry_run, field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
        self.note(dry_run);
        let made = self.answer(api.patch(&place.name, &params, patch), !dry_run).await?;
        Ok(plain(&made, &place.kind))
    }

    /// Applies a manifest; what the server made of it. Fields are taken from nobody but ourselves: what we
    /// set in another way before (a new image, an object that was put back) is still ours.
    pub(super) async fn apply(&self, place: &Place, manifest: &Value, dry_run: bool) -> Result<Value, Trouble> {
        match self.applied(place, manifest, dry_run, false).await {
            Err(trouble) if trouble.is_with(MANAGER) => self.applied(place, manifest, dry_run, true).await,
            answer => answer,
        }
    }

    async fn applied(&self, place: &Place, manifest: &Value, dry_run: bool, force: bool) -> Result<Value, Trouble> {
        let api = self.api(&place.kind, place.namespace.as_deref());
        let params = PatchParams { dry_run, force, field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
        self.note(dry_run);
        let made = self.answer(api.patch(&place.name, &params, &Patch::Apply(manifest)), !dry_run).await?;
        Ok(plain(&made, &place.kind))
    }

    /// Makes an object; what the server made of it.
    pub(super) async fn create(&self, place: &Place, object: &Value) -> Result<Value, Trouble> {
        let api = self.api(&place.kind, place.namespace.as_deref());
        let params = PostParams { dry_run: false, field_manager: Some(MANAGER.to_owned()) };
        let object = dynamic(object)?;
        self.note(false);
        let made = self.answer(api.create(&params, &object), true).await?;
        Ok(plain(&made, &place.kind))
    }

    /// Whether the server would make an object.
    pub(super) async fn would_create(&self, place: &Place, object: &Value) -> Result<Value, Trouble> {
        let api = self.api(&place.kind, place.namespace.as_deref());
        let params = PostParams { dry_run: true, field_manager: Some(MANAGER.to_owned()) };
        let object = dynamic(object)?;
        let made = self.answer(api.create(&params, &object), false).await?;
        Ok(plain(&made, &place.kind))
    }

    /// Replaces an object as a whole; its resource version must be that of the one that is there.
    pub(super) async fn replace(&self, place: &Place, object: &Value) -> Result<Value, Trouble> {
        let api = self.api(&place.kind, place.namespace.as_deref());
        let params = PostParams { dry_run: false, field_manager: Some(MANAGER.to_owned()) };
        let object = dynamic(object)?;
        self.note(false);
        let made = self.answer(api.replace(&place.name, &params, &object), true).await?;
        Ok(plain(&made, &place.kind))
    }

    /// Deletes the object with this identity; what belongs to it goes after it.
    pub(super) async fn delete(&self, place: &Place, uid: &str) -> Result<(), Trouble> {
        let api = self.api(&place.kind, place.namespace.as_deref());
        let only = Preconditions { uid: Some(uid.to_owned()), resource_version: None };
        let params = DeleteParams::background().preconditions(only);
        self.note(false);
        self.answer(api.delete(&place.name, &params), true).await.map(drop)
    }

    /// What a container has printed.
    pub(super) async fn log(&self, namespace: &str, pod: &str, params: &LogParams) -> Result<String, Trouble> {
        let api: Api<k8s_openapi::api::core::v1::Pod> = Api::namespaced(self.at.client.clone(), namespace);
        self.answer(api.logs(pod, params), false).await
    }

    /// Looks again while the trouble may pass, for so long.
    async fn patiently<T, F: Future<Output = Result<T, Trouble>>>(
        &self,
        patience: Duration,
        look: impl Fn() -> F,
    ) -> Result<T, Trouble> {
        let until = Instant::now() + patience.min(self.left());
        let mut pause = Duration::from_millis(200);
        loop {
            match look().await {
                Err(Trouble::Passing(_)) if Instant::now() + pause < until => sleep(pause).await,
                answer => return answer,
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Waits for one answer.
    pub(super) async fn answer<T>(
        &self,
        asked: impl Future<Output = Result<T, kube::Error>>,
        changes: bool,
    ) -> Result<T, Trouble> {
        if let Ok(answer) = timeout(ANSWERING.min(self.limits.left()), asked).await {
            return answer.map_err(|error| self.trouble(&error, changes));
        }
        let words = format!("{} doesn't answer within {}", self.at.address, render_duration(ANSWERING));
        Err(if changes { Trouble::Lost(words) } else { Trouble::Passing(words) })
    }

    /// What an error means; `changes`: what was asked changes something.
    pub(super) fn trouble(&self, error: &kube::Error, changes: bool) -> Trouble {
        Trouble::of(error, changes).at(&self.at.address).doubted(self.at.doubt.as_deref())
    }

    fn note(&self, dry_run: bool) {
        if !dry_run {
            self.sent.set(true);
        }
    }
}

/// An object as JSON; in a list the server leaves out what kind each is.
pub(super) fn plain(object: &DynamicObject, kind: &Kind) -> Value {
    let mut plain = serde_json::to_value(object).unwrap_or_default();
    if let Some(fields) = plain.as_object_mut() {
        fields.entry("apiVersion").or_insert_with(|| kind.resource.api_version.clone().into());
        fields.entry("kind").or_insert_with(|| kind.resource.kind.clone().into());
    }
    plain
}

fn dynamic(object: &Value) -> Result<DynamicObject, Trouble> {
    serde_json::from_value(object.clone()).map_err(|error| Trouble::Refused(format!("this is no object: {error}")))
}
