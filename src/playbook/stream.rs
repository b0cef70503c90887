//! `stream`: an answer that is taken as server-sent events, and where that ends.

use super::read::Fields;
use super::tree::Node;
use crate::diagnostic::Diagnostic;
use crate::expression::Expr;

/// How many events are taken where nothing is said.
const LIMIT: u64 = 10_000;

/// Where a stream of events ends, if not by itself.
#[derive(Clone, Debug, Default)]
pub struct Stream {
    /// What its last event shows.
    pub until: Option<Expr>,
    /// After so many events.
    pub max: Option<u64>,
}

impl Stream {
    /// What an event has, or may have.
    pub const MEMBERS: &'static [&'static str] = &["event", "data", "id", "retry"];

    /// Nothing where it is turned off.
    pub(super) fn read(node: &Node, found: &mut Vec<Diagnostic>) -> Option<Stream> {
        let Some(fields) = Fields::of(node) else {
            let on = node.as_scalar()?.value.as_bool()?;
            return on.then(Stream::default);
        };
        let max = fields.get("max").and_then(|node| node.as_scalar()?.value.as_i64()?.try_into().ok());
        Some(Stream { until: fields.expression("until", found), max })
    }

    /// After how many events it is left. One that has to come to its end by itself is left one event behind the limit,
    /// which shows that it did not.
    pub fn most(&self) -> u64 {
        match (self.max, &self.until) {
            (Some(max), _) => max,
            (None, Some(_)) => LIMIT,
            (None, None) => LIMIT + 1,
        }
    }
}
