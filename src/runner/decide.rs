//! What follows from an answer, or from none: a pure function of policy, history and time.
//!
//! Every rule about repeating a request is here: retries and their delays, polls and their end, the one renewal of
//! a token, redirects, and what may not be sent again because its effect is `once`.

use std::time::Duration;

use super::redirect::Hop;
use crate::event::Effect;
use crate::plan::RetryPolicy;
use crate::playbook::RetryOn;
use crate::wire::TransportErrorKind;

/// How a request may be repeated.
#[derive(Clone, Debug)]
pub struct Policy<'a> {
    /// Whether it may be done twice.
    pub effect: Effect,
    /// How it is retried.
    pub retry: &'a RetryPolicy,
    /// Interval and length of its poll.
    pub poll: Option<(Duration, Duration)>,
    /// Whether its token can be renewed.
    pub renewable: bool,
    /// How many redirects it follows.
    pub redirects: u32,
}

/// What has happened to a request so far. Times are since the start of the run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// The number of the attempt in its poll, from one.
    pub attempt: u32,
    /// The number of the poll, from one.
    pub poll: u32,
    /// When it was sent first.
    pub begun: Duration,
    /// Whether its token has been renewed after a refusal.
    pub renewed: bool,
    /// How many redirects it has followed since it was sent to its own URL.
    pub redirects: u32,
}

/// What came of the last sending.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    /// Everything holds.
    Good,
    /// A good answer that is not there yet.
    NotYet,
    /// The answer's status will do, but something that was expected is false.
    Wrong,
    /// The answer's status will do, but its body could not be taken.
    Unread,
    /// The answer says where to ask instead.
    Redirect(Hop),
    /// The answer's status will not do.
    Status {
        /// The status.
        status: u16,
        /// What `Retry-After` asks for.
        retry_after: Option<Duration>,
    },
    /// No answer.
    Nothing(TransportErrorKind),
}

/// What is done next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// The request has done what it was for.
    Pass,
    /// Send again after that long, as a new poll.
    Poll(Duration),
    /// Send again after that long, as a new attempt.
    Retry {
        /// How long to wait.
        after: Duration,
        /// Why, in a few words.
        because: String,
    },
    /// Renew the token and send once more.
    Renew,
    /// Ask there.
    Redirect(Hop),
    /// An expectation is false.
    Fail,
    /// The poll has gone on for too long.
    PollTimeout,
    /// No answer, and it is not asked again.
    Error,
}

/// Decides. `jitter` is a number from 0 to 1.
pub fn decide(policy: &Policy<'_>, history: &History, seen: &Seen, now: Duration, jitter: f64) -> Next {
    match seen {
        Seen::Good => Next::Pass,
        Seen::Wrong => Next::Fail,
        Seen::Unread => Next::Error,
        Seen::Redirect(hop) if history.redirects < policy.redirects => Next::Redirect(hop.clone()),
        Seen::Redirect(_) => Next::Fail,
        Seen::NotYet => {
            let (every, timeout) = policy.poll.unwrap_or_default();
            // The last question is asked when the time is over, not an interval before.
            let left = (history.begun + timeout).saturating_sub(now);
            if left.is_zero() { Next::PollTimeout } else { Next::Poll(every.min(left)) }
        }
        Seen::Status { status: 401, .. } if policy.renewable && !history.renewed => Next::Renew,
        Seen::Status { status, retry_after } => {
            let wanted =
                policy.retry.on.iter().any(|on| matches!(on, RetryOn::Status(range) if range.contains(*status)));
            if !wanted || !may_repeat_status(policy, *status) || is_last(policy, history) {
                return Next::Fail;
            }
            let after = delay(policy, history, *retry_after, jitter);
            let because = match retry_after {
                Some(_) => format!("status {status}, `Retry-After`"),
                None => format!("status {status}"),
            };
            within_poll(policy, history, now, after).unwrap_or(Next::Retry { after, because })
        }
        Seen::Nothing(kind) => {
            let poll_is_over = policy.poll.is_some_and(|(_, timeout)| now >= history.begun + timeout);
            if poll_is_over && *kind == TransportErrorKind::Timeout {
                return Next::PollTimeout;
            }
            if !retries_kind(policy, *kind) || is_last(policy, history) {
                return Next::Error;
            }
            let after = delay(policy, history, None, jitter);
            within_poll(policy, history, now, after)
                .unwrap_or(Next::Retry { after, because: describe(*kind).to_owned() })
        }
    }
}

