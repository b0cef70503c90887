//! A request with every default laid under it.

use std::sync::Arc;
use std::time::Duration;

use super::lengths::Lengths;
use super::reads;
use crate::event::Effect;
use crate::expression::Expr;
use crate::playbook::{PathTemplate, Playbook, Request, Retry, RetryOn, StatusRange, matches_glob, path_as_written};
use crate::source::Text;
use crate::value::Wanted;

/// How long one attempt may take where nothing is said.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How often to send where `retry` does not say.
const ATTEMPTS: u32 = 3;

/// The first delay where nothing is said.
const DELAY: Duration = Duration::from_secs(1);

/// The longest delay where nothing is said.
const MAX_DELAY: Duration = Duration::from_secs(30);

/// A request ready to be rendered, and how it is repeated.
#[derive(Clone, Debug)]
pub struct Call {
    /// The request as written.
    pub request: Arc<Request>,
    /// The index of its provider of credentials.
    pub provider: Option<usize>,
    /// Whether it may be repeated.
    pub effect: Effect,
    /// How it is repeated.
    pub retry: RetryPolicy,
    /// How often its poll asks.
    pub poll: Option<PollPolicy>,
    /// How long one attempt may take.
    pub timeout: Duration,
    /// How many redirects it follows.
    pub redirects: u32,
    /// Up to how many bytes its answer's body is kept whole; what the run says where it is not said here.
    pub keep: Option<usize>,
    /// What is used of its answer's body, by itself and later on.
    pub wanted: Arc<Wanted>,
    /// What differs each run in its answers.
    pub volatile: Vec<PathTemplate>,
    /// Which lists in its answers have no order.
    pub unordered: Vec<PathTemplate>,
    /// What nobody may see, in its requests and answers.
    pub redact: Vec<PathTemplate>,
}

/// How often a poll asks, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PollPolicy {
    /// How long to wait between two.
    pub every: Duration,
    /// How long to go on.
    pub timeout: Duration,
}

/// How a failed request is repeated.
#[derive(Clone, Debug, PartialEq)]
pub struct RetryPolicy {
    /// How often to send at most.
    pub attempts: u32,
    /// The first delay.
    pub delay: Duration,
    /// What the delay is multiplied by each time.
    pub backoff: f64,
    /// The longest delay, also for `Retry-After`.
    pub max_delay: Duration,
    /// What part of the delay is random.
    pub jitter: f64,
    /// What is retried.
    pub on: Vec<RetryOn>,
    /// Whether even a `once` call is sent again.
    pub unsafe_: bool,
}

/// How token requests are repeated: as `defaults` says for every request.
#[derive(Clone, Debug)]
pub struct TokenPolicy {
    /// How a failed request is repeated.
    pub retry: RetryPolicy,
    /// How long one attempt may take.
    pub timeout: Duration,
}

impl TokenPolicy {
    pub(super) fn new(playbook: &Playbook, lengths: &Lengths<'_>) -> Self {
        let defaults = &playbook.defaults;
        let retry = RetryPolicy::new(None, defaults.retry.as_ref(), lengths);
        TokenPolicy { retry, timeout: lengths.first([defaults.timeout.as_ref()], TIMEOUT) }
    }
}

impl Call {
    pub(super) fn new(request: &Arc<Request>, playbook: &Playbook, lengths: &Lengths<'_>) -> Self {
        let defaults = &playbook.defaults;
        let auth = request.auth.as_ref().or(defaults.auth.as_ref()).filter(|auth| &*auth.text != "none");
        let provider =
            auth.and_then(|auth| playbook.providers.iter().position(|provider| provider.name.text == auth.text));
        Call {
            provider,
            effect: request.effect_in(playbook),
            retry: RetryPolicy::new(request.retry.as_ref(), defaults.retry.as_ref(), lengths),
            poll: request
                .poll
                .as_ref()
                .map(|poll| PollPolicy { every: lengths.read(&poll.every), timeout: lengths.read(&poll.timeout) }),
            timeout: lengths.first([request.timeout.as_ref(), defaults.timeout.as_ref()], TIMEOUT),
            redirects: request.redirects.or(defaults.redirects).unwrap_or(0),
            keep: request.keep.or(defaults.keep),
            wanted: Arc::default(),
            volatile: with_defaults(&request.volatile, &defaults.volatile, request),
            unordered: with_defaults(&request.unordered, &defaults.unordered, request),
            redact: with_defaults(&request.redact, &defaults.redact, request),
            request: Arc::clone(request),
        }
    }

    /// The same call, of whose answer this much is read when its step is over, and these expressions see it too.
    pub(super) fn reading_of<'e>(mut self, later: &Wanted, expressions: impl IntoIterator<Item = &'e Expr>) -> Self {
        let mut wanted = later.clone();
        reads::add_request(&self.request, &mut wanted);
        self.redact.iter().for_each(|path| path.add_to(&mut wanted));
        expressions.into_iter().for_each(|expr| reads::add_expr(expr, &mut wanted));
        self.wanted = Arc::new(wanted);
        self
    }

    /// The same call, known to change nothing.
    pub(super) fn only_reading(mut self) -> Self {
        if self.request.effect.is_none() {
            self.effect = Effect::Read;
        }
        self
    }

    /// Method and URL as written.
    pub fn summary(&self) -> String {
        format!("{} {}", self.request.method, self.request.url.text())
    }
}

/// A request's own JSONPaths, and those that `defaults` has for its path.
fn with_defaults(own: &[PathTemplate], defaults: &[(Text, Vec<PathTemplate>)], request: &Request) -> Vec<PathTemplate> {
    if own.is_empty() && defaults.is_empty() {
        return Vec::new();
    }
    let path = path_as_written(request);
    let fitting = defaults.iter().filter(|(glob, _)| matches_glob(&glob.text, &path));
    own.iter().chain(fitting.flat_map(|(_, paths)| paths)).cloned().collect()
}

impl RetryPolicy {
    fn new(own: Option<&Retry>, defaults: Option<&Retry>, lengths: &Lengths<'_>) -> Self {
        let empty = Retry::default();
        // A `retry` without `attempts` means to retry; without any `retry` nothing is repeated.
        let otherwise = if own.is_some() || defaults.is_some() { ATTEMPTS } else { 1 };
        let (own, defaults) = (own.unwrap_or(&empty), defaults.unwrap_or(&empty));
        RetryPolicy {
            attempts: own.attempts.or(defaults.attempts).unwrap_or(otherwise),
            delay: lengths.first([own.delay.as_ref(), defaults.delay.as_ref()], DELAY),
            backoff: own.backoff.or(defaults.backoff).unwrap_or(2.0),
            max_delay: lengths.first([own.max_delay.as_ref(), defaults.max_delay.as_ref()], MAX_DELAY),
            jitter: own.jitter.or(defaults.jitter).unwrap_or(0.0),
            on: own.on.clone().or_else(|| defaults.on.clone()).unwrap_or_else(default_on),
            unsafe_: own.unsafe_.or(defaults.unsafe_).unwrap_or(false),
        }
    }
}

fn default_on() -> Vec<RetryOn> {
    let status = |status| RetryOn::Status(StatusRange { first: status, last: status });
    vec![RetryOn::Connect, RetryOn::Timeout, RetryOn::Reset, status(429), status(502), status(503), status(504)]
}
