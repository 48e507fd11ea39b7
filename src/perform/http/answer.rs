//! One request sent, and its answer observed: status and headers, then the body. What is sent is put
//! together in `prepare`. Invariant: once the request is on its way, no ending says that it didn't start.

use std::time::Instant;

use reqwest::Response;

use super::super::ending::Ending;
use super::super::file::number;
use super::super::limits::Limits;
use super::{body, client, prepare};
use crate::event::{Datum, Kept, Observation};
use crate::model::{Dimension, Quantity, SubjectName};
use crate::plan::{ResolvedHttp, ResolvedSurroundings};

/// The most header lines and bytes of them that are kept.
const MOST_HEADERS: usize = 200;
const MOST_HEADER_BYTES: usize = 64 * 1024;

/// Sends the request and observes the answer.
pub(in crate::perform) async fn request(
    wanted: &ResolvedHttp,
    surroundings: &ResolvedSurroundings,
    limits: &Limits,
) -> Ending {
    let started = Instant::now();
    let prepared = async {
        let asker = client::build(wanted, surroundings, limits.left())?;
        let request = prepare::prepare(wanted, &asker.client).await?;
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
    match limits.hold(body::read(response)).await {
        Ok(Ok(text)) => Ending::answered(with_body(answered, text, started)),
        Ok(Err(error)) => cut_off(answered, started, &client::words_of(&error)),
        Err(cut) => cut_off(answered, started, &cut.words()),
    }
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
