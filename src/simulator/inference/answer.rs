//! Shapes the answer of an inference: which datasets, nested or flat.

use serde_json::{Value, json};

use super::Row;

/// Everything known of one answered row.
#[derive(Debug, Clone)]
pub(in crate::simulator) struct AnsweredRow {
    pub(in crate::simulator) time_ms: i64,
    pub(in crate::simulator) inputs: Row,
    pub(in crate::simulator) outputs: Row,
    pub(in crate::simulator) metadata: Value,
}

/// The parts of a row that a caller wants, from the query of the inference URL.
#[derive(Debug, Clone, Default)]
pub(in crate::simulator) struct Dataset {
    wanted: Vec<String>,
    excluded: Vec<String>,
    separator: Option<String>,
}

impl Dataset {
    /// Reads `dataset[]`, `dataset.exclude[]` and `dataset.separator`; other parameters are ignored.
    pub(in crate::simulator) fn from_query(query: &str) -> Self {
        let mut dataset = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "dataset[]" | "dataset" => dataset.wanted.push(value.into_owned()),
                "dataset.exclude[]" | "dataset.exclude" => dataset.excluded.push(value.into_owned()),
                "dataset.separator" => dataset.separator = Some(value.into_owned()),
                _ => {}
            }
        }
        dataset
    }

    /// The same with flat rows: columns have no other form.
    #[cfg(feature = "arrow")]
    pub(in crate::simulator) fn flat(mut self) -> Self {
        self.separator.get_or_insert_with(|| ".".to_owned());
        self
    }

    /// The row as the caller wants it.
    pub(in crate::simulator) fn shape(&self, row: &AnsweredRow) -> Row {
        let whole = json!({
            "time": row.time_ms,
            "in": row.inputs,
            "out": row.outputs,
            "check_failures": [],
            "metadata": row.metadata,
        });
        let mut shaped = Row::new();
        for (name, value) in whole.as_object().into_iter().flatten() {
            match value {
                Value::Object(members) => {
                    let kept: Row = members
                        .iter()
                        .filter(|(member, _)| self.includes(name, Some(member)))
                        .map(|(member, value)| (member.clone(), value.clone()))
                        .collect();
                    self.put(&mut shaped, name, kept);
                }
                _ if self.includes(name, None) => {
                    shaped.insert(name.clone(), value.clone());
                }
                _ => {}
            }
        }
        shaped
    }

    fn put(&self, shaped: &mut Row, name: &str, members: Row) {
        match &self.separator {
            Some(separator) => {
                for (member, value) in members {
                    shaped.insert(format!("{name}{separator}{member}"), value);
                }
            }
            None if members.is_empty() => {}
            None => {
                shaped.insert(name.to_owned(), Value::Object(members));
            }
        }
    }

    /// Whether a part, or a member of one, is wanted and not excluded.
    fn includes(&self, name: &str, member: Option<&str>) -> bool {
        let names = |listed: &String| {
            listed == "*"
                || listed == name
                || member.is_some_and(|member| listed.split_once('.') == Some((name, member)))
        };
        (self.wanted.is_empty() || self.wanted.iter().any(names)) && !self.excluded.iter().any(names)
    }
}
