//! What a value lacks of a partial one: why `contains_json` is false.
//!
//! Of a list's item that nothing matches, the nearest one is told with what it lacks. Values stand apart from the
//! words about them, since only whoever makes the message can mask them.

use std::sync::Arc;

use super::EvalError;
use super::budget::Budget;
use super::filters::json::contains;
use crate::source::Span;
use crate::value::{Object, Value};

/// One thing that is not there, or is something else.
#[derive(Clone, Debug, PartialEq)]
pub enum Difference {
    /// An object has no such member.
    NoMember {
        /// The object, as `body.owner`.
        at: String,
        /// The member's name.
        name: Arc<str>,
        /// What it should be.
        expected: Value,
    },
    /// A value is something else.
    Other {
        /// The value, as `body.owner.name`.
        at: String,
        /// What it should be, or have in it.
        expected: Value,
        /// What it is.
        found: Value,
    },
    /// No item of a list has that in it.
    NoItem {
        /// The list.
        at: String,
        /// What an item should have in it.
        expected: Value,
        /// What the nearest item lacks; empty where none is near.
        nearest: Vec<Difference>,
    },
    /// Each item of a list may match one thing only, and there are too few.
    TooFew {
        /// The list.
        at: String,
        /// What no item is left for.
        expected: Value,
    },
}

/// Everything that `whole`, which is written as `text`, lacks of `partial`; of a hostile pair only a part of it.
pub(super) fn differences(text: &str, whole: &Value, partial: &Value, budget: &Budget, span: Span) -> Vec<Difference> {
    let mut found = Vec::new();
    // What there was no work left for is not told.
    let _ = Search { budget, span }.compare(text, whole, partial, &mut found);
    found
}

struct Search<'a> {
    budget: &'a Budget,
    span: Span,
}

impl Search<'_> {
    fn compare(&self, at: &str, whole: &Value, partial: &Value, found: &mut Vec<Difference>) -> Result<(), EvalError> {
        self.budget.work(1, self.span)?;
        match (whole, partial) {
            (Value::Object(members), Value::Object(expected)) => self.members(at, members, expected, found),
            (Value::Array(items), Value::Array(expected)) => self.items(at, items, expected, found),
            _ if whole == partial => Ok(()),
            _ => {
                found.push(Difference::Other { at: at.to_owned(), expected: partial.clone(), found: whole.clone() });
                Ok(())
            }
        }
    }

    fn members(
        &self,
        at: &str,
        members: &Object,
        expected: &Object,
        found: &mut Vec<Difference>,
    ) -> Result<(), EvalError> {
        for (name, expected) in expected {
            match members.get(name) {
                Some(member) => self.compare(&member_of(at, name), member, expected, found)?,
                None => {
                    let (name, expected) = (Arc::clone(name), expected.clone());
                    found.push(Difference::NoMember { at: at.to_owned(), name, expected });
                }
            }
        }
        Ok(())
    }

    fn items(
        &self,
        at: &str,
        items: &[Value],
        expected: &[Value],
        found: &mut Vec<Difference>,
    ) -> Result<(), EvalError> {
        let before = found.len();
        for wanted in expected {
            let mut fits = false;
            for item in items {
                fits = fits || contains(self.budget, self.span, item, wanted)?;
            }
            if !fits {
                let nearest = self.nearest(at, items, wanted)?;
                found.push(Difference::NoItem { at: at.to_owned(), expected: wanted.clone(), nearest });
            }
        }
        if found.len() == before {
            // Each alone would fit: find the first for which no item is left.
            for count in 1..=expected.len() {
                let some = Value::array(expected[..count].to_vec());
                if !contains(self.budget, self.span, &Value::array(items.to_vec()), &some)? {
                    let expected = expected[count - 1].clone();
                    found.push(Difference::TooFew { at: at.to_owned(), expected });
                    break;
                }
            }
        }
        Ok(())
    }

    /// What the item lacks that has the most of what is wanted.
    fn nearest(&self, at: &str, items: &[Value], wanted: &Value) -> Result<Vec<Difference>, EvalError> {
        let Some(members) = wanted.as_object().map(|members| members.len()) else { return Ok(Vec::new()) };
        let mut nearest: Option<(usize, Vec<Difference>)> = None;
        for (index, item) in items.iter().enumerate().filter(|(_, item)| item.as_object().is_some()) {
            let mut lacks = Vec::new();
            self.compare(&format!("{at}[{index}]"), item, wanted, &mut lacks)?;
            let has = members.saturating_sub(lacks.len());
            if has > nearest.as_ref().map_or(0, |(most, _)| *most) {
                nearest = Some((has, lacks));
            }
        }
        Ok(nearest.map(|(_, lacks)| lacks).unwrap_or_default())
    }
}

fn member_of(at: &str, name: &str) -> String {
    if crate::id::is_identifier(name) { format!("{at}.{name}") } else { format!("{at}[\"{name}\"]") }
}

#[cfg(test)]
mod tests {
    use super::super::trial::{Trial, parse};
    use super::*;

    fn told(difference: &Difference) -> String {
        match difference {
            Difference::NoMember { at, name, expected } => format!("{at} has no {name}: {expected}"),
            Difference::Other { at, expected, found } => format!("{at} is {found}, not {expected}"),
            Difference::NoItem { at, expected, nearest } => {
                format!("no item of {at} has {expected} {:?}", nearest.iter().map(told).collect::<Vec<_>>())
            }
            Difference::TooFew { at, expected } => format!("no item of {at} is left for {expected}"),
        }
    }

    #[track_caller]
    fn differs(scope: &str, condition: &str) -> Vec<String> {
        let findings = parse(condition).explain(&Trial::of(scope));
        findings.iter().flat_map(|finding| &finding.differences).map(told).collect()
    }

    #[test]
    fn each_part_that_is_missing_is_told_with_its_place() {
        let scope = r#"{"body": {"a": 1, "b": {"c": [1, 2], "d e": "x"}}}"#;
        let rows = [
            (
                "body | contains_json({'a': 2, 'z': 3, 'b': {'d e': 'y'}})",
                &["body.a is 1, not 2", "body has no z: 3", "body.b[\"d e\"] is \"x\", not \"y\""][..],
            ),
            ("body is contains_json({'b': {'c': 1}})", &["body.b.c is [1,2], not 1"]),
            ("body.b.c | contains_json([3, 1])", &["no item of body.b.c has 3 []"]),
            ("body.b.c | contains_json([1, 1])", &["no item of body.b.c is left for 1"]),
            ("not body | contains_json({'a': 1})", &[]),
        ];
        for (condition, expected) in rows {
            assert_eq!(differs(scope, condition), expected, "{condition}");
        }
    }

    #[test]
    fn of_a_list_the_nearest_item_is_told_with_what_it_lacks() {
        let scope = r#"{"l": [{"name": "a", "state": "ok"}, {"name": "b", "state": "error"}, 3]}"#;
        let lacks = |condition: &str| differs(scope, condition).join("");
        assert_eq!(
            lacks("l | contains_json([{'name': 'b', 'state': 'ok', 'k': 1}, {'name': 'a'}])"),
            "no item of l has {\"name\":\"b\",\"state\":\"ok\",\"k\":1} [\"l[0].name is \\\"a\\\", not \\\"b\\\"\", \
             \"l[0] has no k: 1\"]"
        );
        assert_eq!(lacks("l | contains_json([{'name': 'z'}])"), "no item of l has {\"name\":\"z\"} []");
    }
}
