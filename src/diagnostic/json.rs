//! Diagnostics as JSON lines, for programs.

use serde_json::{Map, Value, json};

use super::Diagnostic;
use crate::source::{Sources, Span};

/// One JSON object a line: `code`, `rule` (its name), `severity`, `message`, `place` (path, line, column, end),
/// `labels`, `help`, `fix`.
pub fn json(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    diagnostics.iter().map(|diagnostic| format!("{}\n", object(diagnostic, sources))).collect()
}

fn object(diagnostic: &Diagnostic, sources: &Sources) -> Value {
    let labels = diagnostic.secondary.iter().map(|label| {
        let mut place = place(label.span, sources);
        place.insert("text".into(), label.text.clone().into());
        Value::Object(place)
    });
    let fix = diagnostic.fix.as_ref().map(|fix| {
        let mut place = place(fix.span, sources);
        place.insert("replacement".into(), fix.replacement.clone().into());
        place.insert("applicability".into(), fix.applicability.as_str().into());
        Value::Object(place)
    });
    json!({
        "code": diagnostic.rule.code,
        "rule": diagnostic.rule.name,
        "severity": diagnostic.severity().as_str(),
        "message": diagnostic.message,
        "place": diagnostic.primary.as_ref().map(|label| Value::Object(place(label.span, sources))),
        "label": diagnostic.primary.as_ref().map(|label| label.text.clone()),
        "labels": labels.collect::<Vec<_>>(),
        "help": diagnostic.help,
        "fix": fix,
    })
}

fn place(span: Span, sources: &Sources) -> Map<String, Value> {
    let source = sources.get(span.source);
    let (start, end) = (source.position(span.start), source.position(span.end));
    let mut place = Map::new();
    place.insert("path".into(), source.path.clone().into());
    place.insert("line".into(), start.line.into());
    place.insert("column".into(), start.column.into());
    place.insert("end_line".into(), end.line.into());
    place.insert("end_column".into(), end.column.into());
    place
}
