//! The tree of a checked query.
//!
//! Made once by `convert` and never changed: names are decoded, literals are values, fixed regular expressions are
//! compiled, and every function has arguments of its declared types. It holds no document and evaluates nothing.

use crate::value::Value;

/// One step from a nodelist to the next.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    /// `..`: the selectors apply to the node and everything below it.
    pub deep: bool,
    pub selectors: Vec<Selector>,
}

/// What a segment takes of a node's children.
#[derive(Clone, Debug)]
pub(super) enum Selector {
    Name(Box<str>),
    Wildcard,
    Index(i64),
    Slice { start: Option<i64>, end: Option<i64>, step: i64 },
    Filter(Logical),
}

/// A condition of a filter.
#[derive(Clone, Debug)]
pub(super) enum Logical {
    Or(Vec<Logical>),
    And(Vec<Logical>),
    Not(Box<Logical>),
    Exists(Reference),
    Compare(Box<Comparison>),
    Matches(Box<Matches>),
}

/// Two values and how they are compared.
#[derive(Clone, Debug)]
pub(super) struct Comparison {
    pub left: Operand,
    pub operator: Operator,
    pub right: Operand,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// `match(subject, pattern)` where `whole`, else `search(subject, pattern)`.
#[derive(Clone, Debug)]
pub(super) struct Matches {
    pub subject: Operand,
    pub pattern: Pattern,
    pub whole: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Pattern {
    Fixed(regex::Regex),
    Computed(Operand),
}

/// What yields a value or nothing (RFC 9535's ValueType).
#[derive(Clone, Debug)]
pub(super) enum Operand {
    Literal(Value),
    /// A query that is known to be singular.
    Singular(Reference),
    Length(Box<Operand>),
    Count(Reference),
    ValueOf(Reference),
}

/// A query inside a filter, from `$` or from `@`.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    pub from_root: bool,
    pub segments: Vec<Segment>,
}

impl Segment {
    /// Whether the segment selects at most one node of one node.
    pub(super) fn is_singular(&self) -> bool {
        !self.deep && matches!(self.selectors.as_slice(), [Selector::Name(_) | Selector::Index(_)])
    }
}

impl Reference {
    pub(super) fn is_singular(&self) -> bool {
        self.segments.iter().all(Segment::is_singular)
    }
}
