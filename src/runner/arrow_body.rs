//! The body of an answer in Arrow's IPC format: its records, as if they had come as JSON.
//!
//! What a file holds stands at its end, so that all of it is in memory before anything is read.

use bytes::Bytes;

use super::answer::MediaType;
use crate::arrow::{self, Unreadable};
use crate::render::Unread;
use crate::secret::Redactor;
use crate::value::{Limits, Value, Wanted};

/// The records of a small body; else why there are none.
pub(super) fn read(body: &Bytes) -> (Value, Option<String>) {
    match arrow::all_records(body.clone()) {
        Ok(records) => (records, None),
        Err(Unreadable::Broken(reason) | Unreadable::TooLarge(reason)) => (Value::Null, Some(no_records(&reason))),
    }
}

fn no_records(reason: &str) -> String {
    format!("the body is announced as Arrow and its records cannot be read: {reason}")
}

/// The records without the secrets in them, where there are some: a file with holes in it would be none.
pub(super) fn masked(media: &MediaType, body: &Bytes, redactor: &Redactor) -> Option<Value> {
    if !media.is_arrow() {
        return None;
    }
    let shows = redactor.redacted_bytes(body).is_some();
    if !shows && redactor.is_empty() {
        return None;
    }
    let records = arrow::all_records(body.clone()).ok()?;
    let masked = redactor.redacted_value(&records);
    masked.or_else(|| shows.then_some(records))
}

/// A large body, chunk after chunk.
pub(super) struct ArrowBody {
    bytes: Vec<u8>,
    limits: Limits,
}

/// What is wanted of a large body: why there is nothing, or why there can be nothing.
pub(super) struct Outcome {
    pub(super) value: Value,
    pub(super) not_json: Option<String>,
    pub(super) unread: Option<Unread>,
}

impl ArrowBody {
    /// Begins one, if it is Arrow and something of it is wanted.
    pub(super) fn begin(media: &MediaType, wanted: &Wanted, limits: Limits) -> Option<Self> {
        let wanted = media.is_arrow() && !wanted.is_nothing();
        wanted.then(|| ArrowBody { bytes: Vec::new(), limits })
    }

    /// Reads on; why no more can be taken, if so.
    pub(super) fn see(&mut self, chunk: &[u8]) -> Option<String> {
        if self.bytes.len() + chunk.len() > self.limits.memory {
            let most = self.limits.memory / 1024 / 1024;
            return Some(format!("the playbook uses its records, and it has more than {most} MiB"));
        }
        self.bytes.extend_from_slice(chunk);
        None
    }

    pub(super) fn finish(self, wanted: &Wanted) -> Outcome {
        let (value, not_json, unread) = match arrow::records(self.bytes.into(), &wanted.closed(), self.limits) {
            Ok(value) => (value, None, None),
            Err(Unreadable::Broken(reason)) => (Value::Null, Some(no_records(&reason)), None),
            Err(Unreadable::TooLarge(reason)) => (Value::Null, None, Some(Unread::TooLarge(reason))),
        };
        Outcome { value, not_json, unread }
    }
}
