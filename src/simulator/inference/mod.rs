//! Inference: what was sent becomes rows, an ONNX model turns rows into outputs, and the answer is shaped.

mod answer;
#[cfg(feature = "arrow")]
pub(super) mod arrow;
mod error;
mod onnx;
mod rows;
mod tensor;

pub(super) use answer::{AnsweredRow, Dataset};
pub(super) use error::InferenceError;
pub(super) use onnx::OnnxModel;
pub(super) use rows::read_rows;

use serde_json::{Map, Value};

/// One row: a value for each column.
pub(super) type Row = Map<String, Value>;
