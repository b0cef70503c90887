//! The transcript of a run: every request and answer in normal form.
//!
//! Two passing runs against the same behaviour give the same bytes, in parallel or not, so a transcript can be a
//! snapshot. Values that differ each run become typed placeholders: UUIDs, times and tokens by their shape, ids by
//! where they were captured and rendered, never by equal value; a count of 7 stays 7 beside workspace 7. Poll and
//! retry counts, durations, token fetches and facts of connections are not in it: they are in the record.
//!
//! A view: it reads a record and the bodies beside it, and knows no clock, no terminal and no playbook.

mod build;
mod diff;
mod ids;
mod mask;
mod normal;
mod shapes;
mod yaml;

use crate::value::Value;

pub use diff::{Difference, differences};

/// The version of the transcript's form.
pub const FORMAT: u32 = 1;

/// A run in normal form.
#[derive(Clone, Debug, PartialEq)]
pub struct Transcript(Value);

impl Transcript {
    /// Makes the transcript of a record. `body` reads a body that is kept beside the journal.
    pub fn new(record: &crate::record::Record, body: &dyn Fn(&str) -> Option<Vec<u8>>) -> Self {
        Transcript(build::build(record, body))
    }

    /// Reads a transcript from its text.
    pub fn read(text: &str) -> Result<Self, String> {
        let value: serde_yaml::Value = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
        match Value::of(&value) {
            value @ Value::Object(_) => match value.get("transcript") {
                Some(version) if *version == Value::from(FORMAT) => Ok(Transcript(value)),
                Some(version) => Err(format!("it is of version {version}, and this program knows {FORMAT}")),
                None => Err("it has no `transcript` key".to_owned()),
            },
            _ => Err("it is no mapping".to_owned()),
        }
    }

    /// The transcript as YAML, with a newline at its end.
    pub fn to_yaml(&self) -> String {
        yaml::write(&self.0)
    }

    /// The transcript as one value.
    pub fn value(&self) -> &Value {
        &self.0
    }
}
