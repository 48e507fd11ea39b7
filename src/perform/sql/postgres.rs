//! PostgreSQL over TCP (with TLS where `sslmode` asks for it or the server offers it; certificates
//! are always verified against the machine's own) or over a socket, which is the default where the
//! address names no host.
//!
//! A statement commits by itself, so that `VACUUM` and `CREATE INDEX CONCURRENTLY` work too; one
//! that only looks runs in a read-only transaction.

use std::future::Future;
use std::pin::pin;

use futures_util::TryStreamExt;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, Error, NoTls, RowStream};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::super::ending::{Ending, chain};
use super::super::limits::Limits;
use super::postgres_text::{Shown, Spelled, is_shown};
use super::statement::{Answered, Statement};

/// Where servers put their socket.
const SOCKETS: [&str; 2] = ["/var/run/postgresql", "/tmp"];

/// What helps where TLS is in the way.
const NEEDS_NONE: &str = ". The server's certificate must be known to this machine; for a server that is trusted \
                          without one, write `?sslmode=disable`";

/// Why there is no answer.
enum Trouble {
    /// Nothing that could change anything was sent, or the server took it back.
    NotDone(String),
    /// It was sent, and nobody knows.
    Unknown(String),
}

/// Runs the statement.
pub(super) async fn run(url: &str, statement: &Statement, limits: &Limits) -> Ending {
    let connecting = async {
        let (config, tls) = configure(url)?;
        connect(&config, tls).await
    };
    let (client, tls) = match limits.hold(connecting).await {
        Ok(Ok(connected)) => connected,
        Ok(Err(words)) => return Ending::did_not_start(words),
        Err(cut) => return Ending::did_not_start(format!("the database doesn't answer: {}", cut.words())),
    };
    let cancel = client.cancel_token();
    match limits.hold(execute(&client, statement)).await {
        Ok(Ok(answered)) => Ending::answered(answered.observation()),
        Ok(Err(Trouble::NotDone(words))) => Ending::did_not_start(words),
        Ok(Err(Trouble::Unknown(words))) => Ending::unknown(words),
        Err(cut) => {
            // The server is asked to let go of its locks; whether it still did the work stays open.
            let asking: std::pin::Pin<Box<dyn Future<Output = Result<(), Error>>>> = match tls {
                Some(tls) => Box::pin(cancel.cancel_query(tls)),
                None => Box::pin(cancel.cancel_query(NoTls)),
            };
            let _ = tokio::time::timeout(std::time::Duration::from_secs(2), asking).await;
            Ending::unknown(format!("the database gives no answer: {}", cut.words()))
        }
    }
}

fn configure(url: &str) -> Result<(Config, Option<MakeRustlsConnect>), String> {
    let mut config: Config =
        url.parse().map_err(|error: Error| format!("the address of the database can't be read: {}", chain(&error)))?;
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        let port = config.get_ports().first().copied().unwrap_or(5432);
        let is_there = |folder: &&&str| std::path::Path::new(folder).join(format!(".s.PGSQL.{port}")).exists();
        config.host_path(SOCKETS.iter().find(is_there).unwrap_or(&SOCKETS[0]));
    }
    if config.get_application_name().is_none() {
        config.application_name("runbook");
    }
    let wants_tls = match config.get_ssl_mode() {
        tokio_postgres::config::SslMode::Disable => false,
        tokio_postgres::config::SslMode::Prefer => {
            config.get_hosts().iter().any(|host| matches!(host, tokio_postgres::config::Host::Tcp(_)))
                || !config.get_hostaddrs().is_empty()
        }
        _ => true,
    };
    if !wants_tls {
        return Ok((config, None));
    }
    super::super::http::install_cryptography();
    let (tls, _) = MakeRustlsConnect::with_native_certs()
        .map_err(|_| format!("this machine has no certificates that can be read{NEEDS_NONE}"))?;
    Ok((config, Some(tls)))
}

