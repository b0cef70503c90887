//! The simulator's own calls, which the platform does not have: they need no token and are not logged.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::own_address;
use crate::simulator::server::ready_at;
use crate::simulator::shared::Shared;

/// `/log`, `/health` and `/ready`.
pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/log", get(log)).route("/health", get(health)).route("/ready", get(ready))
}

/// The same as the line that `callsheet simulate` prints: whoever knows the address may learn how to log in.
async fn ready(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Json<Value> {
    Json(ready_at(&own_address(&headers), &shared.credentials))
}

async fn log(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(json!(shared.log().entries()))
}

async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}
