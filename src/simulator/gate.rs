//! What every request passes: faults, the log, latency.
//!
//! A request is executed when it arrives and its answer waits, as behind a slow network. A caller who gives up
//! waiting finds the call executed.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use http_body_util::BodyExt;
use serde_json::json;
use tokio::time::Instant;
use tower::ServiceExt;

use super::api;
use super::faults::{Effect, FaultBody, FaultStatus, Spoil, Strike, spoiled};
use super::options::ResetWhen;
use super::reply::Reply;
use super::request_log::{Entry, Note, Noted};
use super::shared::Shared;

/// Lets a request through to the router, or does to it what the plan of faults says.
pub(super) async fn pass(shared: &Shared, router: Router, request: Request) -> Reply {
    let path = request.uri().path().to_owned();
    let method = request.method().to_string();
    let started_ms = shared.clock.elapsed_ms();
    let Strike { latency, effect, drip, refuse, hits } = shared.faults().strike(&method, &path);
    let note = Note::default();
    let executed = execute(shared, router, request, &note, effect.as_ref()).await;

    let answer_at = Instant::now() + latency;
    let Noted { user, request, grant } = note.content();
    shared.log().add(Entry {
        n: 0,
        method,
        path,
        status: executed.as_ref().map(|response| response.status().as_u16()),
        executed: executed.is_some(),
        faults: hits,
        started_ms,
        finished_ms: shared.clock.elapsed_ms() + u64::try_from(latency.as_millis()).unwrap_or(u64::MAX),
        user,
        request,
        grant,
    });
    if !latency.is_zero() {
        tokio::time::sleep_until(answer_at).await;
    }
    if let Some(refuse) = refuse {
        shared.refuse_for(refuse);
    }
    reply(executed, effect, drip).await
}

/// The platform's answer; nothing where a fault keeps the request from being executed.
async fn execute(
    shared: &Shared,
    router: Router,
    mut request: Request,
    note: &Note,
    effect: Option<&Effect>,
) -> Option<Response> {
    match effect {
        Some(Effect::Reset(ResetWhen::BeforeExecution)) => return None,
        Some(Effect::Status(FaultStatus { execute: false, .. })) => {
            // A client that is still sending would not see an answer before it is done.
            let mut body = request.into_body();
            while let Some(Ok(_)) = body.frame().await {}
            return None;
        }
        Some(Effect::ExpireToken) => {
            if let Some(token) = api::bearer_token(request.headers()) {
                shared.expire(token);
            }
        }
        _ => {}
    }
    request.extensions_mut().insert(note.clone());
    match router.oneshot(request).await {
        Ok(response) => Some(response),
        Err(never) => match never {},
    }
}

/// What the caller gets.
async fn reply(executed: Option<Response>, effect: Option<Effect>, drip: Option<Duration>) -> Reply {
    let spoil = match &effect {
        Some(Effect::Truncate(cut)) => Spoil { cut: Some(*cut), drip, ..Spoil::default() },
        Some(Effect::Malformed) => Spoil { malformed: true, drip, ..Spoil::default() },
        _ => Spoil { drip, ..Spoil::default() },
    };
    match (executed, effect) {
        (executed, Some(Effect::Reset(_))) => Reply::Reset { executed: executed.is_some() },
        (_, Some(Effect::Status(status))) => Reply::Answer(spoiled(invented(status), spoil).await),
        (Some(response), _) => Reply::Answer(spoiled(response, spoil).await),
        (None, _) => unreachable!("only a reset or a status keeps a request from being executed"),
    }
}

/// An answer that the platform has not given.
fn invented(fault: FaultStatus) -> Response {
    let FaultStatus { status, retry_after, body, .. } = fault;
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match body {
        _ if matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) => status.into_response(),
        Some(FaultBody::Text(text)) => {
            (status, [(CONTENT_TYPE, "text/plain")], Body::from(Bytes::from(text))).into_response()
        }
        Some(FaultBody::Json(value)) => (status, Json(value)).into_response(),
        None => {
            let reason = status.canonical_reason().unwrap_or("Injected fault");
            (status, Json(json!({ "msg": reason, "code": status.as_u16() }))).into_response()
        }
    };
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}
