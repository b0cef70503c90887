//! Where the expressions of a template begin and end.
//!
//! Only `{{ }}` and `{# #}` exist, each with minijinja's whitespace control (`{{- x -}}`). Every expression is parsed
//! on its own, so that all mistakes of a template are found and not only the first. What cannot be a template
//! (`{% %}`, braces that do not close) is a diagnostic here.

use std::ops::Range;

use super::expr::Expr;
use super::template::Piece;
use crate::diagnostic::{Diagnostic, rule};
use crate::source::Text;

/// The parts of a template, or all that is wrong with it.
pub(super) fn pieces(text: &Text) -> Result<Vec<Piece>, Vec<Diagnostic>> {
    let mut scanner =
        Scanner { text, at: 0, literal: Vec::new(), pieces: Vec::new(), diagnostics: Vec::new(), balance: 0 };
    scanner.run();
    if scanner.diagnostics.is_empty() { Ok(scanner.pieces) } else { Err(scanner.diagnostics) }
}

/// The text without white space around it.
pub(super) fn trimmed(text: &Text) -> Text {
    let source = &*text.text;
    let start = source.len() - source.trim_start().len();
    let end = source.trim_end().len().max(start);
    if (start, end) == (0, source.len()) {
        return Text { span: text.locate(0..end), ..text.clone() };
    }
    text.slice(start..end)
}

/// A whole scalar that is an expression: what stands between the braces, where there are any.
pub(super) fn without_braces(text: &Text) -> Result<Text, Diagnostic> {
    let whole = trimmed(text);
    let source = &*whole.text;
    if !source.starts_with("{{") {
        return Ok(whole);
    }
    let start = 2 + usize::from(matches!(source.as_bytes().get(2), Some(b'-' | b'+')));
    match closing(source, start) {
        Some(close) if close.end == source.len() => Ok(whole.slice(start..close.start)),
        Some(close) => {
            let message = "the braces close before the end of the expression";
            let rest = whole.locate(close.end..source.len());
            Err(Diagnostic::new(rule::TEMPLATE_SYNTAX, rest, message)
                .help("the whole text is an expression already: leave the braces out"))
        }
        None => Err(unclosed(&whole, 0)),
    }
}

struct Scanner<'a> {
    text: &'a Text,
    at: usize,
    /// Ranges of literal text since the last expression; several where a comment stands between.
    literal: Vec<Range<usize>>,
    pieces: Vec<Piece>,
    diagnostics: Vec<Diagnostic>,
    /// Single braces open in literal text: JSON and query languages have their own `}}`.
    balance: i64,
}

