//! From minijinja's syntax tree to ours: the one file that knows minijinja's (unstable) tree.
//!
//! Its spans need mending: a chained node starts at the token before its last part (`steps.a['b'].c` has the span of
//! `['b'].c`), a comparison at the token before it, and a parenthesis belongs to no node. A node of ours starts where
//! its leftmost child starts and covers whole parentheses.

use std::ops::Range;
use std::sync::Arc;

use minijinja::machinery::ast::{self, BinOpKind, CallArg, CompareOpKind, UnaryOpKind};
use minijinja::machinery::{Span as Place, parse_expr};

use super::tree::{Comparison, Node, NodeKind, Operator};
use super::verify::{self, Arguments};
use super::{limits, remedy, scan, view};
use crate::diagnostic::{Diagnostic, rule};
use crate::source::{Span, Text};
use crate::value::Value;

/// Parses an expression without braces.
pub(super) fn parse(text: &Text) -> Result<Node, Vec<Diagnostic>> {
    if let Some((range, message)) = limits::exceeded(&text.text) {
        return Err(vec![too_much(text, range, message)]);
    }
    let refuse = |error: minijinja::Error, shift: usize| {
        let range = error.range().unwrap_or(0..text.text.len());
        let range = range.start.saturating_sub(shift)..range.end.saturating_sub(shift).min(text.text.len());
        vec![remedy::diagnose(text, range, error.detail().unwrap_or("the expression cannot be read"))]
    };
    let tree = parse_expr(&text.text).map_err(|error| refuse(error, 0))?;
    // minijinja passes over a character that it does not know behind a whole expression; inside parentheses it does
    // not.
    if text.text.contains(|character: char| !character.is_ascii() || "$?;&^@#`\\!".contains(character)) {
        parse_expr(&format!("({}\n)", text.text)).map_err(|error| refuse(error, 1))?;
    }
    let mut converter = Converter { text, diagnostics: Vec::new(), depth: 0 };
    let root = converter.node(&tree);
    match root {
        Some(root) if converter.diagnostics.is_empty() => Ok(root),
        _ => Err(converter.diagnostics),
    }
}

fn too_much(text: &Text, range: Range<usize>, message: &str) -> Diagnostic {
    Diagnostic::new(rule::TEMPLATE_SYNTAX, text.locate(range), message).help("name parts of it under `vars:`")
}

struct Converter<'a> {
    text: &'a Text,
    diagnostics: Vec<Diagnostic>,
    depth: usize,
}

