//! Lengths of time that something shorter cuts off, and polls that only a time-out can end.

use std::time::Duration;

use crate::diagnostic::{Diagnostic, rule};
use crate::playbook::{Length, Poll, Request, Retry};
use crate::source::Span;

/// What a state is called.
const STATES: &[&str] = &[".status", ".state", ".phase"];

pub(super) fn check_times(request: &Request, found: &mut Vec<Diagnostic>) {
    request.retry.iter().for_each(|retry| check_delay(retry, found));
    let Some(poll) = &request.poll else { return };
    let (whole, span) = (("the `timeout` of `poll`", Some(&poll.timeout)), request.span);
    let help = "`timeout` beside the request is that of one attempt, the one under `poll` that of all together";
    longer(("the `timeout` of one attempt", request.timeout.as_ref()), whole, (span, help), found);
    let help = "the request is sent once and not asked again: make `every` shorter";
    longer(("`every`", Some(&poll.every)), whole, (span, help), found);
    check_endless(poll, found);
}

/// The first pause of a retry.
pub(super) fn check_delay(retry: &Retry, found: &mut Vec<Diagnostic>) {
    let help = "`delay` is the first pause, which grows up to `max_delay`: make `max_delay` the longer one";
    let limit = ("its `max_delay`", retry.max_delay.as_ref());
    longer(("the `delay` of `retry`", retry.delay.as_ref()), limit, (retry.span, help), found);
}

/// Tells where the first is longer than the second, as far as both are written out.
fn longer(
    (what, length): (&str, Option<&Length>),
    (limit, limiting): (&str, Option<&Length>),
    (span, help): (Span, &str),
    found: &mut Vec<Diagnostic>,
) {
    let (Some(length), Some(limiting)) = (length.and_then(written), limiting.and_then(written)) else { return };
    if length > limiting {
        let message = format!("{what} ({length:?}) is longer than {limit} ({limiting:?})");
        found.push(Diagnostic::new(rule::BEYOND_LIMIT, span, message).help(help));
    }
}

fn written(length: &Length) -> Option<Duration> {
    match length {
        Length::Written(length) => Some(*length),
        Length::Open(_) => None,
    }
}

/// What has one state to wait for has others, and one of them may mean that the first never comes.
fn check_endless(poll: &Poll, found: &mut Vec<Diagnostic>) {
    if poll.fail_when.is_some() {
        return;
    }
    let equalities = poll.until.equalities();
    let is_state = |subject: &str| STATES.iter().any(|state| subject.ends_with(state));
    let mut states = equalities.iter().filter(|(subject, literal, _)| is_state(subject) && literal.as_str().is_some());
    let Some((subject, literal, span)) = states.next() else { return };
    let message = format!("nothing says when `{subject}` can no longer become {literal}");
    found.push(
        Diagnostic::new(rule::ENDLESS_POLL, *span, message)
            .label("only the time-out ends a poll that waits in vain")
            .help(format!("name the state that means failure: `fail_when: {subject} == \"error\"`, say")),
    );
}