/// A poll's time-out also ends the retries inside it.
fn within_poll(policy: &Policy<'_>, history: &History, now: Duration, after: Duration) -> Option<Next> {
    let (_, timeout) = policy.poll?;
    (now + after > history.begun + timeout).then_some(Next::PollTimeout)
}

fn is_last(policy: &Policy<'_>, history: &History) -> bool {
    history.attempt >= policy.retry.attempts
}

/// A call that must not be done twice is repeated only when it surely was not done.
fn may_repeat_status(policy: &Policy<'_>, status: u16) -> bool {
    policy.effect != Effect::Once || policy.retry.unsafe_ || status == 429
}

fn retries_kind(policy: &Policy<'_>, kind: TransportErrorKind) -> bool {
    let wanted = policy.retry.on.iter().any(|on| match on {
        RetryOn::Connect => kind.is_connect(),
        RetryOn::Timeout => kind == TransportErrorKind::Timeout,
        RetryOn::Reset => matches!(kind, TransportErrorKind::Reset | TransportErrorKind::Truncated),
        RetryOn::Status(_) => false,
    });
    wanted && (policy.effect != Effect::Once || policy.retry.unsafe_ || kind.surely_not_executed())
}

/// Whether a call that changes something may have been done although nothing good came back.
pub fn is_unknown(effect: Effect, seen: &Seen) -> bool {
    effect != Effect::Read
        && match seen {
            Seen::Nothing(kind) => !kind.surely_not_executed(),
            Seen::Status { status, .. } => matches!(status, 502 | 504),
            _ => false,
        }
}

/// Why a request that `on` asks to be repeated was not: it must not be done twice.
pub fn held_back(policy: &Policy<'_>, seen: &Seen) -> bool {
    if policy.effect != Effect::Once || policy.retry.unsafe_ || policy.retry.attempts < 2 {
        return false;
    }
    let free = Policy { effect: Effect::Idempotent, ..policy.clone() };
    match seen {
        Seen::Nothing(kind) => retries_kind(&free, *kind) && !retries_kind(policy, *kind),
        Seen::Status { status, .. } => {
            policy.retry.on.iter().any(|on| matches!(on, RetryOn::Status(range) if range.contains(*status)))
                && !may_repeat_status(policy, *status)
        }
        _ => false,
    }
}

fn delay(policy: &Policy<'_>, history: &History, retry_after: Option<Duration>, jitter: f64) -> Duration {
    let retry = policy.retry;
    if let Some(asked) = retry_after {
        return asked.min(retry.max_delay);
    }
    let exponent = history.attempt.saturating_sub(1).min(64) as i32;
    let longest = retry.max_delay.as_secs_f64();
    let seconds = retry.delay.as_secs_f64() * retry.backoff.powi(exponent);
    // `min` also turns what is no number into the longest delay.
    let capped = seconds.min(longest).max(0.0);
    Duration::try_from_secs_f64(capped * (1.0 - retry.jitter * jitter)).unwrap_or(retry.max_delay)
}

