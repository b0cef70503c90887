//! The client: builds reqwest's at first use, sends each request once, and hands the answer's head back.

use std::sync::OnceLock;
use std::time::Duration;

use super::answer;
use super::deadline::Deadline;
use super::failure::{self, fault};
use super::options::Options;
use super::prepare::{self, Prepared};
use super::route::{self, Elsewhere, Way};
use super::target::Target;
use super::tls;
use crate::wire::{
    Answer, BoxFuture, ConnectTo, Connection, Proxy, Request, Transport, TransportError, TransportErrorKind,
};

/// How long a connection may lie idle. Servers close theirs after 5 s or more: a request should not meet that moment,
/// since nobody could say whether it was executed.
const IDLE: Duration = Duration::from_secs(2);

/// A [`Transport`] over real sockets. Its connections belong to the tokio runtime of the first request; use one
/// client within one runtime.
///
/// ```
/// use callsheet::client::{Client, Options};
///
/// let client = Client::new(Options::default()); // nothing is read or connected yet
/// ```
#[derive(Debug)]
pub struct Client {
    options: Options,
    http: Lazy,
    /// For hosts that no proxy stands before.
    direct: Lazy,
    /// For each `connect_to`, so that a connection is never used for another host.
    elsewhere: Vec<Lazy>,
}

/// Built when first used.
type Lazy = OnceLock<Result<reqwest::Client, TransportError>>;

/// Looks at the files that these settings name. Other mistakes in them, and these too where nobody looks, are the error
/// of each request.
pub fn check(connection: &Connection) -> Result<(), TransportError> {
    let tls = &connection.tls;
    if tls.ca.is_empty() && tls.client_cert.is_none() { Ok(()) } else { tls::config(tls).map(drop) }
}

impl Client {
    /// A client with these options. Options that do not work (an unreadable `ca`, say) are the error of each request.
    pub fn new(options: Options) -> Self {
        let elsewhere = options.connection.connect_to.iter().map(|_| OnceLock::new()).collect();
        Self { options, http: OnceLock::new(), direct: OnceLock::new(), elsewhere }
    }

    fn http(&self, way: Way) -> Result<&reqwest::Client, TransportError> {
        let proxy = self.options.connection.proxy.as_ref().unwrap_or(&Proxy::System);
        let client = match way {
            Way::Proxy => self.http.get_or_init(|| build(&self.options, proxy)),
            Way::Direct => self.direct.get_or_init(|| build(&self.options, &Proxy::None)),
            Way::Elsewhere(index) => {
                let connect_to = &self.options.connection.connect_to[index];
                self.elsewhere[index].get_or_init(|| build_elsewhere(&self.options, connect_to))
            }
        };
        client.as_ref().map_err(TransportError::clone)
    }

    async fn exchange(&self, request: Request) -> Result<Answer, TransportError> {
        let deadline = Deadline::after(request.timeout);
        let target = Target::of(&request.url, &self.options.connection)?;
        let head_only = request.method == "HEAD";
        let response = deadline.within(self.send_once(&target, request)).await;
        let response = response.ok_or_else(|| deadline.no_answer(&target))??;
        Ok(answer::receive(response, head_only, target, deadline))
    }

    async fn send_once(&self, target: &Target, mut request: Request) -> Result<reqwest::Response, TransportError> {
        let http = self.http(target.way)?;
        if let Way::Elsewhere(index) = target.way {
            route::turn(&mut request, &self.options.connection.connect_to[index]);
        }
        let Prepared { request, trouble } = prepare::prepare(http, target, request).await?;
        http.execute(request).await.map_err(|error| match trouble.get() {
            // Part of the body is written, so the kind cannot be `File`.
            Some(cause) => fault(TransportErrorKind::Reset, format!("{cause} while it was sent to {target}")),
            None => failure::of_sending(target, &error, self.options.connect_timeout),
        })
    }
}

impl Transport for Client {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        Box::pin(self.exchange(request))
    }
}

fn build(options: &Options, proxy: &Proxy) -> Result<reqwest::Client, TransportError> {
    let builder = builder(options, tls::config(&options.connection.tls)?);
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

fn build_elsewhere(options: &Options, connect_to: &ConnectTo) -> Result<reqwest::Client, TransportError> {
    let mut tls = tls::config(&options.connection.tls)?;
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
