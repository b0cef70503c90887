//! HTTP as the runner sees it: a request, an answer read piece by piece, what can go wrong on the way, and the
//! [`Transport`] that carries it.
//!
//! Nothing here knows a client library. A transport sends exactly once: it never retries, resends or follows a
//! redirect by itself, so that every request on the wire has its own line in the journal.

mod connection;
mod event_stream;

use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

pub use connection::{ClientCertificate, ConnectTo, Connection, HostPort, NoProxy, Pem, Proxy, Tls};
pub(crate) use event_stream::{EventStream, StreamEvent, is_event_stream};

/// A future that a trait object hands out.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Bytes as lower-case hexadecimal digits, as the digest of a body is written.
pub fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).expect("half a byte is a digit");
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The SHA-256 of bytes that are there as a whole, hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hexadecimal(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref())
}

/// The method of a request that is no request: a program that is run. Its exit code stands for the status.
pub const EXEC: &str = "exec";

/// Whether a status is one of those that say that the request was understood and done (RFC 9110, section 15.3).
pub(crate) fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}

/// The method after a redirect (RFC 9110, section 15.4). Where it is another one, the request was taken: the answer says
/// where to see what came of it.
pub fn method_after(status: u16, method: &str) -> &str {
    match (status, method) {
        (303, "HEAD") => "HEAD",
        (303, _) | (301 | 302, "POST") => "GET",
        _ => method,
    }
}

/// Header fields in order; names in lower case on answers, as written on requests. Values are text; bytes that are
/// not UTF-8 are replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Headers(pub Vec<(String, String)>);

impl Headers {
    /// The first value of that name, whatever its case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Adds a field.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// Name and value of each field.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// A request, complete.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The method, upper case.
    pub method: String,
    /// The absolute URL, query included.
    pub url: url::Url,
    /// The header fields; `Host`, `Content-Length` and the multipart boundary are the transport's.
    pub headers: Headers,
    /// The body.
    pub body: Body,
    /// How long the whole exchange may take, from connecting to the last byte of the answer.
    pub timeout: Duration,
    /// How its connection is to come about.
    pub connection: Arc<Connection>,
}

/// A request's body.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// None.
    Empty,
    /// Bytes in memory.
    Bytes(Bytes),
    /// A file, streamed; opened anew for each send.
    File(PathBuf),
    /// `multipart/form-data` (RFC 7578).
    Multipart(Vec<Part>),
}

/// One part of a multipart body.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The field's name.
    pub name: String,
    /// The file name, where the part has one.
    pub filename: Option<String>,
    /// The part's media type.
    pub content_type: Option<String>,
    /// The content: bytes or a file.
    pub content: PartContent,
}

/// What a part holds.
#[derive(Clone, Debug, PartialEq)]
pub enum PartContent {
    /// Bytes in memory.
    Bytes(Bytes),
    /// A file, streamed.
    File(PathBuf),
}

/// The head of an answer; the body is still to be read.
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The header fields, names in lower case.
    pub headers: Headers,
    /// The body, decoded from its content coding.
    pub body: Box<dyn BodyReader>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Answer").field("status", &self.status).field("headers", &self.headers).finish()
    }
}

/// The body of an answer, a chunk at a time.
pub trait BodyReader: Send {
    /// The next chunk; `None` at the end. An error means that the answer is truncated.
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>>;
}

/// A body that is already there.
pub struct WholeBody(pub Option<Bytes>);

impl BodyReader for WholeBody {
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        let chunk = self.0.take().filter(|bytes| !bytes.is_empty());
        Box::pin(std::future::ready(Ok(chunk)))
    }
}

/// What went wrong between us and the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransportErrorKind {
    /// The host's name has no address.
    Resolve,
    /// Nobody listens, or the network is unreachable.
    Refused,
    /// The TLS handshake failed.
    Tls,
    /// Connecting took too long.
    ConnectTimeout,
    /// The answer took too long.
    Timeout,
    /// The connection broke after the request was (partly) written and before an answer came.
    Reset,
    /// The answer broke off.
    Truncated,
    /// What came is not HTTP.
    Protocol,
    /// A file of the request cannot be read.
    File,
    /// The request could not be built (a header value with a line break, say).
    Invalid,
    /// The answer is larger than the limit (only in older journals).
    TooLarge,
}

impl TransportErrorKind {
    /// Whether the server surely did not execute the request.
    pub fn surely_not_executed(self) -> bool {
        use TransportErrorKind::{ConnectTimeout, File, Invalid, Refused, Resolve, Tls};
        matches!(self, Resolve | Refused | Tls | ConnectTimeout | Invalid | File)
    }

    /// Whether it is one of the errors that `retry.on: connect` names.
    pub fn is_connect(self) -> bool {
        use TransportErrorKind::{ConnectTimeout, Refused, Resolve, Tls};
        matches!(self, Resolve | Refused | Tls | ConnectTimeout)
    }
}

/// A request that got no (whole) answer. The message names host, port and cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransportError {
    /// Which kind of trouble.
    pub kind: TransportErrorKind,
    /// One line: what was tried, at which host and port, and the cause.
    pub message: String,
}

impl fmt::Display for TransportError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for TransportError {}

/// Carries one request to its server and brings the head of the answer back.
pub trait Transport: Send + Sync {
    /// Sends the request once. Dropping the future drops the connection.
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>>;
}

impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        (**self).send(request)
    }
}
