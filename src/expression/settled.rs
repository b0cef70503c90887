//! Conditions whose result no run can change: made of literals, comparing a value with itself, or in contradiction.
//!
//! Only what surely holds for every value is said; what depends on a name's value is not settled.

use super::tree::{Comparison, Node, NodeKind};
use super::{EvalError, Expr, Facts, FileNeed, Lookup, Scope, operate};
use crate::source::Span;
use crate::value::Value;

/// A result that no run can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Whether the condition holds.
    pub holds: bool,
    /// What in it is the reason: one place, or two that contradict each other.
    pub places: (Span, Option<Span>),
}

/// `subject < literal`, as a part of a condition.
struct Bound<'a> {
    subject: &'a str,
    operator: Comparison,
    literal: &'a Value,
    span: Span,
}

/// More comparisons than these are not compared with each other.
const COMPARED: usize = 64;

impl Expr {
    /// Its result, where that is the same in every run.
    pub fn settled(&self) -> Option<Settled> {
        settle(self.root(), self.text())
    }

    /// Its value, where it refers to nothing that only a run knows.
    pub fn constant(&self) -> Option<Value> {
        constant(self.root(), self.text())
    }

    /// Whether it can hold only where the other does: it is written alike, or has the other as one side of an `and`.
    pub fn demands(&self, other: &Expr) -> bool {
        fn side(node: &Node, text: &str, other: &str) -> bool {
            let NodeKind::And(sides) = &node.kind else {
                return text.get(node.range.clone()).map(str::trim) == Some(other);
            };
            sides.iter().any(|part| side(part, text, other))
        }
        self.text() == other.text() || side(self.root(), self.text(), other.text())
    }

    /// What must be equal to a literal for the condition to hold: the subject as written, the literal, the place.
    pub fn equalities(&self) -> Vec<(&str, &Value, Span)> {
        let mut bounds = Vec::new();
        conjuncts(self.root(), self.text(), &mut bounds);
        let equal = bounds.into_iter().filter(|bound| bound.operator == Comparison::Equal);
        equal.map(|bound| (bound.subject, bound.literal, bound.span)).collect()
    }
}

/// Two places in conditions that can never hold together.
pub fn never_together(conditions: &[Expr]) -> Option<(Span, Span)> {
    let mut bounds = Vec::new();
    conditions.iter().for_each(|condition| conjuncts(condition.root(), condition.text(), &mut bounds));
    contradiction(&bounds)
}

fn settle(node: &Node, text: &str) -> Option<Settled> {
    let whole = |holds| Some(Settled { holds, places: (node.span, None) });
    match &node.kind {
        NodeKind::Not(operand) => {
            let Settled { holds, places } = settle(operand, text)?;
            Some(Settled { holds: !holds, places: if places.1.is_some() { places } else { (node.span, None) } })
        }
        NodeKind::And(sides) => joined(node, sides, text, false),
        NodeKind::Or(sides) => joined(node, sides, text, true),
        NodeKind::Compare { first, rest } if rest.len() == 1 && is_same(first, &rest[0].1, text) => match rest[0].0 {
            Comparison::Equal | Comparison::LessOrEqual | Comparison::GreaterOrEqual => whole(true),
            Comparison::Unequal | Comparison::Less | Comparison::Greater => whole(false),
            Comparison::In | Comparison::NotIn => None,
        },
        _ => whole(constant(node, text)?.as_bool()?),
    }
}

/// `and` and `or`: `deciding` is the side's result that decides the whole.
fn joined(node: &Node, sides: &[Node; 2], text: &str, deciding: bool) -> Option<Settled> {
    let settled = [settle(&sides[0], text), settle(&sides[1], text)];
    if let Some(decided) = settled.iter().flatten().find(|side| side.holds == deciding) {
        return Some(*decided);
    }
    if let [Some(one), Some(_)] = settled {
        return Some(one);
    }
    let mut bounds = Vec::new();
    if deciding {
        disjuncts(node, text, &mut bounds);
        bounds.iter_mut().for_each(|bound| bound.operator = negated(bound.operator));
    } else {
        conjuncts(node, text, &mut bounds);
    }
    let (one, other) = contradiction(&bounds)?;
    Some(Settled { holds: deciding, places: (one, Some(other)) })
}

