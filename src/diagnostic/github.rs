//! Diagnostics as GitHub workflow commands, which annotate the line in a pull request.

use super::{Diagnostic, Severity};
use crate::source::Sources;

/// One `::error file=…,line=…::message` a line.
pub fn github(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    diagnostics.iter().map(|diagnostic| line(diagnostic, sources)).collect()
}

fn line(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let command = match diagnostic.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let place = diagnostic.primary.as_ref().map(|label| {
        let source = sources.get(label.span.source);
        let (start, end) = (source.position(label.span.start), source.position(label.span.end));
        let path = property(&source.path);
        format!("file={path},line={},endLine={},col={},endColumn={},", start.line, end.line, start.column, end.column)
    });
    let text = [std::slice::from_ref(&diagnostic.message), &diagnostic.help[..]].concat().join("\n");
    let title = format!("{} {}", diagnostic.rule.code, diagnostic.rule.name);
    format!("::{command} {}title={title}::{}\n", place.unwrap_or_default(), data(&text))
}

fn data(text: &str) -> String {
    let mut data = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '%' => data.push_str("%25"),
            '\r' => data.push_str("%0D"),
            '\n' => data.push_str("%0A"),
            _ if character.is_control() || is_of_direction(character) => data.extend(character.escape_default()),
            _ => data.push(character),
        }
    }
    data
}

/// Whether it changes the direction of writing, so that a line looks other than it is.
fn is_of_direction(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
