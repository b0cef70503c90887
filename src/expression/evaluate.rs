//! The evaluator: a walk over the tree, with everything outside of it behind [`Scope`].

use std::sync::Arc;

use regex::Regex;

use super::budget::Budget;
use super::catalog::{Filter, Function};
use super::tree::{Node, NodeKind};
use super::{EvalError, EvalErrorKind, Lookup, Scope, access, operate, standard};
use crate::diagnostic::did_you_mean;
use crate::source::Span;
use crate::value::{Object, Value};

/// One evaluation of one expression.
pub(super) struct Evaluation<'a> {
    pub scope: &'a dyn Scope,
    /// The source of the expression.
    pub text: &'a str,
    pub budget: Budget,
}

/// What a filter of ours is applied to.
pub(super) struct FilterCall<'a> {
    pub evaluation: &'a Evaluation<'a>,
    pub filter: &'static Filter,
    /// The whole of `operand | filter(…)`.
    pub span: Span,
    pub operand: Value,
    /// In the order of the signature, then the rest.
    pub arguments: Vec<Option<Value>>,
    /// A literal pattern, compiled.
    pub regex: Option<&'a Regex>,
}

/// What a function of ours is called with.
pub(super) struct FunctionCall<'a> {
    pub evaluation: &'a Evaluation<'a>,
    pub function: &'static Function,
    pub span: Span,
    pub arguments: Vec<Option<Value>>,
}

