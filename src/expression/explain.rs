//! Why a condition is false: the smallest parts that decided it, with the values of their sides.

use super::differences::{Difference, differences};
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
    /// Of `contains_json`: what is missing. Then its operand is none of the sides.
    pub differences: Vec<Difference>,
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
            let text = evaluation.source(node).to_owned();
            findings.push(Finding { span: node.span, text, sides, differences: Vec::new() });
        }
        (NodeKind::Choice { condition, chosen, otherwise }, _) => {
            let branch = if evaluation.truth(condition) == Ok(true) { Some(chosen) } else { otherwise.as_ref() };
            branch.into_iter().for_each(|branch| decide(evaluation, branch, truth, findings));
        }
        (NodeKind::Compare { first, rest }, false) => findings.push(comparison(evaluation, node, first, rest)),
        (NodeKind::Filter { operand, filter, arguments, .. }, false) if filter.name == "contains_json" => {
            findings.push(lacking(evaluation, node, operand, arguments));
        }
        _ => findings.push(leaf(evaluation, node)),
    }
}

/// Of a chain `a < b < c` the first pair that does not hold.
fn comparison(evaluation: &Evaluation, node: &Node, first: &Node, rest: &[(super::tree::Comparison, Node)]) -> Finding {
    let mut left = first;
    for (operator, right) in rest {
        let values = (evaluation.value(left), evaluation.value(right));
        if let (Ok(one), Ok(other)) = &values
            && operate::compare(*operator, one, other, node.span) == Ok(false)
        {
            let range = left.range.start..right.range.end;
            let (text, span) = match rest.len() {
                1 => (evaluation.source(node), node.span),
                _ => (evaluation.text.get(range).unwrap_or_default(), left.span.to(right.span)),
            };
            let sides = sides(evaluation, [left, right]);
            return Finding { span, text: text.to_owned(), sides, differences: Vec::new() };
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
    let text = evaluation.source(node).to_owned();
    Finding { span: node.span, text, sides: sides(evaluation, children), differences: Vec::new() }
}

/// `contains_json` shows what is missing instead of all that is there.
fn lacking(evaluation: &Evaluation, node: &Node, operand: &Node, arguments: &[Option<Node>]) -> Finding {
    let mut finding = leaf(evaluation, node);
    let partial = arguments.first().and_then(Option::as_ref);
    if let (Ok(whole), Some(Ok(partial))) = (evaluation.value(operand), partial.map(|node| evaluation.value(node))) {
        let text = evaluation.source(operand);
        finding.differences = differences(text, &whole, &partial, &evaluation.budget, node.span);
    }
    if !finding.differences.is_empty() {
        finding.sides.clear();
    }
    finding
}

fn sides<'a>(evaluation: &Evaluation, nodes: impl IntoIterator<Item = &'a Node>) -> Vec<(String, Value)> {
    let shown = nodes.into_iter().filter(|node| !is_literal(node));
    shown.filter_map(|node| Some((evaluation.source(node).to_owned(), evaluation.value(node).ok()?))).collect()
}

/// Whether a part is a value that is written out.
pub(super) fn is_literal(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Literal(_) => true,
        NodeKind::Negate(operand) => is_literal(operand),
        NodeKind::List(items) => items.iter().all(is_literal),
        NodeKind::Map(members) => members.iter().all(|(key, value)| is_literal(key) && is_literal(value)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::{Trial, parse};

    #[track_caller]
    fn findings(scope: &str, condition: &str) -> Vec<String> {
        let findings = parse(condition).explain(&Trial::of(scope));
        let line = |(text, value): &(String, super::Value)| format!("{text} = {value}");
        let lines = findings.iter().map(|found| (found, found.sides.iter().map(line).collect::<Vec<_>>().join(", ")));
        lines.map(|(found, sides)| format!("{} [{sides}]", found.text)).collect()
    }

    #[test]
    fn a_comparison_shows_its_sides_and_leaves_literals_out() {
        let scope = r#"{"status": 404, "a": 1, "b": 2}"#;
        assert_eq!(findings(scope, "status == 200"), ["status == 200 [status = 404]"]);
        assert_eq!(findings(scope, "{{ a == b }}"), ["a == b [a = 1, b = 2]"]);
        assert_eq!(findings(scope, "a in [-3, 4]"), ["a in [-3, 4] [a = 1]"]);
        assert_eq!(findings(scope, "a == 1"), [""; 0]);
        assert_eq!(findings(scope, "nothing == 1"), [""; 0]);
    }

    #[test]
    fn only_the_parts_that_decided_are_shown() {
        let scope = r#"{"a": 1, "b": 2, "t": true, "f": false}"#;
        assert_eq!(findings(scope, "a == 1 and b == 3 and a == 7"), ["b == 3 [b = 2]"]);
        assert_eq!(findings(scope, "a == 2 or (t and b == 3)"), ["a == 2 [a = 1]", "b == 3 [b = 2]"]);
        assert_eq!(findings(scope, "not (a == 1 and t)"), ["not (a == 1 and t) [a = 1, t = true]"]);
        assert_eq!(findings(scope, "f"), ["f [f = false]"]);
        assert_eq!(findings(scope, "0 < a < b < 2"), ["b < 2 [b = 2]"]);
        assert_eq!(findings(scope, "x is defined and x > 1"), ["x is defined []"]);
        assert_eq!(findings(scope, "a == 2 if t else b == 2"), ["a == 2 [a = 1]"]);
    }

    #[test]
    fn tests_and_filters_show_what_they_were_applied_to() {
        let scope = r#"{"body": [{"p": 0.5}], "name": "abc", "wanted": 0.4}"#;
        assert_eq!(
            findings(scope, "body[0].p | close_to(wanted, 1e-6)"),
            ["body[0].p | close_to(wanted, 1e-6) [body[0].p = 0.5, wanted = 0.4]"]
        );
        assert_eq!(findings(scope, "name is number"), ["name is number [name = \"abc\"]"]);
        assert_eq!(findings(scope, "name is not string"), ["name is not string [name = \"abc\"]"]);
        assert_eq!(findings(scope, "name is not defined"), ["name is not defined [name = \"abc\"]"]);
        assert_eq!(findings(scope, "'z' in name"), ["'z' in name [name = \"abc\"]"]);
    }
}
