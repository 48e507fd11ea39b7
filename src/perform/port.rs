//! `port ADDRESS`: whether something takes connections at `HOST:PORT`, at `:PORT` or `PORT` of this
//! machine, or at the socket `/path`. It connects, says nothing and hangs up.
//!
//! That nobody listens is an answer; that a name doesn't resolve or nothing comes back in time isn't.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpStream, UnixStream, lookup_host};

use super::ending::{Ending, plain};
use super::limits::Limits;
use crate::event::{Datum, Observation};
use crate::model::SubjectName;

/// The subject `listening`.
pub(super) async fn observe_port(address: &str, limits: &Limits) -> Ending {
    match limits.hold(connect(address)).await {
        Ok(Ok(listening)) => {
            Ending::answered(Observation::default().with(SubjectName::Listening, Datum::Flag(listening)))
        }
        Ok(Err(trouble)) => Ending::did_not_start(trouble),
        Err(cut) => Ending::unknown(format!("{address} doesn't answer: {}", cut.words())),
    }
}

async fn connect(address: &str) -> Result<bool, String> {
    if address.starts_with('/') {
        return listens(address, UnixStream::connect(address).await);
    }
    let mut somebody = false;
    for candidate in candidates(address).await? {
        somebody = somebody || listens(address, TcpStream::connect(candidate).await)?;
    }
    Ok(somebody)
}

/// Every address that the text may mean; this machine has two.
async fn candidates(address: &str) -> Result<Vec<SocketAddr>, String> {
    let port = address.strip_prefix(':').unwrap_or(address);
    if let Ok(port) = port.parse::<u16>() {
        return Ok(vec![
            SocketAddr::from(([127, 0, 0, 1], port)),
            SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, port)),
        ]);
    }
    let refused = |error: &io::Error| match error.kind() {
        io::ErrorKind::InvalidInput => {
            format!("`{address}` isn't an address; write HOST:PORT, :PORT or the path of a socket")
        }
        _ => format!("{address} has no address: {}", plain(error)),
    };
    let found: Vec<SocketAddr> = lookup_host(address).await.map_err(|error| refused(&error))?.collect();
    if found.is_empty() { Err(format!("{address} has no address")) } else { Ok(found) }
}

fn listens<T>(address: &str, connected: io::Result<T>) -> Result<bool, String> {
    match connected {
        Ok(_) => Ok(true),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound | io::ErrorKind::AddrNotAvailable
            ) =>
        {
            Ok(false)
        }
        // A machine without IPv6 has no address of that family; nobody listens there.
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::AFNOSUPPORT.raw_os_error()) => Ok(false),
        Err(error) => Err(format!("{address} can't be reached: {}", plain(&error))),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::event::{Outcome, Performance};
    use crate::perform::Stop;

    async fn look(address: &str) -> Performance {
        observe_port(address, &Limits::new(Duration::from_secs(20), &Stop::default())).await.after(Duration::ZERO)
    }

    fn listening(performance: &Performance) -> Option<&Datum> {
        performance.observation.as_ref().and_then(|observation| observation.get(SubjectName::Listening))
    }

    #[tokio::test]
    async fn a_listener_is_found_by_every_spelling_of_its_address() {
        let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = server.local_addr().unwrap().port();
        for address in [format!("127.0.0.1:{port}"), format!(":{port}"), port.to_string()] {
            assert_eq!(listening(&look(&address).await), Some(&Datum::Flag(true)), "{address}");
        }
    }

    #[tokio::test]
    async fn that_nobody_listens_is_an_answer() {
        let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = server.local_addr().unwrap().port();
        drop(server);
        let performance = look(&format!("127.0.0.1:{port}")).await;
        assert_eq!(listening(&performance), Some(&Datum::Flag(false)));
        assert_eq!(performance.outcome, Outcome::Applied);
    }

    #[tokio::test]
    async fn a_socket_listens_until_its_server_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("api.sock");
        let server = std::os::unix::net::UnixListener::bind(&path).unwrap();
        assert_eq!(listening(&look(path.to_str().unwrap()).await), Some(&Datum::Flag(true)));
        drop(server);
        assert_eq!(listening(&look(path.to_str().unwrap()).await), Some(&Datum::Flag(false)));
    }

    #[tokio::test]
    async fn what_is_not_an_address_is_trouble_in_words() {
        let performance = look("nothing").await;
        assert_eq!(performance.outcome, Outcome::NotApplied);
        assert_eq!(
            performance.trouble.as_deref(),
            Some("`nothing` isn't an address; write HOST:PORT, :PORT or the path of a socket")
        );
    }
}
