//! A JSONPath with expressions in it, each standing for one RFC 9535 literal.
//!
//! `$.models[?@.name == {{ name }}].id` and `$.items[{{ index }}]`: the expression's value is encoded as a literal,
//! never pasted as text, so no value can change what the path means.

use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, rule};
use crate::expression::{EvalError, EvalErrorKind, Expr, Piece, Reference, Scope, Template};
use crate::jsonpath::{self, Path};
use crate::source::{Span, Text};
use crate::value::Wanted;

/// A JSONPath, fixed or with expressions.
#[derive(Clone, Debug)]
pub enum PathTemplate {
    /// Without expressions: parsed once.
    Fixed {
        /// The path.
        path: Path,
        /// Where it stands.
        span: Span,
    },
    /// With expressions: parsed for each set of values.
    Open(Template),
}

/// What stands for an expression while the rest of the path is checked: valid wherever a literal or an index is.
const STAND_IN: &str = "0";

impl PathTemplate {
    /// Reads a path.
    pub fn parse(text: &Text) -> Result<PathTemplate, Vec<Diagnostic>> {
        if !text.text.contains("{{") && !text.text.contains("{%") {
            let path =
                Path::parse(&text.text).map_err(|error| vec![syntax(text, error, |range| text.locate(range))])?;
            return Ok(PathTemplate::Fixed { path, span: text.span });
        }
        let template = Template::parse(text)?;
        let mut trial = String::new();
        let mut places: Vec<(usize, Span)> = Vec::new();
        let mut quote: Option<char> = None;
        // The expression that the text so far ends with.
        let mut value: Option<&Expr> = None;
        for piece in template.pieces() {
            match piece {
                Piece::Text { text, span } => {
                    if let Some(value) = value.take().filter(|_| text.starts_with(goes_on)) {
                        return Err(vec![glued(value.span(), value.text())]);
                    }
                    places.push((trial.len(), *span));
                    quote = quote_after(text, quote);
                    trial.push_str(text);
                }
                Piece::Expr(expr) if quote.is_some() => return Err(vec![quoted(expr.span(), expr.text())]),
                Piece::Expr(expr) if trial.ends_with(goes_on) => return Err(vec![glued(expr.span(), expr.text())]),
                Piece::Expr(expr) => {
                    places.push((trial.len(), expr.span()));
                    trial.push_str(STAND_IN);
                    value = Some(expr);
                }
            }
        }
        let locate = |range: Range<usize>| {
            let index = places.partition_point(|(start, _)| *start <= range.start).saturating_sub(1);
            places.get(index).map_or(text.span, |(_, span)| *span)
        };
        Path::parse(&trial).map_err(|error| vec![syntax(text, error, locate)])?;
        Ok(PathTemplate::Open(template))
    }

    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            PathTemplate::Fixed { span, .. } => *span,
            PathTemplate::Open(template) => template.span(),
        }
    }

    /// The path as it is written.
    pub fn text(&self) -> &str {
        match self {
            PathTemplate::Fixed { path, .. } => path.text(),
            PathTemplate::Open(template) => template.text(),
        }
    }

    /// Every reference inside.
    pub fn each_reference<'a>(&'a self, visit: &mut dyn FnMut(&'a Reference)) {
        if let PathTemplate::Open(template) = self {
            template.references().for_each(visit);
        }
    }

    /// Adds what the path reads of a document, whatever values will stand in it.
    pub fn add_to(&self, wanted: &mut Wanted) {
        let template = match self {
            PathTemplate::Fixed { path, .. } => return path.add_to(wanted),
            PathTemplate::Open(template) => template,
        };
        let pieces = template.pieces().iter().map(|piece| match piece {
            Piece::Text { text, .. } => text.to_string(),
            Piece::Expr(_) => jsonpath::ANY_INDEX.to_string(),
        });
        match Path::parse(&pieces.collect::<String>()) {
            Ok(path) => path.add_to(wanted),
            Err(_) => wanted.want(),
        }
    }

    /// The path with its values in place.
    pub fn resolve(&self, scope: &dyn Scope) -> Result<Path, EvalError> {
        let template = match self {
            PathTemplate::Fixed { path, .. } => return Ok(path.clone()),
            PathTemplate::Open(template) => template,
        };
        let mut path = String::new();
        for piece in template.pieces() {
            match piece {
                Piece::Text { text, .. } => path.push_str(text),
                Piece::Expr(expr) => {
                    let value = expr.evaluate(scope)?;
                    let literal = jsonpath::literal(&value).ok_or_else(|| {
                        let message = format!("`{}` is {} in a JSONPath", expr.text(), value.kind());
                        fault(expr.span(), message, "only strings, numbers, booleans and null can stand there")
                    })?;
                    path.push_str(&literal);
                }
            }
        }
        Path::parse(&path).map_err(|error| {
            let message = format!("`{path}` is not a JSONPath: {}", error.message);
            fault(template.span(), message, "the value does not fit its place in the path")
        })
    }
}

fn fault(span: Span, message: String, help: &str) -> EvalError {
    EvalError { span, kind: EvalErrorKind::Type, message, help: Some(help.to_owned()) }
}

fn syntax(text: &Text, error: jsonpath::PathError, locate: impl Fn(Range<usize>) -> Span) -> Diagnostic {
    let message = format!("`{}` is not a JSONPath (RFC 9535)", text.text);
    let diagnostic = Diagnostic::new(rule::BAD_JSONPATH, locate(error.range), message).label(error.message);
    match error.help {
        Some(help) => diagnostic.help(help),
        None => diagnostic.help("a path begins with `$`, as in `$.models[0].id`"),
    }
}

/// Whether a character makes one word with a value beside it.
fn goes_on(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-' | '.') || !character.is_ascii()
}

fn glued(span: Span, text: &str) -> Diagnostic {
    Diagnostic::new(rule::GLUED_VALUE, span, format!("`{{{{ {text} }}}}` is glued to the text beside it in a JSONPath"))
        .label("an expression is a whole value here, not a part of one")
        .help(format!(
            "give it a place of its own, as in `[{{{{ {text} }}}}]`, and put texts together in the expression"
        ))
}

fn quoted(span: Span, text: &str) -> Diagnostic {
    Diagnostic::new(rule::QUOTED_VALUE, span, format!("`{{{{ {text} }}}}` stands between quotes in a JSONPath"))
        .label("an expression is a value here, not text")
        .help(format!("leave the quotes out: `== {{{{ {text} }}}}`"))
}

/// The quote that is open at the end of `text`.
fn quote_after(text: &Arc<str>, mut open: Option<char>) -> Option<char> {
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (open, character) {
            (Some(_), '\\') => {
                characters.next();
            }
            (Some(quote), character) if quote == character => open = None,
            (None, '\'' | '"') => open = Some(character),
            _ => {}
        }
    }
    open
}
