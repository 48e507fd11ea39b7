//! Which addresses may be asked. Link-local ones are refused unless they are allowed: an address in
//! a URL, one that a name resolves to, and one that a redirect leads to.

use std::net::{IpAddr, SocketAddr};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Resolves names as the machine does, and leaves link-local addresses out.
#[derive(Debug)]
pub(super) struct Guarded {
    pub(super) link_local: bool,
}

/// An address that isn't asked.
#[derive(Debug, thiserror::Error)]
#[error("{0} is a link-local address, which isn't asked unless the request says `link-local allow`")]
pub(super) struct LinkLocal(pub(super) String);

/// A URL that may be asked.
pub(super) fn checked(text: &str, link_local: bool) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("the URL can't be read: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("`{}` isn't asked by `http`; write http:// or https://", url.scheme()));
    }
    match refused(&url, link_local) {
        Some(refusal) => Err(refusal.to_string()),
        None => Ok(url),
    }
}

/// Why the URL isn't asked, if its host is an address.
pub(super) fn refused(url: &Url, link_local: bool) -> Option<LinkLocal> {
    let host = url.host_str()?;
    let address: IpAddr = host.trim_start_matches('[').trim_end_matches(']').parse().ok()?;
    (!link_local && is_link_local(address)).then(|| LinkLocal(host.to_owned()))
}

fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => {
            address.is_unicast_link_local() || address.to_ipv4_mapped().is_some_and(|mapped| mapped.is_link_local())
        }
    }
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let link_local = self.link_local;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            allowed(name.as_str(), found, link_local).map_err(Into::into)
        })
    }
}

fn allowed(name: &str, found: Vec<SocketAddr>, link_local: bool) -> Result<Addrs, LinkLocal> {
    let (refused, allowed): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|address| !link_local && is_link_local(address.ip()));
    match refused.first() {
        Some(address) if allowed.is_empty() => Err(LinkLocal(format!("{name} ({})", address.ip()))),
        _ => Ok(Box::new(allowed.into_iter())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn link_local_addresses_are_refused_in_every_spelling() {
        let cases = [
            "http://169.254.169.254/latest/meta-data",
            "http://[fe80::1]/",
            "http://[::ffff:169.254.169.254]/",
            "http://2852039166/",
            "http://0xa9fea9fe/",
        ];
        for url in cases {
            assert!(checked(url, false).is_err(), "{url}");
            assert!(checked(url, true).is_ok(), "{url}");
        }
        assert!(checked("http://127.0.0.1:8000/v1", false).is_ok());
    }

    #[test]
    fn a_name_for_a_link_local_address_is_refused_by_name() {
        let found = vec![SocketAddr::from(([169, 254, 169, 254], 0))];
        let Err(refusal) = allowed("metadata.example", found.clone(), false) else { panic!("it is allowed") };
        assert!(refusal.to_string().starts_with("metadata.example (169.254.169.254) is a link-local address"));
        assert_eq!(allowed("metadata.example", found, true).unwrap().count(), 1);
    }

    #[test]
    fn other_schemes_are_refused() {
        let words = checked("file:///etc/passwd", false).unwrap_err();
        assert_eq!(words, "`file` isn't asked by `http`; write http:// or https://");
    }
}
