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
                let arguments = standard::Arguments { positional: &positional, named: &named };
                standard::apply(filter, &operand, arguments, &self.budget, node.span)
            }
            _ => self.value(node),
        }
    }

    fn map(&self, members: &[(Node, Node)]) -> Result<Value, EvalError> {
        let mut object = Object::with_capacity_and_hasher(members.len(), Default::default());
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
            Lookup::Failed(error) => Err(*error),
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
            (Lookup::Failed(error), _) => Err(*error),
            (Lookup::Undefined, None) => Err(EvalError::undefined(span, format!("there is no step `{id}` here"))),
            (Lookup::Undefined, Some(field)) => Err(match self.scope.step(id, None) {
                Lookup::Found(Value::Object(members)) => {
                    access::missing(&format!("steps.{id}"), field, members.keys().map(|key| &**key), span)
                }
                Lookup::Unavailable(reason) => unavailable(what(Some(field)), reason, span),
                Lookup::Undefined => EvalError::undefined(span, format!("there is no step `{id}` here")),
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
