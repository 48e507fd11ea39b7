use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::body::MOST_KEPT;
use crate::event::{Datum, Kept, Observation, Outcome, Performance};
use crate::model::{Dimension, Quantity, SubjectName};
use crate::perform::{Stop, perform_built_in};
use crate::plan::{ResolvedAction, ResolvedActivity, ResolvedBody, ResolvedHttp, ResolvedSurroundings};

/// A server that answers its connections one by one, each in its own way, and tells what it was asked.
struct Server {
    port: u16,
    asked: mpsc::Receiver<String>,
}

type Answer = Box<dyn FnOnce(&mut TcpStream) + Send>;

impl Server {
    fn new(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell, asked) = mpsc::channel();
        thread::spawn(move || {
            for answer in answers {
                let (mut connection, _) = listener.accept().unwrap();
                let _ = tell.send(read_request(&mut connection));
                answer(&mut connection);
            }
        });
        Self { port, asked }
    }

    fn answering(text: &str) -> Self {
        Self::new(vec![says(text)])
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

fn says(text: &str) -> Answer {
    let text = text.to_owned();
    Box::new(move |connection| connection.write_all(text.as_bytes()).unwrap())
}

/// The head of a request, and as much body as it announces.
fn read_request(connection: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        if connection.read(&mut byte).unwrap_or(0) == 0 {
            return String::from_utf8(bytes).unwrap();
        }
        bytes.push(byte[0]);
    }
    let head = String::from_utf8(bytes.clone()).unwrap().to_lowercase();
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    connection.read_exact(&mut body).unwrap();
    bytes.extend(body);
    String::from_utf8(bytes).unwrap()
}

fn get(url: &str) -> ResolvedHttp {
    ResolvedHttp {
        method: "GET".to_owned(),
        url: url.to_owned(),
        headers: Vec::new(),
        body: None,
        follow: false,
        link_local: false,
    }
}

async fn send_with(wanted: ResolvedHttp, env: &[(&str, &str)], budget: Duration, stop: &Stop) -> Performance {
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let surroundings = ResolvedSurroundings { env, ..ResolvedSurroundings::default() };
    let activity = ResolvedActivity {
        action: ResolvedAction::Http(wanted),
        surroundings,
        budget,
        sought: Vec::new(),
        reads_texts: true,
    };
    perform_built_in(&activity, stop).await
}

async fn send(wanted: ResolvedHttp) -> Performance {
    send_with(wanted, &[], Duration::from_mins(1), &Stop::default()).await
}

fn answered(performance: Performance) -> Observation {
    assert_eq!((performance.outcome, performance.trouble), (Outcome::Applied, None));
    performance.observation.unwrap()
}

fn status(observation: &Observation) -> f64 {
    match observation.get(SubjectName::Status) {
        Some(Datum::Number(Quantity { number, dimension: Dimension::Count })) => *number,
        other => panic!("status is {other:?}"),
    }
}

fn body(observation: &Observation) -> &Kept {
    match observation.get(SubjectName::Body) {
        Some(Datum::Kept(kept)) => kept,
        other => panic!("body is {other:?}"),
    }
}

#[tokio::test]
async fn an_answer_has_status_headers_and_body() {
    let server = Server::answering(
        "HTTP/1.1 200 OK\r\nContent-Length: 21\r\nETag: \"7\"\r\nX-Two: a\r\nX-Two: b\r\n\r\n{\"status\":\"healthy\"}\n",
    );
    let observation = answered(send(get(&server.url("/health"))).await);
    assert_eq!(status(&observation).to_string(), "200");
    assert_eq!(body(&observation).as_whole(), Some("{\"status\":\"healthy\"}"));
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        observation.headers,
        [header("content-length", "21"), header("etag", "\"7\""), header("x-two", "a"), header("x-two", "b")]
    );
    assert!(matches!(observation.get(SubjectName::Duration), Some(Datum::Number(_))));
}

#[tokio::test]
async fn any_status_is_an_answer() {
    let server = Server::answering("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy");
    let observation = answered(send(get(&server.url("/"))).await);
    assert_eq!(status(&observation).to_string(), "503");
    assert_eq!(body(&observation).as_whole(), Some("busy"));
}

#[tokio::test]
async fn a_refused_connection_did_nothing_and_says_why() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://127.0.0.1:{}/?token=geheim", listener.local_addr().unwrap().port());
    drop(listener);
    let performance = send(get(&url)).await;
    assert_eq!((performance.outcome, performance.observation), (Outcome::NotApplied, None));
    let words = performance.trouble.unwrap();
    assert!(words.starts_with("no connection: ") && words.contains("Connection refused"), "{words}");
    assert!(!words.contains("geheim"), "{words}");
}

