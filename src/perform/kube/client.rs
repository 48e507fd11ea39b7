//! The way to a cluster: which kubeconfig, which context, which namespace, and a client that asks for
//! nothing twice. Without a kubeconfig it is the cluster that runbook itself runs in.
//!
//! `HOME` and `KUBECONFIG` are those of the action's surroundings, and where these say nothing those of
//! runbook itself: a context's plugins for signing in get the same.
//!
//! Invariant: the client repeats no request by itself; whoever asks decides what is asked again.

use std::path::PathBuf;
use std::time::Duration;

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};

use super::super::http::install_cryptography;
use super::super::limits::Limits;
use super::trouble::words_of;
use super::validity::{client_certificate_ended, on_date};
use crate::plan::{ResolvedSurroundings, ResolvedTarget};
use crate::syntax::suggest::suggestion;

/// How long a connection may take to be made.
const CONNECTING: Duration = Duration::from_secs(5);

/// A client and where it leads.
pub(super) struct Connection {
    /// Asks.
    pub(super) client: Client,
    /// The address of the API server.
    pub(super) address: String,
    /// Where objects are that name no namespace.
    pub(super) namespace: String,
    /// The same target with nothing left open.
    pub(super) target: ResolvedTarget,
    /// Why who is asked may not know us, as far as it can be told from here.
    pub(super) doubt: Option<String>,
}

/// Where the settings for a cluster are.
#[derive(Debug, PartialEq, Eq)]
enum Source {
    /// In these files; the first that says something wins.
    Files(Vec<PathBuf>),
    /// In this process's own pod.
    Inside,
}

/// Makes a client; no request is sent yet, but a plugin for signing in may run.
pub(super) async fn connect(
    target: &ResolvedTarget,
    surroundings: &ResolvedSurroundings,
    limits: &Limits,
) -> Result<Connection, String> {
    let (target, env) = (target.clone(), surroundings.env.clone());
    limits.look(move |_| connect_here(&target, &env)).await.and_then(|connected| connected)
}

fn connect_here(target: &ResolvedTarget, env: &[(String, String)]) -> Result<Connection, String> {
    install_cryptography();
    let variable = |name: &str| {
        let written = env.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        written.or_else(|| std::env::var(name).ok()).filter(|value| !value.is_empty())
    };
    let (mut config, context) = match source(target, variable)? {
        Source::Inside => (Config::incluster().map_err(|error| words_of(&error))?, None),
        Source::Files(files) => {
            let (config, context) = from_files(&files, target.context.as_deref())?;
            (config, Some(context))
        }
    };
    config.default_retry = false;
    config.connect_timeout = Some(CONNECTING);
    if let Some(namespace) = &target.namespace {
        config.default_namespace.clone_from(namespace);
    }
    let namespace = config.default_namespace.clone();
    let address = config.cluster_url.to_string().trim_end_matches('/').to_owned();
    let doubt = client_certificate_ended(&config, jiff::Timestamp::now()).map(|end| {
        let of = context.as_ref().map(|context| format!(" of the context {context}")).unwrap_or_default();
        format!("the client certificate{of} expired on {}: a new one belongs into the kubeconfig", on_date(end))
    });
    let client = Client::try_from(config).map_err(|error| format!("{address}: {}", words_of(&error)))?;
    let target = ResolvedTarget { context, namespace: Some(namespace.clone()), kubeconfig: target.kubeconfig.clone() };
    Ok(Connection { client, address, namespace, target, doubt })
}

fn source(target: &ResolvedTarget, variable: impl Fn(&str) -> Option<String>) -> Result<Source, String> {
    if let Some(path) = &target.kubeconfig {
        return Ok(Source::Files(vec![path.clone().into()]));
    }
    if let Some(list) = variable("KUBECONFIG") {
        let files: Vec<_> = std::env::split_paths(&list).filter(|path| !path.as_os_str().is_empty()).collect();
        // Of a list those that there are, as kubectl does; if none is, the first is missed.
        let there: Vec<_> = files.iter().filter(|path| path.exists()).cloned().collect();
        return Ok(Source::Files(if there.is_empty() { files } else { there }));
    }
    let usual = variable("HOME").map(|home| PathBuf::from(home).join(".kube/config"));
    if let Some(usual) = usual.filter(|path| path.exists()) {
        return Ok(Source::Files(vec![usual]));
    }
    match &target.context {
        None if variable("KUBERNETES_SERVICE_HOST").is_some() => Ok(Source::Inside),
        None => Err("there is no kubeconfig: neither KUBECONFIG nor ~/.kube/config, and runbook doesn't run in a \
                     cluster; name one with kubernetes { kubeconfig \"…\"; }"
            .to_owned()),
        Some(context) => Err(format!(
            "there is no kubeconfig to find the context {context} in: neither KUBECONFIG nor ~/.kube/config; name \
             one with kubernetes {{ kubeconfig \"…\"; }}"
        )),
    }
}

