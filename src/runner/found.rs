//! What the source of a capture finds in an answer: every value of it, in order.
//!
//! Which of them the capture takes, and what it says where there is none, is `capture`'s work.

use super::answer::Received;
use super::set_cookie::cookies;
use crate::expression::{EvalError, Scope as _};
use crate::limits::Limit;
use crate::playbook::{CaptureFrom, Cookie, Pattern};
use crate::render::{AnswerValues, View};
use crate::value::Value;
use crate::wire::Headers;

/// Matches of a pattern that are taken at most.
pub(super) const MOST: usize = 100_000;

/// Everything that a capture could take.
pub(super) fn find_all(
    from: &CaptureFrom,
    answer: &AnswerValues,
    received: &Received,
    view: &View<'_>,
) -> Result<Vec<Value>, EvalError> {
    Ok(match from {
        CaptureFrom::Json(path) => {
            match path.resolve(view)?.select_within(&answer.body, view.limits().get(Limit::JsonpathFuel)) {
                Ok(nodes) => nodes.into_iter().cloned().collect(),
                // Whatever it would have found is in there.
                Err(_) => vec![answer.body.clone()],
            }
        }
        // Joined first, as it is captured.
        CaptureFrom::Header(name) => {
            let fields = header_fields(&received.headers, &name.text);
            joined(&fields).into_iter().chain(fields.clone()).collect()
        }
        CaptureFrom::Cookie(cookie) => cookie_values(&received.headers, cookie),
        CaptureFrom::Regex(pattern) => matches(pattern, received),
        CaptureFrom::Expr(expr) => vec![expr.evaluate(view)?],
    })
}

/// The value of each header field of that name.
pub(super) fn header_fields(headers: &Headers, name: &str) -> Vec<Value> {
    headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.into()).collect()
}

/// Header fields of one name as one (RFC 9110, section 5.3).
pub(super) fn joined(fields: &[Value]) -> Option<Value> {
    let texts: Vec<&str> = fields.iter().filter_map(Value::as_str).collect();
    (!texts.is_empty()).then(|| texts.join(", ").into())
}

/// What a capture wants of each cookie of that name.
pub(super) fn cookie_values(headers: &Headers, wanted: &Cookie) -> Vec<Value> {
    let cookies = cookies(headers);
    cookies.iter().filter(|cookie| *cookie.name() == *wanted.name).filter_map(|cookie| cookie.get(wanted)).collect()
}

/// What a pattern finds in the body's text: at most one more than [`MOST`].
pub(super) fn matches(pattern: &Pattern, received: &Received) -> Vec<Value> {
    pattern.find_all(&received.text()).take(MOST + 1).map(Value::from).collect()
}
