//! Reads JSON requests as liberally as the platform does.
//!
//! No content type is needed, no body counts as `{}`, unknown members are ignored and `null` is absence.

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::simulator::error::PlatformError;
use crate::simulator::request_log::Note;

/// The largest JSON body that is read.
const BODY_LIMIT: usize = 256 * 1024 * 1024;

/// What a call asks for.
#[derive(Debug, Clone)]
pub(super) struct Asked<T>(pub(super) T);

impl<S: Sync, T: DeserializeOwned> FromRequest<S> for Asked<T> {
    type Rejection = PlatformError;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Self::Rejection> {
        let body = read_json(request).await?;
        T::deserialize(body).map(Self).map_err(|error| PlatformError::bad_request(&error.to_string()))
    }
}

/// Reads a JSON body and writes it down for the log.
pub(super) async fn read_json(request: Request) -> Result<Value, PlatformError> {
    let (bytes, note) = read_bytes(request).await?;
    let text = bytes.trim_ascii();
    let body = if text.is_empty() {
        json!({})
    } else {
        serde_json::from_slice(text).map_err(|error| PlatformError::bad_request(&error.to_string()))?
    };
    let body = if body.is_null() { json!({}) } else { body };
    note.json(&body, &bytes);
    Ok(body)
}

/// Reads a whole body, and finds the note of its request.
pub(super) async fn read_bytes(request: Request) -> Result<(Bytes, Note), PlatformError> {
    let note = request.extensions().get::<Note>().cloned().unwrap_or_default();
    let bytes =
        to_bytes(request.into_body(), BODY_LIMIT).await.map_err(|_| PlatformError::body_too_large(BODY_LIMIT))?;
    Ok((bytes, note))
}
