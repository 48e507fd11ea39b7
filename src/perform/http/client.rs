//! The client of one request, and what its errors mean for the effect.

use std::error::Error as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Once};
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Error, NoProxy, Proxy};

use super::super::ending::{Ending, chain};
use super::address::{Guarded, LinkLocal, refused};
use crate::plan::{ResolvedHttp, ResolvedSurroundings};

/// How many redirects are followed.
const MOST_REDIRECTS: usize = 10;

/// Chooses the one implementation of cryptography, once.
pub(in crate::perform) fn install_cryptography() {
    static ONCE: Once = Once::new();
    // Somebody else's earlier choice stays.
    ONCE.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
}

/// A client for one request, and what it remembers of it.
pub(super) struct Asker {
    pub(super) client: Client,
    /// Whether a server has answered with a redirect that was followed.
    followed: Arc<AtomicBool>,
}

/// A client for this request and no other.
pub(super) fn build(
    wanted: &ResolvedHttp,
    surroundings: &ResolvedSurroundings,
    budget: Duration,
) -> Result<Asker, String> {
    install_cryptography();
    let link_local = wanted.link_local;
    let followed = Arc::new(AtomicBool::new(false));
    let remembers = Arc::clone(&followed);
    let redirects = if wanted.follow {
        Policy::custom(move |attempt| match refused(attempt.url(), link_local) {
            Some(refusal) => attempt.error(refusal),
            None if attempt.previous().len() > MOST_REDIRECTS => attempt.error("more than ten redirects"),
            None => {
                remembers.store(true, Ordering::Relaxed);
                attempt.follow()
            }
        })
    } else {
        Policy::none()
    };
    let builder = Client::builder()
        .no_proxy()
        .redirect(redirects)
        .referer(false)
        // A request is never repeated in silence, whatever the protocol allows.
        .retry(reqwest::retry::never())
        .pool_max_idle_per_host(0)
        .dns_resolver(Guarded { link_local })
        // It ends before the budget does, so that *never connected* is known from *never answered*.
        .connect_timeout(budget.saturating_sub((budget / 10).min(Duration::from_secs(1))))
        .user_agent(concat!("runbook/", env!("CARGO_PKG_VERSION")));
    let with_proxies = proxies(surroundings)?.into_iter().fold(builder, reqwest::ClientBuilder::proxy);
    let client = with_proxies.build().map_err(|error| format!("the request can't be prepared: {}", chain(&error)))?;
    Ok(Asker { client, followed })
}

/// The proxies that the environment of the run names.
fn proxies(surroundings: &ResolvedSurroundings) -> Result<Vec<Proxy>, String> {
    let value = |names: &[&str]| {
        names.iter().find_map(|wanted| {
            let found = surroundings.env.iter().rev().find(|(name, _)| name == wanted);
            found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
        })
    };
    let except = value(&["no_proxy", "NO_PROXY"]).and_then(NoProxy::from_string);
    let unreadable = |name: &str| format!("the proxy in {name} can't be read");
    let mut all = Vec::new();
    // `HTTP_PROXY` in capitals isn't taken: where a web server sets it, it comes from the client.
    if let Some(url) = value(&["http_proxy"]) {
        all.push(Proxy::http(url).map_err(|_| unreadable("http_proxy"))?.no_proxy(except.clone()));
    }
    if let Some(url) = value(&["https_proxy", "HTTPS_PROXY"]) {
        all.push(Proxy::https(url).map_err(|_| unreadable("https_proxy"))?.no_proxy(except.clone()));
    }
    if let Some(url) = value(&["all_proxy", "ALL_PROXY"]) {
        all.push(Proxy::all(url).map_err(|_| unreadable("all_proxy"))?.no_proxy(except));
    }
    Ok(all)
}

/// What became of a request without an answer.
pub(super) fn failed(error: &Error, asker: &Asker) -> Ending {
    let words = words_of(error);
    if error.is_builder() {
        return Ending::did_not_start(format!("the request can't be prepared: {words}"));
    }
    if error.is_redirect() || asker.followed.load(Ordering::Relaxed) {
        // The first request was answered, with the redirect; what it did is done.
        return Ending::unknown(format!("the redirect can't be followed: {words}"));
    }
    if error.is_connect() {
        let what = if error.is_timeout() { "no connection in time" } else { "no connection" };
        return Ending::did_not_start(format!("{what}: {words}"));
    }
    Ending::unknown(format!("the connection was lost before an answer came: {words}"))
}

/// The error with all its causes; without the URL, which may hold a secret.
pub(super) fn words_of(error: &Error) -> String {
    let words = match error.source() {
        Some(cause) => chain(cause),
        None => error.to_string(),
    };
    let help = if words.contains(&LinkLocal(String::new()).to_string()) {
        ""
    } else if words.contains("UnknownIssuer") || words.contains("BadSignature") {
        " (the server's certificate isn't signed by anyone this machine knows)"
    } else if words.contains("certificate expired") || words.contains("Expired") {
        " (the server's certificate has expired)"
    } else if words.contains("not valid for name") {
        " (the server's certificate is for another name)"
    } else {
        ""
    };
    format!("{words}{help}")
}
