//! What an expression refers to: the edges of the graph, and what of an answer must be kept.
//!
//! References are read from the tree, so every position counts: slices, arguments, branches not taken.

use std::sync::Arc;

use super::tree::{Node, NodeKind};
use crate::source::Span;
use crate::value::{Value, Wanted};

/// One mention of a name or a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// What is mentioned.
    pub target: Target,
    /// Where: the name itself, or `steps.<id>.<field>`.
    pub span: Span,
    /// Whether the expression copes with its absence: under `is defined`, `is undefined`, `| default(..)`, and
    /// `steps.<id>.outcome` or `.created`.
    pub optional: bool,
    /// Whether it makes the path of a file: it stands in the operand of `file_sha256`, `read_text` or `read_json`.
    pub names_file: bool,
    /// The literal member names and indices that follow, as far as they are literal.
    pub path: Vec<PathPart>,
}

impl Reference {
    /// Adds what this mention reads of the value that it mentions.
    pub fn add_to(&self, wanted: &mut Wanted) {
        let part = self.path.iter().fold(wanted, |wanted, part| match part {
            PathPart::Member(name) => wanted.member(name),
            PathPart::Index(index) => wanted.item(*index),
        });
        part.want();
    }
}

/// What a [`Reference`] mentions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// A flat name, reserved ones included.
    Name(Arc<str>),
    /// A step, and the field that follows it where that is literal.
    Step {
        /// The step's id.
        id: Arc<str>,
        /// `status`, `body`, a capture's name, …
        field: Option<Arc<str>>,
    },
    /// Steps that only a run knows: `steps[x]`, or `steps` alone.
    Steps,
}

/// One literal part of a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PathPart {
    /// `.name` or `['name']`
    Member(Arc<str>),
    /// `[2]` or `[-1]`
    Index(i64),
}

/// All references of a tree, in the order in which they are written.
pub(super) fn collect(root: &Node) -> Vec<Reference> {
    let mut references = Vec::new();
    visit(root, Use::default(), &mut references);
    references
}

/// What is made of the value of a node.
#[derive(Clone, Copy, Default)]
struct Use {
    optional: bool,
    names_file: bool,
}

fn visit(node: &Node, used: Use, found: &mut Vec<Reference>) {
    match &node.kind {
        NodeKind::Name(_) | NodeKind::Step { .. } | NodeKind::Steps => {
            found.extend(reference(node, used, Vec::new()));
        }
        NodeKind::Member { .. } | NodeKind::Item { .. } => chain(node, used, found),
        kind => {
            let operand = Use {
                optional: used.optional || kind.catches_absence(),
                names_file: used.names_file || kind.reads_file(),
            };
            node.each_child(&mut |position, child| visit(child, if position == 0 { operand } else { used }, found));
        }
    }
}

/// Walks `a.b[0].c` down to what it starts from; the literal parts nearest to the start become its path.
fn chain(node: &Node, used: Use, found: &mut Vec<Reference>) {
    let mut path = Vec::new();
    let mut indices = Vec::new();
    let mut current = node;
    loop {
        match &current.kind {
            NodeKind::Member { base, name } => {
                path.push(PathPart::Member(name.clone()));
                current = base;
            }
            NodeKind::Item { base, index } => {
                match literal_part(index) {
                    Some(part) => path.push(part),
                    None => {
                        path.clear();
                        indices.push(&**index);
                    }
                }
                current = base;
            }
            _ => break,
        }
    }
    path.reverse();
    match reference(current, used, path) {
        Some(reference) => found.push(reference),
        None => visit(current, used, found),
    }
    for index in indices.into_iter().rev() {
        visit(index, used, found);
    }
}

fn literal_part(index: &Node) -> Option<PathPart> {
    match &index.kind {
        NodeKind::Literal(Value::String(name)) => Some(PathPart::Member(name.clone())),
        NodeKind::Literal(number) => number.as_i64().map(PathPart::Index),
        NodeKind::Negate(operand) => match literal_part(operand)? {
            PathPart::Index(index) => Some(PathPart::Index(-index)),
            PathPart::Member(_) => None,
        },
        _ => None,
    }
}