fn conjuncts<'a>(node: &'a Node, text: &'a str, bounds: &mut Vec<Bound<'a>>) {
    match &node.kind {
        NodeKind::And(sides) => sides.iter().for_each(|side| conjuncts(side, text, bounds)),
        _ => bounds.extend(bound(node, text)),
    }
}

fn disjuncts<'a>(node: &'a Node, text: &'a str, bounds: &mut Vec<Bound<'a>>) {
    match &node.kind {
        NodeKind::Or(sides) => sides.iter().for_each(|side| disjuncts(side, text, bounds)),
        _ => bounds.extend(bound(node, text)),
    }
}

fn bound<'a>(node: &'a Node, text: &'a str) -> Option<Bound<'a>> {
    let NodeKind::Compare { first, rest } = &node.kind else { return None };
    let [(operator, second)] = &rest[..] else { return None };
    let (subject, operator, literal) = match (&first.kind, &second.kind) {
        (NodeKind::Literal(_), NodeKind::Literal(_)) => return None,
        (_, NodeKind::Literal(literal)) => (&**first, *operator, literal),
        (NodeKind::Literal(literal), _) => (second, mirrored(*operator)?, literal),
        _ => return None,
    };
    if matches!(operator, Comparison::In | Comparison::NotIn) || is_fresh(subject) {
        return None;
    }
    Some(Bound { subject: text.get(subject.range.clone())?.trim(), operator, literal, span: node.span })
}

