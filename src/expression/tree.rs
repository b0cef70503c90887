//! Our syntax tree of an expression: owned, every node with its place in the file and in its own text.

use std::ops::Range;
use std::sync::Arc;

use regex::Regex;

use super::catalog::{Filter, Function, Test};
use crate::source::Span;
use crate::value::Value;

/// One node.
#[derive(Debug)]
pub(super) struct Node {
    pub kind: NodeKind,
    /// In the user's file.
    pub span: Span,
    /// In the text of the expression.
    pub range: Range<usize>,
}

/// What a node is.
#[derive(Debug)]
pub(super) enum NodeKind {
    Literal(Value),
    Name(Arc<str>),
    /// `steps` where no literal id follows.
    Steps,
    Step {
        id: Arc<str>,
        field: Option<Arc<str>>,
    },
    Member {
        base: Box<Node>,
        name: Arc<str>,
    },
    Item {
        base: Box<Node>,
        index: Box<Node>,
    },
    Slice {
        base: Box<Node>,
        /// start, stop, step
        bounds: Box<[Option<Node>; 3]>,
    },
    Not(Box<Node>),
    Negate(Box<Node>),
    And(Box<[Node; 2]>),
    Or(Box<[Node; 2]>),
    /// `a < b`, or a chain `a < b <= c`.
    Compare {
        first: Box<Node>,
        rest: Vec<(Comparison, Node)>,
    },
    Arithmetic {
        operator: Operator,
        sides: Box<[Node; 2]>,
    },
    /// condition, value, other value
    Choice {
        condition: Box<Node>,
        chosen: Box<Node>,
        otherwise: Option<Box<Node>>,
    },
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
    Defined {
        operand: Box<Node>,
        negated: bool,
    },
    Default {
        operand: Box<Node>,
        fallback: Option<Box<Node>>,
        boolean: Option<Box<Node>>,
    },
    Filter {
        operand: Box<Node>,
        filter: &'static Filter,
        arguments: Vec<Option<Node>>,
        /// A literal pattern, compiled once.
        regex: Option<Regex>,
    },
    Standard {
        operand: Box<Node>,
        filter: &'static str,
        positional: Vec<Node>,
        named: Vec<(Arc<str>, Node)>,
    },
    Test {
        operand: Box<Node>,
        test: &'static Test,
        arguments: Vec<Node>,
        negated: bool,
    },
    Call {
        function: &'static Function,
        arguments: Vec<Option<Node>>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Remainder,
    Power,
    Concatenate,
}

impl NodeKind {
    /// Whether an undefined first child is not an error here.
    pub(super) fn catches_absence(&self) -> bool {
        matches!(self, NodeKind::Defined { .. } | NodeKind::Default { .. })
    }

    /// Whether the first child is the path of a file that is read, also one by one: `paths | map('read_text')`.
    pub(super) fn reads_file(&self) -> bool {
        let NodeKind::Filter { filter, arguments, .. } = self else { return false };
        let may_read = |argument: &Node| match &argument.kind {
            NodeKind::Literal(name) => name.as_str().is_some_and(is_file_filter),
            // A filter whose name only a run knows may be any.
            _ => true,
        };
        is_file_filter(filter.name) || filter.name == "map" && arguments.iter().flatten().any(may_read)
    }
}

fn is_file_filter(name: &str) -> bool {
    super::filters::files::FILTERS.iter().any(|filter| filter.name == name)
}

impl Node {
    /// Visits the children in the order in which they are written, each with its position.
    pub(super) fn each_child<'a>(&'a self, visit: &mut dyn FnMut(usize, &'a Node)) {
        let mut position = 0;
        let mut next = |child: &'a Node| {
            visit(position, child);
            position += 1;
        };
        match &self.kind {
            NodeKind::Literal(_) | NodeKind::Name(_) | NodeKind::Steps | NodeKind::Step { .. } => {}
            NodeKind::Member { base, .. } => next(base),
            NodeKind::Item { base, index } => [base, index].into_iter().for_each(|child| next(child)),
            NodeKind::Slice { base, bounds } => {
                next(base);
                bounds.iter().flatten().for_each(next);
            }
            NodeKind::Not(operand) | NodeKind::Negate(operand) => next(operand),
            NodeKind::And(sides) | NodeKind::Or(sides) | NodeKind::Arithmetic { sides, .. } => {
                sides.iter().for_each(next);
            }
            NodeKind::Compare { first, rest } => {
                next(first);
                rest.iter().for_each(|(_, side)| next(side));
            }
            NodeKind::Choice { condition, chosen, otherwise } => {
                next(chosen);
                next(condition);
                otherwise.iter().for_each(|child| next(child));
            }
            NodeKind::List(items) => items.iter().for_each(next),
            NodeKind::Map(members) => members.iter().flat_map(|(key, value)| [key, value]).for_each(next),
            NodeKind::Defined { operand, .. } => next(operand),
            NodeKind::Default { operand, fallback, boolean } => {
                next(operand);
                fallback.iter().chain(boolean).for_each(|child| next(child));
            }
            NodeKind::Filter { operand, arguments, .. } => {
                next(operand);
                arguments.iter().flatten().for_each(next);
            }
            NodeKind::Standard { operand, positional, named, .. } => {
                next(operand);
                positional.iter().chain(named.iter().map(|(_, node)| node)).for_each(next);
            }
            NodeKind::Test { operand, arguments, .. } => {
                next(operand);
                arguments.iter().for_each(next);
            }
            NodeKind::Call { arguments, .. } => arguments.iter().flatten().for_each(next),
        }
    }
}
