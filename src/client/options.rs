//! How a client connects: time limits, and what a playbook or a person says of connections. Values only; reading them
//! is `tls`'s, `route`'s and `send`'s work.

use std::time::Duration;

use crate::wire::Connection;

/// Settings of a [`Client`](super::Client).
#[derive(Clone, Debug)]
pub struct Options {
    /// How long looking up the name, connecting and the TLS handshake may take together.
    pub connect_timeout: Duration,
    /// The `User-Agent` of requests that set none.
    pub user_agent: String,
    /// Whom to trust, through which proxy requests go, and to which addresses: laid over what each request says.
    pub connection: Connection,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            user_agent: concat!("callsheet/", env!("CARGO_PKG_VERSION")).to_owned(),
            connection: Connection::default(),
        }
    }
}