impl Converter<'_> {
    /// `None` when a diagnostic was made; siblings are still looked at.
    fn node(&mut self, tree: &ast::Expr) -> Option<Node> {
        if self.depth == limits::DEPTH {
            if self.diagnostics.iter().all(|diagnostic| !diagnostic.message.ends_with("too deeply")) {
                let range = bytes(tree.span());
                self.diagnostics.push(too_much(self.text, range, "the expression is nested too deeply"));
            }
            return None;
        }
        self.depth += 1;
        let node = self.convert(tree);
        self.depth -= 1;
        node
    }

    fn convert(&mut self, tree: &ast::Expr) -> Option<Node> {
        let place = tree.span();
        match tree {
            ast::Expr::Var(variable) => self.variable(variable.id, place),
            ast::Expr::Const(constant) => self.constant(constant, place),
            ast::Expr::GetAttr(member) => {
                let base = self.node(&member.expr)?;
                let name = Arc::from(member.name);
                Some(self.covering(place, base, |base| with_member(base, name)))
            }
            ast::Expr::GetItem(item) => {
                let (base, index) = (self.node(&item.expr), self.node(&item.subscript_expr));
                let (base, index) = (base?, index?);
                Some(self.covering(place, base, |base| with_item(base, index)))
            }
            ast::Expr::Slice(slice) => {
                let base = self.node(&slice.expr);
                let bounds = [&slice.start, &slice.stop, &slice.step];
                let [start, stop, step] = bounds.map(|bound| self.optional(bound.as_ref()));
                let bounds = Box::new([start?, stop?, step?]);
                Some(self.covering(place, base?, |base| NodeKind::Slice { base: Box::new(base), bounds }))
            }
            ast::Expr::UnaryOp(unary) => self.unary(unary, place),
            ast::Expr::BinOp(binary) => self.binary(binary, place),
            ast::Expr::Compare(compare) => {
                let first = self.node(&compare.expr);
                let sides = compare.ops.iter().map(|side| Some((comparison(side.op), self.node(&side.expr)?)));
                let rest = all(sides)?;
                Some(self.covering(place, first?, |first| NodeKind::Compare { first: Box::new(first), rest }))
            }
            ast::Expr::IfExpr(choice) => {
                let (chosen, condition) = (self.node(&choice.true_expr), self.node(&choice.test_expr));
                let otherwise = self.optional(choice.false_expr.as_ref())?.map(Box::new);
                let condition = Box::new(condition?);
                let kind = |chosen| NodeKind::Choice { condition, chosen: Box::new(chosen), otherwise };
                Some(self.covering(place, chosen?, kind))
            }
            ast::Expr::Filter(filter) => self.filter(filter, place),
            ast::Expr::Test(test) => self.test(test, place),
            ast::Expr::Call(call) => self.call(call, place),
            ast::Expr::List(list) => self.list(&list.items, place),
            ast::Expr::Tuple(tuple) => self.list(&tuple.items, place),
            ast::Expr::Map(map) => {
                let pairs = map.keys.iter().zip(&map.values);
                let members = all(pairs.map(|(key, value)| self.node(key).zip(self.node(value))))?;
                Some(self.leaf(place, NodeKind::Map(members)))
            }
        }
    }

    fn variable(&mut self, name: &str, place: Place) -> Option<Node> {
        let kind = match name {
            "null" => NodeKind::Literal(Value::Null),
            "steps" => NodeKind::Steps,
            _ if super::catalog::function(name).is_some() => {
                let message = format!("`{name}` is a function");
                let help = format!("write `{name}()` to call it");
                let span = self.text.locate(bytes(place));
                self.diagnostics.push(Diagnostic::new(rule::TEMPLATE_SYNTAX, span, message).help(help));
                return None;
            }
            _ => NodeKind::Name(name.into()),
        };
        Some(self.leaf(place, kind))
    }

    fn constant(&mut self, constant: &ast::Const, place: Place) -> Option<Node> {
        match view::inward(&constant.value) {
            Ok(value) => Some(self.leaf(place, NodeKind::Literal(value))),
            Err(problem) => {
                self.diagnostics.push(Diagnostic::new(
                    rule::TEMPLATE_SYNTAX,
                    self.text.locate(bytes(place)),
                    problem.message(),
                ));
                None
            }
        }
    }

    fn list(&mut self, items: &[ast::Expr], place: Place) -> Option<Node> {
        let items = all(items.iter().map(|item| self.node(item)))?;
        Some(self.leaf(place, NodeKind::List(items)))
    }

    fn optional(&mut self, tree: Option<&ast::Expr>) -> Option<Option<Node>> {
        tree.map_or(Some(None), |tree| self.node(tree).map(Some))
    }

    fn unary(&mut self, unary: &ast::UnaryOp, place: Place) -> Option<Node> {
        let operand = self.node(&unary.expr)?;
        if matches!(unary.op, UnaryOpKind::Neg) {
            return Some(self.leaf(place, NodeKind::Negate(Box::new(operand))));
        }
        // `a not in b` and `a is not b` come as `not` around the whole, where the word stands inside of it.
        if self.is_inner_not(&operand, &unary.expr) {
            return Some(negated(operand));
        }
        let range = place.start_offset as usize..operand.range.end.max(place.end_offset as usize);
        Some(self.at(range, NodeKind::Not(Box::new(operand))))
    }

    fn is_inner_not(&self, operand: &Node, tree: &ast::Expr) -> bool {
        let between = match (&operand.kind, tree) {
            (NodeKind::Compare { first, rest }, ast::Expr::BinOp(_)) => match &**rest {
                [(Comparison::In, side)] => first.range.end..side.range.start,
                _ => return false,
            },
            (
                NodeKind::Test { operand: subject, .. }
                | NodeKind::Defined { operand: subject, .. }
                | NodeKind::Filter { operand: subject, .. },
                ast::Expr::Test(test),
            ) => subject.range.end..test.span().start_offset as usize,
            _ => return false,
        };
        self.text.text.get(between).is_some_and(|between| between.contains("not"))
    }

    fn binary(&mut self, binary: &ast::BinOp, place: Place) -> Option<Node> {
        let (left, right) = (self.node(&binary.left), self.node(&binary.right));
        let (left, right) = (left?, right?);
        let operator = match binary.op {
            BinOpKind::ScAnd => return Some(self.covering(place, left, |left| NodeKind::And(Box::new([left, right])))),
            BinOpKind::ScOr => return Some(self.covering(place, left, |left| NodeKind::Or(Box::new([left, right])))),
            BinOpKind::Add => Operator::Add,
            BinOpKind::Sub => Operator::Subtract,
            BinOpKind::Mul => Operator::Multiply,
            BinOpKind::Div => Operator::Divide,
            BinOpKind::FloorDiv => Operator::FloorDivide,
            BinOpKind::Rem => Operator::Remainder,
            BinOpKind::Pow => Operator::Power,
            BinOpKind::Concat => Operator::Concatenate,
            _ => {
                let rest = vec![(compared(binary.op), right)];
                return Some(self.covering(place, left, |first| NodeKind::Compare { first: Box::new(first), rest }));
            }
        };
        Some(self.covering(place, left, |left| NodeKind::Arithmetic { operator, sides: Box::new([left, right]) }))
    }

    fn filter(&mut self, filter: &ast::Filter, place: Place) -> Option<Node> {
        let operand = self.node(filter.expr.as_ref()?);
        let name = self.written(filter.name);
        let known = verify::known_filter(filter.name, name).map_err(|problem| self.diagnostics.push(problem)).ok();
        let arguments = self.arguments(&filter.args);
        let (operand, arguments) = (Box::new(operand?), arguments?);
        let start = operand.range.start;
        let kind = verify::filter(known?, name, operand, arguments).map_err(|problem| self.diagnostics.push(problem));
        Some(self.at(start..place.end_offset as usize, kind.ok()?))
    }

    fn test(&mut self, test: &ast::Test, place: Place) -> Option<Node> {
        let operand = self.node(&test.expr);
        let name = self.written(test.name);
        let arguments = self.arguments(&test.args);
        let (operand, arguments) = (Box::new(operand?), arguments?);
        let start = operand.range.start;
        let kind = verify::test(test.name, name, operand, arguments).map_err(|problem| self.diagnostics.push(problem));
        Some(self.at(start..place.end_offset as usize, kind.ok()?))
    }

    fn call(&mut self, call: &ast::Call, place: Place) -> Option<Node> {
        let start = match &call.expr {
            ast::Expr::Var(variable) => variable.span().start_offset as usize,
            ast::Expr::GetAttr(member) => {
                let base = self.node(&member.expr)?;
                let span = self.text.locate(base.range.start..place.end_offset as usize);
                self.diagnostics.push(remedy::method(span, &self.text.text[base.range], member.name));
                return None;
            }
            _ => {
                let span = self.text.locate(bytes(place));
                self.diagnostics.push(Diagnostic::new(rule::TEMPLATE_SYNTAX, span, "only functions can be called"));
                return None;
            }
        };
        let ast::Expr::Var(variable) = &call.expr else { return None };
        let name = self.written(variable.id);
        let arguments = self.arguments(&call.args);
        let kind = verify::call(variable.id, name, arguments?).map_err(|problem| self.diagnostics.push(problem));
        Some(self.at(start..place.end_offset as usize, kind.ok()?))
    }

    fn arguments(&mut self, arguments: &[CallArg]) -> Option<Arguments> {
        let mut found = Arguments::default();
        let mut complete = true;
        for argument in arguments {
            let (name, value) = match argument {
                CallArg::Pos(value) => (None, value),
                CallArg::Kwarg(name, value) => (Some(*name), value),
                CallArg::PosSplat(value) | CallArg::KwargSplat(value) => {
                    let span = self.text.locate(bytes(value.span()));
                    let message = "arguments cannot be spread with `*`";
                    self.diagnostics
                        .push(Diagnostic::new(rule::TEMPLATE_SYNTAX, span, message).help("write each argument"));
                    complete = false;
                    continue;
                }
            };
            match (name, self.node(value)) {
                (None, Some(value)) => found.positional.push(value),
                (Some(name), Some(value)) => found.named.push((name.into(), self.written(name), value)),
                _ => complete = false,
            }
        }
        complete.then_some(found)
    }

    /// A node that starts where its first child starts.
    fn covering(&self, place: Place, first: Node, kind: impl FnOnce(Node) -> NodeKind) -> Node {
        let range = first.range.start..place.end_offset as usize;
        self.at(range, kind(first))
    }

    fn leaf(&self, place: Place, kind: NodeKind) -> Node {
        self.at(bytes(place), kind)
    }

    fn at(&self, range: Range<usize>, kind: NodeKind) -> Node {
        let range = self.balanced(range);
        Node { kind, span: self.text.locate(range.clone()), range }
    }

    /// Takes in the opening parentheses whose closing ones are inside.
    fn balanced(&self, range: Range<usize>) -> Range<usize> {
        let source = &*self.text.text;
        let mut before = source[..range.start].trim_end();
        if !before.ends_with('(') {
            return range;
        }
        let mut start = range.start;
        for _ in 0..scan::unmatched_parentheses(&source[range.clone()]) {
            let Some(rest) = before.strip_suffix('(') else { break };
            start = rest.len();
            before = rest.trim_end();
        }
        start..range.end
    }

    /// Where a name that the parser cut out of the text stands.
    fn written(&self, name: &str) -> Span {
        let start = (name.as_ptr() as usize).wrapping_sub(self.text.text.as_ptr() as usize);
        self.text.locate(start..start + name.len())
    }
}

