//! `foreach`: a step done for each item of one or several lists.

use std::sync::Arc;

use super::alone::refuse_without_foreach;
use super::json_template::JsonTemplate;
use super::read::{Fields, each, read_expression};
use super::tree::Node;
use crate::diagnostic::{Diagnostic, rule};
use crate::expression::{Expr, Reference, Target, Template};
use crate::source::{Span, Text};

/// For which items a step is done.
#[derive(Clone, Debug)]
pub struct Foreach {
    /// Where it is written.
    pub span: Span,
    /// The lists, each under the name that its item has inside the step. The last varies fastest.
    pub axes: Vec<Axis>,
    /// What an item is called; its own name where it is not said.
    pub key: Option<Template>,
    /// How many items are under way at once; all of them where it is not said.
    pub max_parallel: Option<u32>,
}

/// A list of items.
#[derive(Clone, Debug)]
pub struct Axis {
    /// What an item is called inside the step.
    pub name: Text,
    /// The items.
    pub over: Over,
}

/// Where the items of a list come from.
#[derive(Clone, Debug)]
pub enum Over {
    /// An expression that gives a list.
    Expr(Expr),
    /// A list as written.
    List(JsonTemplate),
}

impl Axis {
    /// The step whose records are the items, where the list is `steps.<id>` and nothing else.
    pub fn records_of(&self) -> Option<&Arc<str>> {
        let Over::Expr(expr) = &self.over else { return None };
        let [Reference { target: Target::Step { id, field: None }, path, span, .. }] = expr.references() else {
            return None;
        };
        (path.is_empty() && *span == expr.span()).then_some(id)
    }

    /// Calls `visit` with every reference in the list.
    pub fn each_reference<'a>(&'a self, visit: &mut dyn FnMut(&'a Reference)) {
        match &self.over {
            Over::Expr(expr) => expr.references().iter().for_each(visit),
            Over::List(list) => list.each_reference(visit),
        }
    }

    /// Where the list is written.
    pub fn span(&self) -> Span {
        match &self.over {
            Over::Expr(expr) => expr.span(),
            Over::List(list) => list.span,
        }
    }
}

impl Foreach {
    /// The list of that name, and its place among the lists.
    pub fn axis(&self, name: &str) -> Option<(usize, &Axis)> {
        self.axes.iter().enumerate().find(|(_, axis)| &*axis.name.text == name)
    }
}

/// Reads `foreach`, and `key` and `max_parallel` beside it.
pub(super) fn read_foreach(fields: Fields<'_>, found: &mut Vec<Diagnostic>) -> Option<Box<Foreach>> {
    let Some(node) = fields.get("foreach") else {
        refuse_without_foreach(fields, found);
        return None;
    };
    let axes = each(Some(node), |name, node| read_axis(name, node, found));
    if axes.is_empty() && node.as_mapping().is_some() {
        found.push(
            Diagnostic::new(rule::WRONG_TYPE, node.span, "`foreach` has no list")
                .help("write `foreach: { item: \"{{ items }}\" }`"),
        );
    }
    let max_parallel = fields.get("max_parallel").and_then(Node::as_scalar).and_then(|scalar| scalar.value.as_i64());
    Some(Box::new(Foreach {
        span: node.span,
        axes: axes.into_iter().flatten().collect(),
        key: fields.template("key", found),
        max_parallel: max_parallel.and_then(|count| u32::try_from(count).ok()),
    }))
}

fn read_axis(name: &Text, node: &Node, found: &mut Vec<Diagnostic>) -> Option<Axis> {
    let over = match node.as_sequence() {
        Some(_) => Over::List(JsonTemplate::read(node, found)),
        None => Over::Expr(read_expression(node, found)?),
    };
    Some(Axis { name: name.clone(), over })
}
