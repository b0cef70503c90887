//! What kind of value an expression gives, as far as that is known before a run.

use super::Expr;
use super::tree::{Node, NodeKind, Operator};
use crate::value::Value;

/// A kind of JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
    /// Text.
    String,
    /// A list.
    Array,
    /// A mapping.
    Object,
}

impl Kind {
    /// The kind of a value.
    pub fn of(value: &Value) -> Kind {
        match value {
            Value::Null => Kind::Null,
            Value::Bool(_) => Kind::Boolean,
            Value::Number(_) => Kind::Number,
            Value::String(_) => Kind::String,
            Value::Array(_) => Kind::Array,
            Value::Object(_) => Kind::Object,
        }
    }

    /// With its article, for a message.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Null => "null",
            Kind::Boolean => "a boolean",
            Kind::Number => "a number",
            Kind::String => "a string",
            Kind::Array => "an array",
            Kind::Object => "an object",
        }
    }
}

impl Expr {
    /// The kind of its value; `of` knows the kinds of names.
    pub fn kind(&self, of: &dyn Fn(&str) -> Option<Kind>) -> Option<Kind> {
        kind(self.root(), of)
    }
}

fn kind(node: &Node, of: &dyn Fn(&str) -> Option<Kind>) -> Option<Kind> {
    match &node.kind {
        NodeKind::Literal(value) => Some(Kind::of(value)),
        NodeKind::Name(name) => of(name),
        NodeKind::Not(_)
        | NodeKind::And(_)
        | NodeKind::Or(_)
        | NodeKind::Compare { .. }
        | NodeKind::Defined { .. }
        | NodeKind::Test { .. } => Some(Kind::Boolean),
        NodeKind::Negate(_) => Some(Kind::Number),
        NodeKind::Arithmetic { operator: Operator::Concatenate, .. } => Some(Kind::String),
        NodeKind::Choice { chosen, otherwise, .. } => {
            let otherwise = otherwise.as_ref()?;
            kind(chosen, of).filter(|chosen| kind(otherwise, of) == Some(*chosen))
        }
        NodeKind::List(_) => Some(Kind::Array),
        NodeKind::Map(_) => Some(Kind::Object),
        NodeKind::Filter { filter, .. } => filtered(filter.name),
        NodeKind::Standard { filter, .. } => filtered(filter),
        _ => None,
    }
}

/// What a filter gives, where that is the same for every operand.
fn filtered(name: &str) -> Option<Kind> {
    Some(match name {
        "length" | "count" | "int" | "float" | "parse_duration" => Kind::Number,
        "tojson" | "upper" | "lower" | "title" | "capitalize" | "trim" | "join" | "string" | "b64encode" | "sha256"
        | "file_sha256" | "read_text" | "urlencode" => Kind::String,
        "list" | "keys" | "values" | "map" | "select" | "reject" | "selectattr" | "rejectattr" | "sort" | "split"
        | "unique" | "batch" => Kind::Array,
        "bool" | "close_to" | "matches" | "contains_json" => Kind::Boolean,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::trial::parse;
    use super::*;

    #[test]
    fn the_kind_is_known_where_it_is_the_same_for_every_value() {
        let of = |name: &str| (name == "n").then_some(Kind::Number);
        let rows = [
            ("'a'", Some(Kind::String)),
            ("n", Some(Kind::Number)),
            ("x", None),
            ("x == 1", Some(Kind::Boolean)),
            ("x is defined", Some(Kind::Boolean)),
            ("x | length", Some(Kind::Number)),
            ("x | first", None),
            ("[x]", Some(Kind::Array)),
            ("x ~ 1", Some(Kind::String)),
            ("x + 1", None),
            ("n if x else 2", Some(Kind::Number)),
            ("n if x else 'a'", None),
            ("n | default(true)", None),
            ("n.x", None),
        ];
        for (expression, expected) in rows {
            assert_eq!(parse(expression).kind(&of), expected, "{expression}");
        }
    }
}
