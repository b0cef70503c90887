//! A server that answers `/moved` with a redirect and everything else with 200, over TCP or TLS, from a thread of its
//! own.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

/// Signs certificates.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, "authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Authority(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for that name, and its key.
    pub fn certificate(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.0).unwrap().pem(), key.serialize_pem())
    }
}

/// The server, with the head of each request it got.
pub struct Server {
    pub url: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// One without TLS.
    pub fn new() -> Self {
        Self::start("http", answer)
    }

    /// One with a certificate for that name; with `mutual`, only for those whom the same authority certifies.
    pub fn over_tls(authority: &Authority, name: &str, mutual: bool) -> Self {
        let config = config(authority, name, mutual);
        Self::start("https", move |stream, heads| {
            let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
            answer(&mut stream, heads);
            stream.conn.send_close_notify();
            let _ = stream.flush();
        })
    }

    fn start(scheme: &str, serve: impl Fn(TcpStream, &Mutex<Vec<String>>) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        let heads = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&heads);
        std::thread::spawn(move || listener.incoming().flatten().for_each(|stream| serve(stream, &kept)));
        Server { url, heads }
    }

    pub fn address(&self) -> &str {
        self.url.split_once("://").unwrap().1
    }

    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

/// Answers one request.
fn answer(mut stream: impl Read + Write, heads: &Mutex<Vec<String>>) {
    let mut received = Vec::new();
    let mut buffer = [0; 4096];
    while !received.ends_with(b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(length) if length > 0 => received.extend_from_slice(&buffer[..length]),
            _ => return,
        }
    }
    let head = String::from_utf8(received).unwrap();
    let first = if head.starts_with("GET /moved ") { "302 Found\r\nlocation: /here" } else { "200 OK" };
    heads.lock().unwrap().push(head);
    let _ = write!(stream, "HTTP/1.1 {first}\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok");
}

fn config(authority: &Authority, name: &str, mutual: bool) -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().unwrap();
    let builder = if mutual {
        let mut roots = RootCertStore::empty();
        roots.add(authority.0.der().clone()).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
        builder.with_client_cert_verifier(verifier)
    } else {
        builder.with_no_client_auth()
    };
    let (chain, key) = authority.certificate(name);
    let chain = vec![CertificateDer::from_pem_slice(chain.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    Arc::new(builder.with_single_cert(chain, key).unwrap())
}
