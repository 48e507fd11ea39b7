//! `http` and `sql` against servers that speak TLS, with certificates of an authority of the test's
//! own. Who is trusted is the machine's to say: `SSL_CERT_FILE` stands in for that.

use crate::authority::{Authority, TlsServer};
use crate::case::Case;
use crate::exec_postgres::Postgres;
use crate::exec_release::{phase, release};

fn asks(url: &str) -> Case {
    release(&phase(&format!("check answers \"It answers\" {{ http GET \"{url}\"; expect body is=\"over TLS\"; }}")))
}

#[test]
fn a_server_whose_authority_the_machine_knows_is_asked_over_tls() {
    let authority = Authority::new();
    let server = TlsServer::start(&authority.good("localhost"));
    let url = format!("https://localhost:{}/", server.port);
    asks(&url).env("SSL_CERT_FILE", &authority.trusted()).run("exec release.kdl").code(0);
}

#[test]
fn an_answer_whose_end_nobody_vouches_for_was_cut_off() {
    let authority = Authority::new();
    let server = TlsServer::start(&authority.good("localhost"));
    let url = format!("https://localhost:{}/without-end", server.port);
    asks(&url)
        .env("SSL_CERT_FILE", &authority.trusted())
        .run("exec release.kdl")
        .code(5)
        .tells(&["First cause: answers: the answer was cut off", "close_notify"]);
}

#[test]
fn a_certificate_that_proves_nothing_is_named_and_nothing_is_sent() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let expired = authority.certificate("localhost", "20200101000000Z", "20200102000000Z");
    let expired = TlsServer::start(&expired);
    let good = TlsServer::start(&authority.good("localhost"));
    let other = TlsServer::start(&authority.good("elsewhere.test"));
    let asked = |port: u16, trusted: &Authority, words: &str| {
        asks(&format!("https://localhost:{port}/"))
            .env("SSL_CERT_FILE", &trusted.trusted())
            .run("exec release.kdl")
            .code(5)
            .tells(&["no connection", words]);
    };
    asked(good.port, &stranger, "isn't signed by anyone this machine");
    asked(expired.port, &authority, "has expired");
    asked(other.port, &authority, "is for another name");
}

#[test]
fn a_server_that_speaks_the_other_protocol_is_not_taken_for_one_that_answered() {
    let authority = Authority::new();
    let server = TlsServer::start(&authority.good("localhost"));
    let url = format!("http://localhost:{}/", server.port);
    let trusted = authority.trusted();
    asks(&url).env("SSL_CERT_FILE", &trusted).run("exec release.kdl").code(5).tells(&["failed"]);
    let plain = crate::exec_server::Server::start(|_, _| (200, "", "over TLS"));
    let url = plain.url().replace("http://127.0.0.1", "https://localhost");
    asks(&url).env("SSL_CERT_FILE", &trusted).run("exec release.kdl").code(5).tells(&["no connection"]);
    assert_eq!(plain.lines().len(), 0);
}

#[test]
fn postgresql_over_tcp_takes_the_right_password_over_tls_and_nothing_else() {
    let authority = Authority::new();
    let server = Postgres::over_tls(&authority.good("localhost"), "geheim-und-lang");
    let asks = |password: &str, words: &str, trusted: &str| {
        let url = format!("postgres://postgres:{{{{secret.password}}}}@localhost:{}/postgres{words}", server.port);
        let nodes =
            phase(&format!("check answers \"It answers\" {{ sql \"{url}\" \"SELECT 41 + 1\"; expect value is=42; }}"));
        release(&format!("secret password env=PASSWORD\n{nodes}"))
            .env("PASSWORD", password)
            .env("SSL_CERT_FILE", trusted)
            .run("exec release.kdl")
    };
    let trusted = authority.trusted();
    asks("geheim-und-lang", "?sslmode=require", &trusted).code(0);
    asks("geheim-und-lang", "", &trusted).code(0);
    let wrong =
        asks("falsch-und-lang", "?sslmode=require", &trusted).code(5).tells(&["password authentication failed"]);
    assert!(!wrong.printed().contains("falsch-und-lang"), "{}", wrong.printed());
    asks("geheim-und-lang", "?sslmode=disable", &trusted).code(5).tells(&["can't be reached", "no encryption"]);
    let stranger = Authority::new();
    asks("geheim-und-lang", "?sslmode=require", &stranger.trusted())
        .code(5)
        .tells(&["certificate", "must be known to this machine"]);
}
