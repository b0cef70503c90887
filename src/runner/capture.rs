//! One value out of an answer.

use super::answer::Received;
use super::failure::{self, Words};
use super::found::{MOST, cookie_values, header_fields, joined, matches};
use super::set_cookie::{SetCookie, cookies};
use crate::diagnostic::did_you_mean;
use crate::event::{Failure, FailureKind};
use crate::expression::{EvalError, EvalErrorKind, FileNeed, Scope as _, select};
use crate::jsonpath::Path;
use crate::limits::Limits;
use crate::playbook::{Capture, CaptureFrom, Cookie, Pattern, Several};
use crate::render::{AnswerValues, View};
use crate::secret::{SHORTEST, is_too_short};
use crate::source::{Span, Text};
use crate::value::Value;

/// A capture that brought nothing.
pub(super) struct Miss {
    pub(super) failure: Failure,
    /// Whether the path is fine and just nothing is there: `ensure.find` takes that for "absent".
    pub(super) no_node: bool,
}

/// The answer that is looked at, and what messages are made with.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) answer: &'a AnswerValues,
    pub(super) received: &'a Received,
    pub(super) words: Words<'a>,
}

/// Captures a value; a file that is needed first is the outer error.
pub(super) fn capture(
    written: &Capture,
    subject: Subject<'_>,
    view: &View<'_>,
) -> Result<Result<Value, Miss>, FileNeed> {
    let found = match &written.from {
        CaptureFrom::Json(template) => match template.resolve(view) {
            Ok(path) => by_path(written, &path, template.span(), subject, &view.limits()),
            Err(error) => Err(unresolved(error, subject.words)?),
        },
        CaptureFrom::Header(name) => by_header(written, name, subject),
        CaptureFrom::Cookie(cookie) => by_cookie(written, cookie, subject),
        CaptureFrom::Regex(pattern) => by_pattern(written, pattern, subject),
        CaptureFrom::Expr(expr) => match expr.evaluate(view) {
            Ok(value) => Ok(value),
            Err(error) if error.kind == EvalErrorKind::Undefined => {
                let message = format!("`{}`: {}", written.name.text, error.message);
                let failure = failure::at(FailureKind::Capture, message, error.span, subject.words);
                Err(Miss { failure: Failure { help: error.help, ..failure }, no_node: true })
            }
            Err(error) => Err(unresolved(error, subject.words)?),
        },
    };
    let found = match found {
        Ok(value) if written.secret && is_too_short(&value) => Err(too_short(written, subject.words)),
        found => found,
    };
    match (found, &written.default) {
        (Err(Miss { no_node: true, .. }), Some(default)) => match default.render(view) {
            Ok(value) => Ok(Ok(value)),
            Err(error) => Ok(Err(unresolved(error, subject.words)?)),
        },
        (found, _) => Ok(found),
    }
}

/// An expression that has no value is a miss of its own, unless it waits for a file.
fn unresolved(error: EvalError, words: Words<'_>) -> Result<Miss, FileNeed> {
    match error.kind {
        EvalErrorKind::NeedsFile(need) => Err(need),
        _ => Ok(Miss { failure: failure::evaluation(error, words), no_node: false }),
    }
}

fn too_short(written: &Capture, words: Words<'_>) -> Miss {
    let message = format!("`{}` is a secret of less than {SHORTEST} bytes and cannot be masked", written.name.text);
    let mut failure = failure::at(FailureKind::Capture, message, written.name.span, words);
    if written.from.is_secret() {
        failure.help = Some("write `secret: false` beside it if anyone may see it".to_owned());
    }
    Miss { failure, no_node: false }
}

fn by_path(written: &Capture, path: &Path, span: Span, subject: Subject<'_>, limits: &Limits) -> Result<Value, Miss> {
    let name = &written.name.text;
    if let Some(reason) = &subject.answer.not_json {
        let message = format!("`{name}`: {reason}{}", subject.words.excerpt(subject.answer));
        return Err(Miss { failure: failure::at(FailureKind::Capture, message, span, subject.words), no_node: false });
    }
    let nodes = select(path, &subject.answer.body, limits, span)
        .map_err(|error| Miss { failure: failure::evaluation(error, subject.words), no_node: false })?;
    if nodes.is_empty() && (path.is_singular() || written.several != Several::All) {
        let message = format!("`{name}`: `{}` finds {}", path.text(), failure::missing(path, subject.answer));
        return Err(nothing(message, span, subject.words));
    }
    let source = Source { span, finds: format!("`{}` finds", path.text()), key: format!("json: \"{}\"", path.text()) };
    pick(written, nodes.into_iter().cloned().collect(), &source, subject.words)
}

