//! The forms of inference data: JSON, and Arrow's IPC files where the build has them.

use axum::Json;
use axum::extract::Request;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName};
use axum::response::{IntoResponse, Response};

use super::json_body::read_json;
use crate::simulator::error::PlatformError;
#[cfg(feature = "arrow")]
use crate::simulator::inference::arrow;
use crate::simulator::inference::{AnsweredRow, Dataset, InferenceError, Row, read_rows};

const ARROW: &str = "application/vnd.apache.arrow.file";

/// The form of a request and that of its answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    arrow_in: bool,
    arrow_out: bool,
}

impl Form {
    /// An answer has the form that `Accept` names, else that of its request.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, PlatformError> {
        let arrow_in = names(headers, &CONTENT_TYPE, ARROW);
        if arrow_in && !cfg!(feature = "arrow") {
            return Err(PlatformError::unsupported_content_type(ARROW));
        }
        let asked = names(headers, &ACCEPT, ARROW);
        let arrow_out = asked || arrow_in && !names(headers, &ACCEPT, "application/json");
        Ok(Self { arrow_in, arrow_out: arrow_out && cfg!(feature = "arrow") })
    }

    /// The rows of a request.
    pub(super) async fn read(self, request: Request) -> Result<Vec<Row>, InferenceError> {
        if self.arrow_in {
            return read_arrow(request).await;
        }
        let body = read_json(request).await;
        read_rows(body.map_err(|_| InferenceError::BadInput("the body is not JSON".to_owned()))?)
    }

    /// The answer.
    pub(super) fn answer(self, rows: &[AnsweredRow], dataset: Dataset) -> Result<Response, InferenceError> {
        if self.arrow_out {
            return answer_arrow(rows, dataset);
        }
        let rows: Vec<Row> = rows.iter().map(|row| dataset.shape(row)).collect();
        Ok(Json(rows).into_response())
    }
}

/// Whether one of the media types of a header field is that one.
fn names(headers: &HeaderMap, field: &HeaderName, media_type: &str) -> bool {
    let values = headers.get_all(field).iter().filter_map(|value| value.to_str().ok());
    let mut types = values.flat_map(|value| value.split(',')).map(|value| value.split(';').next().unwrap_or_default());
    types.any(|found| found.trim().eq_ignore_ascii_case(media_type))
}

#[cfg(feature = "arrow")]
async fn read_arrow(request: Request) -> Result<Vec<Row>, InferenceError> {
    let read = super::json_body::read_bytes(request).await;
    let (bytes, note) = read.map_err(|_| InferenceError::BadInput("the body is too large".to_owned()))?;
    note.summary(serde_json::json!({ "bytes": bytes.len(), "sha256": crate::simulator::digest::sha256_hex(&bytes) }));
    arrow::read_rows(&bytes)
}

#[cfg(feature = "arrow")]
fn answer_arrow(rows: &[AnsweredRow], dataset: Dataset) -> Result<Response, InferenceError> {
    let dataset = dataset.flat();
    let rows: Vec<Row> = rows.iter().map(|row| dataset.shape(row)).collect();
    Ok(([(CONTENT_TYPE, ARROW)], arrow::write_rows(&rows)?).into_response())
}

#[cfg(not(feature = "arrow"))]
async fn read_arrow(_: Request) -> Result<Vec<Row>, InferenceError> {
    unreachable!("a form with Arrow is refused")
}

#[cfg(not(feature = "arrow"))]
fn answer_arrow(_: &[AnsweredRow], _: Dataset) -> Result<Response, InferenceError> {
    unreachable!("a form with Arrow is refused")
}