impl Scanner<'_> {
    fn run(&mut self) {
        let mut start = 0;
        let mut trim_next = false;
        while let Some(open) = self.marker() {
            let source = &*self.text.text;
            let kind = source.as_bytes()[open + 1];
            let control = source.as_bytes().get(open + 2).copied();
            self.push(start..open, trim_next, control == Some(b'-'));
            let inner = open + 2 + usize::from(matches!(control, Some(b'-' | b'+')));
            let close = match kind {
                b'{' => self.expression(open, inner),
                b'#' => self.comment(open, inner),
                _ => self.statement(open),
            };
            let Some(close) = close else { return };
            trim_next = close >= inner + 3 && source.as_bytes()[close - 3] == b'-';
            start = close;
            self.at = close;
        }
        self.push(start..self.text.text.len(), trim_next, false);
        self.flush();
    }

    /// The next `{{`, `{%` or `{#`; a `}}` that closes nothing is noted on the way.
    fn marker(&mut self) -> Option<usize> {
        let bytes = self.text.text.as_bytes();
        while let Some(offset) = bytes[self.at..].iter().position(|byte| matches!(byte, b'{' | b'}')) {
            let at = self.at + offset;
            let next = bytes.get(at + 1);
            self.at = at + 1;
            match (bytes[at], next) {
                (b'{', Some(b'{' | b'%' | b'#')) => return Some(at),
                (b'{', _) => self.balance += 1,
                (_, next) => {
                    self.balance -= 1;
                    if self.balance < 0 && next == Some(&b'}') {
                        self.stray(at);
                    }
                }
            }
        }
        None
    }

    fn stray(&mut self, at: usize) {
        self.balance = 1;
        let diagnostic = Diagnostic::new(rule::TEMPLATE_SYNTAX, self.text.locate(at..at + 2), "`}}` closes nothing")
            .help("an expression is written `{{ name }}`, with two braces on each side")
            .help("braces that are meant as text are written `{{ '}}' }}`");
        self.diagnostics.push(diagnostic);
    }

    fn expression(&mut self, open: usize, inner: usize) -> Option<usize> {
        let source = &*self.text.text;
        // An expression whose brackets or quotes do not close ends at the first `}}`, where its own mistake is shown.
        let first = || source[inner..].find("}}").map(|offset| inner + offset..inner + offset + 2);
        let Some(close) = closing(source, inner).or_else(first) else {
            self.diagnostics.push(unclosed(self.text, open));
            return None;
        };
        // Another expression begins before the braces close: these braces are another's.
        if let Some(offset) = source[inner..close.start].find("{{")
            && closing(source, inner).is_none()
        {
            self.diagnostics.push(unclosed(self.text, open));
            return Some(inner + offset);
        }
        self.flush();
        match Expr::parse_bare(&self.text.slice(inner..close.start)) {
            Ok(expression) => self.pieces.push(Piece::Expr(expression)),
            Err(diagnostics) => self.diagnostics.extend(diagnostics),
        }
        Some(close.end)
    }

    fn comment(&mut self, open: usize, inner: usize) -> Option<usize> {
        match self.text.text[inner..].find("#}") {
            Some(offset) => Some(inner + offset + 2),
            None => {
                let place = self.text.locate(open..open + 2);
                self.diagnostics.push(
                    Diagnostic::new(rule::TEMPLATE_SYNTAX, place, "the comment `{#` is not closed")
                        .help("close it with `#}`"),
                );
                None
            }
        }
    }

    fn statement(&mut self, open: usize) -> Option<usize> {
        let source = &*self.text.text;
        let end = source[open..].find("%}").map_or(source.len(), |offset| open + offset + 2);
        let word = source[open + 2..end].trim_start_matches(['-', '+', ' ']).split_whitespace().next();
        let help = match word {
            Some("if" | "elif" | "else" | "endif") => "write `{{ a if condition else b }}`, or `when:` on the step",
            Some("for" | "endfor") => "write `foreach:` on the step, or a filter such as `{{ items | join(', ') }}`",
            Some("set" | "with") => "name the expression under `vars:`",
            Some("raw" | "endraw") => "braces that are meant as text are written `{{ '{{' }}`",
            _ => "only `{{ expression }}` and `{# comment #}` exist in a template",
        };
        let place = self.text.locate(open..end);
        self.diagnostics
            .push(Diagnostic::new(rule::TEMPLATE_SYNTAX, place, "statements `{% … %}` do not exist here").help(help));
        Some(end)
    }

    fn push(&mut self, range: Range<usize>, trim_start: bool, trim_end: bool) {
        let mut range = range;
        let literal = &self.text.text[range.clone()];
        if trim_end {
            range.end = range.start + literal.trim_end().len();
        }
        if trim_start {
            let literal = &self.text.text[range.clone()];
            range.start += literal.len() - literal.trim_start().len();
        }
        if !range.is_empty() {
            self.literal.push(range);
        }
    }

    fn flush(&mut self) {
        let (Some(first), Some(last)) = (self.literal.first(), self.literal.last()) else { return };
        let span = self.text.locate(first.start..last.end);
        let parts: Vec<&str> = self.literal.iter().map(|range| &self.text.text[range.clone()]).collect();
        let text = match &*parts {
            [only] => (*only).into(),
            _ => parts.concat().into(),
        };
        self.pieces.push(Piece::Text { text, span });
        self.literal.clear();
    }
}

