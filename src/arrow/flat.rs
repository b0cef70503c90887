//! Columns of lists and of records as the columns inside them, and the way back for messages.

use crate::jsonpath::member as segment;
use crate::value::Value;

/// A value that does not fit its column: its position there, and the way from there to what is wrong.
#[derive(Debug)]
pub(super) struct Misfit {
    pub(super) at: usize,
    pub(super) path: String,
    pub(super) message: String,
}

impl Misfit {
    pub(super) fn new(at: usize, message: impl Into<String>) -> Self {
        Misfit { at, path: String::new(), message: message.into() }
    }

    /// Seen from the records that have the member.
    pub(super) fn in_member(mut self, name: &str) -> Self {
        self.path.insert_str(0, &segment(name));
        self
    }
}

/// The member of each record; null where there is none.
pub(super) fn member<'v>(records: &[&'v Value], name: &str) -> Vec<&'v Value> {
    records.iter().map(|record| record.get(name).unwrap_or(&Value::Null)).collect()
}

/// The items of lists, one after another.
pub(super) struct Lists<'v> {
    pub(super) items: Vec<&'v Value>,
    /// The length of each list; none where there is no list.
    pub(super) lengths: Vec<usize>,
}

impl<'v> Lists<'v> {
    pub(super) fn of(values: &[&'v Value]) -> Self {
        let lists = || values.iter().map(|value| value.as_array().unwrap_or_default());
        Lists { items: lists().flatten().collect(), lengths: lists().map(<[Value]>::len).collect() }
    }

    /// A misfit among the items, seen from the lists.
    pub(super) fn around(&self, mut misfit: Misfit) -> Misfit {
        let mut item = misfit.at;
        let list = self.lengths.iter().position(|length| match item.checked_sub(*length) {
            Some(rest) => {
                item = rest;
                false
            }
            None => true,
        });
        misfit.path.insert_str(0, &format!("[{item}]"));
        misfit.at = list.unwrap_or_default();
        misfit
    }
}