fn describe(kind: TransportErrorKind) -> &'static str {
    match kind {
        TransportErrorKind::Resolve => "the host's name has no address",
        TransportErrorKind::Refused => "connection refused",
        TransportErrorKind::Tls => "TLS failed",
        TransportErrorKind::ConnectTimeout => "connecting took too long",
        TransportErrorKind::Timeout => "no answer in time",
        TransportErrorKind::Reset => "the connection was reset",
        TransportErrorKind::Truncated => "the answer broke off",
        _ => "no answer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::playbook::StatusRange;

    fn retry(attempts: u32) -> RetryPolicy {
        let status = |status| RetryOn::Status(StatusRange { first: status, last: status });
        RetryPolicy {
            attempts,
            delay: Duration::from_secs(1),
            backoff: 2.0,
            max_delay: Duration::from_secs(5),
            jitter: 0.0,
            on: vec![RetryOn::Connect, RetryOn::Reset, status(429), status(503)],
            unsafe_: false,
        }
    }

    fn next(effect: Effect, retry: &RetryPolicy, attempt: u32, seen: &Seen) -> Next {
        let policy = Policy { effect, retry, poll: None, renewable: true, redirects: 0 };
        decide(&policy, &History { attempt, ..History::default() }, seen, Duration::ZERO, 0.0)
    }

    fn after(next: Next) -> Option<f64> {
        match next {
            Next::Retry { after, .. } => Some(after.as_secs_f64()),
            _ => None,
        }
    }

    #[test]
    fn delays_double_up_to_the_longest_and_end_with_the_attempts() {
        let retry = retry(5);
        let unavailable = Seen::Status { status: 503, retry_after: None };
        let delays: Vec<Option<f64>> =
            (1..=5).map(|attempt| after(next(Effect::Read, &retry, attempt, &unavailable))).collect();
        assert_eq!(delays, [Some(1.0), Some(2.0), Some(4.0), Some(5.0), None]);
    }

    #[test]
    fn retry_after_wins_over_the_computed_delay_and_is_capped() {
        let asked = |seconds| Seen::Status { status: 429, retry_after: Some(Duration::from_secs(seconds)) };
        assert_eq!(after(next(Effect::Read, &retry(3), 1, &asked(3))), Some(3.0));
        assert_eq!(after(next(Effect::Read, &retry(3), 1, &asked(60))), Some(5.0));
    }

    #[test]
    fn a_once_call_is_sent_again_only_when_it_surely_was_not_done() {
        let retry = retry(3);
        let seen = [
            (Seen::Nothing(TransportErrorKind::Refused), true),
            (Seen::Nothing(TransportErrorKind::Reset), false),
            (Seen::Status { status: 429, retry_after: None }, true),
            (Seen::Status { status: 503, retry_after: None }, false),
        ];
        for (seen, again) in seen {
            assert_eq!(after(next(Effect::Once, &retry, 1, &seen)).is_some(), again, "{seen:?}");
            assert!(after(next(Effect::Read, &retry, 1, &seen)).is_some(), "{seen:?}");
        }
    }

    #[test]
    fn a_refused_token_is_renewed_once() {
        let (retry, refused) = (retry(1), Seen::Status { status: 401, retry_after: None });
        assert_eq!(next(Effect::Once, &retry, 1, &refused), Next::Renew);
        let policy = Policy { effect: Effect::Once, retry: &retry, poll: None, renewable: true, redirects: 0 };
        let renewed = History { attempt: 1, renewed: true, ..History::default() };
        assert_eq!(decide(&policy, &renewed, &refused, Duration::ZERO, 0.0), Next::Fail);
    }

    #[test]
    fn redirects_are_followed_as_often_as_is_said() {
        let retry = retry(3);
        let policy = Policy { effect: Effect::Once, retry: &retry, poll: None, renewable: true, redirects: 2 };
        let hop = Hop { status: 307, method: "POST".to_owned(), url: "http://b/".parse().expect("a URL") };
        let after = |redirects| {
            let history = History { attempt: 1, redirects, ..History::default() };
            decide(&policy, &history, &Seen::Redirect(hop.clone()), Duration::ZERO, 0.0)
        };
        assert_eq!((after(1), after(2)), (Next::Redirect(hop.clone()), Next::Fail));
    }

    #[test]
    fn a_poll_asks_a_last_time_when_its_time_is_over() {
        let (retry, every) = (retry(1), Duration::from_secs(2));
        let poll = Some((every, Duration::from_secs(10)));
        let policy = Policy { effect: Effect::Read, retry: &retry, poll, renewable: false, redirects: 0 };
        let at = |now| decide(&policy, &History::default(), &Seen::NotYet, Duration::from_secs(now), 0.0);
        assert_eq!((at(8), at(9), at(10)), (Next::Poll(every), Next::Poll(every / 2), Next::PollTimeout));
    }
}
