//! The server a request goes to, as messages name it: scheme, host and port. The rest of a URL never gets here.

use std::fmt;

use url::Url;

use super::failure::fault;
use super::options::Proxy;
use crate::wire::{TransportError, TransportErrorKind};

/// Where a request goes.
#[derive(Clone, Debug)]
pub(super) struct Target {
    origin: String,
    proxy: Option<String>,
    /// Whether the connection is TLS.
    pub(super) secure: bool,
    /// Whether the server is on this very machine.
    pub(super) loopback: bool,
}

impl Target {
    /// The server of that URL, reached through that proxy. The error is of kind `Invalid`.
    pub(super) fn of(url: &Url, proxy: &Proxy) -> Result<Self, TransportError> {
        let proxy = match proxy {
            Proxy::Url(proxy) => Some(origin(proxy)),
            Proxy::System | Proxy::None => None,
        };
        let target = Self { origin: origin(url), proxy, secure: url.scheme() == "https", loopback: is_loopback(url) };
        match url.scheme() {
            "http" | "https" if url.has_host() => Ok(target),
            scheme => Err(fault(
                TransportErrorKind::Invalid,
                format!("cannot send to a `{scheme}` URL: only `http` and `https` can be called"),
            )),
        }
    }

    /// The route in words, for errors of connecting: the proxy may be the one that did not answer.
    pub(super) fn route(&self) -> String {
        match &self.proxy {
            Some(proxy) => format!("{} through the proxy {proxy}", self.origin),
            None => self.origin.clone(),
        }
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.origin)
    }
}

/// Scheme, host and port: what may be shown of a URL.
pub(super) fn origin(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port_or_known_default() {
        Some(port) => format!("{}://{host}:{port}", url.scheme()),
        None => format!("{}://{host}", url.scheme()),
    }
}
