//! The simulator's own calls, which the platform does not have: they need no token and are not logged.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::simulator::shared::Shared;

/// `/log` and `/health`.
pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/log", get(log)).route("/health", get(health))
}

async fn log(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(json!(shared.log().entries()))
}

async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}
