//! Retries that never happen, since the call may not be done twice.

use crate::diagnostic::{Diagnostic, rule};
use crate::event::Effect;
use crate::playbook::{EXEC, Playbook, Request, RetryOn, Step, Work};

pub(super) fn check_retry(request: &Request, playbook: &Playbook, step: &Step, found: &mut Vec<Diagnostic>) {
    let Some(retry) = &request.retry else { return };
    let (Some(on), Some(span)) = (&retry.on, retry.on_span) else { return };
    let defaults = playbook.defaults.retry.as_ref();
    let allowed = retry.unsafe_.or(defaults.and_then(|defaults| defaults.unsafe_)).unwrap_or(false);
    if allowed || request.method == EXEC || looks(step, request) || request.effect_in(playbook) != Effect::Once {
        return;
    }
    let lost: Vec<String> = on.iter().filter(|on| !surely_not_done(**on)).map(|on| shown(*on)).collect();
    if lost.is_empty() {
        return;
    }
    let left: Vec<String> = on.iter().filter(|on| surely_not_done(**on)).map(|on| shown(*on)).collect();
    let left =
        if left.is_empty() { "nothing is left".to_owned() } else { format!("what is left is {}", listed(&left)) };
    let method = request.method;
    let message = format!("{} {} never retried on a {method}, which may be done only once", listed(&lost), be(&lost));
    found.push(
        Diagnostic::new(rule::NO_RETRY, span, message)
            .label(left)
            .also(request.span, "this call")
            .help("after `connect` and `429` it is sent again: then it was surely not done")
            .help("if sending it twice does no harm, write `effect: idempotent` beside it, or `unsafe: true` under `retry`"),
    );
}

/// What `ensure` looks with only reads.
fn looks(step: &Step, request: &Request) -> bool {
    matches!(&step.work, Work::Ensure(ensure) if ensure.find.iter().any(|find| std::ptr::eq(&**find, request)))
}

/// Whether a failure of that sort shows that nothing was done.
fn surely_not_done(on: RetryOn) -> bool {
    match on {
        RetryOn::Connect => true,
        RetryOn::Timeout | RetryOn::Reset => false,
        RetryOn::Status(range) => range.contains(429),
    }
}

fn shown(on: RetryOn) -> String {
    match on {
        RetryOn::Connect => "`connect`".to_owned(),
        RetryOn::Timeout => "`timeout`".to_owned(),
        RetryOn::Reset => "`reset`".to_owned(),
        RetryOn::Status(range) if range.first == range.last => format!("`{}`", range.first),
        RetryOn::Status(range) => format!("`{}xx`", range.first / 100),
    }
}

fn listed(words: &[String]) -> String {
    match words {
        [before @ .., last] if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => words.concat(),
    }
}

fn be(words: &[String]) -> &'static str {
    if words.len() == 1 { "is" } else { "are" }
}
