//! The calls over HTTP: thin handlers that read a request, ask the state, and shape the answer.

mod assays;
mod caller;
mod deployments;
mod inference_form;
mod inferences;
mod json_body;
mod models;
mod pipelines;
mod simulator_calls;
mod tokens;
mod uploads;
mod users;
mod workspaces;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::http::HeaderMap;
use axum::routing::post;
use axum::{Json, Router, middleware};
use serde_json::{Value, json};

pub(super) use self::caller::bearer_token;
use self::json_body::Asked;
use super::error::PlatformError;
use super::shared::Shared;

/// Where the simulator's own calls are.
const OWN: &str = "/_simulator";

/// Whether a path is one of the simulator's own calls, which know neither faults nor the log.
pub(super) fn is_own(path: &str) -> bool {
    path.strip_prefix(OWN).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// All calls of a simulator.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    let platform = Router::new()
        .merge(users::routes())
        .merge(workspaces::routes())
        .merge(models::routes())
        .merge(uploads::routes())
        .merge(pipelines::routes())
        .merge(deployments::routes())
        .merge(inferences::routes())
        .merge(assays::routes())
        .route("/features/list", post(list_features))
        .fallback(async || PlatformError::no_such_call())
        .method_not_allowed_fallback(async || PlatformError::method_not_allowed())
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), caller::require_token))
        .layer(DefaultBodyLimit::disable());
    Router::new()
        .nest("/v1/api", platform)
        .nest("/auth/realms/master", tokens::routes())
        .nest(OWN, simulator_calls::routes())
        .fallback(async || PlatformError::no_such_call())
        .with_state(shared)
}

/// What the instance has switched on.
async fn list_features(Asked(_): Asked<Value>) -> Json<Value> {
    Json(json!({ "features": { "plateau": "true" }, "name": "Wallaroo Dev", "is_auth_enabled": true }))
}

/// Scheme and host under which the caller knows this server.
fn own_address(headers: &HeaderMap) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let scheme = text("x-forwarded-proto").unwrap_or("http");
    let host = text("host").unwrap_or("localhost");
    format!("{scheme}://{host}")
}
