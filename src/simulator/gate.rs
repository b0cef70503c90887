//! What every request passes: injected resets, the log, latency.
//!
//! A request is executed when it arrives and its answer waits, as behind a slow network. A caller who gives up
//! waiting finds the call executed.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::Instant;

use super::options::ResetWhen;
use super::request_log::{Entry, Note, Noted};
use super::shared::Shared;

/// A response extension: the connection was reset, so there is no answer.
///
/// A server drops the connection when it finds it. A caller within the process must treat the response as a
/// lost connection and look at nothing else of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionReset {
    /// Whether the request was executed before.
    pub executed: bool,
}

/// The middleware.
pub(super) async fn gate(State(shared): State<Arc<Shared>>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let method = request.method().to_string();
    let latency = shared.latency_of(&path);
    let started_ms = shared.clock.elapsed_ms();
    let reset = shared.take_reset(&path);
    let note = Note::default();
    let response = if reset == Some(ResetWhen::BeforeExecution) {
        None
    } else {
        request.extensions_mut().insert(note.clone());
        Some(next.run(request).await)
    };

    let answer_at = Instant::now() + latency;
    let Noted { user, request, grant } = note.content();
    shared.log().add(Entry {
        n: 0,
        method,
        path,
        status: response.as_ref().map(|response| response.status().as_u16()),
        executed: response.is_some(),
        reset: reset.map(|when| match when {
            ResetWhen::BeforeExecution => "before",
            ResetWhen::AfterExecution => "after",
        }),
        started_ms,
        finished_ms: shared.clock.elapsed_ms() + u64::try_from(latency.as_millis()).unwrap_or(u64::MAX),
        user,
        request,
        grant,
    });
    if !latency.is_zero() {
        tokio::time::sleep_until(answer_at).await;
    }
    match (response, reset) {
        (Some(response), None) => response,
        (response, _) => lost_connection(response.is_some()),
    }
}

fn lost_connection(executed: bool) -> Response {
    let mut response = StatusCode::BAD_GATEWAY.into_response();
    response.extensions_mut().insert(ConnectionReset { executed });
    response
}
