//! Apache Arrow, as far as calls need it: records in, records out, and schemas.
//!
//! A body in Arrow's IPC format is a list of records as JSON has them: [`file`] makes one of a value, [`records`] reads
//! one as if its text were JSON, so that the same limits and the same projection hold. [`Field`]s are a schema as a
//! playbook writes it, [`message()`] makes its bytes. A build without the feature `arrow` knows schemas only. Nothing
//! here knows of requests or playbooks.

mod message;
mod types;

#[cfg(feature = "arrow")]
mod columns;
#[cfg(feature = "arrow")]
mod flat;
#[cfg(feature = "arrow")]
mod infer;
#[cfg(feature = "arrow")]
mod layout;
#[cfg(feature = "arrow")]
mod read;
#[cfg(feature = "arrow")]
mod text;
#[cfg(feature = "arrow")]
mod write;

#[cfg(all(test, feature = "arrow"))]
mod tests;

use bytes::Bytes;

pub use message::message;
pub use types::Field;

use crate::value::{Closed, Limits, Value, Wanted};

/// The media type of an IPC file.
pub const FILE: &str = "application/vnd.apache.arrow.file";

/// The media type of an IPC stream.
pub const STREAM: &str = "application/vnd.apache.arrow.stream";

/// Whether this build reads and writes records.
pub const AVAILABLE: bool = cfg!(feature = "arrow");

/// What a build without the feature says.
pub const ABSENT: &str = "this build of callsheet cannot read or write Arrow";

/// What a schema is, for messages.
pub const SCHEMA_IS: &str = "expected an object of names and types, or a list of fields";

/// Whether a media type, with or without parameters, is one of Arrow's.
pub fn is_arrow(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case(FILE) || essence.eq_ignore_ascii_case(STREAM)
}

/// Why a body has no records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is not Arrow, or has something in it that JSON has no form for; in words.
    Broken(String),
    /// It exceeds a limit; in words.
    #[cfg_attr(not(feature = "arrow"), expect(dead_code, reason = "a build that reads nothing meets no limit"))]
    TooLarge(String),
}

/// Why records cannot be written, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unwritable {
    pub message: String,
    pub help: &'static str,
}

impl Unwritable {
    fn new(message: impl Into<String>, help: &'static str) -> Self {
        Unwritable { message: message.into(), help }
    }
}

/// Records as an IPC file. Where no columns are given they follow from the records: whole numbers are `int64`, other
/// numbers `float64`.
#[cfg(feature = "arrow")]
pub fn file(records: &Value, fields: Option<&[Field]>) -> Result<Vec<u8>, Unwritable> {
    write::file(records, fields)
}

/// Always an error: this build does not write Arrow.
#[cfg(not(feature = "arrow"))]
pub fn file(_: &Value, _: Option<&[Field]>) -> Result<Vec<u8>, Unwritable> {
    Err(Unwritable::new(ABSENT, "use a build with the feature `arrow`"))
}

/// What is wanted of the records of an IPC file or stream.
#[cfg(feature = "arrow")]
pub fn records(body: Bytes, wanted: &Closed, limits: Limits) -> Result<Value, Unreadable> {
    let mut projector = crate::value::Projector::new(wanted, limits);
    let mut records = text::Records::begin(&mut projector);
    read::each_batch(body, &mut |batch| records.batch(batch))?;
    records.end()?;
    projector.finish().map_err(|error| Unreadable::Broken(error.to_string()))
}

/// Always an error: this build does not read Arrow.
#[cfg(not(feature = "arrow"))]
pub fn records(_: Bytes, _: &Closed, _: Limits) -> Result<Value, Unreadable> {
    Err(Unreadable::Broken(ABSENT.to_owned()))
}

/// All records of an IPC file or stream.
pub fn all_records(body: Bytes) -> Result<Value, Unreadable> {
    records(body, &Wanted::everything().closed(), Limits::default())
}
