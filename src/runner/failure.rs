//! What went wrong, in words: what was expected, what was found, and where it is written.

use crate::event::{Failure, FailureKind};
use crate::expression::{
    Difference, EvalError, EvalErrorKind, Expr, FileNeed, Reference, Scope, Target, Template, select,
};
use crate::jsonpath::Path;
use crate::playbook::{JsonTemplate, PathTemplate};
use crate::render::{AnswerValues, Unread};
use crate::secret::Redactor;
use crate::source::{Sources, Span};
use crate::value::Value;

/// How much of a body a message shows, in characters.
const EXCERPT: usize = 200;

/// What a message needs besides its subject: places in files, and what must not be shown.
///
/// Values are masked before they are cut: half of a secret could no longer be found.
#[derive(Clone, Copy)]
pub(super) struct Words<'a> {
    pub(super) sources: &'a Sources,
    pub(super) redactor: &'a Redactor,
}

impl Words<'_> {
    /// A value for a message, masked, then cut.
    pub(super) fn preview(&self, value: &Value, limit: usize) -> String {
        match self.redactor.redacted_value(value) {
            Some(redacted) => redacted.preview(limit),
            None => value.preview(limit),
        }
    }

    /// The beginning of an answer's body, behind a colon; nothing where it is empty.
    pub(super) fn excerpt(&self, answer: &AnswerValues) -> String {
        if let Some(location) = answer.headers.get("location").filter(|_| (300..400).contains(&answer.status)) {
            return format!(" to {}, which is not followed", self.preview(location, EXCERPT).trim_matches('"'));
        }
        let beginning = answer.part.as_ref().map(|part| Value::from(part.beginning.as_str()));
        match beginning.as_ref().unwrap_or(&answer.body) {
            Value::Null => String::new(),
            Value::String(text) => {
                let masked = match answer.part {
                    Some(_) => self.redactor.redact_beginning(text),
                    None => self.redactor.redact(text),
                };
                let line: String = masked.split_whitespace().collect::<Vec<_>>().join(" ");
                let cut: String = line.chars().take(EXCERPT).collect();
                let dots = if cut.len() < line.len() { "…" } else { "" };
                format!(": {cut}{dots}")
            }
            value => format!(": {}", self.preview(value, EXCERPT)),
        }
    }
}

/// A failure at a place in the playbook.
pub(super) fn at(kind: FailureKind, message: String, span: Span, words: Words<'_>) -> Failure {
    Failure { kind, message, place: Some(words.sources.place(span)), help: None }
}

/// A failure without a place.
pub(super) fn unplaced(kind: FailureKind, message: impl Into<String>) -> Failure {
    Failure { kind, message: message.into(), place: None, help: None }
}

/// A template or an expression that has no value.
pub(super) fn evaluation(error: EvalError, words: Words<'_>) -> Failure {
    Failure { help: error.help, ..at(FailureKind::Template, error.message, error.span, words) }
}

/// An expectation that is false, with both sides' values.
pub(super) fn expectation(expr: &Expr, scope: &dyn Scope, words: Words<'_>) -> Failure {
    let findings = expr.explain(scope);
    let sides = |sides: Vec<(String, Value)>| -> Vec<String> {
        sides.into_iter().map(|(text, value)| format!("`{text}` is {}", words.preview(&value, EXCERPT))).collect()
    };
    let text = expr.text().trim();
    let message = match findings.len() {
        0 => format!("expected `{text}`, which is false"),
        _ => {
            let parts: Vec<String> = findings
                .into_iter()
                .map(|finding| {
                    let part =
                        if finding.text == text { String::new() } else { format!("`{}` is false", finding.text) };
                    let lacks = lacking(&finding.differences, words);
                    let sides = sides(finding.sides).into_iter().chain(lacks).collect::<Vec<_>>().join(", ");
                    match (part.is_empty(), sides.is_empty()) {
                        (true, _) => sides,
                        (false, true) => part,
                        (false, false) => format!("{part}: {sides}"),
                    }
                })
                .filter(|part| !part.is_empty())
                .collect();
            let found = if parts.is_empty() { "it is false".to_owned() } else { parts.join("; ") };
            format!("expected `{text}`; {found}")
        }
    };
    at(FailureKind::Expect, message, expr.span(), words)
}

/// How many parts of a value a message names that are not as expected.
const NAMED: usize = 5;

/// What `contains_json` misses, in words.
pub(super) fn lacking(differences: &[Difference], words: Words<'_>) -> Vec<String> {
    let shown = |value: &Value| words.preview(value, EXCERPT);
    let tell = |difference: &Difference| match difference {
        Difference::NoMember { at, name, expected } => format!("`{at}` has no `{name}`, expected {}", shown(expected)),
        Difference::Other { at, expected, found } => {
            format!("`{at}` is {}, expected {}", shown(found), shown(expected))
        }
        Difference::NoItem { at, expected, nearest } if nearest.is_empty() => {
            format!("no item of `{at}` contains {}", shown(expected))
        }
        Difference::NoItem { at, expected, nearest } => {
            let nearest = lacking(nearest, words).join(", ");
            format!("no item of `{at}` contains {}; in the nearest {nearest}", shown(expected))
        }
        Difference::TooFew { at, expected } => {
            format!("no item of `{at}` is left for {}, each matches one only", shown(expected))
        }
    };
    let mut told: Vec<String> = differences.iter().take(NAMED).map(tell).collect();
    if differences.len() > NAMED {
        told.push(format!("and {} more", differences.len() - NAMED));
    }
    told
}

