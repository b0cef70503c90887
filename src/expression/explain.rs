//! Why a condition is false: the smallest parts that decided it, with the values of their sides.

use super::evaluate::Evaluation;
use super::operate;
use super::tree::{Node, NodeKind};
use crate::source::Span;
use crate::value::Value;

/// One comparison or test that made a condition false.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The part of the condition.
    pub span: Span,
    /// Its source text.
    pub text: String,
    /// Source text and value of each side that is not a literal, left to right.
    pub sides: Vec<(String, Value)>,
}

/// The findings of a false condition; none where it holds or has no value.
pub(super) fn explain(evaluation: &Evaluation, root: &Node) -> Vec<Finding> {
    let mut findings = Vec::new();
    if evaluation.truth(root) == Ok(false) {
        decide(evaluation, root, false, &mut findings);
    }
    findings
}

/// Finds what made `node` have that truth.
fn decide(evaluation: &Evaluation, node: &Node, truth: bool, findings: &mut Vec<Finding>) {
    match (&node.kind, truth) {
        // The right side of a false `and` may only make sense where the left side holds.
        (NodeKind::And(sides), false) | (NodeKind::Or(sides), true) => {
            let first = evaluation.truth(&sides[0]) == Ok(truth);
            decide(evaluation, &sides[usize::from(!first)], truth, findings);
        }
        (NodeKind::And(sides), true) | (NodeKind::Or(sides), false) => {
            sides.iter().for_each(|side| decide(evaluation, side, truth, findings));
        }
        (NodeKind::Not(operand), _) => {
            let mut inner = Vec::new();
            decide(evaluation, operand, !truth, &mut inner);
            let sides = inner.into_iter().flat_map(|finding| finding.sides).collect();
            findings.push(Finding { span: node.span, text: evaluation.source(node).to_owned(), sides });
        }
        (NodeKind::Choice { condition, chosen, otherwise }, _) => {
            let branch = if evaluation.truth(condition) == Ok(true) { Some(chosen) } else { otherwise.as_ref() };
            branch.into_iter().for_each(|branch| decide(evaluation, branch, truth, findings));
        }
        (NodeKind::Compare { first, rest }, false) => findings.push(comparison(evaluation, node, first, rest)),
        _ => findings.push(leaf(evaluation, node)),
    }
}

/// Of a chain `a < b < c` the first pair that does not hold.
fn comparison(evaluation: &Evaluation, node: &Node, first: &Node, rest: &[(super::tree::Comparison, Node)]) -> Finding {
    let mut left = first;
    for (operator, right) in rest {
        let values = (evaluation.value(left), evaluation.value(right));
        if let (Ok(one), Ok(other)) = &values {
            if operate::compare(*operator, one, other, node.span) == Ok(false) {
                let range = left.range.start..right.range.end;
                let (text, span) = match rest.len() {
                    1 => (evaluation.source(node), node.span),
                    _ => (evaluation.text.get(range).unwrap_or_default(), left.span.to(right.span)),
                };
                return Finding { span, text: text.to_owned(), sides: sides(evaluation, [left, right]) };
            }
        }
        left = right;
    }
    leaf(evaluation, node)
}

/// A test, a filter that says no, a name.
fn leaf(evaluation: &Evaluation, node: &Node) -> Finding {
    let mut children = Vec::new();
    match &node.kind {
        NodeKind::Test { .. } | NodeKind::Filter { .. } | NodeKind::Standard { .. } | NodeKind::Compare { .. } => {
            node.each_child(&mut |_, child| children.push(child));
        }
        NodeKind::Defined { operand, negated: true } => children.push(operand),
        NodeKind::Defined { .. } => {}
        _ => children.push(node),
    }
    Finding { span: node.span, text: evaluation.source(node).to_owned(), sides: sides(evaluation, children) }
}

fn sides<'a>(evaluation: &Evaluation, nodes: impl IntoIterator<Item = &'a Node>) -> Vec<(String, Value)> {
    let shown = nodes.into_iter().filter(|node| !is_literal(node));
    shown.filter_map(|node| Some((evaluation.source(node).to_owned(), evaluation.value(node).ok()?))).collect()
}

fn is_literal(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Literal(_) => true,
        NodeKind::Negate(operand) => is_literal(operand),
        NodeKind::List(items) => items.iter().all(is_literal),
        NodeKind::Map(members) => members.iter().all(|(key, value)| is_literal(key) && is_literal(value)),
        _ => false,
    }
}
