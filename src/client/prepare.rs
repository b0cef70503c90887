//! Makes reqwest's request of ours: checks what can be checked, opens the files, counts the length. Sends nothing.

use std::path::Path;

use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING};
use reqwest::{Client, Method};

use super::failure::fault;
use super::multipart::Boundary;
use super::payload::{self, OpenFile, Piece, Trouble};
use super::target::Target;
use crate::wire::{Body, Headers, Part, PartContent, Request, TransportError, TransportErrorKind};

/// A request ready to go, and the place where its files report trouble.
pub(super) struct Prepared {
    pub(super) request: reqwest::Request,
    pub(super) trouble: Trouble,
}

/// Why a request cannot go: its kind and one clause for a person.
type Refusal = (TransportErrorKind, String);

/// Builds the request. Its error means that nothing was sent.
pub(super) async fn prepare(http: &Client, target: &Target, request: Request) -> Result<Prepared, TransportError> {
    build(http, request).await.map_err(|(kind, clause)| fault(kind, format!("{clause}; nothing was sent to {target}")))
}

async fn build(http: &Client, request: Request) -> Result<Prepared, Refusal> {
    let method = Method::from_bytes(request.method.as_bytes())
        .map_err(|_| invalid(format!("{:?} is not a method", request.method)))?;
    let mut headers = header_map(&request.headers)?;
    let content = Content::of(request.body).await?;
    if let Some(content_type) = &content.content_type {
        headers.insert(CONTENT_TYPE, header_value("content-type", content_type)?);
    }
    set_length(&mut headers, &method, content.length())?;

    // Through the builder rather than `Request::new`: it turns the URL's user and password into a header.
    let mut built = http
        .request(method, request.url)
        .headers(headers)
        .build()
        .map_err(|_| invalid("the URL cannot be sent".to_owned()))?;
    let trouble = Trouble::default();
    *built.body_mut() = content.into_body(&trouble);
    Ok(Prepared { request: built, trouble })
}

fn invalid(clause: String) -> Refusal {
    (TransportErrorKind::Invalid, clause)
}

fn header_map(headers: &Headers) -> Result<HeaderMap, Refusal> {
    let mut map = HeaderMap::new();
    for (name, value) in headers.iter() {
        let key = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| invalid(format!("{name:?} is not a name of a header")))?;
        // The body's length decides the framing; two opinions on it would be a smuggled request.
        if key == TRANSFER_ENCODING {
            return Err(invalid(format!("`{name}` cannot be set: the length of the body is known")));
        }
        map.append(key, header_value(name, value)?);
    }
    Ok(map)
}

fn header_value(name: &str, value: &str) -> Result<HeaderValue, Refusal> {
    // The value may be a secret, so it is not shown.
    HeaderValue::from_bytes(value.as_bytes())
        .map_err(|_| invalid(format!("the value of the header `{name}` holds a line break or control character")))
}

/// Sets `Content-Length`: for a body, and for a method that usually has one (RFC 9110, 8.6).
fn set_length(headers: &mut HeaderMap, method: &Method, length: u64) -> Result<(), Refusal> {
    let wanted = headers.get_all(CONTENT_LENGTH).iter().find(|value| value.as_bytes() != length.to_string().as_bytes());
    if let Some(wanted) = wanted {
        let wanted = String::from_utf8_lossy(wanted.as_bytes());
        return Err(invalid(format!("`Content-Length` is set to {wanted}, but the body has {length} bytes")));
    }
    headers.remove(CONTENT_LENGTH);
    if length > 0 || [Method::POST, Method::PUT, Method::PATCH].contains(method) {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    Ok(())
}

/// A body with its files open.
struct Content {
    pieces: Vec<Piece>,
    content_type: Option<String>,
}

impl Content {
    async fn of(body: Body) -> Result<Self, Refusal> {
        let pieces = match body {
            Body::Empty => Vec::new(),
            Body::Bytes(bytes) => vec![Piece::Bytes(bytes)],
            Body::File(path) => vec![open(&path).await?],
            Body::Multipart(parts) => return Self::of_parts(parts).await,
        };
        Ok(Self { pieces, content_type: None })
    }

    async fn of_parts(parts: Vec<Part>) -> Result<Self, Refusal> {
        let boundary = Boundary::random();
        let mut pieces = Vec::with_capacity(parts.len() * 3 + 1);
        for part in parts {
            pieces.push(Piece::Bytes(boundary.before(&part).map_err(invalid)?));
            pieces.push(match part.content {
                PartContent::Bytes(bytes) => Piece::Bytes(bytes),
                PartContent::File(path) => open(&path).await?,
            });
            pieces.push(Piece::Bytes(boundary.after()));
        }
        pieces.push(Piece::Bytes(boundary.end()));
        Ok(Self { pieces, content_type: Some(boundary.content_type()) })
    }

    fn length(&self) -> u64 {
        self.pieces.iter().map(Piece::length).sum()
    }

    fn into_body(self, trouble: &Trouble) -> Option<reqwest::Body> {
        match self.pieces.as_slice() {
            [] => None,
            [Piece::Bytes(bytes)] => Some(reqwest::Body::from(bytes.clone())),
            _ => Some(reqwest::Body::wrap_stream(payload::stream(self.pieces, trouble))),
        }
    }
}

async fn open(path: &Path) -> Result<Piece, Refusal> {
    OpenFile::open(path).await.map(Piece::File).map_err(|clause| (TransportErrorKind::File, clause))
}
