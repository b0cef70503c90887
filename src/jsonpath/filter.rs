//! Conditions of filters: comparisons, existence, and the five functions of the RFC.
//!
//! Values compare as `Value` compares. Nothing (a path that selects no node) equals nothing and is less than
//! nothing. Evaluation cannot fail: what makes no sense for a value is false or nothing.

use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::ControlFlow;
use std::sync::Arc;

use regex::Regex;

use super::fuel::Fuel;
use super::query::{Comparison, Logical, Matches, Operand, Operator, Pattern, Reference};
use super::regexp;
use super::walk::{single, walk};
use crate::value::Value;

/// What compiling an expression takes, in values looked at.
const COMPILING: u64 = 4_000;

/// What one evaluation knows besides the node at hand.
pub(super) struct Scope<'a> {
    root: &'a Value,
    pub(super) fuel: Fuel,
    /// The last expression that came from the document: it is mostly the same for every node.
    compiled: RefCell<Option<Compiled>>,
}

/// An expression and, if it is well-formed, what it compiles to.
struct Compiled {
    expression: Arc<str>,
    whole: bool,
    regex: Option<Regex>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(root: &'a Value, fuel: Fuel) -> Self {
        Scope { root, fuel, compiled: RefCell::new(None) }
    }
}

/// Whether the condition holds for a node.
pub(super) fn holds<'a>(condition: &Logical, scope: &Scope<'a>, node: &'a Value) -> bool {
    match condition {
        Logical::Or(parts) => parts.iter().any(|part| holds(part, scope, node)),
        Logical::And(parts) => parts.iter().all(|part| holds(part, scope, node)),
        Logical::Not(inner) => !holds(inner, scope, node),
        Logical::Exists(reference) => exists(reference, scope, node),
        Logical::Compare(comparison) => compare(comparison, scope, node),
        Logical::Matches(matches) => matched(matches, scope, node),
    }
}

/// The operand's value for a node, or nothing.
pub(super) fn value_of<'v, 'a: 'v>(operand: &'v Operand, scope: &Scope<'a>, node: &'a Value) -> Option<Cow<'v, Value>> {
    match operand {
        Operand::Literal(value) => Some(Cow::Borrowed(value)),
        Operand::Singular(reference) => single(&reference.segments, origin(reference, scope, node)).map(Cow::Borrowed),
        Operand::Length(argument) => {
            let length = match value_of(argument, scope, node)?.as_ref() {
                Value::String(text) => {
                    scope.fuel.read(text);
                    text.chars().count()
                }
                Value::Array(items) => items.len(),
                Value::Object(members) => members.len(),
                _ => return None,
            };
            Some(Cow::Owned(Value::from(length as u64)))
        }
        Operand::Count(reference) => {
            let mut count = 0u64;
            let _ = visit(reference, scope, node, &mut |_| {
                count += 1;
                ControlFlow::Continue(())
            });
            Some(Cow::Owned(Value::from(count)))
        }
        Operand::ValueOf(reference) => {
            let mut only = None;
            let more = visit(reference, scope, node, &mut |found| match only.replace(found) {
                None => ControlFlow::Continue(()),
                Some(_) => ControlFlow::Break(()),
            });
            if more.is_break() { None } else { only.map(Cow::Borrowed) }
        }
    }
}

fn exists<'a>(reference: &Reference, scope: &Scope<'a>, node: &'a Value) -> bool {
    if reference.is_singular() {
        return single(&reference.segments, origin(reference, scope, node)).is_some();
    }
    visit(reference, scope, node, &mut |_| ControlFlow::Break(())).is_break()
}

fn compare<'a>(comparison: &Comparison, scope: &Scope<'a>, node: &'a Value) -> bool {
    let left = value_of(&comparison.left, scope, node);
    let right = value_of(&comparison.right, scope, node);
    let less = |left: &Option<Cow<Value>>, right: &Option<Cow<Value>>| match (left, right) {
        (Some(left), Some(right)) => left.as_ref() < right.as_ref(),
        _ => false,
    };
    let equal = || match (&left, &right) {
        (Some(left), Some(right)) => scope.fuel.equal(left, right),
        (None, None) => true,
        _ => false,
    };
    match comparison.operator {
        Operator::Equal => equal(),
        Operator::NotEqual => !equal(),
        Operator::Less => less(&left, &right),
        Operator::LessOrEqual => less(&left, &right) || equal(),
        Operator::Greater => less(&right, &left),
        Operator::GreaterOrEqual => less(&right, &left) || equal(),
    }
}

fn matched<'a>(matches: &Matches, scope: &Scope<'a>, node: &'a Value) -> bool {
    let subject = value_of(&matches.subject, scope, node);
    let Some(Value::String(subject)) = subject.as_deref() else {
        return false;
    };
    let _ = scope.fuel.burn(1 + subject.len() as u64);
    match &matches.pattern {
        Pattern::Fixed(regex) => regex.is_match(subject),
        Pattern::Computed(operand) => match value_of(operand, scope, node).as_deref() {
            Some(Value::String(expression)) => computed(expression, matches.whole, scope, subject),
            _ => false,
        },
    }
}

/// An expression from the document; one that is not well-formed matches nothing.
fn computed(expression: &Arc<str>, whole: bool, scope: &Scope<'_>, subject: &str) -> bool {
    let mut compiled = scope.compiled.borrow_mut();
    let known = compiled.take().filter(|known| known.expression == *expression && known.whole == whole);
    let current = compiled.insert(known.unwrap_or_else(|| Compiled {
        expression: expression.clone(),
        whole,
        regex: {
            let _ = scope.fuel.burn(COMPILING);
            regexp::compile(expression, whole).ok()
        },
    }));
    current.regex.as_ref().is_some_and(|regex| regex.is_match(subject))
}

fn origin<'a>(reference: &Reference, scope: &Scope<'a>, node: &'a Value) -> &'a Value {
    if reference.from_root { scope.root } else { node }
}

fn visit<'a>(
    reference: &Reference,
    scope: &Scope<'a>,
    node: &'a Value,
    action: &mut dyn FnMut(&'a Value) -> ControlFlow<()>,
) -> ControlFlow<()> {
    walk(&reference.segments, scope, origin(reference, scope, node), (), &mut |found, ()| action(found))
}
