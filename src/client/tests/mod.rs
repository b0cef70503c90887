//! The client against servers written by hand, over real sockets on a single thread.

mod answers;
mod bodies;
mod connections;
mod failures;
mod files;
mod secure;
mod server;

use std::time::Duration;

use bytes::Bytes;

use super::{Client, Connection, Options, Proxy};
use crate::wire::{Answer, Body, Headers, Request, Transport, TransportError};

/// A client that no environment can send elsewhere.
fn client() -> Client {
    connecting(Connection { proxy: Some(Proxy::None), ..Connection::default() })
}

fn connecting(connection: Connection) -> Client {
    Client::new(Options { connection, ..Options::default() })
}

fn get(url: &str) -> Request {
    request("GET", url, Body::Empty)
}

fn post(url: &str, body: impl Into<Bytes>) -> Request {
    request("POST", url, Body::Bytes(body.into()))
}

fn request(method: &str, url: &str, body: Body) -> Request {
    Request {
        method: method.to_owned(),
        url: url.parse().expect("the test's URL is one"),
        headers: Headers::default(),
        body,
        timeout: Duration::from_secs(30),
        connection: Default::default(),
    }
}

/// Sends and reads to the end.
async fn call(client: &Client, request: Request) -> Result<(Answer, Vec<u8>), TransportError> {
    let mut answer = client.send(request).await?;
    let mut body = Vec::new();
    while let Some(chunk) = answer.body.chunk().await? {
        body.extend_from_slice(&chunk);
    }
    Ok((answer, body))
}

/// The error of a call that must have one.
#[track_caller]
fn error_of(outcome: Result<(Answer, Vec<u8>), TransportError>) -> TransportError {
    outcome.map(|(answer, _)| answer.status).expect_err("the call fails")
}
