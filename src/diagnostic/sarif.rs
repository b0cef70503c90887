//! Diagnostics as SARIF 2.1.0, which code scanners exchange and GitHub shows beside the code.

use std::fmt::Write;

use serde_json::{Value, json};

use super::{Diagnostic, Fix, Label, Rule, Severity, rule};
use crate::source::{Sources, Span};

/// One log with everything that was found in some playbooks, each with the sources its places are in.
pub fn sarif<'a>(checked: impl IntoIterator<Item = (&'a [Diagnostic], &'a Sources)>) -> String {
    let found: Vec<(&Diagnostic, &Sources)> = checked
        .into_iter()
        .flat_map(|(diagnostics, sources)| diagnostics.iter().map(move |diagnostic| (diagnostic, sources)))
        .collect();
    let is_broken = |rule: &&&Rule| found.iter().any(|(diagnostic, _)| diagnostic.is(rule));
    let broken: Vec<&Rule> = rule::ALL.iter().filter(is_broken).copied().collect();
    let results: Vec<Value> = found.iter().map(|(diagnostic, sources)| result(diagnostic, &broken, sources)).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "callsheet",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": broken.into_iter().map(descriptor).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "note",
    }
}

fn descriptor(rule: &Rule) -> Value {
    json!({
        "id": rule.code,
        "name": rule.name,
        "shortDescription": { "text": rule.summary },
        "fullDescription": { "text": rule.explanation.lines().next().unwrap_or_default() },
        "help": { "text": rule.explanation, "markdown": rule.explanation },
        "defaultConfiguration": { "level": level(rule.severity()) },
    })
}

fn result(diagnostic: &Diagnostic, broken: &[&Rule], sources: &Sources) -> Value {
    let text = [std::slice::from_ref(&diagnostic.message), &diagnostic.help[..]].concat().join("\n");
    let place = |label: &Label| json!({ "physicalLocation": location(label.span, sources) });
    let related = diagnostic.secondary.iter().enumerate().map(|(index, label)| {
        json!({
            "id": index,
            "physicalLocation": location(label.span, sources),
            "message": { "text": label.text },
        })
    });
    let fixes = diagnostic.fix.iter().map(|fix| repair(fix, sources));
    json!({
        "ruleId": diagnostic.rule.code,
        "ruleIndex": broken.iter().position(|rule| diagnostic.is(rule)),
        "level": level(diagnostic.severity()),
        "message": { "text": text },
        "locations": diagnostic.primary.iter().map(place).collect::<Vec<_>>(),
        "relatedLocations": related.collect::<Vec<_>>(),
        "fixes": fixes.collect::<Vec<_>>(),
    })
}

fn repair(fix: &Fix, sources: &Sources) -> Value {
    json!({
        "description": { "text": "write this instead" },
        "artifactChanges": [{
            "artifactLocation": artifact(fix.span, sources),
            "replacements": [{
                "deletedRegion": region(fix.span, sources),
                "insertedContent": { "text": fix.replacement },
            }],
        }],
        "properties": { "applicability": fix.applicability.as_str() },
    })
}

fn location(span: Span, sources: &Sources) -> Value {
    json!({ "artifactLocation": artifact(span, sources), "region": region(span, sources) })
}

fn region(span: Span, sources: &Sources) -> Value {
    let source = sources.get(span.source);
    let (start, end) = (source.position(span.start), source.position(span.end));
    json!({ "startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column })
}

/// A relative path stays one, so that whoever reads the log finds the file below its own root.
fn artifact(span: Span, sources: &Sources) -> Value {
    let path = &sources.get(span.source).path;
    let mut uri = String::new();
    if path.starts_with('/') {
        uri += "file://";
    }
    for byte in path.replace('\\', "/").bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => uri.push(char::from(byte)),
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    json!({ "uri": uri })
}
