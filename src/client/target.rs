//! The server a request goes to, as messages name it: scheme, host and port. The rest of a URL never gets here.

use std::fmt;

use url::Url;

use super::failure::fault;
use super::route::Way;
use crate::wire::{Connection, Proxy, TransportError, TransportErrorKind};

/// Where a request goes.
#[derive(Clone, Debug)]
pub(super) struct Target {
    origin: String,
    /// The proxy or the other address that the connection is made to, in words.
    detour: Option<String>,
    /// Whether the connection is TLS.
    pub(super) secure: bool,
    /// The way there.
    pub(super) way: Way,
}

impl Target {
    /// The server of that URL, reached in that way. The error is of kind `Invalid`.
    pub(super) fn of(url: &Url, connection: &Connection) -> Result<Self, TransportError> {
        let way = Way::to(url, connection);
        if let (Way::Elsewhere(_), Some(Proxy::Url(proxy))) = (way, &connection.proxy)
            && !connection.no_proxy.iter().any(|no_proxy| no_proxy.fits(url))
        {
            let host = url.host_str().unwrap_or_default();
            let message = format!(
                "`{host}` is to be reached through the proxy {} and by `connect_to`, and only one can be: name it under \
                 `no_proxy`, or leave one of them out; nothing was sent",
                origin(proxy)
            );
            return Err(fault(TransportErrorKind::Invalid, message));
        }
        let detour = match (way, &connection.proxy) {
            (Way::Proxy, Some(Proxy::Url(proxy))) => Some(format!("through the proxy {}", origin(proxy))),
            (Way::Elsewhere(index), _) => Some(format!("at {}, as `connect_to` says", connection.connect_to[index].to)),
            _ => None,
        };
        match url.scheme() {
            "http" | "https" if url.has_host() => {
                Ok(Self { origin: origin(url), detour, secure: url.scheme() == "https", way })
            }
            scheme => Err(fault(
                TransportErrorKind::Invalid,
                format!("cannot send to a `{scheme}` URL: only `http` and `https` can be called"),
            )),
        }
    }

    /// The error of a proxy that has answered itself, because it wants to know who asks.
    pub(super) fn refused_by_proxy(&self, status: u16) -> Option<TransportError> {
        let detour = self.detour.as_ref().filter(|_| self.way == Way::Proxy && !self.secure && status == 407)?;
        let message = format!(
            "{} cannot be reached {detour}: the proxy asks for a user and a password (407); write them in its URL, as \
             in `http://USER:PASSWORD@HOST:PORT`",
            self.origin
        );
        Some(fault(TransportErrorKind::Invalid, message))
    }

    /// The route in words, for errors of connecting: the proxy may be the one that did not answer.
    pub(super) fn route(&self) -> String {
        match &self.detour {
            Some(detour) => format!("{} {detour}", self.origin),
            None => self.origin.clone(),
        }
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
