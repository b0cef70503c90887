//! Whether a stream of events came, and came to the end that was wanted. Pure: the list of its events tells it.

use super::failure;
use super::judge::{Bench, seen_last};
use crate::event::{Failure, FailureKind};
use crate::expression::{EvalErrorKind, Expr, FileNeed};
use crate::plan::Call;
use crate::playbook::Stream;
use crate::render::AnswerValues;
use crate::source::Span;
use crate::wire::{is_event_stream, is_success};

/// How much of the last event is shown, in characters.
const SHOWN: usize = 200;

/// What is wrong with the answer as a stream of events; what is no success is judged like any other answer.
pub(super) fn judge_stream(
    stream: &Stream,
    call: &Call,
    answer: &AnswerValues,
    bench: &Bench<'_>,
) -> Result<Option<Failure>, FileNeed> {
    if !is_success(answer.status) {
        return Ok(None);
    }
    let media = bench.received.headers.get("content-type").unwrap_or_default();
    if !is_event_stream(media) {
        return Ok(Some(no_stream(media, call.request.span, answer, bench)));
    }
    let count = match &answer.part {
        Some(part) => part.events.unwrap_or_default(),
        None => answer.body.as_array().map_or(0, |events| events.len() as u64),
    };
    match &stream.until {
        Some(until) => unheld(until, count, stream, answer, bench),
        None if stream.max.is_none() && count >= stream.most() => {
            let message = format!("the stream has more than {} events", stream.most() - 1);
            let mut failure = failure::at(FailureKind::Expect, message, call.request.span, bench.words());
            failure.help = Some("write `stream: { max: N }` to take so many, or `until` for where it ends".to_owned());
            Ok(Some(failure))
        }
        None => Ok(None),
    }
}

fn no_stream(media: &str, span: Span, answer: &AnswerValues, bench: &Bench<'_>) -> Failure {
    let came = if media.is_empty() { "an answer without a media type".to_owned() } else { format!("`{media}`") };
    let status = answer.status;
    let excerpt = bench.words().excerpt(answer);
    let message =
        format!("expected a stream of events (`text/event-stream`), got {came} with status {status}{excerpt}");
    let mut failure = failure::at(FailureKind::Body, message, span, bench.words());
    failure.help = Some(
        "many servers stream only where the request asks for it (`stream: true` in its body, say); without `stream` here \
         the answer is read as it came"
            .to_owned(),
    );
    failure
}

/// Why `until` is not what ended the stream.
fn unheld(
    until: &Expr,
    count: u64,
    stream: &Stream,
    answer: &AnswerValues,
    bench: &Bench<'_>,
) -> Result<Option<Failure>, FileNeed> {
    let words = bench.words();
    let view = bench.view(answer, bench.own);
    let unseen = match until.holds(&view) {
        Ok(true) if count > 0 => return Ok(None),
        Ok(_) => None,
        Err(error) => match error.kind {
            EvalErrorKind::NeedsFile(need) => return Err(need),
            EvalErrorKind::Undefined => Some(error.message),
            _ => return Ok(Some(failure::evaluation(error, words))),
        },
    };
    let events = match count {
        0 => "without an event".to_owned(),
        1 => "after 1 event".to_owned(),
        count => format!("after {count} events"),
    };
    let reached = count >= stream.most();
    let ended = if reached { "was left" } else { "ended" };
    let mut message = format!("the stream {ended} {events}, and `until` did not hold: `{}`", until.text().trim());
    if let Some(last) = answer.get("event") {
        let seen = seen_last(until, answer, &view, unseen, words);
        message.push_str(&format!("; last seen: {seen}; last event: {}", words.preview(&last, SHOWN)));
    }
    let mut failure = failure::at(FailureKind::Expect, message, until.span(), words);
    if reached {
        failure.help =
            Some(format!("write a `max` above {} under `stream` if more events may come before", stream.most()));
    }
    Ok(Some(failure))
}