/// The first two that no value fulfils.
fn contradiction(bounds: &[Bound<'_>]) -> Option<(Span, Span)> {
    let bounds = bounds.get(..bounds.len().min(COMPARED))?;
    bounds.iter().enumerate().find_map(|(index, one)| {
        let same = bounds[index + 1..].iter().filter(|other| other.subject == one.subject);
        let mut never = same.filter(|other| excludes(one, other) || excludes(other, one));
        never.next().map(|other| (one.span, other.span))
    })
}

/// Whether no value fulfils both, as far as the first one's literal shows it.
fn excludes(one: &Bound<'_>, other: &Bound<'_>) -> bool {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
    let holds = |operator| operate::compare(operator, one.literal, other.literal, one.span).ok();
    match (one.operator, other.operator) {
        (Equal, operator) => holds(operator) == Some(false),
        (Less, Greater | GreaterOrEqual) | (LessOrEqual, Greater) => holds(LessOrEqual) == Some(true),
        (LessOrEqual, GreaterOrEqual) => holds(Less) == Some(true),
        _ => false,
    }
}

fn negated(operator: Comparison) -> Comparison {
    match operator {
        Comparison::Equal => Comparison::Unequal,
        Comparison::Unequal => Comparison::Equal,
        Comparison::Less => Comparison::GreaterOrEqual,
        Comparison::LessOrEqual => Comparison::Greater,
        Comparison::Greater => Comparison::LessOrEqual,
        Comparison::GreaterOrEqual => Comparison::Less,
        Comparison::In => Comparison::NotIn,
        Comparison::NotIn => Comparison::In,
    }
}

/// The operator with its sides exchanged.
fn mirrored(operator: Comparison) -> Option<Comparison> {
    Some(match operator {
        Comparison::Equal | Comparison::Unequal => operator,
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        Comparison::In | Comparison::NotIn => return None,
    })
}

/// Whether both are written alike and have the same value.
fn is_same(one: &Node, other: &Node, text: &str) -> bool {
    let written = |node: &Node| text.get(node.range.clone()).map(str::trim);
    !is_fresh(one) && written(one).is_some() && written(one) == written(other)
}

/// Whether a function is called in it, whose value may be another one each time.
fn is_fresh(node: &Node) -> bool {
    let mut fresh = matches!(node.kind, NodeKind::Call { .. });
    node.each_child(&mut |_, child| fresh |= is_fresh(child));
    fresh
}

/// The value of what refers to nothing outside of the expression.
fn constant(node: &Node, text: &str) -> Option<Value> {
    if let NodeKind::Literal(value) = &node.kind {
        return Some(value.clone());
    }
    if !super::reference::collect(node).is_empty() || is_fresh(node) || reads_file(node) {
        return None;
    }
    let scope = Nothing(Facts { seed: 0, started: jiff::Timestamp::UNIX_EPOCH, site: "".into() });
    Expr::evaluate_part(node, text, &scope).ok()
}

fn reads_file(node: &Node) -> bool {
    let mut reads = node.kind.reads_file();
    node.each_child(&mut |_, child| reads |= reads_file(child));
    reads
}

/// A scope without names.
struct Nothing(Facts);

impl Scope for Nothing {
    fn name(&self, _: &str) -> Lookup {
        Lookup::Undefined
    }

    fn step(&self, _: &str, _: Option<&str>) -> Lookup {
        Lookup::Undefined
    }

    fn facts(&self) -> &Facts {
        &self.0
    }

    fn file(&self, _: &FileNeed) -> Option<Result<Value, String>> {
        None
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

impl Expr {
    fn evaluate_part(node: &Node, text: &str, scope: &dyn Scope) -> Result<Value, EvalError> {
        super::evaluate::Evaluation { scope, text, budget: super::budget::Budget::of(scope.limits()) }.value(node)
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::parse;

    #[test]
    fn a_condition_is_settled_where_no_value_can_change_it() {
        let rows = [
            ("true", Some(true)),
            ("1 == 2", Some(false)),
            ("not (1 == 2)", Some(true)),
            ("status == status", Some(true)),
            ("body.x != body.x", Some(false)),
            ("status == 200 and status == 404", Some(false)),
            ("200 == status and status != 200", Some(false)),
            ("n > 5 and n < 3", Some(false)),
            ("n < 5 and n >= 5", Some(false)),
            ("5 < n and n <= 5", Some(false)),
            ("status != 200 or status != 404", Some(true)),
            ("n < 5 or n >= 5", Some(true)),
            ("a and false", Some(false)),
            ("a or 1 == 1", Some(true)),
            ("'x' in ['x']", Some(true)),
            ("a", None),
            ("status == 200 or status == 404", None),
            ("status != 200 and status != 404", None),
            ("n >= 5 and n <= 5", None),
            ("n > 3 and n < 5", None),
            ("n < 3 or n > 5", None),
            ("a == 1 and b == 2", None),
            ("a == 1 and a == 1.0", None),
            ("uuid() == uuid()", None),
            ("uuid() == 'a' and uuid() == 'b'", None),
            ("a and true", None),
            ("a == 'x' and a > 1", None),
            ("'x'", None),
        ];
        for (condition, expected) in rows {
            assert_eq!(parse(condition).settled().map(|settled| settled.holds), expected, "{condition}");
        }
    }

    #[test]
    fn what_must_be_equal_to_a_literal_is_known_through_and() {
        let condition = parse("status == 404 and (body.x == 1 and 'a' == name)");
        let subjects = condition.equalities().iter().map(|(subject, ..)| *subject).collect::<Vec<_>>();
        assert_eq!(subjects, ["status", "body.x", "name"]);
        assert!(parse("status == 404 or a").equalities().is_empty());
    }

    #[test]
    fn a_condition_demands_another_that_is_a_part_of_it() {
        for (one, other, expected) in
            [("a", "a", true), ("a and b", "b", true), ("a or b", "b", false), ("a", "b", false)]
        {
            assert_eq!(parse(one).demands(&parse(other)), expected, "{one}, {other}");
        }
    }
}
