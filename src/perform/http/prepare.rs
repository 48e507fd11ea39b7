//! What is wanted, as a request that can be sent: method, address, headers and body. Nothing has left
//! the machine yet, so every error here means that nothing was done. Invariant: no error shows a value
//! of a header.

use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, RequestBuilder};

use super::super::ending::plain;
use super::address;
use crate::plan::{ResolvedBody, ResolvedHttp};

/// The request, with its body opened.
pub(super) async fn prepare(wanted: &ResolvedHttp, client: &reqwest::Client) -> Result<RequestBuilder, String> {
    let method = Method::from_bytes(wanted.method.as_bytes())
        .map_err(|_| format!("`{}` isn't a method of HTTP", wanted.method))?;
    let url = address::checked(&wanted.url, wanted.link_local)?;
    let mut headers = HeaderMap::new();
    for (name, value) in &wanted.headers {
        let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("`{name}` isn't a header's name"))?;
        // The value may be a secret: it isn't shown.
        let mut value = HeaderValue::from_str(value)
            .map_err(|_| format!("the value of the header {name} has characters that no header may have"))?;
        value.set_sensitive(true);
        headers.append(parsed, value);
    }
    let kind = |headers: &mut HeaderMap, kind: &str| -> Result<(), String> {
        let value = HeaderValue::from_str(kind).map_err(|_| format!("`{kind}` isn't a content type"))?;
        headers.entry(CONTENT_TYPE).or_insert(value);
        Ok(())
    };
    let request = client.request(method, url);
    Ok(match &wanted.body {
        None => request.headers(headers),
        Some(ResolvedBody::Text { text, kind: word }) => {
            kind(&mut headers, word)?;
            request.headers(headers).body(text.clone())
        }
        Some(ResolvedBody::File { path, kind: word }) => {
            kind(&mut headers, word)?;
            let unreadable = |error: std::io::Error| format!("{path} can't be read: {}", plain(&error));
            let found = tokio::fs::metadata(path).await.map_err(unreadable)?;
            if !found.is_file() {
                return Err(format!("{path} isn't a file"));
            }
            let file = tokio::fs::File::open(path).await.map_err(unreadable)?;
            // With its length known the server gets one body, not chunks that many servers refuse.
            headers.insert(CONTENT_LENGTH, HeaderValue::from(found.len()));
            request.headers(headers).body(file)
        }
        Some(ResolvedBody::Form(fields)) => request.form(fields).headers(headers),
    })
}