/// The `}}` (with its whitespace control) that closes an expression which begins at `from`.
fn closing(source: &str, from: usize) -> Option<Range<usize>> {
    let bytes = source.as_bytes();
    let mut depth = 0_usize;
    let mut at = from;
    while at < bytes.len() {
        match bytes[at] {
            quote @ (b'\'' | b'"') => at = string_end(bytes, at, quote)?,
            b'(' | b'[' | b'{' => depth += 1,
            b'-' | b'+' if depth == 0 && bytes[at + 1..].starts_with(b"}}") => return Some(at..at + 3),
            b'}' if depth == 0 && bytes[at + 1..].starts_with(b"}") => return Some(at..at + 2),
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    None
}

/// The closing quote of a string that opens at `open`.
pub(super) fn string_end(bytes: &[u8], open: usize, quote: u8) -> Option<usize> {
    let mut at = open + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            byte if byte == quote => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// How many closing parentheses have no opening one in this text.
pub(super) fn unmatched_parentheses(source: &str) -> usize {
    let bytes = source.as_bytes();
    let (mut open, mut missing) = (0_usize, 0);
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            quote @ (b'\'' | b'"') => at = string_end(bytes, at, quote).unwrap_or(bytes.len()),
            b'(' => open += 1,
            b')' if open == 0 => missing += 1,
            b')' => open -= 1,
            _ => {}
        }
        at += 1;
    }
    missing
}

fn unclosed(text: &Text, open: usize) -> Diagnostic {
    let source = &*text.text;
    let diagnostic = |range| Diagnostic::new(rule::TEMPLATE_SYNTAX, text.locate(range), "`{{` is not closed");
    match source[open..].find('}') {
        Some(offset) => {
            let brace = open + offset;
            diagnostic(open..brace + 1).help("close it with `}}`").fix(text.locate(brace..brace + 1), "}}")
        }
        None => diagnostic(open..open + 2)
            .help("close it with `}}`")
            .help("braces that are meant as text are written `{{ '{{' }}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::{Trial, text};
    use super::super::{Expr, Template};
    use super::*;

    #[track_caller]
    fn problems(template: &str) -> Vec<(String, String)> {
        let diagnostics = Template::parse(&text(template)).err().unwrap_or_default();
        let place = |diagnostic: &Diagnostic| diagnostic.primary.as_ref().expect("a place").span;
        let shown = diagnostics.iter().map(|diagnostic| {
            let span = place(diagnostic);
            (template[span.start as usize - 100..span.end as usize - 100].to_owned(), diagnostic.message.clone())
        });
        shown.collect()
    }

    #[track_caller]
    fn rendered(template: &str) -> String {
        let scope = Trial::of(r#"{"x": "X"}"#);
        Template::parse(&text(template)).expect("a template").render_text(&scope).expect("text")
    }

    #[test]
    fn an_expression_ends_where_its_braces_close_and_not_within_strings_or_maps() {
        assert_eq!(rendered("{{ '}}' }}"), "}}");
        assert_eq!(rendered("{{ {'a': {'b': 1}}.a.b }}"), "1");
        assert_eq!(rendered("{{ {'a': {'b': 'v'}}['a']['b'] }}{{x}}"), "vX");
        assert_eq!(rendered("{{ '\\'}}' }}"), "'}}");
        assert_eq!(rendered("{\"a\": {\"b\": {}}}{{ x }}"), "{\"a\": {\"b\": {}}}X");
        assert_eq!(rendered("query { models { id }} {{ x }}"), "query { models { id }} X");
    }

    #[test]
    fn white_space_control_and_the_last_newline_are_minijinjas_but_for_the_newline() {
        assert_eq!(rendered("a  {{- x -}}  b\n"), "aXb\n");
        assert_eq!(rendered("a {#- c -#} b"), "ab");
        assert_eq!(rendered("a {{+ x +}} b"), "a X b");
    }

    #[test]
    fn every_mistake_of_a_template_is_found() {
        let found = problems("{{ a &&  b }} {% if x %} {{ | }} {{ c");
        let places: Vec<&str> = found.iter().map(|(place, _)| place.as_str()).collect();
        assert_eq!(places, ["&&", "{% if x %}", "|", "{{"]);
    }

    #[test]
    fn braces_that_do_not_close_are_pointed_at() {
        assert_eq!(problems("a {{ x } b"), [("{{ x }".to_owned(), "`{{` is not closed".to_owned())]);
        assert_eq!(problems("{{"), [("{{".to_owned(), "`{{` is not closed".to_owned())]);
        assert_eq!(problems("x }} y"), [("}}".to_owned(), "`}}` closes nothing".to_owned())]);
        assert_eq!(problems("{# x"), [("{#".to_owned(), "the comment `{#` is not closed".to_owned())]);
        assert_eq!(problems("{%"), [("{%".to_owned(), "statements `{% … %}` do not exist here".to_owned())]);
        assert_eq!(problems("{{ a } and {{ b }}"), [("{{ a }".to_owned(), "`{{` is not closed".to_owned())]);
        assert_eq!(problems("{{ }}").len(), 1);
        assert_eq!(problems("{{ f( }}").len(), 1);
    }

    #[test]
    fn a_condition_may_have_braces_around_the_whole_and_only_there() {
        let parsed = |source| Expr::parse(&text(source)).map(|expression| expression.text().to_owned());
        assert_eq!(parsed("{{ a == 1 }}").as_deref(), Ok("a == 1"));
        assert_eq!(parsed("  a == 1 ").as_deref(), Ok("a == 1"));
        assert_eq!(parsed("{'a': 1}").as_deref(), Ok("{'a': 1}"));
        let half = parsed("{{ a }} == 1").expect_err("braces around a part");
        assert_eq!(half.message, "the braces close before the end of the expression");
        assert_eq!(parsed("{{ a == 1 }").expect_err("one brace").message, "`{{` is not closed");
    }
}
