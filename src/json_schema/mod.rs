//! JSON Schemas (draft 2020-12): read with the files beside them, compiled once, held against values.
//!
//! A schema is reached through a function that reads files, and a `$ref` leads to such a file or into the schema
//! itself, never to the network. Only `compiled` knows the crate that validates; without the feature `json-schema`
//! there is none, and every schema is refused. Nothing here knows playbooks or answers.

#[cfg(feature = "json-schema")]
mod address;
#[cfg(feature = "json-schema")]
mod compiled;
#[cfg(feature = "json-schema")]
mod violation;
#[cfg(feature = "json-schema")]
mod work;

#[cfg(not(feature = "json-schema"))]
mod missing;

use std::path::Path;

use crate::value::Value;

#[cfg(feature = "json-schema")]
pub use compiled::JsonSchema;
#[cfg(not(feature = "json-schema"))]
pub use missing::JsonSchema;

/// Reads the text of a file; the error says why it cannot be had.
pub type ReadText<'a> = &'a dyn Fn(&Path) -> Result<String, String>;

/// Where a value does not fit a schema.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// The place in the value, as a JSONPath.
    pub at: String,
    /// What is expected there, to stand behind "expected".
    pub expected: String,
    /// What is there, where that says more than what is expected.
    pub found: Option<Value>,
}