#[tokio::test]
async fn a_connection_that_breaks_before_the_answer_is_unknown() {
    let server = Server::answering("");
    let performance = send(ResolvedHttp { method: "POST".to_owned(), ..get(&server.url("/rides")) }).await;
    assert_eq!((performance.outcome, performance.observation), (Outcome::Unknown, None));
    let words = performance.trouble.unwrap();
    assert!(words.starts_with("the connection was lost before an answer came: "), "{words}");
    assert_eq!(server.asked.iter().count(), 1, "a request is never sent twice");
}

#[tokio::test]
async fn an_answer_that_is_cut_off_keeps_its_status_but_has_no_body() {
    let server = Server::answering("HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{\"status\":");
    let performance = send(get(&server.url("/"))).await;
    assert_eq!(performance.outcome, Outcome::Applied);
    assert!(performance.trouble.unwrap().starts_with("the answer was cut off: "));
    let observation = performance.observation.unwrap();
    assert_eq!(status(&observation).to_string(), "200");
    assert_eq!(observation.get(SubjectName::Body), None);
}

#[tokio::test]
async fn a_server_that_never_answers_is_unknown_when_the_budget_is_spent() {
    let (done, wait) = mpsc::channel::<()>();
    let server = Server::new(vec![Box::new(move |_| {
        let _ = wait.recv();
    })]);
    let budget = Duration::from_millis(300);
    let performance = send_with(get(&server.url("/")), &[], budget, &Stop::default()).await;
    assert_eq!(performance.outcome, Outcome::Unknown);
    assert_eq!(performance.trouble.as_deref(), Some("there is no answer: the budget of 0.3s is spent"));
    drop(done);
}

#[tokio::test]
async fn a_request_that_is_stopped_is_unknown() {
    let (done, wait) = mpsc::channel::<()>();
    let stop = Stop::default();
    let ask = stop.clone();
    let server = Server::new(vec![Box::new(move |_| {
        ask.ask();
        let _ = wait.recv();
    })]);
    let performance = send_with(get(&server.url("/")), &[], Duration::from_mins(1), &stop).await;
    assert_eq!(performance.outcome, Outcome::Unknown);
    assert_eq!(performance.trouble.as_deref(), Some("there is no answer: it was stopped"));
    drop(done);
}

