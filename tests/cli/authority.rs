//! A certificate authority of a test's own, made by `openssl`, and a TLS server with its certificates.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// An authority that nobody but the test knows.
pub struct Authority {
    folder: TempDir,
}

/// What `openssl ca` asks for.
const CONFIG: &str = "[ca]\ndefault_ca=own\n[own]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\n\
default_md=sha256\npolicy=any\nunique_subject=no\n[any]\ncommonName=supplied\n";

impl Authority {
    pub fn new() -> Self {
        let authority = Self { folder: TempDir::new().unwrap() };
        // Two authorities of one name would be told apart by their keys only.
        let name = authority.folder.path().file_name().unwrap().to_str().unwrap().to_owned();
        for (name, text) in [("ca.cnf", CONFIG), ("index.txt", ""), ("serial", "1000\n")] {
            std::fs::write(authority.path(name), text).unwrap();
        }
        authority.openssl(&format!("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out ca.pem -subj /CN=Authority{name} -days 2 -addext basicConstraints=critical,CA:TRUE"));
        authority
    }

    /// A key and a certificate for a name, from one date (`20200101000000Z`) to another.
    pub fn certificate(&self, name: &str, from: &str, to: &str) -> (PathBuf, PathBuf) {
        std::fs::write(self.path("ext"), format!("subjectAltName=DNS:{name}\nbasicConstraints=CA:FALSE\n")).unwrap();
        self.openssl(&format!("req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout server.key -out server.csr -subj /CN={name}"));
        self.openssl(&format!("ca -batch -config ca.cnf -cert ca.pem -keyfile ca.key -in server.csr -out server.pem -extfile ext -startdate {from} -enddate {to} -notext"));
        (self.path("server.key"), self.path("server.pem"))
    }

    /// One that is good today.
    pub fn good(&self, name: &str) -> (PathBuf, PathBuf) {
        self.certificate(name, "20200101000000Z", "20990101000000Z")
    }

    /// Its own certificate, which whoever trusts it knows.
    pub fn trusted(&self) -> String {
        self.path("ca.pem").to_str().unwrap().to_owned()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn openssl(&self, arguments: &str) {
        let mut command = Command::new("openssl");
        let output = command.args(arguments.split(' ')).current_dir(self.folder.path()).output().unwrap();
        assert!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// A web server that speaks TLS; it ends with the test.
pub struct TlsServer {
    child: Child,
    pub port: u16,
}

/// Says its port, then answers each request with the same words.
const SERVES: &str = "
import http.server, ssl, sys
class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        if self.path != '/without-end':
            self.send_header('Content-Length', '8')
        self.end_headers()
        self.wfile.write(b'over TLS')
    def log_message(self, *words):
        pass
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Answers)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2], sys.argv[1])
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
";

impl TlsServer {
    pub fn start((key, certificate): &(PathBuf, PathBuf)) -> Self {
        let paths: [&Path; 2] = [key, certificate];
        let mut child = Command::new("python3")
            .args(["-c", SERVES])
            .args(paths)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, port: line.trim().parse().unwrap() }
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
