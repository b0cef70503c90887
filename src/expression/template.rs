//! A template: text with `{{ expressions }}` in it.

use std::fmt;
use std::sync::Arc;

use super::text::write_text;
use super::{EvalError, Expr, Reference, Scope, scan};
use crate::diagnostic::Diagnostic;
use crate::source::{Span, Text};
use crate::value::Value;

/// A parsed template; cheap to clone.
#[derive(Clone)]
pub struct Template {
    text: Arc<str>,
    span: Span,
    pieces: Arc<[Piece]>,
}

/// One part of a template, in order; comments are left out.
#[derive(Clone, Debug)]
pub enum Piece {
    /// Literal text.
    Text {
        /// The text.
        text: Arc<str>,
        /// Where it stands.
        span: Span,
    },
    /// `{{ … }}`
    Expr(Expr),
}

impl Template {
    /// Parses a template; every diagnostic there is.
    pub fn parse(text: &Text) -> Result<Template, Vec<Diagnostic>> {
        if !text.text.contains(['{', '}']) {
            return Ok(Template::literal(text));
        }
        let pieces = scan::pieces(text)?.into();
        Ok(Template { text: text.text.clone(), span: text.span, pieces })
    }

    /// Text in which braces mean nothing.
    pub fn literal(text: &Text) -> Template {
        let piece = Piece::Text { text: text.text.clone(), span: text.span };
        Template { text: text.text.clone(), span: text.span, pieces: Arc::new([piece]) }
    }

    /// Where it stands in the file.
    pub fn span(&self) -> Span {
        self.span
    }

    /// The source text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of a template without an expression.
    pub fn as_literal(&self) -> Option<&str> {
        match &*self.pieces {
            [] => Some(""),
            [Piece::Text { text, .. }] => Some(text),
            _ => None,
        }
    }

    /// The expression of a template that is exactly one.
    pub fn as_expression(&self) -> Option<&Expr> {
        match &*self.pieces {
            [Piece::Expr(expression)] => Some(expression),
            _ => None,
        }
    }

    /// The parts.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Every mention of a name or a step.
    pub fn references(&self) -> impl Iterator<Item = &Reference> {
        self.pieces.iter().flat_map(|piece| match piece {
            Piece::Text { .. } => &[],
            Piece::Expr(expression) => expression.references(),
        })
    }

    /// Its value: one expression alone keeps its type, everything else is a string.
    pub fn render(&self, scope: &dyn Scope) -> Result<Value, EvalError> {
        match &*self.pieces {
            [Piece::Expr(expression)] => expression.evaluate(scope),
            [Piece::Text { text, .. }] => Ok(Value::String(text.clone())),
            _ => self.render_text(scope).map(Value::from),
        }
    }

    /// Its text; `null`, arrays and objects are errors.
    pub fn render_text(&self, scope: &dyn Scope) -> Result<String, EvalError> {
        let mut text = String::with_capacity(self.text.len());
        for piece in &*self.pieces {
            match piece {
                Piece::Text { text: literal, .. } => text.push_str(literal),
                Piece::Expr(expression) => write_text(&mut text, &expression.evaluate(scope)?, expression.span())?,
            }
        }
        Ok(text)
    }
}

/// The source text.
impl fmt::Debug for Template {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Template({:?})", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::{Trial, text};
    use super::*;

    const SCOPE: &str = r#"{"n": 5, "s": "x", "t": true, "nil": null, "list": [1], "name": "a b"}"#;

    #[track_caller]
    fn rendered(template: &str) -> String {
        match Trial::of(SCOPE).render(template) {
            Ok(value) => value.to_string(),
            Err(error) => format!("!{error}"),
        }
    }

    #[test]
    fn one_expression_alone_keeps_its_type_and_everything_else_is_text() {
        assert_eq!(rendered("{{ n }}"), "5");
        assert_eq!(rendered("{{ list }}"), "[1]");
        assert_eq!(rendered("{{ nil }}"), "null");
        assert_eq!(rendered("{# why #}{{ n }}"), "5");
        assert_eq!(rendered(" {{ n }}"), "\" 5\"");
        assert_eq!(rendered("{{ n }}\n"), "\"5\\n\"");
        assert_eq!(rendered("{{ s }}-{{ n }}-{{ t }}"), "\"x-5-true\"");
        assert_eq!(rendered("plain"), "\"plain\"");
        assert_eq!(rendered(""), "\"\"");
    }

    #[test]
    fn null_and_structures_do_not_stand_in_text() {
        assert_eq!(rendered("a{{ nil }}"), "!`null` cannot stand in text");
        assert_eq!(rendered("a{{ list }}"), "!an array cannot stand in text");
        assert_eq!(rendered("a{{ list | tojson }}"), "\"a[1]\"");
        let alone = Template::parse(&text("{{ list }}")).expect("a template");
        assert!(alone.render_text(&Trial::of(SCOPE)).is_err());
    }

    #[test]
    fn a_template_says_what_it_is() {
        let parsed = |source| Template::parse(&text(source)).expect("a template");
        assert_eq!(parsed("a {# b #} c").as_literal(), Some("a  c"));
        assert_eq!(parsed("").as_literal(), Some(""));
        assert_eq!(parsed("{{ n }}").as_literal(), None);
        assert_eq!(parsed("{{ n }}").as_expression().map(Expr::text), Some("n"));
        assert!(parsed("{{ n }}{{ s }}").as_expression().is_none());
        assert_eq!(parsed("{{ n }}{{ s.x }}").references().count(), 2);
        assert_eq!(parsed("x{{ n }}").pieces().len(), 2);
        assert_eq!(Template::literal(&text("{{ n }}")).as_literal(), Some("{{ n }}"));
    }
}
