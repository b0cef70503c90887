//! What stands for schemas in a build without them.

use std::path::Path;

use super::{ReadText, Violation};
use crate::value::Value;

/// A schema, of which this build has none.
#[derive(Clone, Debug)]
pub enum JsonSchema {}

impl JsonSchema {
    /// Whether this build knows JSON Schemas.
    pub const AVAILABLE: bool = false;

    /// Refuses.
    pub fn read(_: &Path, _: ReadText<'_>) -> Result<Self, String> {
        Err("this build knows no JSON Schemas: it lacks the feature `json-schema`".to_owned())
    }

    /// Nothing, since there is no schema.
    pub fn violations(&self, _: &Value) -> Result<Vec<Violation>, String> {
        match *self {}
    }
}
