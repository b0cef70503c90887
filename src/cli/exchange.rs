//! A request and what came of it, in a few words.

use super::summary::steps;
use super::text::clean;
use super::time::duration;
use crate::event::{AnswerRecord, BodyRecord, Decision, Envelope, Event, RequestRecord, Role, Sending};
use crate::record::{StepRecord, Try, TryResult};
use crate::wire::Headers;

/// `POST /v1/api/pipelines/deploy → 200`. The host is left out: it is nearly always the same one.
pub(super) fn short(exchange: &Try) -> String {
    let request = format!("{} {}", exchange.request.method, target(&exchange.request.url));
    clean(&with_result(&request, exchange))
}

/// `POST http://localhost:8080/v1/api/pipelines/deploy → 200`
pub(super) fn long(exchange: &Try) -> String {
    clean(&with_result(&exchange.request_line(), exchange))
}

fn with_result(request: &str, exchange: &Try) -> String {
    match &exchange.result {
        TryResult::Open => format!("{request} → no answer yet"),
        TryResult::Answer(answer) => format!("{request} → {}", answer.status),
        TryResult::Error { error, unknown: false } => format!("{request} → {error}"),
        TryResult::Error { error, unknown: true } => format!("{request} → {error}; it may have been executed"),
    }
}

/// The part of a URL behind the host.
pub(super) fn target(url: &str) -> &str {
    // The command line of a program may hold a URL, and is none.
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://")).unwrap_or_default();
    rest.find(['/', '?']).map_or(url, |start| &rest[start..])
}

/// What followed from it, for a list of tries; empty where it just passed.
pub(super) fn decision(exchange: &Try) -> String {
    let text = match &exchange.decision {
        None | Some(Decision::Pass) => String::new(),
        Some(Decision::Absent) => "absent".to_owned(),
        Some(Decision::Conflict) => "there already: find again".to_owned(),
        Some(Decision::PollAgain { after, seen }) => format!("{seen}: again in {}", duration(*after)),
        Some(Decision::Retry { after, because }) => format!("{because}: again in {}", duration(*after)),
        Some(Decision::Redirect { to }) => format!("redirected to {to}"),
        Some(Decision::Renew) => "token renewed".to_owned(),
        Some(Decision::Fail) => "failed".to_owned(),
        Some(Decision::Error) => "errored".to_owned(),
    };
    clean(&text)
}

/// A finished step in one line: its last request, and how often it took.
pub(super) fn of_step(step: &StepRecord) -> String {
    let report = step.report.as_ref();
    let planned = step.planned.as_ref().map(|planned| clean(&planned.summary)).unwrap_or_default();
    let mut text = match (step.last_try(), step.parts()) {
        (Some(last), _) => short(last),
        (None, 0) => planned,
        (None, parts) if step.has_items() => format!("{planned} × {parts}"),
        (None, parts) => format!("{planned}, {}", steps(parts)),
    };
    let Some(report) = report else { return text };
    match report.created {
        Some(true) => text += ", created",
        Some(false) => text += ", found",
        None => {}
    }
    let in_vain = report.outcome.is_bad();
    let polls = (report.polls > 1).then(|| format!("{} polls", report.polls));
    let attempts = (report.attempts > 1 && in_vain).then(|| format!("{} attempts", report.attempts));
    let times: Vec<String> = polls.into_iter().chain(attempts).collect();
    if !times.is_empty() {
        text += &format!(" after {}", times.join(" and "));
    }
    if report.attempts > 1 && !in_vain {
        text += &format!(" on attempt {}", report.attempts);
    }
    if report.elapsed >= 1000 {
        text += &format!(" in {}", duration(report.elapsed));
    }
    text
}

/// A part's word for a list of tries: `find`, `attempt 2`, `poll 7`.
pub(super) fn part(exchange: &Try) -> String {
    let label = match &exchange.role {
        Role::Cleanup(_) => String::new(),
        role => role.label(),
    };
    let poll = (exchange.poll > 0).then(|| format!("poll {}", exchange.poll));
    let attempt = (exchange.attempt > 1).then(|| format!("attempt {}", exchange.attempt));
    let words = [(!label.is_empty()).then_some(label), poll, attempt];
    clean(&words.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

/// The event without headers and bodies: a display that follows a run need not hold them.
pub(super) fn without_bodies(envelope: &Envelope) -> Envelope {
    let event = match &envelope.event {
        Event::Sending(sending) => {
            let (method, url) = (sending.request.method.clone(), sending.request.url.clone());
            let request =
                RequestRecord { method, url, headers: Headers::default(), body: BodyRecord::Empty, marks: Vec::new() };
            Event::Sending(Box::new(Sending {
                request,
                step: sending.step.clone(),
                role: sending.role.clone(),
                ..**sending
            }))
        }
        Event::Answered { call, answer } => {
            let answer = AnswerRecord {
                status: answer.status,
                headers: Headers::default(),
                body: BodyRecord::Empty,
                stderr: BodyRecord::Empty,
                elapsed: answer.elapsed,
                marks: Vec::new(),
            };
            Event::Answered { call: *call, answer: Box::new(answer) }
        }
        other => other.clone(),
    };
    Envelope { event, ..*envelope }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_what_stands_behind_the_host() {
        assert_eq!(target("http://localhost:8080/v1/a?b=/c"), "/v1/a?b=/c");
        assert_eq!(target("http://localhost?b"), "?b");
        assert_eq!(target("http://localhost"), "http://localhost");
        assert_eq!(target("odd"), "odd");
    }
}