/// All of them or nothing, without stopping at the first that is missing: each may have made a diagnostic.
fn all<T>(items: impl Iterator<Item = Option<T>>) -> Option<Vec<T>> {
    let mut found = Vec::with_capacity(items.size_hint().0);
    let mut complete = true;
    for item in items {
        match item {
            Some(item) => found.push(item),
            None => complete = false,
        }
    }
    complete.then_some(found)
}

fn bytes(place: Place) -> Range<usize> {
    place.start_offset as usize..place.end_offset as usize
}

/// `steps.a` and `steps.a.status` become one node; every other member is looked up in what is before it.
fn with_member(base: Node, name: Arc<str>) -> NodeKind {
    match base.kind {
        NodeKind::Steps => NodeKind::Step { id: name, field: None },
        NodeKind::Step { id, field: None } => NodeKind::Step { id, field: Some(name) },
        _ => NodeKind::Member { base: Box::new(base), name },
    }
}

fn with_item(base: Node, index: Node) -> NodeKind {
    match (&base.kind, index.kind) {
        (NodeKind::Steps | NodeKind::Step { field: None, .. }, NodeKind::Literal(Value::String(name))) => {
            with_member(base, name)
        }
        (_, kind) => NodeKind::Item { base: Box::new(base), index: Box::new(Node { kind, ..index }) },
    }
}

