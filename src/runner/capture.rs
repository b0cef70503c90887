//! One value out of an answer.

use super::failure::{self, Words};
use crate::event::{Failure, FailureKind};
use crate::expression::{EvalErrorKind, FileNeed};
use crate::jsonpath::Path;
use crate::playbook::{Capture, CaptureFrom, Several};
use crate::render::{AnswerValues, View};
use crate::secret::{SHORTEST, is_too_short};
use crate::source::Span;
use crate::value::Value;

/// A capture that brought nothing.
pub(super) struct Miss {
    pub(super) failure: Failure,
    /// Whether the path is fine and just nothing is there: `ensure.find` takes that for "absent".
    pub(super) no_node: bool,
}

/// Captures a value; a file that is needed first is the outer error.
pub(super) fn capture(
    written: &Capture,
    answer: &AnswerValues,
    view: &View<'_>,
    words: Words<'_>,
) -> Result<Result<Value, Miss>, FileNeed> {
    let found = match &written.from {
        CaptureFrom::Json(template) => match template.resolve(view) {
            Ok(path) => by_path(written, &path, template.span(), answer, words),
            Err(error) => match error.kind {
                EvalErrorKind::NeedsFile(need) => return Err(need),
                _ => Err(Miss { failure: failure::evaluation(error, words), no_node: false }),
            },
        },
        CaptureFrom::Header(name) => match answer.headers.get(&name.text.to_ascii_lowercase()) {
            Some(value) => Ok(value.clone()),
            None => {
                let message = format!("`{}`: the answer has no header `{}`", written.name.text, name.text);
                Err(Miss { failure: failure::at(FailureKind::Capture, message, name.span, words), no_node: true })
            }
        },
        CaptureFrom::Expr(expr) => match expr.evaluate(view) {
            Ok(value) => Ok(value),
            Err(error) => match error.kind {
                EvalErrorKind::NeedsFile(need) => return Err(need),
                EvalErrorKind::Undefined => {
                    let message = format!("`{}`: {}", written.name.text, error.message);
                    let mut failure = failure::at(FailureKind::Capture, message, error.span, words);
                    failure.help = error.help;
                    Err(Miss { failure, no_node: true })
                }
                _ => Err(Miss { failure: failure::evaluation(error, words), no_node: false }),
            },
        },
    };
    let found = match found {
        Ok(value) if written.secret && is_too_short(&value) => {
            let message =
                format!("`{}` is a secret of less than {SHORTEST} bytes and cannot be masked", written.name.text);
            Err(Miss { failure: failure::at(FailureKind::Capture, message, written.name.span, words), no_node: false })
        }
        found => found,
    };
    match (found, &written.default) {
        (Err(Miss { no_node: true, .. }), Some(default)) => match default.render(view) {
            Ok(value) => Ok(Ok(value)),
            Err(error) => match error.kind {
                EvalErrorKind::NeedsFile(need) => Err(need),
                _ => Ok(Err(Miss { failure: failure::evaluation(error, words), no_node: false })),
            },
        },
        (found, _) => Ok(found),
    }
}

fn by_path(written: &Capture, path: &Path, span: Span, answer: &AnswerValues, words: Words<'_>) -> Result<Value, Miss> {
    let name = &written.name.text;
    let fail = |message: String, no_node: bool| {
        let failure = failure::at(FailureKind::Capture, message, span, words);
        Err(Miss { failure, no_node })
    };
    if let Some(reason) = &answer.not_json {
        return fail(format!("`{name}`: {reason}{}", words.excerpt(answer)), false);
    }
    let nodes = path.select(&answer.body);
    match (nodes.as_slice(), written.several) {
        (nodes, Several::All) if !nodes.is_empty() || !path.is_singular() => {
            Ok(Value::array(nodes.iter().map(|node| (*node).clone()).collect()))
        }
        ([], _) => fail(format!("`{name}`: `{}` finds {}", path.text(), failure::missing(path, answer)), true),
        ([node], _) | ([node, ..], Several::First) => Ok((*node).clone()),
        (nodes, _) => {
            let shown: Vec<String> = nodes.iter().take(3).map(|node| words.preview(node, 40)).collect();
            let rest = if nodes.len() > 3 { ", …" } else { "" };
            let message =
                format!("`{name}`: `{}` finds {} values: {}{rest}", path.text(), nodes.len(), shown.join(", "));
            let mut miss = fail(message, false);
            if let Err(miss) = &mut miss {
                miss.failure.help = Some(format!(
                    "write `{name}: {{ json: \"{}\", all: true }}` for a list, or `first: true`",
                    path.text()
                ));
            }
            miss
        }
    }
}