fn reference(node: &Node, used: Use, path: Vec<PathPart>) -> Option<Reference> {
    let Use { optional, names_file } = used;
    let (target, optional) = match &node.kind {
        NodeKind::Name(name) => (Target::Name(name.clone()), optional),
        NodeKind::Steps => (Target::Steps, optional),
        NodeKind::Step { id, field } => {
            let settled = matches!(field.as_deref(), Some("outcome" | "created"));
            (Target::Step { id: id.clone(), field: field.clone() }, optional || settled)
        }
        _ => return None,
    };
    Some(Reference { target, span: node.span, optional, names_file, path })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::trial::parse;
    use super::*;
    use crate::source::{Offsets, Text};

    /// `name` or `steps.id.field`, then the path, `?` where optional.
    #[track_caller]
    fn references(expression: &str) -> String {
        let shown = parse(expression).references().iter().map(shown).collect::<Vec<_>>();
        shown.join(" ")
    }

    fn shown(reference: &Reference) -> String {
        let mut text = match &reference.target {
            Target::Name(name) => name.to_string(),
            Target::Step { id, field: Some(field) } => format!("steps.{id}.{field}"),
            Target::Step { id, field: None } => format!("steps.{id}"),
            Target::Steps => "steps".to_owned(),
        };
        for part in &reference.path {
            match part {
                PathPart::Member(name) => text.push_str(&format!("/{name}")),
                PathPart::Index(index) => text.push_str(&format!("/{index}")),
            }
        }
        if reference.optional { text + "?" } else { text }
    }

    #[test]
    fn every_position_is_read() {
        assert_eq!(references("a + b * c.d"), "a b c/d");
        assert_eq!(references("x[a:b:c]"), "x a b c");
        assert_eq!(references("x[i].y[j]"), "x i j");
        assert_eq!(references("x | replace(a, b) | batch(linecount=c)"), "x a b c");
        assert_eq!(references("a if b else c"), "a b c");
        assert_eq!(references("{k: [v]}"), "k v");
        assert_eq!(references("range(n)[m] is divisibleby(o)"), "n m o");
        assert_eq!(references("null == none and true"), "");
        assert_eq!(references("status == 200"), "status");
    }

    #[test]
    fn steps_are_known_by_their_literal_ids() {
        assert_eq!(references("steps.deploy.status"), "steps.deploy.status");
        assert_eq!(references("steps['deploy'].body.x[0]"), "steps.deploy.body/x/0");
        assert_eq!(references("steps['deploy']['body']['x']"), "steps.deploy.body/x");
        assert_eq!(references("steps.workspace"), "steps.workspace");
        assert_eq!(references("steps.workspace[-1].id"), "steps.workspace/-1/id");
        assert_eq!(references("steps[which].body"), "steps which");
        assert_eq!(references("steps | length"), "steps");
        assert_eq!(references("steps.a[field]"), "steps.a field");
    }

    #[test]
    fn paths_go_as_far_as_they_are_literal() {
        assert_eq!(references("body.models[0].id | string"), "body/models/0/id");
        assert_eq!(references("body.models[i].id"), "body/models i");
        assert_eq!(references("body.list[1:].id"), "body/list");
        assert_eq!(references("(body.a).b"), "body/a/b");
        assert_eq!(references("(a or b).c"), "a b");
    }

    #[test]
    fn a_reference_whose_absence_is_caught_is_optional() {
        assert_eq!(references("x.y is defined and x.y > 1"), "x/y? x/y");
        assert_eq!(references("x is not defined"), "x?");
        assert_eq!(references("x | default(y)"), "x? y");
        assert_eq!(references("(x | upper) | default(y | default(z))"), "x? y? z");
        assert_eq!(references("steps.a.outcome == 'passed'"), "steps.a.outcome?");
        assert_eq!(references("steps.a.created and steps.a.status"), "steps.a.created? steps.a.status");
    }

    #[test]
    fn what_makes_the_path_of_a_file_is_marked() {
        let paths = |expression: &str| -> Vec<String> {
            let expression = parse(expression);
            expression.references().iter().filter(|found| found.names_file).map(shown).collect()
        };
        assert_eq!(paths("a | file_sha256 == b"), ["a"]);
        assert_eq!(paths("(a.x[i] ~ '.txt') | read_json | keys"), ["a/x", "i"]);
        assert_eq!(paths("(a | default(b)) | read_text | replace(c, d)"), ["a?", "b"]);
        assert_eq!(paths("a | map('read_text') | join(b)"), ["a"]);
        assert_eq!(paths("a | map('upper') | join(b)"), Vec::<String>::new());
    }

    #[test]
    fn spans_cover_the_name_or_the_step_and_its_field() {
        let source = "(steps['deploy'].body.x or other).y";
        let spans: Vec<&str> = parse(source)
            .references()
            .iter()
            .map(|found| &source[found.span.start as usize - 100..found.span.end as usize - 100])
            .collect();
        assert_eq!(spans, ["steps['deploy'].body", "other"]);
    }

    #[test]
    fn spans_in_folded_text_point_into_the_file() {
        // `a ==` stands at 10, `bcd` at 40 on the next line.
        let runs = Offsets::Runs(Arc::new(vec![(0, 10), (5, 40)]));
        let text = Text { text: "a == bcd".into(), span: Span { start: 8, end: 50, ..Span::default() }, offsets: runs };
        let expression = super::super::Expr::parse(&text).expect("an expression");
        let spans: Vec<(u32, u32)> =
            expression.references().iter().map(|found| (found.span.start, found.span.end)).collect();
        assert_eq!(spans, [(10, 11), (40, 43)]);
        assert_eq!((expression.span().start, expression.span().end), (10, 43));
    }
}
