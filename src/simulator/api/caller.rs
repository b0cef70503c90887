//! Who calls: reads and verifies the bearer token of every platform call.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use serde_json::Value;

use crate::simulator::error::PlatformError;
use crate::simulator::request_log::Note;
use crate::simulator::shared::Shared;

/// The holder of a valid token: a user or the client's service account.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// The UUID.
    pub(super) id: String,
    /// The user name, or the client id.
    name: String,
}

/// The middleware that lets only valid tokens pass.
pub(super) async fn require_token(State(shared): State<Arc<Shared>>, mut request: Request, next: Next) -> Response {
    match caller_of(&shared, request.headers()) {
        Ok(caller) => {
            if let Some(note) = request.extensions().get::<Note>() {
                note.user(&caller.name);
            }
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(refusal) => {
            // A client that is still sending would not see an answer before it is done.
            let mut body = request.into_body();
            while let Some(Ok(_)) = body.frame().await {}
            refusal.into_response()
        }
    }
}

fn caller_of(shared: &Shared, headers: &HeaderMap) -> Result<Caller, PlatformError> {
    let token = bearer_token(headers).ok_or_else(|| PlatformError::unauthorized("a bearer token is needed"))?;
    let claims = shared
        .signer
        .verify(token)
        .filter(|claims| claims["typ"] == "Bearer")
        .ok_or_else(|| PlatformError::unauthorized("the token is not valid"))?;
    let now = shared.clock.now().as_second();
    if claims["exp"].as_i64().is_none_or(|expiry| expiry <= now) || shared.is_expired(token) {
        return Err(PlatformError::unauthorized("the token has expired"));
    }
    let subject = claims["sub"].as_str().unwrap_or_default();
    let platform = shared.platform();
    match platform.user(subject) {
        Some(user) if user.enabled => Ok(Caller { id: user.id.clone(), name: user.username.clone() }),
        Some(_) => Err(PlatformError::unauthorized("the user is deactivated")),
        None if subject == platform.service_account() => {
            Ok(Caller { id: subject.to_owned(), name: client_of(&claims) })
        }
        None => Err(PlatformError::unauthorized("the token's user does not exist")),
    }
}

/// The token that a request brings.
pub(in crate::simulator) fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn client_of(claims: &Value) -> String {
    claims["azp"].as_str().unwrap_or_default().to_owned()
}
