//! TLS: whom the client trusts, how it identifies itself, and what it says when the handshake fails.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

use bytes::Bytes;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use super::server::{OK, Server};
use super::{call, client, connecting, error_of, get, post};
use crate::client::{Client, ClientCertificate, Connection, Pem, Proxy, Tls, check};
use crate::wire::TransportErrorKind as Kind;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    named_authority("authority")
}

fn named_authority(name: &str) -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate for that name and its key, in PEM form.
fn certificate(authority: &Authority, name: &str) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    (params.signed_by(&key, authority).unwrap().pem(), key.serialize_pem())
}

/// Answers over TLS from a thread of its own; with `clients`, only to those whom that authority certifies.
fn serve(certificate: &(String, String), clients: Option<&Authority>) -> String {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().unwrap();
    let builder = match clients {
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(authority.der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            builder.with_client_cert_verifier(verifier)
        }
        None => builder.with_no_client_auth(),
    };
    let chain = vec![CertificateDer::from_pem_slice(certificate.0.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(certificate.1.as_bytes()).unwrap();
    let config = Arc::new(builder.with_single_cert(chain, key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
            let mut received = Vec::new();
            let mut buffer = [0; 4096];
            while !received.ends_with(b"\r\n\r\n") {
                match stream.read(&mut buffer) {
                    Ok(length) if length > 0 => received.extend_from_slice(&buffer[..length]),
                    _ => break,
                }
            }
            if received.ends_with(b"\r\n\r\n") {
                stream.write_all(OK).unwrap();
                stream.conn.send_close_notify();
            }
            let _ = stream.flush();
        }
    });
    url
}

fn with_tls(tls: Tls) -> Client {
    connecting(Connection { proxy: Some(Proxy::None), tls, ..Connection::default() })
}

fn pem(text: &str) -> Pem {
    Pem::Bytes(Bytes::from(text.to_owned()))
}

fn trusting(authority: &Authority) -> Tls {
    Tls { ca: vec![pem(&authority.pem())], ..Tls::default() }
}

#[tokio::test]
async fn a_server_without_tls_fails_the_handshake() {
    let closing = Server::start(|connection| async move { drop(connection) }).await;
    let speaking = Server::start(|mut connection| async move {
        connection.write(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        connection.closed().await;
    })
    .await;
    for (server, message) in
        [(speaking, "the server does not speak TLS"), (closing, "the connection was closed during the TLS handshake")]
    {
        let url = server.url.replace("http:", "https:");
        let error = error_of(call(&client(), post(&format!("{url}/s3cret"), "body")).await);
        assert_eq!((error.kind, error.message), (Kind::Tls, format!("{url}: {message}")));
    }
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_not_trusted() {
    let url = serve(&certificate(&authority(), "127.0.0.1"), None);
    // Another authority stands in for the system's, which a machine may not have.
    let error = error_of(call(&with_tls(trusting(&named_authority("another"))), get(&url)).await);
    assert_eq!(
        (error.kind, error.message),
        (
            Kind::Tls,
            format!(
                "{url}: the certificate is not trusted: no authority that is known has signed it; if its authority is yours, write its file as `tls: {{ ca: FILE }}` or `--ca FILE`"
            )
        )
    );
}

#[tokio::test]
async fn a_certificate_of_a_given_authority_is_trusted() {
    let authority = authority();
    let url = serve(&certificate(&authority, "127.0.0.1"), None);
    assert_eq!(call(&with_tls(trusting(&authority)), get(&url)).await.unwrap().1, b"ok");

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, authority.pem()).unwrap();
    let tls = Tls { ca: vec![Pem::File(path)], ..Tls::default() };
    assert_eq!(call(&with_tls(tls), get(&url)).await.unwrap().1, b"ok");
}

#[tokio::test]
async fn a_certificate_for_another_name_is_not_trusted() {
    let authority = authority();
    let url = serve(&certificate(&authority, "api.example.com"), None);
    let error = error_of(call(&with_tls(trusting(&authority)), get(&url)).await);
    assert_eq!(error.kind, Kind::Tls);
    assert!(
        error.message.starts_with(&format!("{url}: the certificate is not trusted: certificate not valid for")),
        "{error}"
    );
}

#[tokio::test]
async fn insecure_trusts_any_certificate() {
    let url = serve(&certificate(&authority(), "api.example.com"), None);
    let tls = Tls { insecure: true, ..Tls::default() };
    assert_eq!(call(&with_tls(tls), get(&url)).await.unwrap().1, b"ok");
}

#[tokio::test]
async fn a_client_certificate_opens_a_server_that_asks_for_one() {
    let authority = authority();
    let url = serve(&certificate(&authority, "127.0.0.1"), Some(&authority));
    let (chain, key) = certificate(&authority, "client");
    let client_cert = Some(ClientCertificate { chain: pem(&chain), key: pem(&key) });
    let tls = Tls { client_cert, ..trusting(&authority) };
    assert_eq!(call(&with_tls(tls), get(&url)).await.unwrap().1, b"ok");
}

#[tokio::test]
async fn a_refusal_after_the_handshake_leaves_the_outcome_unknown() {
    let authority = authority();
    let url = serve(&certificate(&authority, "127.0.0.1"), Some(&authority));
    // In TLS 1.3 the client may write before it learns that its certificate was missed.
    let error = error_of(call(&with_tls(trusting(&authority)), get(&url)).await);
    let message = "broke before an answer came: the server refused the TLS handshake: it asks for a certificate of ours; write `tls: { client_cert: FILE }` or `--client-cert FILE`";
    assert_eq!((error.kind, error.message), (Kind::Reset, format!("the connection to {url} {message}")));
}

#[tokio::test]
async fn a_name_that_is_connected_to_elsewhere_is_the_one_in_the_certificate() {
    let authority = authority();
    let url = serve(&certificate(&authority, "api.example.com"), None);
    let connect_to = vec![format!("api.example.com={}", url.trim_start_matches("https://")).parse().unwrap()];
    let client = connecting(Connection { tls: trusting(&authority), connect_to, ..Connection::default() });
    assert_eq!(call(&client, get("https://api.example.com/")).await.unwrap().1, b"ok");
}

#[tokio::test]
async fn files_that_cannot_be_used_are_told_on_each_request_and_when_asked() {
    let missing = Tls { ca: vec![Pem::File("/nonexistent/ca.pem".into())], ..Tls::default() };
    let empty = Tls { ca: vec![pem("no certificate")], ..Tls::default() };
    let cases = [
        (
            missing,
            Kind::File,
            "cannot read `/nonexistent/ca.pem` for `ca`: no such file or directory; nothing was sent",
        ),
        (
            empty,
            Kind::Invalid,
            "the text given cannot be used as `ca`: it holds no certificate, which would begin with \
             `-----BEGIN CERTIFICATE-----`; nothing was sent",
        ),
    ];
    for (tls, kind, message) in cases {
        let error = check(&Connection { tls: tls.clone(), ..Connection::default() }).unwrap_err();
        assert_eq!((error.kind, error.message.as_str()), (kind, message));
        let client = with_tls(tls);
        for _ in 0..2 {
            let error = error_of(call(&client, get("http://127.0.0.1:9")).await);
            assert_eq!((error.kind, error.message.as_str()), (kind, message));
        }
    }
}

#[test]
fn what_is_wrong_with_a_file_is_said_without_showing_it() {
    let authority = authority();
    let ((chain, key), (_, other_key)) = (certificate(&authority, "client"), certificate(&authority, "other"));
    let ca = |text: &str| Tls { ca: vec![pem(text)], ..Tls::default() };
    let own = |chain: &str, key: &str| {
        let client_cert = Some(ClientCertificate { chain: pem(chain), key: pem(key) });
        Tls { client_cert, ..Tls::default() }
    };
    let broken = chain.replacen("MI", "!!", 1);
    let endless = chain.replace("-----END", "");
    let damaged = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";
    let encrypted = key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let cases = [
        (ca(&key), "as `ca`: it holds something else than a certificate, such as a key"),
        (ca(&broken), "as `ca`: a block of it is not base64"),
        (ca(&endless), "as `ca`: a block of it has no `-----END` line"),
        (ca(damaged), "as `ca`: its certificate number 1 is damaged"),
        (own(&chain, &chain), "as `client_key`: it holds no private key, which would begin with"),
        (own(&chain, &encrypted), "as `client_key`: the key is encrypted; write it out with"),
        (own(&chain, &other_key), "as `client_cert`: the key (`client_key`) belongs to another certificate"),
    ];
    for (tls, part) in cases {
        let error = check(&Connection { tls, ..Connection::default() }).unwrap_err();
        assert!(error.message.contains(part), "{error}");
        assert!(!error.message.contains(&key[40..60]), "{error}");
    }
    let together = format!("{chain}{key}");
    assert_eq!(check(&Connection { tls: own(&together, &together), ..Connection::default() }), Ok(()));
    let der = Pem::Bytes(authority.der().to_vec().into());
    let error = check(&Connection { tls: Tls { ca: vec![der], ..Tls::default() }, ..Connection::default() });
    assert!(error.unwrap_err().message.contains("it is DER and not PEM"));
}
