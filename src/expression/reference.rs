//! What an expression refers to: the edges of the graph, and what of an answer must be kept.
//!
//! References are read from the tree, so every position counts: slices, arguments, branches not taken.

use std::sync::Arc;

use super::tree::{Node, NodeKind};
use crate::source::Span;
use crate::value::Value;

/// One mention of a name or a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// What is mentioned.
    pub target: Target,
    /// Where: the name itself, or `steps.<id>.<field>`.
    pub span: Span,
    /// Whether the expression copes with its absence: under `is defined`, `is undefined`, `| default(..)`, and
    /// `steps.<id>.outcome` or `.created`.
    pub optional: bool,
    /// The literal member names and indices that follow, as far as they are literal.
    pub path: Vec<PathPart>,
}

/// What a [`Reference`] mentions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// A flat name, reserved ones included.
    Name(Arc<str>),
    /// A step, and the field that follows it where that is literal.
    Step {
        /// The step's id.
        id: Arc<str>,
        /// `status`, `body`, a capture's name, …
        field: Option<Arc<str>>,
    },
    /// Steps that only a run knows: `steps[x]`, or `steps` alone.
    Steps,
}

/// One literal part of a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PathPart {
    /// `.name` or `['name']`
    Member(Arc<str>),
    /// `[2]` or `[-1]`
    Index(i64),
}

/// All references of a tree, in the order in which they are written.
pub(super) fn collect(root: &Node) -> Vec<Reference> {
    let mut references = Vec::new();
    visit(root, false, &mut references);
    references
}

fn visit(node: &Node, optional: bool, found: &mut Vec<Reference>) {
    match &node.kind {
        NodeKind::Name(_) | NodeKind::Step { .. } | NodeKind::Steps => {
            found.extend(reference(node, optional, Vec::new()));
        }
        NodeKind::Member { .. } | NodeKind::Item { .. } => chain(node, optional, found),
        kind => {
            let catches = kind.catches_absence();
            node.each_child(&mut |position, child| visit(child, optional || (catches && position == 0), found));
        }
    }
}

/// Walks `a.b[0].c` down to what it starts from; the literal parts nearest to the start become its path.
fn chain(node: &Node, optional: bool, found: &mut Vec<Reference>) {
    let mut path = Vec::new();
    let mut indices = Vec::new();
    let mut current = node;
    loop {
        match &current.kind {
            NodeKind::Member { base, name } => {
                path.push(PathPart::Member(name.clone()));
                current = base;
            }
            NodeKind::Item { base, index } => {
                match literal_part(index) {
                    Some(part) => path.push(part),
                    None => {
                        path.clear();
                        indices.push(&**index);
                    }
                }
                current = base;
            }
            _ => break,
        }
    }
    path.reverse();
    match reference(current, optional, path) {
        Some(reference) => found.push(reference),
        None => visit(current, optional, found),
    }
    for index in indices.into_iter().rev() {
        visit(index, optional, found);
    }
}

fn literal_part(index: &Node) -> Option<PathPart> {
    match &index.kind {
        NodeKind::Literal(Value::String(name)) => Some(PathPart::Member(name.clone())),
        NodeKind::Literal(number) => number.as_i64().map(PathPart::Index),
        NodeKind::Negate(operand) => match literal_part(operand)? {
            PathPart::Index(index) => Some(PathPart::Index(-index)),
            PathPart::Member(_) => None,
        },
        _ => None,
    }
}

fn reference(node: &Node, optional: bool, path: Vec<PathPart>) -> Option<Reference> {
    let (target, optional) = match &node.kind {
        NodeKind::Name(name) => (Target::Name(name.clone()), optional),
        NodeKind::Steps => (Target::Steps, optional),
        NodeKind::Step { id, field } => {
            let settled = matches!(field.as_deref(), Some("outcome" | "created"));
            (Target::Step { id: id.clone(), field: field.clone() }, optional || settled)
        }
        _ => return None,
    };
    Some(Reference { target, span: node.span, optional, path })
}
