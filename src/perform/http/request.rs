//! One request from its parts, and the observation of its answer: status and headers as soon as they
//! are there, then the body. Whoever broke off is told apart: before anything was sent, or after.

use std::time::Instant;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, RequestBuilder, Response};

use super::super::ending::{Ending, plain};
use super::super::file::number;
use super::super::limits::Limits;
use super::{address, body, client};
use crate::event::{Datum, Kept, Observation};
use crate::model::{Dimension, Quantity, SubjectName};
use crate::plan::{ResolvedBody, ResolvedHttp, ResolvedSurroundings, Sought};

/// The most header lines and bytes of them that are kept.
const MOST_HEADERS: usize = 200;
const MOST_HEADER_BYTES: usize = 64 * 1024;

/// Sends the request and observes the answer.
pub(in crate::perform) async fn request(
    wanted: &ResolvedHttp,
    surroundings: &ResolvedSurroundings,
    sought: &[Sought],
    limits: &Limits,
) -> Ending {
    let started = Instant::now();
    let prepared = async {
        let asker = client::build(wanted, surroundings, limits.left())?;
        let request = prepare(wanted, &asker.client).await?;
        Ok::<_, String>((asker, request))
    };
    let (asker, request) = match limits.hold(prepared).await {
        Ok(Ok(prepared)) => prepared,
        Ok(Err(words)) => return Ending::did_not_start(words),
        Err(cut) => return Ending::did_not_start(cut.words()),
    };
    let response = match limits.hold(request.send()).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => return client::failed(&error, &asker),
        Err(cut) => return Ending::unknown(format!("there is no answer: {}", cut.words())),
    };
    let answered = head_of(&response);
    match limits.hold(body::read(response, sought)).await {
        Ok(Ok(text)) => Ending::answered(with_body(answered, text, started)),
        Ok(Err(error)) => cut_off(answered, started, &client::words_of(&error)),
        Err(cut) => cut_off(answered, started, &cut.words()),
    }
}

async fn prepare(wanted: &ResolvedHttp, client: &reqwest::Client) -> Result<RequestBuilder, String> {
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
            headers.insert(reqwest::header::CONTENT_LENGTH, HeaderValue::from(found.len()));
            request.headers(headers).body(file)
        }
        Some(ResolvedBody::Form(fields)) => request.form(fields).headers(headers),
    })
}

/// Status and headers: what is known before the body.
fn head_of(response: &Response) -> Observation {
    let mut room = MOST_HEADER_BYTES;
    let mut observation = Observation::default()
        .with(SubjectName::Status, number(u64::from(response.status().as_u16()), Dimension::Count));
    for (name, value) in response.headers().iter().take(MOST_HEADERS) {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        let Some(left) = room.checked_sub(name.as_str().len() + value.len()) else { break };
        room = left;
        observation.headers.push((name.as_str().to_owned(), value));
    }
    observation
}

fn with_body(observation: Observation, body: Kept, started: Instant) -> Observation {
    timed(observation, started).with(SubjectName::Body, Datum::Kept(body))
}

/// The server has answered, and the end of its answer never came.
fn cut_off(observation: Observation, started: Instant, why: &str) -> Ending {
    Ending::answered_badly(timed(observation, started), format!("the answer was cut off: {why}"))
}

fn timed(observation: Observation, started: Instant) -> Observation {
    let number = started.elapsed().as_secs_f64();
    observation.with(SubjectName::Duration, Datum::Number(Quantity { number, dimension: Dimension::Seconds }))
}
