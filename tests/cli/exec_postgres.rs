//! A PostgreSQL server that is reached over TCP, with TLS and a password, and not otherwise.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A server of a test's own; it ends with the test.
pub struct Postgres {
    folder: TempDir,
    programs: PathBuf,
    pub port: u16,
}

impl Postgres {
    /// One whose user `postgres` has this password, asked for by SCRAM, on `localhost`.
    pub fn over_tls((key, certificate): &(PathBuf, PathBuf), password: &str) -> Self {
        let folder = TempDir::new().unwrap();
        // Whoever runs the server goes through this folder.
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
        let mut server = Self { folder, programs: programs(), port: 0 };
        let secret = server.file("password", password.as_bytes());
        server.file("server.key", &std::fs::read(key).unwrap());
        server.file("server.pem", &std::fs::read(certificate).unwrap());
        if is_root() {
            run(Command::new("chown").args(["-R", "postgres"]).arg(server.folder.path()));
        }
        let data = server.path("data");
        let options = ["-A", "scram-sha-256", "-U", "postgres", "-E", "UTF8", "--no-sync"];
        run(server.program("initdb").arg("-D").arg(&data).args(options).arg("--pwfile").arg(secret));
        std::fs::write(data.join("pg_hba.conf"), "hostssl all all samehost scram-sha-256\n").unwrap();
        for _ in 0..5 {
            // Somebody else may take the port in between; then the next one is tried.
            server.port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            if server.starts(&data) {
                return server;
            }
        }
        panic!("PostgreSQL doesn't start: {}", std::fs::read_to_string(data.join("log")).unwrap_or_default());
    }

    fn starts(&self, data: &Path) -> bool {
        let folder = self.folder.path().display();
        let options = format!(
            "-F -c listen_addresses=localhost -c port={} -c ssl=on -c ssl_key_file={folder}/server.key \
             -c ssl_cert_file={folder}/server.pem -c unix_socket_directories=",
            self.port
        );
        let mut command = self.program("pg_ctl");
        command.args(["-w", "-s", "-D"]).arg(data).arg("-l").arg(data.join("log")).arg("-o").arg(options).arg("start");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
        path
    }

    /// The server refuses to run as root.
    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        let mut command = Command::new(if is_root() { Path::new("runuser") } else { &program });
        if is_root() {
            command.args(["-u", "postgres", "--"]).arg(program);
        }
        command.current_dir("/");
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let data = self.path("data");
        let mut command = self.program("pg_ctl");
        command.args(["-m", "immediate", "-s", "-D"]).arg(data).arg("stop");
        let _ = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The newest installed version.
fn programs() -> PathBuf {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .expect("PostgreSQL is needed for this test: tests/needs installs it")
        .map(|entry| entry.unwrap().path().join("bin"))
        .filter(|folder| folder.join("initdb").exists())
        .collect();
    versions.sort();
    versions.pop().expect("PostgreSQL's server is needed for this test: tests/needs installs it")
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
