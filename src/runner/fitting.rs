//! Whether the body of an answer fits the JSON Schema that `expect` names.

use super::failure;
use super::judge::Bench;
use crate::event::{Failure, FailureKind};
use crate::expression::{EvalErrorKind, FileKind, FileNeed, Template};
use crate::render::{AnswerValues, View};

/// How many places are told at most.
const TOLD: usize = 20;

/// How much of a value is shown, in characters.
const SHOWN: usize = 120;

/// Everything that does not fit; the schema's file comes first if it has not been read.
pub(super) fn check(
    written: &Template,
    answer: &AnswerValues,
    view: &View<'_>,
    bench: &Bench<'_>,
) -> Result<Vec<Failure>, FileNeed> {
    let words = bench.words();
    let fail = |kind: FailureKind, message: String| failure::at(kind, message, written.span(), words);
    let path = match written.render_text(view) {
        Ok(path) => path,
        Err(error) => match error.kind {
            EvalErrorKind::NeedsFile(need) => return Err(need),
            _ => return Ok(vec![failure::evaluation(error, words)]),
        },
    };
    let need = FileNeed { kind: FileKind::Schema, path };
    let schema = match bench.files.schema(&need) {
        None => return Err(need),
        Some(Ok(schema)) => schema,
        Some(Err(reason)) => return Ok(vec![fail(FailureKind::File, format!("the schema {reason}"))]),
    };
    let path = &need.path;
    if let Some(reason) = &answer.not_json {
        let message = format!("expected the body to fit `{path}`; {reason}{}", words.excerpt(answer));
        return Ok(vec![fail(FailureKind::Expect, message)]);
    }
    let violations = match schema.violations(&answer.body) {
        Ok(violations) => violations,
        Err(reason) => return Ok(vec![fail(FailureKind::File, format!("the schema `{path}` {reason}"))]),
    };
    let mut failures: Vec<Failure> = Vec::new();
    for violation in violations.iter().take(TOLD) {
        let found = violation.found.as_ref().map(|found| format!("; it is {}", words.preview(found, SHOWN)));
        let found = found.unwrap_or_default();
        let message = format!("`{path}`: at `{}` expected {}{found}", violation.at, violation.expected);
        failures.push(fail(FailureKind::Expect, message));
    }
    if violations.len() > TOLD {
        failures
            .push(fail(FailureKind::Expect, format!("`{path}`: {} places more do not fit", violations.len() - TOLD)));
    }
    Ok(failures)
}
