//! `keys`, `values`, `join`.

use super::{Filter, FilterCall, filter};
use crate::expression::EvalError;
use crate::expression::text::write_text;
use crate::value::{Object, Value};

pub(in crate::expression) static FILTERS: &[Filter] = &[
    filter("keys", &[], 0, |call| sorted(&call, |name, _| Value::from(name))),
    filter("values", &[], 0, |call| sorted(&call, |_, value| value.clone())),
    filter("join", &["d", "attribute"], 0, join),
];

/// Names or values of the members, in the order of the names: the same list whatever order the server wrote.
fn sorted(call: &FilterCall, of: fn(&str, &Value) -> Value) -> Result<Value, EvalError> {
    let members: &Object = call.operand.as_object().ok_or_else(|| call.takes("an object"))?;
    call.evaluation.budget.list(members.len(), call.span)?;
    let mut members: Vec<_> = members.iter().collect();
    members.sort_by(|one, other| one.0.cmp(other.0));
    Ok(Value::array(members.into_iter().map(|(name, value)| of(name, value)).collect()))
}

/// The items as text, with a text between them.
fn join(call: FilterCall) -> Result<Value, EvalError> {
    let between = call.text_argument(0)?.unwrap_or_default();
    let attribute = call.text_argument(1)?;
    let items = call.items()?;
    call.evaluation.budget.text(between.len().saturating_mul(items.len()), call.span)?;
    let mut joined = String::new();
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            joined.push_str(between);
        }
        let before = joined.len();
        match attribute {
            Some(path) => write_text(&mut joined, &call.attribute(item, path)?, call.span)?,
            None => write_text(&mut joined, item, call.span)?,
        }
        call.evaluation.budget.text(joined.len() - before, call.span)?;
    }
    Ok(joined.into())
}

#[cfg(test)]
mod tests {
    use super::super::super::trial::{Trial, table};

    #[test]
    fn keys_and_values_are_in_the_order_of_the_names() {
        table(
            &Trial::of(r#"{"o": {"b": 1, "a": 2}}"#),
            &[
                ("o | keys", "[\"a\",\"b\"]"),
                ("o | values", "[2,1]"),
                ("[1] | keys", "!`keys` takes an object, not an array"),
            ],
        );
    }

    #[test]
    fn joined_items_are_text_as_in_a_template() {
        table(
            &Trial::of(r#"{"l": ["a", 1, true], "n": [null], "rows": [{"id": 1}, {"id": 2}]}"#),
            &[
                ("l | join(', ')", "\"a, 1, true\""),
                ("l | join", "\"a1true\""),
                ("[] | join(',')", "\"\""),
                ("rows | join('-', attribute='id')", "\"1-2\""),
                ("n | join", "!`null` cannot stand in text"),
            ],
        );
    }
}
