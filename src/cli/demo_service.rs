//! `runbook demo-service start|stop FOLDER`: the service that the demo releases. It is a part of this
//! program because a demo that needs nothing installed can count on no other.
//!
//! It answers every request with the version and health that `FOLDER/current` had when it started,
//! on a port of this machine only, and ends by itself when nobody has asked for five minutes.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::json;

use super::{Exit, Terminal};

/// How long nobody asks before it ends.
const PATIENCE: Duration = Duration::from_mins(5);
/// How long one request may take.
const REQUEST: Duration = Duration::from_secs(5);
/// How often it looks for a request.
const PAUSE: Duration = Duration::from_millis(20);

/// `runbook demo-service`.
#[derive(Debug, clap::Args)]
pub struct DemoServiceArguments {
    /// What it does
    #[arg(value_enum)]
    verb: Verb,
    /// Where `current/version`, `current/health` and `service.port` are
    #[arg(value_name = "FOLDER")]
    folder: Utf8PathBuf,
}

/// What it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Verb {
    /// Starts it, in place of one that runs; prints its port once it answers.
    Start,
    /// Stops it; nothing to do where none runs.
    Stop,
    /// Is the service.
    Serve,
}

/// Starts, stops or is the service.
pub fn run(arguments: &DemoServiceArguments, terminal: &Terminal) -> Exit {
    let done = match arguments.verb {
        Verb::Start => start(&arguments.folder, terminal),
        Verb::Stop => stop(&arguments.folder),
        Verb::Serve => serve(&arguments.folder, terminal),
    };
    match done {
        Ok(()) => Exit::Success,
        Err(error) => {
            terminal.error(&format!("the demo's service: {error}"), None);
            Exit::Internal
        }
    }
}

fn start(folder: &Utf8Path, terminal: &Terminal) -> io::Result<()> {
    stop(folder)?;
    let mut service = Command::new(std::env::current_exe()?);
    service.args(["demo-service", "serve", folder.as_str()]).stdin(Stdio::null()).stderr(Stdio::null());
    let port = service.stdout(Stdio::piped()).spawn()?.stdout.map(|output| BufReader::new(output).lines().next());
    match port.flatten() {
        Some(port) => terminal.line(&port?),
        None => return Err(io::Error::other(format!("it ended; is {folder}/current a release?"))),
    }
    Ok(())
}

/// The service closes its port before it answers, so that the port is free when this returns.
fn stop(folder: &Utf8Path) -> io::Result<()> {
    let Some(mut service) = noted_port(folder).and_then(|port| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok())
    else {
        return Ok(());
    };
    service.set_read_timeout(Some(REQUEST))?;
    service.write_all(b"POST /stop HTTP/1.1\r\n\r\n")?;
    service.read_to_end(&mut Vec::new()).map(drop)
}

fn serve(folder: &Utf8Path, terminal: &Terminal) -> io::Result<()> {
    let read = |name: &str| std::fs::read_to_string(folder.join("current").join(name));
    let answer = json!({ "status": read("health")?.trim(), "version": read("version")?.trim() }).to_string();
    // The port of the one before, so that whoever knows it finds this one, too.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, noted_port(folder).unwrap_or(0)))?;
    listener.set_nonblocking(true)?;
    let port = listener.local_addr()?.port().to_string();
    std::fs::write(folder.join("service.port"), &port)?;
    terminal.line(&port);
    let mut asked = Instant::now();
    while asked.elapsed() < PATIENCE {
        match listener.accept() {
            Ok((mut stream, _)) => {
                asked = Instant::now();
                // Whoever goes away without its answer doesn't end the service.
                if read_request(&mut stream).is_ok_and(|request| request.starts_with(b"POST /stop")) {
                    drop(listener);
                    return reply(&mut stream, &answer);
                }
                drop(reply(&mut stream, &answer));
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::sleep(PAUSE),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn noted_port(folder: &Utf8Path) -> Option<u16> {
    std::fs::read_to_string(folder.join("service.port")).ok()?.trim().parse().ok()
}

fn read_request(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(REQUEST))?;
    let mut request = Vec::new();
    let mut chunk = [0; 1024];
    while !request.windows(4).any(|four| four == b"\r\n\r\n") && request.len() < 16 * chunk.len() {
        match stream.read(&mut chunk)? {
            0 => break,
            length => request.extend_from_slice(&chunk[..length]),
        }
    }
    Ok(request)
}

fn reply(stream: &mut TcpStream, answer: &str) -> io::Result<()> {
    let length = answer.len();
    let kind = "Content-Type: application/json\r\nConnection: close";
    stream.write_all(format!("HTTP/1.1 200 OK\r\n{kind}\r\nContent-Length: {length}\r\n\r\n{answer}").as_bytes())
}
