//! One expression: parsed once, evaluated often.

use std::fmt;
use std::sync::Arc;

use super::budget::Budget;
use super::evaluate::Evaluation;
use super::explain::{Finding, explain, is_literal};
use super::tree::{Node, NodeKind};
use super::{EvalError, Reference, Scope, operate, reference, scan, syntax};
use crate::diagnostic::Diagnostic;
use crate::source::{Span, Text};
use crate::value::Value;

/// A parsed expression; cheap to clone.
///
/// ```
/// use callsheet::expression::{Expr, Target};
/// use callsheet::source::{Span, Text};
///
/// let condition = Expr::parse(&Text::synthetic("{{ steps.deploy.status == 200 }}", Span::default())).expect("an expression");
/// assert_eq!(condition.text(), "steps.deploy.status == 200");
/// let deploy = Target::Step { id: "deploy".into(), field: Some("status".into()) };
/// assert_eq!(condition.references()[0].target, deploy);
/// ```
#[derive(Clone)]
pub struct Expr {
    inner: Arc<Inner>,
}

struct Inner {
    text: Arc<str>,
    span: Span,
    root: Node,
    references: Vec<Reference>,
}

impl Expr {
    /// Parses an expression; braces around the whole are allowed: `{{ a == 1 }}` is `a == 1`.
    pub fn parse(text: &Text) -> Result<Expr, Diagnostic> {
        let bare = scan::without_braces(text)?;
        Expr::parse_bare(&bare).map_err(|mut diagnostics| diagnostics.swap_remove(0))
    }

    /// Parses what stands between the braces; every diagnostic there is.
    pub(super) fn parse_bare(text: &Text) -> Result<Expr, Vec<Diagnostic>> {
        let trimmed = scan::trimmed(text);
        let root = syntax::parse(&trimmed)?;
        let references = reference::collect(&root);
        let inner = Inner { span: trimmed.span, text: trimmed.text, root, references };
        Ok(Expr { inner: Arc::new(inner) })
    }

    /// The source text, without braces around it.
    pub fn text(&self) -> &str {
        &self.inner.text
    }

    /// Where it stands in the file, without braces around it.
    pub fn span(&self) -> Span {
        self.inner.span
    }

    /// Every mention of a name or a step, in the order in which they are written.
    pub fn references(&self) -> &[Reference] {
        &self.inner.references
    }

    /// The first function in it whose value differs from run to run.
    pub fn fresh_function(&self) -> Option<&'static str> {
        const FRESH: &[&str] = &["now", "uuid", "random_suffix", "random_int"];
        let mut open = vec![&self.inner.root];
        while let Some(node) = open.pop() {
            if let NodeKind::Call { function, .. } = &node.kind
                && FRESH.contains(&function.name)
            {
                return Some(function.name);
            }
            node.each_child(&mut |_, child| open.push(child));
        }
        None
    }

    /// Whether it is a value that is written out: no name, no comparison, nothing to be evaluated.
    pub fn is_literal(&self) -> bool {
        is_literal(&self.inner.root)
    }

    /// Whether a file is read in it: by a filter of its own, not by a variable's.
    pub fn reads_file(&self) -> bool {
        let mut open = vec![&self.inner.root];
        while let Some(node) = open.pop() {
            if node.kind.reads_file() {
                return true;
            }
            node.each_child(&mut |_, child| open.push(child));
        }
        false
    }

    /// Its tree.
    pub(super) fn root(&self) -> &Node {
        &self.inner.root
    }

    /// Its value.
    pub fn evaluate(&self, scope: &dyn Scope) -> Result<Value, EvalError> {
        self.evaluation(scope).value(&self.inner.root)
    }

    /// Whether a condition holds; a value that is not a boolean is an error that says what to write.
    pub fn holds(&self, scope: &dyn Scope) -> Result<bool, EvalError> {
        let value = self.evaluate(scope)?;
        operate::truth(&value, &self.inner.text, self.inner.span)
    }

    /// For a condition that is false: the smallest comparisons and tests that decided it, with the values of their
    /// sides. Empty when it holds or cannot be evaluated.
    pub fn explain(&self, scope: &dyn Scope) -> Vec<Finding> {
        explain(&self.evaluation(scope), &self.inner.root)
    }

    fn evaluation<'a>(&'a self, scope: &'a dyn Scope) -> Evaluation<'a> {
        Evaluation { scope, text: &self.inner.text, budget: Budget::of(scope.limits()) }
    }
}

/// The source text.
impl fmt::Debug for Expr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Expr({})", self.inner.text)
    }
}
