//! `map`, `select`, `reject`, `selectattr`, `rejectattr`: a filter or a test for every item of a list.
//!
//! They are ours so that they know our filters, and so that `select('eq', 1)` compares as `==` does.

use super::{Filter, FilterCall, filter};
use crate::expression::catalog::{self, Known};
use crate::expression::{EvalError, access, standard};
use crate::value::Value;

pub(in crate::expression) static FILTERS: &[Filter] = &[
    filter("map", &["filter"], 0, map)
        .named(&["attribute", "default"])
        .rest()
        .verified(crate::expression::verify::mapped),
    filter("select", &["test"], 0, |call| select(&call, None, 0, true))
        .rest()
        .verified(crate::expression::verify::selected),
    filter("reject", &["test"], 0, |call| select(&call, None, 0, false))
        .rest()
        .verified(crate::expression::verify::selected),
    filter("selectattr", &["attribute", "test"], 1, |call| select(&call, Some(0), 1, true))
        .rest()
        .verified(crate::expression::verify::selected_by_attribute),
    filter("rejectattr", &["attribute", "test"], 1, |call| select(&call, Some(0), 1, false))
        .rest()
        .verified(crate::expression::verify::selected_by_attribute),
];

/// A filter, or an attribute (a dotted path, with a default), of every item.
fn map(call: FilterCall) -> Result<Value, EvalError> {
    let (name, attribute) = (call.text_argument(0)?, call.text_argument(1)?);
    let items = call.items()?;
    call.evaluation.budget.list(items.len(), call.span)?;
    let mapped: Result<Vec<Value>, EvalError> = match (name, attribute) {
        (None, Some(path)) => items.iter().map(|item| call.attribute_or_default(item, path)).collect(),
        (Some(name), None) => items.iter().map(|item| apply(&call, name, item)).collect(),
        _ => return Err(call.fails("name a filter, `map('upper')`, or an attribute, `map(attribute='id')`")),
    };
    mapped.map(Value::array)
}

fn apply(call: &FilterCall, name: &str, item: &Value) -> Result<Value, EvalError> {
    call.evaluation.budget.work(1, call.span)?;
    let rest = call.arguments.get(3..).unwrap_or_default();
    match catalog::filter(name) {
        Some(Known::Ours(filter)) => {
            let signature = &filter.signature;
            let slots = signature.parameters.len() + signature.named.len();
            let mut arguments = rest.to_vec();
            if arguments.len() > signature.parameters.len() || arguments.len() < signature.required {
                return Err(call.fails(format_args!("`{name}` does not take {} arguments", arguments.len())));
            }
            arguments.resize(slots, None);
            let operand = item.clone();
            (filter.apply)(FilterCall {
                evaluation: call.evaluation,
                filter,
                span: call.span,
                operand,
                arguments,
                regex: None,
            })
        }
        Some(Known::Standard(filter)) => {
            let rest: Vec<Value> = rest.iter().flatten().cloned().collect();
            let arguments = standard::Arguments { positional: &rest, named: &[] };
            standard::apply(filter, item, arguments, &call.evaluation.budget, call.span)
        }
        Some(Known::Default) | None => Err(call.fails(format_args!("there is no filter `{name}` for items"))),
    }
}

/// The items for which a test (or, without one, their truth) is as wanted.
fn select(call: &FilterCall, attribute: Option<usize>, test: usize, wanted: bool) -> Result<Value, EvalError> {
    let attribute = attribute.map_or(Ok(None), |index| call.text_argument(index))?;
    let test = match call.text_argument(test)? {
        None => None,
        Some(name) => Some(catalog::test(name).ok_or_else(|| call.fails(format_args!("there is no test `{name}`")))?),
    };
    let parameters = call.filter.signature.parameters.len();
    let arguments: Vec<Value> = call.arguments.iter().skip(parameters).flatten().cloned().collect();
    let mut chosen = Vec::new();
    for item in call.items()? {
        call.evaluation.budget.work(1, call.span)?;
        let subject = match attribute {
            Some(path) => &call.attribute(item, path)?,
            None => item,
        };
        let holds = match test {
            Some(test) if arguments.len() != test.arguments => {
                return Err(call.fails(format_args!("the test `{}` takes {} arguments", test.name, test.arguments)));
            }
            Some(test) => (test.holds)(subject, &arguments).map_err(|problem| call.fails(problem))?,
            None => subject.as_bool().ok_or_else(|| {
                call.fails("the items are not `true` or `false`")
                    .with_help(format!("name a test: `{}('eq', …)`", call.filter.name))
            })?,
        };
        if holds == wanted {
            chosen.push(item.clone());
        }
    }
    Ok(Value::array(chosen))
}

impl FilterCall<'_> {
    /// A dotted path into an item.
    pub(super) fn attribute(&self, item: &Value, path: &str) -> Result<Value, EvalError> {
        self.evaluation.budget.work(1, self.span)?;
        let mut value = item.clone();
        for part in path.split('.') {
            value = match (&value, part.parse::<i64>()) {
                (Value::Array(_), Ok(index)) => access::item(&value, &index.into(), "item", self.span)?,
                _ => access::member(&value, part, "item", self.span)?,
            };
        }
        Ok(value)
    }

    fn attribute_or_default(&self, item: &Value, path: &str) -> Result<Value, EvalError> {
        match (self.attribute(item, path), self.argument(2)) {
            (Err(error), Some(default)) if error.is_absence() => Ok(default.clone()),
            (result, _) => result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::trial::{Trial, table, wrong};

    #[test]
    fn every_item_is_mapped_or_tested() {
        let scope = Trial::of(
            r#"{"rows": [{"id": 1, "on": true, "in": {"k": [7]}}, {"id": 2, "on": false}], "words": ["a", "bb"], "mixed": [1, true, 0]}"#,
        );
        let rows = [
            ("rows | map(attribute='id')", "[1,2]"),
            ("rows | map(attribute='in.k.0', default=0)", "[7,0]"),
            ("rows | map(attribute='in')", "!`item` has no `in`"),
            ("words | map('upper')", "[\"A\",\"BB\"]"),
            ("words | map('replace', 'b', 'c')", "[\"a\",\"cc\"]"),
            ("words | map('b64encode')", "[\"YQ==\",\"YmI=\"]"),
            ("words | map('matches', '^b')", "[false,true]"),
            ("mixed | select('eq', 1)", "[1]"),
            ("mixed | select('number')", "[1,0]"),
            ("mixed | reject('boolean')", "[1,0]"),
            ("mixed | select", "!name a test"),
            ("rows | selectattr('on') | map(attribute='id')", "[1]"),
            ("rows | selectattr('id', 'gt', 1) | map(attribute='id')", "[2]"),
            ("rows | rejectattr('id', 'eq', 1) | length", "1"),
            ("rows | map", "!name a filter"),
            ("5 | map('upper')", "!`map` takes an array, not a number"),
        ];
        table(&scope, &rows);
    }

    #[test]
    fn a_literal_name_of_no_filter_or_test_is_found_before_anything_runs() {
        let (diagnostic, underlined) = wrong("words | map('uper')");
        assert_eq!((diagnostic.rule.name, &*underlined), ("unknown-filter", "'uper'"));
        let (diagnostic, underlined) = wrong("rows | selectattr('id', 'gtt', 1)");
        assert_eq!((diagnostic.rule.name, &*underlined), ("unknown-test", "'gtt'"));
    }
}
