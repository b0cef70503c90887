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
        Severity::Hint => "notice",
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
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
