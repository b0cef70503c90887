//! The way of a request: through a proxy, straight to the host that its URL names, or to another address in its place.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::Url;

use crate::wire::{ConnectTo, Connection, HostPort, Proxy, Request};

/// The way of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// As the settings of the proxy say.
    Proxy,
    /// To the host itself.
    Direct,
    /// To another address: the one of that number.
    Elsewhere(usize),
}

impl Way {
    /// The way to that URL.
    pub(super) fn to(url: &Url, connection: &Connection) -> Self {
        if let Some(index) = connection.connect_to.iter().position(|connect_to| connect_to.fits(url)) {
            return Self::Elsewhere(index);
        }
        let proxy = connection.proxy.as_ref().unwrap_or(&Proxy::System);
        let excepted = connection.no_proxy.iter().any(|no_proxy| no_proxy.fits(url));
        // No proxy of the system's reaches this very machine.
        let own = matches!(proxy, Proxy::System) && is_loopback(url);
        if excepted || own { Self::Direct } else { Self::Proxy }
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

/// Turns a request to its other address. The resolver gives the host; a port in the URL wins over the resolver's, so
/// the port is changed there, and `Host` says what the URL said.
pub(super) fn turn(request: &mut Request, connect_to: &ConnectTo) {
    let Some(port) = connect_to.to.port.filter(|port| request.url.port_or_known_default() != Some(*port)) else {
        return;
    };
    if request.headers.get("host").is_none() {
        let port = request.url.port().map(|port| format!(":{port}")).unwrap_or_default();
        request.headers.push("Host", format!("{}{port}", request.url.host_str().unwrap_or_default()));
    }
    // Fails only for URLs without a host, which are refused before.
    let _ = request.url.set_port(Some(port));
}

/// Finds one host whatever is looked for.
pub(super) struct Elsewhere(pub(super) HostPort);

impl Resolve for Elsewhere {
    fn resolve(&self, _name: Name) -> Resolving {
        let host = match &self.0.host {
            url::Host::Domain(name) => name.clone(),
            url::Host::Ipv4(address) => address.to_string(),
            url::Host::Ipv6(address) => address.to_string(),
        };
        Box::pin(async move {
            // Port 0 stands for the URL's.
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host, 0)).await?.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
