//! The source text by lines, and how a text is quoted: what diagnostics and fixes are made of.

use std::ops::Range;

use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, Span};

/// The text of one file under its id.
#[derive(Clone, Copy)]
pub(super) struct File<'a> {
    pub source: SourceId,
    pub text: &'a str,
}

impl<'a> File<'a> {
    /// A byte range as a span, kept inside the text and off the middle of a character.
    pub fn span(&self, range: Range<usize>) -> Span {
        let start = self.text.floor_char_boundary(range.start);
        let end = self.text.ceil_char_boundary(range.end.min(self.text.len())).max(start);
        Span { source: self.source, start: start as u32, end: end as u32 }
    }

    /// The text of a byte range; empty where the range is none.
    pub fn slice(&self, range: Range<usize>) -> &'a str {
        self.text.get(range).unwrap_or_default()
    }

    /// The byte at an offset, zero behind the end.
    pub fn byte(&self, at: usize) -> u8 {
        self.text.as_bytes().get(at).copied().unwrap_or(0)
    }

    /// The byte range of the line that holds `at`, without its line break.
    pub fn line(&self, at: usize) -> Range<usize> {
        let bytes = self.text.as_bytes();
        let at = at.min(bytes.len());
        let start = bytes[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |position| position + 1);
        let end = bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |position| at + position);
        let end = if end > start && bytes[end - 1] == b'\r' { end - 1 } else { end };
        start..end.max(start)
    }

    /// The nearest line above the one that holds `at` that is neither empty nor a comment.
    pub fn line_above(&self, at: usize) -> Option<Range<usize>> {
        let mut line = self.line(at);
        while line.start > 0 {
            line = self.line(line.start - 1);
            let content = self.slice(line.clone()).trim_start();
            if !content.is_empty() && !content.starts_with('#') {
                return Some(line);
            }
        }
        None
    }

    /// Where the text of that line begins, behind its indentation.
    pub fn content_start(&self, line: &Range<usize>) -> usize {
        let content = self.slice(line.clone());
        line.start + (content.len() - content.trim_start().len())
    }

    /// How far the line that holds `at` is indented, in columns.
    pub fn indentation(&self, at: usize) -> usize {
        let line = self.line(at);
        self.content_start(&line) - line.start
    }

    /// The end of a value that begins at `start` and stands alone on the rest of its line: before a comment and
    /// before trailing blanks.
    pub fn value_end(&self, start: usize) -> usize {
        let line = self.line(start);
        let rest = self.slice(start..line.end);
        let rest = rest.find(" #").or_else(|| rest.find("\t#")).map_or(rest, |comment| &rest[..comment]);
        start + rest.trim_end().len()
    }
}

/// The text as a quoted YAML scalar on one line: in double quotes where nothing needs an escape, else in single ones.
pub(super) fn quoted(text: &str) -> String {
    if text.contains(['"', '\\']) { format!("'{}'", text.replace('\'', "''")) } else { format!("\"{text}\"") }
}

/// Offers the text in quotes. One that has the closing quote lacks only the other; of any other odd quote nobody knows
/// whether it belongs to the text.
pub(super) fn offer_quotes(error: Diagnostic, span: Span, text: &str) -> Diagnostic {
    let lone = ['"', '\''].into_iter().find(|quote| text.ends_with(*quote) && text.matches(*quote).count() == 1);
    match lone {
        Some(quote) if !text.contains('\\') => error.fix(span, format!("{quote}{text}")),
        None if text.matches('"').count().is_multiple_of(2) => error.fix(span, quoted(text)),
        _ => error.suggest(span, quoted(text)),
    }
}

/// The text cut to what fits in a message.
pub(super) fn short(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None if line.len() < text.trim_end().len() => format!("{line}…"),
        None => line.to_owned(),
    }
}

/// `1 space`, `2 spaces`, `no spaces`.
pub(super) fn spaces(count: usize) -> String {
    match count {
        0 => "no spaces".to_owned(),
        1 => "1 space".to_owned(),
        _ => format!("{count} spaces"),
    }
}