#[tokio::test]
async fn redirects_are_answers_unless_they_are_followed() {
    let redirect = "HTTP/1.1 302 Found\r\nLocation: /v2\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let server =
        Server::new(vec![says(redirect), says(redirect), says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nv2")]);
    let observation = answered(send(get(&server.url("/"))).await);
    assert_eq!(status(&observation).to_string(), "302");
    let observation = answered(send(ResolvedHttp { follow: true, ..get(&server.url("/")) }).await);
    assert_eq!((status(&observation).to_string().as_str(), body(&observation).as_whole()), ("200", Some("v2")));
}

#[tokio::test]
async fn a_redirect_never_leads_to_a_link_local_address() {
    let redirect = "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/credentials\r\nContent-Length: 0\r\n\r\n";
    let server = Server::answering(redirect);
    let performance = send(ResolvedHttp { follow: true, ..get(&server.url("/")) }).await;
    assert_eq!(performance.outcome, Outcome::Unknown);
    let words = performance.trouble.unwrap();
    assert!(words.contains("169.254.169.254 is a link-local address"), "{words}");
}

#[tokio::test]
async fn a_redirect_to_nobody_does_not_undo_what_the_first_request_did() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = nobody.local_addr().unwrap().port();
    drop(nobody);
    let redirect = format!("HTTP/1.1 303 See Other\r\nLocation: http://127.0.0.1:{port}/\r\nContent-Length: 0\r\n\r\n");
    let server = Server::answering(&redirect);
    let performance =
        send(ResolvedHttp { follow: true, method: "POST".to_owned(), ..get(&server.url("/rides")) }).await;
    assert_eq!(performance.outcome, Outcome::Unknown);
}

#[tokio::test]
async fn a_link_local_address_is_not_asked() {
    let performance = send(get("http://169.254.169.254/latest")).await;
    assert_eq!(performance.outcome, Outcome::NotApplied);
    assert_eq!(
        performance.trouble.as_deref(),
        Some("169.254.169.254 is a link-local address, which isn't asked unless the request says `link-local allow`")
    );
}

#[tokio::test]
async fn headers_and_texts_arrive_as_they_were_given() {
    let server = Server::answering("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
    let wanted = ResolvedHttp {
        method: "POST".to_owned(),
        headers: vec![
            ("Authorization".to_owned(), "Bearer geheim".to_owned()),
            ("Idempotency-Key".to_owned(), "run-7".to_owned()),
        ],
        body: Some(ResolvedBody::Text { text: "{\"a\":1}".to_owned(), kind: "application/json".to_owned() }),
        ..get(&server.url("/rides?a=%20b"))
    };
    answered(send(wanted).await);
    let asked = server.asked.recv().unwrap();
    assert!(asked.starts_with("POST /rides?a=%20b HTTP/1.1\r\n"), "{asked}");
    for line in ["authorization: Bearer geheim", "idempotency-key: run-7", "content-type: application/json"] {
        assert!(asked.contains(&format!("{line}\r\n")), "{line} in {asked}");
    }
    assert!(asked.ends_with("\r\n\r\n{\"a\":1}"), "{asked}");
}

#[tokio::test]
async fn a_file_is_sent_with_its_length() {
    let folder = tempfile::tempdir().unwrap();
    let path = camino::Utf8PathBuf::from_path_buf(folder.path().join("ride.json")).unwrap();
    std::fs::write(&path, "{\"ride\":1}").unwrap();
    let server = Server::answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let file = ResolvedBody::File { path: path.clone(), kind: "application/json".to_owned() };
    answered(send(ResolvedHttp { method: "PUT".to_owned(), body: Some(file), ..get(&server.url("/")) }).await);
    let asked = server.asked.recv().unwrap();
    assert!(asked.contains("content-length: 10\r\n") && asked.ends_with("{\"ride\":1}"), "{asked}");
    assert!(!asked.contains("transfer-encoding"), "{asked}");
    let gone = ResolvedBody::File { path: path.with_extension("gone"), kind: "text/plain".to_owned() };
    let performance = send(ResolvedHttp { body: Some(gone), ..get(&server.url("/")) }).await;
    assert_eq!(performance.outcome, Outcome::NotApplied);
    assert!(performance.trouble.unwrap().ends_with("ride.gone can't be read: no such file or directory"));
}

#[tokio::test]
async fn a_form_is_encoded() {
    let server = Server::answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let form = ResolvedBody::Form(vec![("name".to_owned(), "a & b".to_owned()), ("n".to_owned(), "1".to_owned())]);
    answered(send(ResolvedHttp { method: "POST".to_owned(), body: Some(form), ..get(&server.url("/")) }).await);
    let asked = server.asked.recv().unwrap();
    assert!(asked.contains("content-type: application/x-www-form-urlencoded\r\n"), "{asked}");
    assert!(asked.ends_with("name=a+%26+b&n=1"), "{asked}");
}

#[tokio::test]
async fn a_body_without_end_in_sight_is_kept_at_both_ends() {
    let pieces = 4 * MOST_KEPT / 1024;
    let server = Server::new(vec![Box::new(move |connection| {
        connection.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n[start").unwrap();
        for _ in 0..pieces {
            connection.write_all(&[b'-'; 1024]).unwrap();
        }
        connection.write_all(b"end]").unwrap();
    })]);
    let observation = answered(send(get(&server.url("/"))).await);
    let kept = body(&observation);
    assert!(kept.head.starts_with("[start") && kept.tail.ends_with("end]"));
    assert_eq!(kept.head.len() + kept.tail.len() + usize::try_from(kept.dropped).unwrap(), pieces * 1024 + 10);
    assert!(kept.dropped > 0);
}

#[tokio::test]
async fn a_proxy_is_taken_from_the_environment_of_the_run_only() {
    let proxy = Server::answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy");
    let env = [("http_proxy", &*proxy.url("")), ("no_proxy", "localhost")];
    let performance = send_with(get("http://api.invalid/"), &env, Duration::from_mins(1), &Stop::default()).await;
    assert_eq!(body(&answered(performance)).as_whole(), Some("proxy"));
    assert!(proxy.asked.recv().unwrap().starts_with("GET http://api.invalid/ HTTP/1.1\r\n"));
}

#[tokio::test]
async fn tls_that_is_not_trusted_sends_nothing() {
    // A server that doesn't speak TLS at all fails in the same place.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let _ = connection.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        let mut rest = Vec::new();
        let _ = connection.read_to_end(&mut rest);
    });
    let performance = send(get(&format!("https://127.0.0.1:{port}/"))).await;
    assert_eq!(performance.outcome, Outcome::NotApplied);
    assert!(performance.trouble.unwrap().starts_with("no connection: "));
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_without_showing_values() {
    let header = ("X-Token".to_owned(), "gehe\nim".to_owned());
    let performance = send(ResolvedHttp { headers: vec![header], ..get("http://127.0.0.1:1/") }).await;
    assert_eq!(performance.outcome, Outcome::NotApplied);
    let expected = "the value of the header X-Token has characters that no header may have";
    assert_eq!(performance.trouble.as_deref(), Some(expected));
}
