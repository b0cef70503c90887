//! The platform's refusals: `{"msg", "code"}` with the code repeated as the HTTP status.
//!
//! Each case has a constructor of its own, so that the texts live in one place.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::assay::AssayError;

/// A call that the platform refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PlatformError {
    status: StatusCode,
    message: String,
}

impl PlatformError {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    /// A request that cannot be read or lacks a field.
    pub(super) fn bad_request(reason: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, format!("Bad request: {reason}"))
    }

    /// No token, or one that does not count.
    pub(super) fn unauthorized(reason: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, format!("Unauthorized: {reason}"))
    }

    /// A path that the API does not have.
    pub(super) fn no_such_call() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not found")
    }

    /// A call made with another method than POST.
    pub(super) fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")
    }

    /// A body beyond what is read into memory.
    pub(super) fn body_too_large(limit: usize) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, format!("Bad request: the body is larger than {limit} bytes"))
    }

    /// A part or body of the wrong kind.
    pub(super) fn unsupported_content_type(content_type: &str) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("Unsupported content type: {content_type}"))
    }

    /// An email that user management does not know, or already knows.
    pub(super) fn keycloak_query_failed() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "error querying keycloak server")
    }

    /// A person who should join a workspace and does not exist.
    pub(super) fn user_not_in_keycloak() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Failed to find user in Keycloak: No user was found in Keycloak.")
    }

    /// A model id that is unknown.
    pub(super) fn model_not_found() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "The provided model id was not found.")
    }

    /// An assay id that is unknown; the text follows that of models.
    pub(super) fn assay_not_found() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "The provided assay id was not found.")
    }

    /// A pipeline that is unknown, or not deployed where it has to be.
    pub(super) fn pipeline_not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Pipeline not found")
    }

    /// A deployment that is unknown or gone.
    pub(super) fn deployment_not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Deployment not found")
    }

    /// A row that exists already; `action` is what failed, as in "create workspace".
    pub(super) fn already_exists(action: &str, constraint: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            format!(
                "Failed to {action}: GraphQL error: [\"Uniqueness violation. duplicate key value violates \
                 unique constraint \\\"{constraint}\\\"\"]"
            ),
        )
    }

    /// A row that would refer to one that does not exist.
    pub(super) fn dangling_reference(table: &str, constraint: &str) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!(
                "Internal Server Error: GraphQL Returned error: <query>:0:0: Foreign key violation. insert or \
                 update on table \"{table}\" violates foreign key constraint \"{constraint}\""
            ),
        )
    }
}

impl From<AssayError> for PlatformError {
    fn from(error: AssayError) -> Self {
        Self::bad_request(&error.to_string())
    }
}

impl IntoResponse for PlatformError {
    fn into_response(self) -> Response {
        let body = json!({ "msg": self.message, "code": self.status.as_u16() });
        (self.status, Json(body)).into_response()
    }
}
