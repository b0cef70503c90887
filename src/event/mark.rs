//! Places in a request or an answer that normal form treats by where they are, not by what they hold.

use serde::{Deserialize, Serialize};

/// A place, and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// `url`, `headers.NAME`, or a normalized path (RFC 9535, section 2.7) into the body: `$['id']`; into a part of a
    /// multipart body: `parts[0]$['id']`; the field of a form: `form.NAME`; of a query: `query.NAME`.
    pub at: String,
    /// What is known of it.
    pub kind: MarkKind,
}

/// What is known of a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkKind {
    /// The whole value is the id that was captured under this name.
    Id(String),
    /// This part of the text is the id that was captured under this name.
    Part {
        /// The capture's name.
        name: String,
        /// The id as it stands in the text.
        text: String,
    },
    /// It differs each run, as `volatile` says.
    Volatile,
    /// Its items have no order, as `unordered` says.
    Unordered,
}