impl<'a> Evaluation<'a> {
    /// The source of a node.
    pub fn source(&self, node: &Node) -> &'a str {
        self.text.get(node.range.clone()).unwrap_or_default()
    }

    /// The value of a node.
    pub fn value(&self, node: &Node) -> Result<Value, EvalError> {
        self.budget.work(1, node.span)?;
        match &node.kind {
            NodeKind::Literal(value) => Ok(value.clone()),
            NodeKind::Name(name) => self.name(name, node.span),
            NodeKind::Steps => Err(every_step(node.span)),
            NodeKind::Step { id, field } => self.step(id, field.as_deref(), node.span),
            NodeKind::Member { base, name } => match self.dynamic_step(base)? {
                Some(id) => self.step(&id, Some(name), node.span),
                None => access::member(&self.value(base)?, name, self.source(base), node.span),
            },
            NodeKind::Item { base, index } => match self.dynamic_step(node)? {
                Some(id) => self.step(&id, None, node.span),
                None => access::item(&self.value(base)?, &self.value(index)?, self.source(base), node.span),
            },
            NodeKind::Slice { base, bounds } => {
                let whole = self.value(base)?;
                let [start, stop, step] = &**bounds;
                let bounds = [self.optional(start)?, self.optional(stop)?, self.optional(step)?];
                access::slice(&whole, bounds, self.source(base), &self.budget, node.span)
            }
            NodeKind::Negate(operand) => operate::negate(&self.value(operand)?, node.span),
            NodeKind::Arithmetic { operator, sides } => {
                let (left, right) = (self.value(&sides[0])?, self.value(&sides[1])?);
                operate::arithmetic(*operator, &left, &right, &self.budget, node.span)
            }
            NodeKind::Choice { condition, chosen, otherwise } => match (self.truth(condition)?, otherwise) {
                (true, _) => self.value(chosen),
                (false, Some(otherwise)) => self.value(otherwise),
                (false, None) => Err(EvalError::undefined(node.span, "the condition is false and there is no `else`")
                    .with_help("write `a if condition else b`")),
            },
            NodeKind::List(items) => {
                items.iter().map(|item| self.value(item)).collect::<Result<_, _>>().map(Value::array)
            }
            NodeKind::Map(members) => self.map(members),
            NodeKind::Default { .. } | NodeKind::Filter { .. } | NodeKind::Standard { .. } => self.filtered(node),
            NodeKind::Call { function, arguments } => {
                let arguments = self.all_optional(arguments)?;
                (function.call)(FunctionCall { evaluation: self, function, span: node.span, arguments })
            }
            NodeKind::Not(_)
            | NodeKind::And(_)
            | NodeKind::Or(_)
            | NodeKind::Compare { .. }
            | NodeKind::Defined { .. }
            | NodeKind::Test { .. } => self.condition(node).map(Value::Bool),
        }
    }

    /// The truth of a node; a value that is not a boolean is an error.
    pub fn truth(&self, node: &Node) -> Result<bool, EvalError> {
        operate::truth(&self.value(node)?, self.source(node), node.span)
    }

    fn condition(&self, node: &Node) -> Result<bool, EvalError> {
        match &node.kind {
            NodeKind::Not(operand) => Ok(!self.truth(operand)?),
            NodeKind::And(sides) => Ok(self.truth(&sides[0])? && self.truth(&sides[1])?),
            NodeKind::Or(sides) => Ok(self.truth(&sides[0])? || self.truth(&sides[1])?),
            NodeKind::Compare { first, rest } => {
                let mut left = self.value(first)?;
                for (operator, side) in rest {
                    let right = self.value(side)?;
                    if !operate::compare(*operator, &left, &right, node.span)? {
                        return Ok(false);
                    }
                    left = right;
                }
                Ok(true)
            }
            NodeKind::Defined { operand, negated } => match self.value(operand) {
                Ok(_) => Ok(!negated),
                Err(error) if error.is_absence() => Ok(*negated),
                Err(error) => Err(error),
            },
            NodeKind::Test { operand, test, arguments, negated } => {
                let operand = self.value(operand)?;
                let arguments: Vec<Value> = arguments.iter().map(|node| self.value(node)).collect::<Result<_, _>>()?;
                let holds = (test.holds)(&operand, &arguments);
                let holds = holds.map_err(|problem| EvalError::wrong_type(node.span, problem))?;
                Ok(holds != *negated)
            }
            _ => self.truth(node),
        }
    }

    fn filtered(&self, node: &Node) -> Result<Value, EvalError> {
        match &node.kind {
            NodeKind::Default { operand, fallback, boolean } => {
                let boolean = boolean.as_ref().map_or(Ok(false), |boolean| self.truth(boolean))?;
                match self.value(operand) {
                    Ok(value) if !boolean || is_something(&value) => return Ok(value),
                    Err(error) if !error.is_absence() => return Err(error),
                    _ => {}
                }
                fallback.as_ref().map_or(Ok(Value::from("")), |fallback| self.value(fallback))
            }
            NodeKind::Filter { operand, filter, arguments, regex } => {
                let operand = self.value(operand)?;
                let arguments = self.all_optional(arguments)?;
                let regex = regex.as_ref();
                (filter.apply)(FilterCall { evaluation: self, filter, span: node.span, operand, arguments, regex })
            }
            NodeKind::Standard { operand, filter, positional, named } => {
                let operand = self.value(operand)?;
                let positional: Vec<Value> =
                    positional.iter().map(|node| self.value(node)).collect::<Result<_, _>>()?;
                let named: Vec<(Arc<str>, Value)> = named
                    .iter()
                    .map(|(name, node)| Ok((name.clone(), self.value(node)?)))
                    .collect::<Result<_, EvalError>>()?;
                standard::apply(filter, &operand, &positional, &named, node.span)
            }
            _ => self.value(node),
        }
    }

    fn map(&self, members: &[(Node, Node)]) -> Result<Value, EvalError> {
        let mut object = Object::with_capacity(members.len());
        for (key, value) in members {
            let name: Arc<str> = match self.value(key)? {
                Value::String(name) => name,
                other => super::to_text(&other, key.span)?.into(),
            };
            object.insert(name, self.value(value)?);
        }
        Ok(Value::object(object))
    }

    fn optional(&self, node: &Option<Node>) -> Result<Option<Value>, EvalError> {
        node.as_ref().map(|node| self.value(node)).transpose()
    }

    fn all_optional(&self, nodes: &[Option<Node>]) -> Result<Vec<Option<Value>>, EvalError> {
        nodes.iter().map(|node| self.optional(node)).collect()
    }

    fn name(&self, name: &str, span: Span) -> Result<Value, EvalError> {
        match self.scope.name(name) {
            Lookup::Found(value) => Ok(value),
            Lookup::Unavailable(reason) => Err(unavailable(format!("`{name}`"), reason, span)),
            Lookup::Undefined => {
                let mut error = EvalError::undefined(span, format!("`{name}` is not defined here"));
                error.help = did_you_mean(name, self.scope.names().iter().map(String::as_str));
                Err(error)
            }
        }
    }

    fn step(&self, id: &str, field: Option<&str>, span: Span) -> Result<Value, EvalError> {
        let what = |field: Option<&str>| field.map_or(format!("`steps.{id}`"), |field| format!("`steps.{id}.{field}`"));
        match (self.scope.step(id, field), field) {
            (Lookup::Found(value), _) => Ok(value),
            (Lookup::Unavailable(reason), _) => Err(unavailable(what(field), reason, span)),
            (Lookup::Undefined, None) => Err(EvalError::undefined(span, format!("there is no step `{id}` here"))),
            (Lookup::Undefined, Some(field)) => Err(match self.scope.step(id, None) {
                Lookup::Found(Value::Object(members)) => {
                    access::missing(&format!("steps.{id}"), field, members.keys().map(|key| &**key), span)
                }
                Lookup::Unavailable(reason) => unavailable(what(Some(field)), reason, span),
                _ => EvalError::undefined(span, format!("{} is not defined here", what(Some(field)))),
            }),
        }
    }

    /// The id in `steps[x]`.
    fn dynamic_step(&self, node: &Node) -> Result<Option<Arc<str>>, EvalError> {
        match &node.kind {
            NodeKind::Item { base, index } if matches!(base.kind, NodeKind::Steps) => match self.value(index)? {
                Value::String(id) => Ok(Some(id)),
                other => {
                    let other = super::text::with_article(&other);
                    Err(EvalError::wrong_type(index.span, format!("a step's id is a string, not {other}")))
                }
            },
            _ => Ok(None),
        }
    }
}