fn negated(operand: Node) -> Node {
    let Node { mut kind, span, range } = operand;
    match &mut kind {
        NodeKind::Test { negated, .. } | NodeKind::Defined { negated, .. } => *negated = !*negated,
        NodeKind::Compare { rest, .. } => rest.iter_mut().for_each(|(operator, _)| *operator = Comparison::NotIn),
        _ => {
            let operand = Node { kind, span, range: range.clone() };
            return Node { kind: NodeKind::Not(Box::new(operand)), span, range };
        }
    }
    Node { kind, span, range }
}

fn compared(operator: BinOpKind) -> Comparison {
    match operator {
        BinOpKind::Eq => Comparison::Equal,
        BinOpKind::Ne => Comparison::Unequal,
        BinOpKind::Lt => Comparison::Less,
        BinOpKind::Lte => Comparison::LessOrEqual,
        BinOpKind::Gt => Comparison::Greater,
        BinOpKind::Gte => Comparison::GreaterOrEqual,
        _ => Comparison::In,
    }
}

fn comparison(operator: CompareOpKind) -> Comparison {
    match operator {
        CompareOpKind::Eq => Comparison::Equal,
        CompareOpKind::Ne => Comparison::Unequal,
        CompareOpKind::Lt => Comparison::Less,
        CompareOpKind::Lte => Comparison::LessOrEqual,
        CompareOpKind::Gt => Comparison::Greater,
        CompareOpKind::Gte => Comparison::GreaterOrEqual,
        CompareOpKind::In => Comparison::In,
        CompareOpKind::NotIn => Comparison::NotIn,
    }
}
