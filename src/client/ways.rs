//! The clients of reqwest for one way of connecting: each is built when it is first used, and shared by all requests
//! that connect like that.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::failure::{self, fault};
use super::options::Options;
use super::route::{Elsewhere, Way};
use super::send::IDLE;
use super::tls;
use crate::wire::{ConnectTo, Connection, Proxy, TransportError, TransportErrorKind};

/// Every way of connecting that was asked for.
#[derive(Debug, Default)]
pub(super) struct AllWays(Mutex<Vec<(Arc<Connection>, Arc<Ways>)>>);

impl AllWays {
    /// The clients for requests that ask for this, with the options laid over it.
    pub(super) fn of(&self, asked: &Arc<Connection>, options: &Options) -> Arc<Ways> {
        // Nobody panics while holding it, and what is in it is whole at any time.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = known.iter().find(|(other, _)| Arc::ptr_eq(other, asked) || other == asked);
        if let Some((_, ways)) = same {
            return Arc::clone(ways);
        }
        let ways = Arc::new(Ways::new(asked.overlaid(&options.connection)));
        known.push((Arc::clone(asked), Arc::clone(&ways)));
        ways
    }
}

/// The clients for one way of connecting.
#[derive(Debug)]
pub(super) struct Ways {
    pub(super) connection: Connection,
    http: Lazy,
    /// For hosts that no proxy stands before.
    direct: Lazy,
    /// For each `connect_to`, so that a connection is never used for another host.
    elsewhere: Vec<Lazy>,
}

/// Built when first used.
type Lazy = OnceLock<Result<reqwest::Client, TransportError>>;

impl Ways {
    fn new(connection: Connection) -> Self {
        let elsewhere = connection.connect_to.iter().map(|_| OnceLock::new()).collect();
        Self { connection, http: OnceLock::new(), direct: OnceLock::new(), elsewhere }
    }

    pub(super) fn client(&self, way: Way, options: &Options) -> Result<&reqwest::Client, TransportError> {
        let connection = &self.connection;
        let proxy = connection.proxy.as_ref().unwrap_or(&Proxy::System);
        let client = match way {
            Way::Proxy => self.http.get_or_init(|| build(connection, options, proxy)),
            Way::Direct => self.direct.get_or_init(|| build(connection, options, &Proxy::None)),
            Way::Elsewhere(index) => {
                let connect_to = &connection.connect_to[index];
                self.elsewhere[index].get_or_init(|| build_elsewhere(connection, options, connect_to))
            }
        };
        client.as_ref().map_err(TransportError::clone)
    }
}

fn build(connection: &Connection, options: &Options, proxy: &Proxy) -> Result<reqwest::Client, TransportError> {
    let builder = builder(options, tls::config(&connection.tls)?);
    let builder = match proxy {
        Proxy::System => builder,
        Proxy::None => builder.no_proxy(),
        Proxy::Url(url) => {
            let proxy = reqwest::Proxy::all(url.clone()).map_err(|error| unusable("the proxy", &error))?;
            builder.no_proxy().proxy(proxy)
        }
    };
    builder.build().map_err(|error| unusable("the client's options", &error))
}

fn build_elsewhere(
    connection: &Connection,
    options: &Options,
    connect_to: &ConnectTo,
) -> Result<reqwest::Client, TransportError> {
    let mut tls = tls::config(&connection.tls)?;
    // HTTP/2 has no `Host` beside the URL's, whose port is changed.
    if connect_to.to.port.is_some() {
        tls.alpn_protocols.retain(|protocol| protocol == b"http/1.1");
    }
    let builder = builder(options, tls).no_proxy().dns_resolver(Elsewhere(connect_to.to.clone()));
    builder.build().map_err(|error| unusable("the client's options", &error))
}

fn builder(options: &Options, tls: rustls::ClientConfig) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .user_agent(&options.user_agent)
        .connect_timeout(options.connect_timeout)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(usize::MAX)
        .tcp_nodelay(true)
        .gzip(true)
}

fn unusable(what: &str, error: &reqwest::Error) -> TransportError {
    let message = format!("{what} cannot be used: {}; nothing was sent", failure::root_in_words(error));
    fault(TransportErrorKind::Invalid, message)
}
