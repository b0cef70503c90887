//! Bodies that break off, that are not what they are announced as, or that come slowly.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_LENGTH;
use axum::response::Response;
use futures_util::stream;
use http_body_util::BodyExt;

use super::plan::Cut;

/// What is done to a body.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::simulator) struct Spoil {
    pub(in crate::simulator) cut: Option<Cut>,
    pub(in crate::simulator) malformed: bool,
    pub(in crate::simulator) drip: Option<Duration>,
}

/// So many pieces a slow body has at most.
const PIECES: usize = 20;

/// What stands in the place of the second half of a malformed body.
const MALFORMATION: &[u8] = b"<!-- malformed";

/// The answer with its body spoilt. Reading one that is cut ends with an error.
pub(in crate::simulator) async fn spoiled(response: Response, spoil: Spoil) -> Response {
    let Spoil { cut, malformed, drip } = spoil;
    if cut.is_none() && !malformed && drip.is_none() {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let mut bytes = match body.collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => return Response::from_parts(head, Body::from_stream(stream::iter([Err::<Bytes, _>(error)]))),
    };
    if malformed {
        bytes = [&bytes[..bytes.len() / 2], MALFORMATION].concat().into();
    }
    let mut announced = bytes.len();
    if let Some(cut) = cut {
        let kept = match cut {
            Cut::Half => bytes.len() / 2,
            Cut::After(kept) => kept.min(bytes.len()),
        };
        announced = announced.max(kept + 1);
        bytes.truncate(kept);
    }
    head.headers.insert(CONTENT_LENGTH, announced.into());
    Response::from_parts(head, paced(bytes, drip.unwrap_or_default(), cut.is_some()))
}

/// What is left of a body that comes in pieces.
struct Rest {
    pieces: VecDeque<Bytes>,
    pause: Duration,
    breaks_off: bool,
}

fn paced(mut bytes: Bytes, over: Duration, breaks_off: bool) -> Body {
    let size = if over.is_zero() { bytes.len() } else { bytes.len().div_ceil(PIECES) };
    let mut pieces = VecDeque::new();
    while !bytes.is_empty() {
        pieces.push_back(bytes.split_to(size.min(bytes.len())));
    }
    let pause = over / u32::try_from(pieces.len()).unwrap_or(u32::MAX).max(1);
    Body::from_stream(stream::unfold(Rest { pieces, pause, breaks_off }, next))
}

async fn next(mut rest: Rest) -> Option<(io::Result<Bytes>, Rest)> {
    if let Some(piece) = rest.pieces.pop_front() {
        if !rest.pause.is_zero() {
            tokio::time::sleep(rest.pause).await;
        }
        return Some((Ok(piece), rest));
    }
    if !std::mem::take(&mut rest.breaks_off) {
        return None;
    }
    // The server writes out what it has while this is pending; an error at once would take all of it back.
    tokio::task::yield_now().await;
    let error = io::Error::new(io::ErrorKind::UnexpectedEof, "the answer breaks off on purpose");
    Some((Err(error), rest))
}