fn by_header(written: &Capture, field: &Text, subject: Subject<'_>) -> Result<Value, Miss> {
    let mut fields = header_fields(&subject.received.headers, &field.text);
    if fields.is_empty() && written.several != Several::All {
        let message = format!("`{}`: the answer has no header `{}`", written.name.text, field.text);
        return Err(nothing(message, field.span, subject.words));
    }
    // Fields of one name are one value, except cookies, which hold commas themselves (RFC 9110, section 5.3).
    if written.several == Several::Refuse && !field.text.eq_ignore_ascii_case("set-cookie") {
        fields = joined(&fields).into_iter().collect();
    }
    let finds = format!("the header `{}` has", field.text);
    let source = Source { span: field.span, finds, key: format!("header: {}", field.text) };
    pick(written, fields, &source, subject.words)
}

fn by_cookie(written: &Capture, cookie: &Cookie, subject: Subject<'_>) -> Result<Value, Miss> {
    let (name, span) = (&written.name.text, cookie.written.span);
    let values = cookie_values(&subject.received.headers, cookie);
    if values.is_empty() && written.several != Several::All {
        let cookies = cookies(&subject.received.headers);
        let set: Vec<&str> = cookies.iter().map(SetCookie::name).collect();
        let message = match (cookie.attribute, set.contains(&&*cookie.name)) {
            (Some(attribute), true) => format!("`{name}`: the cookie `{}` has no attribute `{attribute}`", cookie.name),
            _ if set.is_empty() => format!("`{name}`: the answer sets no cookie `{}`, nor any other", cookie.name),
            _ => format!("`{name}`: the answer sets no cookie `{}`; it sets `{}`", cookie.name, set.join("`, `")),
        };
        let mut miss = nothing(message, span, subject.words);
        if !set.contains(&&*cookie.name) {
            let close = did_you_mean(&cookie.name, set).filter(|help| help.starts_with("did you mean"));
            miss.failure.help = close;
        }
        return Err(miss);
    }
    let written_as = &cookie.written.text;
    let finds = format!("the cookie `{written_as}` has");
    pick(written, values, &Source { span, finds, key: format!("cookie: {written_as}") }, subject.words)
}

fn by_pattern(written: &Capture, pattern: &Pattern, subject: Subject<'_>) -> Result<Value, Miss> {
    let (name, text, span) = (&written.name.text, &pattern.written.text, pattern.written.span);
    let values = matches(pattern, subject.received);
    if values.is_empty() && written.several != Several::All {
        let beginning = subject.words.excerpt(subject.answer);
        let beginning = if beginning.is_empty() { ", which is empty".to_owned() } else { beginning };
        return Err(nothing(format!("`{name}`: `{text}` matches nothing in the body{beginning}"), span, subject.words));
    }
    if values.len() > MOST && written.several == Several::All {
        let message = format!("`{name}`: `{text}` matches more than {MOST} times");
        return Err(Miss { failure: failure::at(FailureKind::Capture, message, span, subject.words), no_node: false });
    }
    let source = Source { span, finds: format!("`{text}` finds"), key: format!("regex: '{text}'") };
    pick(written, values, &source, subject.words)
}

/// The source is fine and just nothing is there.
fn nothing(message: String, span: Span, words: Words<'_>) -> Miss {
    Miss { failure: failure::at(FailureKind::Capture, message, span, words), no_node: true }
}

/// Where values were looked for.
struct Source {
    span: Span,
    /// The beginning of a sentence that ends with how many there are.
    finds: String,
    /// How it is written in a capture.
    key: String,
}

/// What the capture takes of what is there.
fn pick(written: &Capture, values: Vec<Value>, source: &Source, words: Words<'_>) -> Result<Value, Miss> {
    match (values.as_slice(), written.several) {
        (_, Several::All) => return Ok(Value::array(values)),
        ([value], _) | ([value, ..], Several::First) => return Ok(value.clone()),
        _ => {}
    }
    let shown: Vec<String> = values.iter().take(3).map(|value| words.preview(value, 40)).collect();
    let rest = if values.len() > 3 { ", …" } else { "" };
    let count = if values.len() > MOST { format!("more than {MOST}") } else { values.len().to_string() };
    let name = &written.name.text;
    let message = format!("`{name}`: {} {count} values: {}{rest}", source.finds, shown.join(", "));
    let mut failure = failure::at(FailureKind::Capture, message, source.span, words);
    failure.help = Some(format!("write `{name}: {{ {}, all: true }}` for a list, or `first: true`", source.key));
    Err(Miss { failure, no_node: false })
}
