//! Comparisons in a query that have the same result for every document: RFC 9535 allows them, and nobody means them.

use super::Path;
use super::query::{Comparison, Logical, Matches, Operand, Operator, Pattern, Segment, Selector};
use crate::value::Value;

/// What is known of an operand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    /// Nothing, so that it equals nothing but what is missing.
    Missing,
    Number,
    Text,
    /// `true`, `false` or `null`, which have no order.
    Word,
}

impl Path {
    /// Why a comparison in it has the same result for every document; the first such one.
    pub fn idle_comparison(&self) -> Option<String> {
        in_segments(self.segments())
    }
}

fn in_segments(segments: &[Segment]) -> Option<String> {
    segments.iter().flat_map(|segment| &segment.selectors).find_map(|selector| match selector {
        Selector::Filter(filter) => in_filter(filter),
        _ => None,
    })
}

fn in_filter(filter: &Logical) -> Option<String> {
    match filter {
        Logical::Or(parts) | Logical::And(parts) => parts.iter().find_map(in_filter),
        Logical::Not(part) => in_filter(part),
        Logical::Exists(reference) => in_segments(&reference.segments),
        Logical::Compare(comparison) => in_comparison(comparison),
        Logical::Matches(matches) => in_match(matches),
    }
}

fn in_comparison(Comparison { left, operator, right }: &Comparison) -> Option<String> {
    if let Some(reason) = in_operand(left).or_else(|| in_operand(right)) {
        return Some(reason);
    }
    let ordered = !matches!(operator, Operator::Equal | Operator::NotEqual);
    let word = [left, right].into_iter().find(|side| known(side) == Some(Known::Word));
    if let (true, Some(Operand::Literal(word))) = (ordered, word) {
        return Some(format!("`{word}` is neither smaller nor larger than anything"));
    }
    match (left, right) {
        (Operand::Literal(left), Operand::Literal(right)) => {
            Some(format!("`{left}` and `{right}` are both written out"))
        }
        _ => match (known(left)?, known(right)?) {
            (left, right) if left == right => None,
            (Known::Number, _) | (_, Known::Number) => {
                Some("a length or a count is a number, and is compared with something else".to_owned())
            }
            _ => None,
        },
    }
}

fn in_operand(operand: &Operand) -> Option<String> {
    match operand {
        Operand::Literal(_) | Operand::Singular(_) => None,
        Operand::Length(of) => match known(of)? {
            Known::Number | Known::Word => Some(match &**of {
                Operand::Literal(literal) => format!("`{literal}` has no length"),
                _ => "a number has no length".to_owned(),
            }),
            Known::Text if matches!(**of, Operand::Literal(_)) => {
                Some("the length of a text that is written out is always the same".to_owned())
            }
            Known::Text | Known::Missing => None,
        },
        Operand::Count(reference) | Operand::ValueOf(reference) => in_segments(&reference.segments),
    }
}

fn in_match(matches: &Matches) -> Option<String> {
    let function = if matches.whole { "match" } else { "search" };
    let not_text = |operand: &Operand| known(operand).is_some_and(|known| known != Known::Text);
    if not_text(&matches.subject) {
        return Some(format!("`{function}` looks at a text, and is given something else"));
    }
    match &matches.pattern {
        Pattern::Computed(pattern) if not_text(pattern) => {
            Some(format!("the pattern of `{function}` is a text, and is given something else"))
        }
        _ => None,
    }
}

fn known(operand: &Operand) -> Option<Known> {
    match operand {
        Operand::Literal(Value::Number(_)) => Some(Known::Number),
        Operand::Literal(Value::String(_)) => Some(Known::Text),
        Operand::Literal(_) => Some(Known::Word),
        Operand::Length(of) => match known(of) {
            Some(Known::Number | Known::Word) => Some(Known::Missing),
            _ => Some(Known::Number),
        },
        Operand::Count(_) => Some(Known::Number),
        Operand::Singular(_) | Operand::ValueOf(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comparison_is_idle_where_no_document_changes_its_result() {
        let idle = [
            "$.a[?1 == 1]",
            "$.a[?'a' == 1 || @.b]",
            "$.a[?'a' < 1].b",
            "$.a[?@.x < true]",
            "$.a[?null >= @.x]",
            "$.a[?length(1) == 1]",
            "$.a[?length('abc') == 3]",
            "$.a[?length(@.x) == 'a']",
            "$.a[?count(@.*) == null]",
            "$.a[?search(@.x, 1)]",
            "$.a[?!match(1, 'a')]",
            "$.a[?@.b[?1 == 2]]",
        ];
        for path in idle {
            assert!(Path::parse(path).expect(path).idle_comparison().is_some(), "{path}");
        }
        let busy = [
            "$.a[?@.x == 1]",
            "$.a[?@.x == 'a' && @.y < 3]",
            "$.a[?@.x == null]",
            "$.a[?length(@.x) > 2]",
            "$.a[?count(@.*) == length(@.x)]",
            "$.a[?@.x == @.y]",
            "$.a[?match(@.x, 'a.*')]",
            "$.a[?search(@.x, @.pattern)]",
            "$.a[?value(@..x) == 'a']",
        ];
        for path in busy {
            assert_eq!(Path::parse(path).expect(path).idle_comparison(), None, "{path}");
        }
    }
}
