//! How a client connects: time limits, proxy, TLS. Values only; reading them is `tls`'s and `send`'s work.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use url::Url;

use super::target::origin;

/// Settings of a [`Client`](super::Client).
#[derive(Clone, Debug)]
pub struct Options {
    /// How long looking up the name, connecting and the TLS handshake may take together.
    pub connect_timeout: Duration,
    /// The `User-Agent` of requests that set none.
    pub user_agent: String,
    /// Through which proxy requests go.
    pub proxy: Proxy,
    /// Whom to trust, and how to identify.
    pub tls: Tls,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            user_agent: concat!("callsheet/", env!("CARGO_PKG_VERSION")).to_owned(),
            proxy: Proxy::System,
            tls: Tls::default(),
        }
    }
}

/// The proxy in front of all hosts.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Proxy {
    /// What the environment says: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`, or the system's settings.
    #[default]
    System,
    /// None, whatever the environment says.
    None,
    /// This one; a user and password in the URL are sent to it.
    Url(Url),
}

impl fmt::Debug for Proxy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => formatter.write_str("System"),
            Self::None => formatter.write_str("None"),
            // The URL may hold a password.
            Self::Url(url) => write!(formatter, "Url({})", origin(url)),
        }
    }
}

/// TLS settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// Certificates of authorities trusted besides the system's.
    pub ca: Vec<Pem>,
    /// The certificate that identifies us to the server.
    pub client_cert: Option<ClientCertificate>,
    /// Accept any certificate of any host.
    pub insecure: bool,
}

/// A certificate of ours, with its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The certificate, then the intermediate ones.
    pub chain: Pem,
    /// The private key (PKCS#8, PKCS#1 or SEC1, not encrypted).
    pub key: Pem,
}

/// Text in PEM form, from a file or from memory.
#[derive(Clone, PartialEq, Eq)]
pub enum Pem {
    /// A file, read when the client is first used.
    File(PathBuf),
    /// The text itself.
    Bytes(Bytes),
}

impl fmt::Debug for Pem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => formatter.debug_tuple("File").field(path).finish(),
            // It may be a private key.
            Self::Bytes(bytes) => write!(formatter, "Bytes({} bytes)", bytes.len()),
        }
    }
}
