//! Why an inference was refused, in the form of the 2023 releases: a list with one error.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// An inference that gave no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::simulator) enum InferenceError {
    /// The body cannot be read as rows.
    BadInput(String),
    /// The model cannot be loaded or run, or not with these rows.
    Failed(String),
}

impl IntoResponse for InferenceError {
    fn into_response(self) -> Response {
        let (status, reason) = match self {
            Self::BadInput(reason) => (StatusCode::BAD_REQUEST, reason),
            Self::Failed(reason) => (StatusCode::INTERNAL_SERVER_ERROR, reason),
        };
        let error = json!({
            "error": format!("Error running inference: {reason}"),
            "error_type": "InternalError",
        });
        (status, Json(json!([error]))).into_response()
    }
}
