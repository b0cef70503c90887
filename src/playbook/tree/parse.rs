//! The entry: checks of the whole text, then events to a tree.

use super::node::Node;
use crate::diagnostic::Diagnostic;
use crate::source::SourceId;

/// Reads one YAML document: the tree as far as it can be made, and everything that is wrong with it.
///
/// The tree is absent only where nothing could be read.
pub fn parse(source: SourceId, text: &str) -> (Option<Node>, Vec<Diagnostic>) {
    let _ = (source, text);
    (None, Vec::new())
}
