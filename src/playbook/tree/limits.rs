//! What a tree may not exceed: nodes and levels.

use crate::diagnostic::{Diagnostic, rule};
use crate::limits::{Limit, Limits};
use crate::source::Span;

/// The parser keeps a limit of its own, which has to lie behind ours for ours to be told.
const BEHIND: usize = 127;

/// How large a tree may be.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    /// Nodes, those that aliases copy included.
    pub nodes: usize,
    /// Levels of lists and mappings.
    pub depth: usize,
    /// Levels that are left below the place in hand.
    pub room: usize,
}

impl Bounds {
    pub fn of(limits: &Limits) -> Self {
        let depth = limits.size(Limit::YamlDepth);
        Bounds { nodes: limits.size(Limit::YamlNodes), depth, room: depth }
    }

    /// The bounds of what stands inside so many containers.
    pub fn below(self, level: usize) -> Self {
        Bounds { room: self.depth.saturating_sub(level), ..self }
    }

    /// The levels that the parser itself is to follow.
    pub fn nesting(self) -> usize {
        self.depth + BEHIND
    }
}

/// Too many levels, wherever they are found.
pub(super) fn too_deep(span: Span, bounds: Bounds) -> Diagnostic {
    let message = format!("lists and mappings are nested more than {} levels deep", bounds.depth);
    Diagnostic::new(rule::TOO_DEEP, span, message)
        .label("this one is a level too deep")
        .help("flatten the structure, or read it from a file of its own")
        .help(Limit::YamlDepth.remedy())
}

/// Too many nodes; nothing behind the place is read.
pub(super) fn too_many_nodes(span: Span, bounds: Bounds) -> Diagnostic {
    Diagnostic::new(rule::TOO_MANY_NODES, span, format!("the file has more than {} values", bounds.nodes))
        .label("nothing is read from here on")
        .help("keep data in files of its own, which requests send with `file:` and expressions read with `read_json`")
        .help(Limit::YamlNodes.remedy())
}