async fn connect(
    config: &Config,
    tls: Option<MakeRustlsConnect>,
) -> Result<(Client, Option<MakeRustlsConnect>), String> {
    let refused = |error: Error| {
        let words = chain(&error);
        let help = if words.contains("certificate") { NEEDS_NONE } else { "" };
        format!("the database can't be reached: {words}{help}")
    };
    // The connection's own task ends when the client goes.
    let client = if let Some(tls) = &tls {
        let (client, connection) = config.connect(tls.clone()).await.map_err(refused)?;
        tokio::spawn(connection);
        client
    } else {
        let (client, connection) = config.connect(NoTls).await.map_err(refused)?;
        tokio::spawn(connection);
        client
    };
    Ok((client, tls))
}

async fn execute(client: &Client, statement: &Statement) -> Result<Answered, Trouble> {
    let not_sent = |error: Error| Trouble::NotDone(in_words(&error));
    if statement.bindings.iter().any(|(name, _)| name.is_some()) {
        return Err(Trouble::NotDone(
            "PostgreSQL binds by position: write `bind VALUE`, and $1 in the text".to_owned(),
        ));
    }
    if statement.read_only {
        client.batch_execute("BEGIN READ ONLY").await.map_err(not_sent)?;
    }
    // The server itself refuses to prepare more than one statement.
    let prepared = client.prepare(&statement.text).await.map_err(not_sent)?;
    let (wanted, given) = (prepared.params().len(), statement.bindings.len());
    if wanted != given {
        return Err(Trouble::NotDone(format!("the statement has places for {wanted} values, and {given} are bound")));
    }
    if let Some(column) = prepared.columns().first().filter(|column| !is_shown(column.type_())) {
        return Err(Trouble::NotDone(format!(
            "the first column, {}, is of type {}; write `{}::text` to see it",
            column.name(),
            column.type_(),
            column.name()
        )));
    }
    let values: Vec<Spelled> = statement.bindings.iter().map(|(_, value)| value.into()).collect();
    let sent = |error: Error| after_sending(&error, statement);
    let rows = client.query_raw(&prepared, values).await.map_err(sent)?;
    let answered = count(rows, prepared.columns().is_empty()).await.map_err(sent)?;
    if statement.read_only {
        // What only looked is finished, however this ends.
        let _ = client.batch_execute("ROLLBACK").await;
    }
    Ok(answered)
}

async fn count(rows: RowStream, changes: bool) -> Result<Answered, Error> {
    let mut rows = pin!(rows);
    let mut answered = Answered::default();
    while let Some(row) = rows.try_next().await? {
        if answered.count == 0 && !row.is_empty() {
            answered.value = row.try_get::<_, Option<Shown>>(0)?.map(|Shown(text)| text);
        }
        answered.count += 1;
    }
    if changes {
        answered.count = rows.rows_affected().unwrap_or(0);
    }
    Ok(answered)
}

/// An answer of the server means that it took the statement back; everything else is unknown.
fn after_sending(error: &Error, statement: &Statement) -> Trouble {
    let words = in_words(error);
    let Some(code) = error.code() else { return Trouble::Unknown(words) };
    let is_silent = *code == SqlState::T_R_STATEMENT_COMPLETION_UNKNOWN
        || code.code().starts_with("08")
        || code.code().starts_with("57P");
    if is_silent || commits_on_its_way(&statement.text) {
        return Trouble::Unknown(words);
    }
    Trouble::NotDone(words)
}

/// Whether the statement may leave something behind although it fails: it isn't one transaction.
fn commits_on_its_way(text: &str) -> bool {
    let mut words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let first = words.clone().find(|word| !word.is_empty()).unwrap_or_default();
    ["call", "do", "vacuum", "cluster", "reindex"].iter().any(|word| first.eq_ignore_ascii_case(word))
        || words.any(|word| word.eq_ignore_ascii_case("concurrently"))
}

/// The server's message with its code, or what happened to the connection.
fn in_words(error: &Error) -> String {
    let Some(said) = error.as_db_error() else {
        return format!("the connection to the database was lost: {}", chain(error));
    };
    if *said.code() == SqlState::SYNTAX_ERROR && said.message().contains("multiple commands") {
        return "this is more than one statement; write one a step".to_owned();
    }
    let detail = said.detail().map(|detail| format!(" ({detail})")).unwrap_or_default();
    format!("the database says: {}{detail} [{}]", said.message(), said.code().code())
}
