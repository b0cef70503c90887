//! Which number of an inference an assay looks at.

use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Value};

/// Inputs or outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::simulator) enum Side {
    Input,
    Output,
}

/// `output dense_2 0`: the first number of the output `dense_2`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::simulator) struct IoPath {
    pub(in crate::simulator) side: Side,
    pub(in crate::simulator) field: String,
    pub(in crate::simulator) index: usize,
    text: String,
}

impl IoPath {
    /// Reads `input` or `output`, a field and an index.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let side = match words.next()? {
            "input" => Side::Input,
            "output" => Side::Output,
            _ => return None,
        };
        let field = words.next()?.to_owned();
        let index = words.next()?.parse().ok()?;
        words.next().is_none().then(|| Self { side, field, index, text: text.to_owned() })
    }

    /// The path as it was written.
    pub(in crate::simulator) fn as_str(&self) -> &str {
        &self.text
    }

    /// The number in a row's inputs or outputs, whichever the path is about.
    ///
    /// A field that no row has by name may be a position, as before fields had names.
    pub(in crate::simulator) fn pick(&self, fields: &Map<String, Value>) -> Option<f64> {
        let position = || fields.values().nth(self.field.parse::<usize>().ok()?);
        match fields.get(&self.field).or_else(position)? {
            Value::Array(numbers) => numbers.get(self.index)?.as_f64(),
            number => number.as_f64().filter(|_| self.index == 0),
        }
    }
}

impl<'de> Deserialize<'de> for IoPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::read(&text).ok_or_else(|| {
            de::Error::invalid_value(
                de::Unexpected::Str(&text),
                &"`input` or `output`, a field and an index, such as `output dense_2 0`",
            )
        })
    }
}
