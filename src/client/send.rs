//! The client: sends each request once, in the way it asks for, and hands the answer's head back.

use std::time::Duration;

use super::answer;
use super::deadline::Deadline;
use super::failure::{self, fault};
use super::options::Options;
use super::prepare::{self, Prepared};
use super::route::{self, Way};
use super::target::Target;
use super::tls;
use super::ways::{AllWays, Ways};
use crate::wire::{Answer, BoxFuture, Connection, Request, Transport, TransportError, TransportErrorKind};

/// How long a connection may lie idle. Servers close theirs after 5 s or more: a request should not meet that moment,
/// since nobody could say whether it was executed.
pub(super) const IDLE: Duration = Duration::from_secs(2);

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
    ways: AllWays,
}

/// Looks at the files that these settings name. Other mistakes in them, and these too where nobody looks, are the error
/// of each request.
pub fn check(connection: &Connection) -> Result<(), TransportError> {
    let tls = &connection.tls;
    if tls.ca.is_empty() && tls.client_cert.is_none() { Ok(()) } else { tls::config(tls).map(drop) }
}

impl Client {
    /// A client with these options. Options that do not work (an unreadable `ca`, say) are the error of each request.
    pub fn new(options: Options) -> Self {
        Self { options, ways: AllWays::default() }
    }

    async fn exchange(&self, request: Request) -> Result<Answer, TransportError> {
        let deadline = Deadline::after(request.timeout);
        let ways = self.ways.of(&request.connection, &self.options);
        let target = Target::of(&request.url, &ways.connection)?;
        let head_only = request.method == "HEAD";
        let response = deadline.within(self.send_once(&ways, &target, request)).await;
        let response = response.ok_or_else(|| deadline.no_answer(&target))??;
        if let Some(error) = target.refused_by_proxy(response.status().as_u16()) {
            return Err(error);
        }
        Ok(answer::receive(response, head_only, target, deadline))
    }

    async fn send_once(
        &self,
        ways: &Ways,
        target: &Target,
        mut request: Request,
    ) -> Result<reqwest::Response, TransportError> {
        let http = ways.client(target.way, &self.options)?;
        if let Way::Elsewhere(index) = target.way {
            route::turn(&mut request, &ways.connection.connect_to[index]);
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