fn from_files(files: &[PathBuf], context: Option<&str>) -> Result<(Config, String), String> {
    let shown = files.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
    let mut merged = Kubeconfig::default();
    for file in files {
        let next = Kubeconfig::read_from(file)
            .and_then(|next| merged.clone().merge(next))
            .map_err(|error| format!("the kubeconfig {} can't be read: {}", file.display(), words_of(&error)))?;
        merged = next;
    }
    let names: Vec<_> = merged.contexts.iter().map(|context| context.name.as_str()).collect();
    let context = match context.or(merged.current_context.as_deref().filter(|name| !name.is_empty())) {
        Some(context) => context.to_owned(),
        None => return Err(format!("{shown} has no current context; {}", said_of(None, &names))),
    };
    if !names.contains(&context.as_str()) {
        return Err(format!("there is no context {context} in {shown}; {}", said_of(Some(&context), &names)));
    }
    let proxied = merged.contexts.iter().find(|known| known.name == context).and_then(|known| {
        let cluster = &known.context.as_ref()?.cluster;
        let cluster = merged.clusters.iter().find(|known| known.name == *cluster)?;
        cluster.cluster.as_ref()?.proxy_url.clone()
    });
    let options = KubeConfigOptions { context: Some(context.clone()), ..KubeConfigOptions::default() };
    let loaded = futures_util::FutureExt::now_or_never(Config::from_custom_kubeconfig(merged, &options));
    let mut config = loaded
        .ok_or_else(|| format!("the context {context} of {shown} can't be read at once"))?
        .map_err(|error| format!("the context {context} of {shown} can't be used: {}", words_of(&error)))?;
    if proxied.is_none() {
        // What the environment says of proxies is for other servers than this one.
        config.proxy_url = None;
    }
    Ok((config, context))
}

fn said_of(context: Option<&str>, names: &[&str]) -> String {
    match context {
        _ if names.is_empty() => "it has none at all".to_owned(),
        Some(context) => suggestion(context, names),
        None => format!("say which: {}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "apiVersion: v1\nkind: Config\ncurrent-context: staging\n\
        clusters: [{name: a, cluster: {server: 'http://127.0.0.1:1'}}, {name: b, cluster: {server: 'https://127.0.0.1:2/'}}]\n\
        contexts: [{name: staging, context: {cluster: a, user: me, namespace: shop}}, {name: production, context: {cluster: b, user: me}}]\n\
        users: [{name: me, user: {token: t}}]\n";

    fn written(text: &str) -> (tempfile::TempDir, ResolvedTarget) {
        let folder = tempfile::tempdir().unwrap();
        let path = camino::Utf8PathBuf::from_path_buf(folder.path().join("config")).unwrap();
        std::fs::write(&path, text).unwrap();
        (folder, ResolvedTarget { kubeconfig: Some(path), ..ResolvedTarget::default() })
    }

    #[tokio::test]
    async fn the_target_is_resolved_to_a_context_an_address_and_a_namespace() {
        let (_folder, target) = written(TWO);
        let connection = connect_here(&target, &[]).unwrap();
        assert_eq!((connection.address.as_str(), connection.namespace.as_str()), ("http://127.0.0.1:1", "shop"));
        assert_eq!(connection.target.context.as_deref(), Some("staging"));
        let other = ResolvedTarget { context: Some("production".into()), namespace: Some("blue".into()), ..target };
        let connection = connect_here(&other, &[]).unwrap();
        assert_eq!((connection.address.as_str(), connection.namespace.as_str()), ("https://127.0.0.1:2", "blue"));
    }

    #[tokio::test]
    async fn a_wrong_context_is_told_which_ones_there_are() {
        let (_folder, target) = written(TWO);
        let refused = |context: &str| {
            let target = ResolvedTarget { context: Some(context.into()), ..target.clone() };
            connect_here(&target, &[]).err().unwrap()
        };
        assert!(refused("stagign").ends_with("did you mean `staging`?"), "{}", refused("stagign"));
        assert!(refused("x").ends_with("known here: staging, production"), "{}", refused("x"));
    }

    #[tokio::test]
    async fn the_surroundings_say_which_kubeconfig() {
        let (_folder, target) = written(TWO);
        let path = target.kubeconfig.unwrap().to_string();
        let env = [("KUBECONFIG".to_owned(), format!("/nowhere:{path}"))];
        assert_eq!(connect_here(&ResolvedTarget::default(), &env).unwrap().namespace, "shop");
    }

    #[tokio::test]
    async fn a_kubeconfig_that_is_missing_is_named() {
        let env = [("KUBECONFIG".to_owned(), "/nowhere/config".to_owned())];
        let words = connect_here(&ResolvedTarget::default(), &env).err().unwrap();
        assert!(words.starts_with("the kubeconfig /nowhere/config can't be read"), "{words}");
    }
}