/// The body of a good answer could not be taken.
pub(super) fn unread(unread: &Unread, span: Span, words: Words<'_>) -> Failure {
    let (kind, message, help) = match unread {
        Unread::TooLarge(reason) => (
            FailureKind::Transport,
            format!("the answer is too large: {reason}"),
            Some(
                "capture and expect less of it, only stream it to a file with `save:`, or raise `answer_memory` or \
                 `answer_members` under `limits:`",
            ),
        ),
        Unread::NotSaved(reason) => (FailureKind::File, format!("the answer cannot be saved: {reason}"), None),
    };
    Failure { help: help.map(str::to_owned), ..at(kind, message, span, words) }
}

/// An expectation over something that the answer does not have.
pub(super) fn absent(expr: &Expr, error: EvalError, words: Words<'_>) -> Failure {
    let message = format!("expected `{}`; {}", expr.text().trim(), error.message);
    Failure { help: error.help, ..at(FailureKind::Expect, message, error.span, words) }
}

/// Why the body that an expression reads is none that has parts, where that is so.
pub(super) fn unreadable<'a>(expr: &Expr, answer: &'a AnswerValues) -> Option<&'a str> {
    let reads_body = |reference: &Reference| matches!(&reference.target, Target::Name(name) if &**name == "body");
    answer.not_json.as_deref().filter(|_| expr.references().iter().any(reads_body))
}

/// A header field that is not what was expected.
pub(super) fn header(
    name: &str,
    expected: &Template,
    answer: &AnswerValues,
    scope: &dyn Scope,
    words: Words<'_>,
) -> Result<Option<Failure>, FileNeed> {
    let expected_text = match expected.render_text(scope) {
        Ok(text) => text,
        Err(error) => return needs_file_or(error, words).map(Some),
    };
    let found = answer.headers.get(&name.to_ascii_lowercase()).and_then(Value::as_str);
    if found == Some(&expected_text) {
        return Ok(None);
    }
    let found = found.map_or_else(|| "there is none".to_owned(), |found| format!("it is `{found}`"));
    let message = format!("expected header `{name}` to be `{expected_text}`; {found}");
    Ok(Some(at(FailureKind::Expect, message, expected.span(), words)))
}

/// A value in the body that is not what was expected.
pub(super) fn body(
    path: &PathTemplate,
    expected: &JsonTemplate,
    answer: &AnswerValues,
    scope: &dyn Scope,
    words: Words<'_>,
) -> Result<Option<Failure>, FileNeed> {
    let resolved = path.resolve(scope).and_then(|path| Ok((path, expected.render(scope)?)));
    let (query, expected_value) = match resolved {
        Ok(resolved) => resolved,
        Err(error) => return needs_file_or(error, words).map(Some),
    };
    let fail = |found: String| {
        let message = format!("expected `{}` to be {}; {found}", query.text(), words.preview(&expected_value, EXCERPT));
        Ok(Some(at(FailureKind::Expect, message, expected.span, words)))
    };
    if let Some(reason) = &answer.not_json {
        return fail(reason.clone());
    }
    let nodes = match select(&query, &answer.body, &scope.limits(), path.span()) {
        Ok(nodes) => nodes,
        Err(error) => return Ok(Some(evaluation(error, words))),
    };
    match nodes.as_slice() {
        [node] if query.is_singular() && **node == expected_value => Ok(None),
        [node] if query.is_singular() => fail(format!("it is {}", words.preview(node, EXCERPT))),
        [] if query.is_singular() || expected_value.as_array().is_none() => fail(missing(&query, answer)),
        // A query that may find several is compared as the list of what it finds.
        nodes => {
            let list = Value::array(nodes.iter().map(|node| (*node).clone()).collect());
            let alone = matches!(nodes, [node] if **node == expected_value);
            if alone || list == expected_value {
                Ok(None)
            } else {
                fail(format!("it finds {}", words.preview(&list, EXCERPT)))
            }
        }
    }
}

/// Why a path finds nothing in an answer.
pub(super) fn missing(path: &Path, answer: &AnswerValues) -> String {
    let miss = path.explain_miss(&answer.body);
    match &answer.part {
        None => miss.to_string(),
        Some(part) => format!("{} (of {} bytes, only what the playbook uses was read)", miss.in_part(), part.bytes),
    }
}

fn needs_file_or(error: EvalError, words: Words<'_>) -> Result<Failure, FileNeed> {
    match error.kind {
        EvalErrorKind::NeedsFile(need) => Err(need),
        _ => Ok(evaluation(error, words)),
    }
}
