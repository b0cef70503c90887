//! Answers that are taken as streams of events: what goes with that, and what `until` can see while they come.

use super::saves::each_request;
use crate::diagnostic::{Diagnostic, did_you_mean, rule};
use crate::expression::{Expr, PathPart, Reference, Target};
use crate::playbook::{CaptureFrom, Playbook, Request, Stream};

/// Looks at every `stream`.
pub(super) fn check_streams(playbook: &Playbook, found: &mut Vec<Diagnostic>) {
    for step in playbook.steps.iter().chain(&playbook.finally) {
        each_request(step, &mut |request| {
            let Some(stream) = &request.stream else { return };
            check_request(request, found);
            if let Some(until) = &stream.until {
                check_until(until, found);
            }
        });
    }
}

fn check_request(request: &Request, found: &mut Vec<Diagnostic>) {
    if request.method == "HEAD" {
        let message = "the answer to a HEAD request has no events";
        found.push(
            Diagnostic::new(rule::MISPLACED_KEY, request.span, message).help("write `get`, or leave `stream` out"),
        );
    }
    for capture in &request.captures {
        if let CaptureFrom::Regex(pattern) = &capture.from {
            let name = &capture.name.text;
            let message = format!("`{name}` looks for a text, and the body of a stream is a list of events");
            found.push(Diagnostic::new(rule::MISPLACED_KEY, pattern.written.span, message).help(format!(
                "write a JSONPath, `{name}: $[-1].data`, or an expression, `{name}: {{ expr: body | length }}`"
            )));
        }
    }
}

fn check_until(until: &Expr, found: &mut Vec<Diagnostic>) {
    for reference in until.references() {
        match &reference.target {
            Target::Name(name) if &**name == "event" => check_member(reference, found),
            Target::Steps => found.push(
                Diagnostic::new(
                    rule::DYNAMIC_REFERENCE,
                    reference.span,
                    "which step is meant is not known while events come",
                )
                .help("name the step, `steps.<id>`, or put the value into `vars`"),
            ),
            _ => {}
        }
    }
    if until.is_literal() {
        let message = format!("`until` is {}, which is neither true nor false", until.text().trim());
        found.push(
            Diagnostic::new(rule::WRONG_TYPE, until.span(), message)
                .help("write what the last event shows: `event.data == \"[DONE]\"`, say"),
        );
    }
    if until.reads_file() {
        found.push(
            Diagnostic::new(rule::MISPLACED_KEY, until.span(), "no file can be read here while events come")
                .help("put it into `vars`, which are evaluated before, and use that name here"),
        );
    }
}

/// An event has few members, and what was sent is in `data`.
fn check_member(reference: &Reference, found: &mut Vec<Diagnostic>) {
    let member = match reference.path.first() {
        Some(PathPart::Member(member)) if Stream::MEMBERS.contains(&&**member) => return,
        Some(PathPart::Member(member)) => format!("an event has no `{member}`"),
        Some(PathPart::Index(_)) => "an event is no list".to_owned(),
        None => return,
    };
    let help = match reference.path.first() {
        Some(PathPart::Member(member)) => {
            let close = did_you_mean(member, Stream::MEMBERS.iter().copied());
            let close = close.filter(|help| help.starts_with("did you mean"));
            close.unwrap_or_else(|| {
                format!("it has `event`, `data`, and perhaps `id` and `retry`: write `event.data.{member}` for what it sends")
            })
        }
        _ => "`event` is the last one: write `body[0]` for the first, say".to_owned(),
    };
    found.push(Diagnostic::new(rule::UNDEFINED_NAME, reference.span, member).help(help));
}