fn unavailable(what: String, reason: String, span: Span) -> EvalError {
    EvalError::new(span, EvalErrorKind::Unavailable, format!("{what} has no value: {reason}"))
}

fn every_step(span: Span) -> EvalError {
    EvalError::undefined(span, "`steps` alone has no value").with_help("name a step: `steps.id`")
}

/// What `default(…, true)` keeps.
fn is_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(truth) => *truth,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::EvalErrorKind;
    use super::super::trial::{Trial, parse, table};

    const SCOPE: &str = r#"{"a": 1, "b": 2, "half": 0.5, "big": 9223372036854775807, "s": "text", "t": true, "n": null,
        "items": [3, 1, 2], "body": {"models": {"version": 7, "id": 3}, "list": [{"id": 1}, {"id": 2}]},
        "steps": {"deploy": {"status": 200, "body": {"x": 1}}, "gone": "step `gone` was skipped"}}"#;

    #[test]
    fn operators_are_json_and_python_where_json_is_silent() {
        let rows = [
            ("a + b * 3", "7"),
            ("(a + b) * 3", "9"),
            ("-a", "-1"),
            ("b ** 3", "8"),
            ("b ** -1", "0.5"),
            ("7 / 2", "3.5"),
            ("4 / 2", "2.0"),
            ("-7 // 2", "-4"),
            ("7 // -2", "-4"),
            ("-7 % 3", "2"),
            ("7 % -3", "-2"),
            ("half * 2", "1.0"),
            ("big + 1", "9223372036854775808"),
            ("18446744073709551615 - 1", "18446744073709551614"),
            ("s ~ a ~ t", "\"text1true\""),
            ("s + '!'", "\"text!\""),
            ("items + [4]", "[3,1,2,4]"),
            ("s * 2", "\"texttext\""),
            ("[0] * 3", "[0,0,0]"),
            ("1 == 1.0", "true"),
            ("1 == true", "false"),
            ("n == null", "true"),
            ("n == none", "true"),
            ("'1' == 1", "false"),
            ("{'a': 1, 'b': 2} == {'b': 2, 'a': 1}", "true"),
            ("1 != 2", "true"),
            ("1 < 2 <= 2 < 3", "true"),
            ("1 < 2 > 5", "false"),
            ("'a' < 'b'", "true"),
            ("2 in items", "true"),
            ("9 not in items", "true"),
            ("'ex' in s", "true"),
            ("'models' in body", "true"),
            ("true and not false", "true"),
            ("false or t", "true"),
            ("not 1 == 2", "true"),
            ("1 if t else 2", "1"),
            ("1 if not t else 2", "2"),
            ("[a, [b], {'k': s}]", "[1,[2],{\"k\":\"text\"}]"),
            ("(1, 2)", "[1,2]"),
            ("{1: 'x'}", "{\"1\":\"x\"}"),
        ];
        table(&Trial::of(SCOPE), &rows);
    }

    #[test]
    fn what_has_no_value_is_an_error_that_says_why() {
        let rows = [
            ("1 / 0", "!`/` by zero"),
            ("1 % 0", "!`%` by zero"),
            ("big * big", "!does not fit into 64 bits"),
            ("2 ** 1000000", "!does not fit into 64 bits"),
            ("10.0 ** 1000", "!not a finite number"),
            ("-(2 ** 63) - 1", "!does not fit into 64 bits"),
            ("'x' * 10 ** 9", "!too much text"),
            ("items * 10 ** 9", "!too long a list"),
            ("range(10 ** 9)", "!too"),
            ("s + 1", "!`~` joins any values as text"),
            ("1 < 'a'", "!a number and a string have no order"),
            ("t < true", "!a boolean and a boolean have no order"),
            ("n ~ 'x'", "!`null` cannot stand in text"),
            ("1 and t", "!a condition is `true` or `false`, and this is a number"),
            ("not items", "!write `items | length > 0`"),
            ("1 in a", "!nothing can be in a number"),
            ("a if false", "!there is no `else`"),
            ("steps", "!name a step"),
        ];
        table(&Trial::of(SCOPE), &rows);
    }

    #[test]
    fn members_items_and_slices_follow_python() {
        let rows = [
            ("body.models.version", "7"),
            ("body['models']['version']", "7"),
            ("body.list[-1].id", "2"),
            ("body.list.0.id", "1"),
            ("items[1:]", "[1,2]"),
            ("items[:-1]", "[3,1]"),
            ("items[::-1]", "[2,1,3]"),
            ("items[::2]", "[3,2]"),
            ("items[5:9]", "[]"),
            ("s[1:3]", "\"ex\""),
            ("s[0]", "\"t\""),
            ("steps.deploy.status", "200"),
            ("steps['deploy'].body.x", "1"),
            ("steps['dep' ~ 'loy'].status", "200"),
            ("steps[s].status", "!there is no step `text`"),
            (
                "body.models.versoin",
                "!`body.models` has no `versoin`; its keys are `version`, `id` did you mean `version`?",
            ),
            ("body.list[2]", "!`body.list` has no `[2]`; it has 2 items, `[0]` to `[1]`"),
            ("body.list.id", "!write `body.list[0].id`"),
            ("items.length", "!write `items | length`"),
            ("n.x", "!`n` is null and has no `x`"),
            ("boby.x", "!`boby` is not defined here did you mean `body`?"),
            (
                "steps.deploy.stauts",
                "!`steps.deploy` has no `stauts`; its keys are `status`, `body` did you mean `status`?",
            ),
            ("steps.gone.x", "!`steps.gone.x` has no value: step `gone` was skipped"),
        ];
        table(&Trial::of(SCOPE), &rows);
    }

    #[test]
    fn only_defined_and_default_catch_what_is_not_there() {
        let rows = [
            ("x is defined", "false"),
            ("x is undefined", "true"),
            ("x is not defined", "true"),
            ("body.nope.deeper is defined", "false"),
            ("n is defined", "true"),
            ("steps.gone.x is defined", "false"),
            ("x | default(5)", "5"),
            ("x | default", "\"\""),
            ("a | default(5)", "1"),
            ("n | default(5)", "null"),
            ("n | default(5, true)", "5"),
            ("'' | default('d', boolean=true)", "\"d\""),
            ("body.nope.x | default([])", "[]"),
            ("x == 1", "!not defined"),
            ("(1 / 0) | default(3)", "!by zero"),
            ("x | default(y)", "!`y` is not defined"),
        ];
        table(&Trial::of(SCOPE), &rows);
    }

    #[test]
    fn an_error_points_at_the_part_that_has_no_value() {
        let scope = Trial::of(SCOPE);
        let place = |expression: &str| {
            let span = scope.fails(expression).span;
            expression[span.start as usize - 100..span.end as usize - 100].to_owned()
        };
        assert_eq!(place("a == body.models.nope.x"), "body.models.nope");
        assert_eq!(place("[1, 2 + s, 3]"), "2 + s");
        assert_eq!(place("(a + b) * (s + 1)"), "s + 1");
        assert_eq!(place("1 + (a + s) * 2"), "a + s");
        assert_eq!(place("body.list[7].id == 3"), "body.list[7]");
        assert_eq!(scope.fails("a.x").kind, EvalErrorKind::Undefined);
        assert_eq!(scope.fails("steps.gone").kind, EvalErrorKind::Unavailable);
        assert_eq!(scope.fails("s < 1").kind, EvalErrorKind::Type);
    }

    #[test]
    fn a_condition_that_is_no_boolean_says_what_to_write() {
        let error = parse("items").holds(&Trial::of(SCOPE)).expect_err("an array is no condition");
        assert_eq!(error.message, "a condition is `true` or `false`, and this is an array");
        assert_eq!(error.help.as_deref(), Some("write `items | length > 0`"));
        assert_eq!(parse("{{ a == 1 }}").holds(&Trial::of(SCOPE)), Ok(true));
    }
}
