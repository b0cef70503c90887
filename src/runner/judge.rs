//! Whether an answer is what was expected: status, then captures, then everything else.
//!
//! Pure: the answer, the step's policy and the values so far go in, a [`Verdict`] comes out. Everything that is wrong
//! is reported at once; only a wrong status suppresses the rest, which would only repeat it.

use std::collections::HashMap;
use std::sync::Arc;

use super::answer::Received;
use super::capture::{Subject, capture};
use super::executing::judge_exit;
use super::failure::{self, Words};
use super::fitting;
use super::redirect::is_redirect;
use super::stream_end::judge_stream;
use crate::event::{Failure, FailureKind};
use crate::expression::{EvalError, EvalErrorKind, Expr, FileNeed, Target};
use crate::plan::Call;
use crate::playbook::{Poll, StatusRange};
use crate::render::{AnswerValues, Files, Item, Published, View};
use crate::secret::Redactor;
use crate::value::Value;
use crate::wire::is_success;

/// What an answer is worth.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Everything holds; these are the captures.
    Good(HashMap<Arc<str>, Value>),
    /// A good answer that is not there yet: what was seen, for people.
    NotYet(String),
    /// The status will not do.
    Status(Failure),
    /// It is a success, and its body could not be taken.
    Unread(Failure),
    /// Something that was expected is false; the captures as far as they could be made.
    Wrong {
        /// Everything that is wrong.
        failures: Vec<Failure>,
        /// What could be captured.
        captures: HashMap<Arc<str>, Value>,
        /// Whether all that is wrong is captures that found no node.
        only_missing: bool,
    },
    /// A file's content is needed first.
    NeedsFile(FileNeed),
}

/// Everything a judgement sees.
pub struct Bench<'a> {
    /// The values so far.
    pub published: &'a Published,
    /// The files read so far.
    pub files: &'a Files,
    /// The step's captures so far (of `ensure.find`, when `create` is judged).
    pub own: &'a HashMap<Arc<str>, Value>,
    /// The answer as it came.
    pub received: &'a Received,
    /// The item that the step is done for.
    pub item: Option<&'a Item>,
    /// The step that calls the playbook.
    pub caller: Option<&'a str>,
    /// What time and randomness are made of.
    pub facts: crate::expression::Facts,
    /// The plan.
    pub plan: &'a crate::plan::Plan,
    /// What must not be shown.
    pub redactor: &'a Redactor,
}

impl<'a> Bench<'a> {
    /// The view of that answer.
    pub fn view(&'a self, answer: &'a AnswerValues, own: &'a HashMap<Arc<str>, Value>) -> View<'a> {
        View::new(self.plan, self.published, self.files, self.facts.clone())
            .with_own(own)
            .with_item(self.item)
            .with_caller(self.caller)
            .with_answer(answer)
    }

    pub(super) fn words(&self) -> Words<'a> {
        Words { sources: &self.plan.sources, redactor: self.redactor }
    }
}

/// Judges the answer of a call.
pub fn judge(call: &Call, answer: &AnswerValues, bench: &Bench<'_>) -> Verdict {
    if let Some(unread) = answer.part.as_ref().and_then(|part| part.unread.as_ref())
        && is_success(answer.status)
    {
        return Verdict::Unread(failure::unread(unread, call.request.span, bench.words()));
    }
    let judged = match &call.request.poll {
        Some(poll) => judge_poll(poll, call, answer, bench),
        None if answer.program.is_some() => judge_exit(call, answer, bench).map(|failure| failure.map(Verdict::Status)),
        None => judge_status(call, answer, bench).map(|failure| failure.map(Verdict::Status)),
    };
    match judged {
        Err(need) => return Verdict::NeedsFile(need),
        Ok(Some(verdict)) => return verdict,
        Ok(None) => {}
    }
    if let Some(stream) = &call.request.stream {
        match judge_stream(stream, call, answer, bench) {
            Err(need) => return Verdict::NeedsFile(need),
            Ok(Some(failure)) => return wrong(failure),
            Ok(None) => {}
        }
    }
    judge_rest(call, answer, bench).unwrap_or_else(Verdict::NeedsFile)
}

/// One thing is wrong, and nothing was captured.
fn wrong(failure: Failure) -> Verdict {
    Verdict::Wrong { failures: vec![failure], captures: HashMap::new(), only_missing: false }
}

/// `until`, then `fail_when`, then the status: a verdict where the poll is not over with this answer.
fn judge_poll(poll: &Poll, call: &Call, answer: &AnswerValues, bench: &Bench<'_>) -> Result<Option<Verdict>, FileNeed> {
    let view = bench.view(answer, bench.own);
    let mut unseen = None;
    let mut holds = |expr: &Expr| -> Result<Result<bool, EvalError>, FileNeed> {
        match expr.holds(&view) {
            Ok(holds) => Ok(Ok(holds)),
            Err(error) => match error.kind {
                EvalErrorKind::NeedsFile(need) => Err(need),
                EvalErrorKind::Undefined => {
                    unseen = Some(failure::unreadable(expr, answer).map_or(error.message, str::to_owned));
                    Ok(Ok(false))
                }
                _ => Ok(Err(error)),
            },
        }
    };
    let broken = |error: EvalError| Ok(Some(wrong(failure::evaluation(error, bench.words()))));
    match holds(&poll.until)? {
        // A held `until` replaces the demand for 2xx, not a status that `expect` names.
        Ok(true) if names_status(call) => return Ok(judge_status(call, answer, bench)?.map(Verdict::Status)),
        Ok(true) => return Ok(None),
        Ok(false) => {}
        Err(error) => return broken(error),
    }
    if let Some(fail_when) = &poll.fail_when {
        match holds(fail_when)? {
            Ok(true) => {
                let message = format!(
                    "`fail_when` holds: `{}`{}",
                    fail_when.text().trim(),
                    seen_in(fail_when, &view, bench.words())
                );
                return Ok(Some(wrong(failure::at(FailureKind::FailWhen, message, fail_when.span(), bench.words()))));
            }
            Ok(false) => {}
            Err(error) => return broken(error),
        }
    }
    let waits = is_success(answer.status) || poll.not_yet.iter().any(|range| range.contains(answer.status));
    if !waits {
        return Ok(judge_status(call, answer, bench)?.map(Verdict::Status).or_else(|| {
            // The status is one that `expect` names, and the poll waits for another answer.
            Some(Verdict::NotYet(format!("status {}", answer.status)))
        }));
    }
    if !is_success(answer.status) {
        return Ok(Some(Verdict::NotYet(format!("status {}", answer.status))));
    }
    Ok(Some(Verdict::NotYet(seen_last(&poll.until, answer, &view, unseen, bench.words()))))
}

/// What `until` saw last, in a few words: both sides of what is false, else the path that is not there.
pub(super) fn seen_last(
    until: &Expr,
    answer: &AnswerValues,
    view: &View<'_>,
    unseen: Option<String>,
    words: Words<'_>,
) -> String {
    let mut sides: Vec<String> = Vec::new();
    for finding in until.explain(view) {
        let seen = |(text, value): &(String, Value)| format!("{text} = {}", words.preview(value, 60));
        sides.extend(finding.sides.iter().map(seen).chain(failure::lacking(&finding.differences, words)));
    }
    let unseen = unseen.or_else(|| no_body(until, answer));
    match (sides.is_empty(), unseen) {
        (false, Some(unseen)) => format!("{}; {unseen}", sides.join(", ")),
        (false, _) => sides.join(", "),
        (true, Some(unseen)) => unseen,
        (true, None) => format!("`{}` is false", until.text().trim()),
    }
}

/// Why there is no body that an expression could read.
fn no_body(expr: &Expr, answer: &AnswerValues) -> Option<String> {
    failure::unreadable(expr, answer).filter(|_| matches!(answer.body, Value::Null)).map(str::to_owned)
}

fn seen_in(expr: &Expr, view: &View<'_>, words: Words<'_>) -> String {
    use crate::expression::Scope;
    let answers = expr.references().iter().filter_map(|reference| match &reference.target {
        Target::Name(name) => Some((name, view.name(name), &reference.path)),
        _ => None,
    });
    let shown = answers.filter_map(|(name, lookup, path)| match lookup {
        crate::expression::Lookup::Found(value) => follow(name, value, path, words),
        _ => None,
    });
    let shown: Vec<String> = shown.collect();
    if shown.is_empty() { String::new() } else { format!(" ({})", shown.join(", ")) }
}

fn follow(name: &str, value: Value, path: &[crate::expression::PathPart], words: Words<'_>) -> Option<String> {
    use crate::expression::PathPart;
    let mut text = name.to_owned();
    let mut value = value;
    for part in path {
        value = match part {
            PathPart::Member(member) => {
                text.push_str(&format!(".{member}"));
                value.get(member)?.clone()
            }
            PathPart::Index(index) => {
                text.push_str(&format!("[{index}]"));
                let items = value.as_array()?;
                let at =
                    if *index < 0 { items.len().checked_sub(index.unsigned_abs() as usize)? } else { *index as usize };
                items.get(at)?.clone()
            }
        };
    }
    Some(format!("{text} = {}", words.preview(&value, 60)))
}

/// Whether anything in `expect` says what the status must be.
fn names_status(call: &Call) -> bool {
    !call.request.expect.status.is_empty() || mentions(call, "status")
}

/// Whether an expectation mentions a name.
pub(super) fn mentions(call: &Call, name: &str) -> bool {
    expectations_of(call, name).next().is_some()
}

fn expectations_of<'c>(call: &'c Call, name: &'c str) -> impl Iterator<Item = &'c Expr> {
    let is_it = move |target: &Target| matches!(target, Target::Name(mentioned) if **mentioned == *name);
    let mentions = move |expr: &&Expr| expr.references().iter().any(|reference| is_it(&reference.target));
    call.request.expect.that.iter().filter(mentions)
}

/// The failure of the first expectation that mentions a name and is false: they go first, and suppress the rest. The
/// message ends with what the answer has `said`.
pub(super) fn judge_named(
    name: &str,
    call: &Call,
    answer: &AnswerValues,
    bench: &Bench<'_>,
    said: impl Fn() -> String,
) -> Result<Option<Failure>, FileNeed> {
    let view = bench.view(answer, bench.own);
    for expr in expectations_of(call, name) {
        match expr.holds(&view) {
            Ok(true) => {}
            Ok(false) => {
                let mut failure = failure::expectation(expr, &view, bench.words());
                failure.kind = FailureKind::Status;
                failure.message.push_str(&said());
                return Ok(Some(failure));
            }
            Err(error) => match error.kind {
                EvalErrorKind::NeedsFile(need) => return Err(need),
                // It mixes the name with captures, which are not there yet: it is judged with the rest.
                EvalErrorKind::Unavailable | EvalErrorKind::Undefined => {}
                _ => return Ok(Some(failure::evaluation(error, bench.words()))),
            },
        }
    }
    Ok(None)
}

/// The failure of a status that will not do.
fn judge_status(call: &Call, answer: &AnswerValues, bench: &Bench<'_>) -> Result<Option<Failure>, FileNeed> {
    let expect = &call.request.expect;
    if !expect.status.is_empty() && !expect.status.iter().any(|range| range.contains(answer.status)) {
        let expected = expect.status.iter().map(|range| status_text(*range)).collect::<Vec<_>>().join(" or ");
        let message = format!("expected status {expected}, got {}{}", answer.status, bench.words().excerpt(answer));
        let span = expect.status_span.unwrap_or(call.request.span);
        return Ok(Some(failure::at(FailureKind::Status, message, span, bench.words())));
    }
    if !names_status(call) {
        if is_success(answer.status) {
            return Ok(None);
        }
        let message = format!("expected a 2xx status, got {}{}", answer.status, bench.words().excerpt(answer));
        let mut failure = failure::at(FailureKind::Status, message, call.request.span, bench.words());
        failure.help = Some(match &call.request.poll {
            Some(_) => {
                format!("if {} means to ask again, write `not_yet: [{}]` under `poll`", answer.status, answer.status)
            }
            None if is_redirect(answer.status) && call.redirects == 0 => {
                format!(
                    "write `redirects: 3` to follow it, or `expect: {{ status: {} }}` if it is right",
                    answer.status
                )
            }
            None => format!("if {} is right here, write `expect: {{ status: {} }}`", answer.status, answer.status),
        });
        return Ok(Some(failure));
    }
    judge_named("status", call, answer, bench, || bench.words().excerpt(answer))
}

fn status_text(range: StatusRange) -> String {
    if range.first == range.last { range.first.to_string() } else { format!("{}xx", range.first / 100) }
}

/// Captures, headers, body, expressions.
fn judge_rest(call: &Call, answer: &AnswerValues, bench: &Bench<'_>) -> Result<Verdict, FileNeed> {
    let expect = &call.request.expect;
    let mut failures = Vec::new();
    let mut captures = bench.own.clone();
    let mut missing = 0;
    for written in &call.request.captures {
        let view = bench.view(answer, &captures);
        let subject = Subject { answer, received: bench.received, words: bench.words() };
        match capture(written, subject, &view)? {
            Ok(value) => {
                captures.insert(Arc::clone(&written.name.text), value);
            }
            Err(miss) => {
                missing += usize::from(miss.no_node);
                failures.push(miss.failure);
            }
        }
    }
    let view = bench.view(answer, &captures);
    for (name, value) in &expect.headers {
        failures.extend(failure::header(&name.text, value, answer, &view, bench.words())?);
    }
    for (path, value) in &expect.body {
        failures.extend(failure::body(path, value, answer, &view, bench.words())?);
    }
    if let Some(path) = &expect.schema {
        failures.extend(fitting::check(path, answer, &view, bench)?);
    }
    for expr in &expect.that {
        match expr.holds(&view) {
            Ok(true) => {}
            Ok(false) => {
                let mut failure = failure::expectation(expr, &view, bench.words());
                failure.message.extend(no_body(expr, answer).map(|reason| format!("; {reason}")));
                failures.push(failure);
            }
            Err(error) => match error.kind {
                EvalErrorKind::NeedsFile(need) => return Err(need),
                // What it needs is a capture that failed, and that has been reported.
                EvalErrorKind::Unavailable if !failures.is_empty() => {}
                EvalErrorKind::Undefined => {
                    let mut failure = failure::absent(expr, error, bench.words());
                    if let Some(reason) = failure::unreadable(expr, answer) {
                        failure.message =
                            format!("expected `{}`; {reason}{}", expr.text().trim(), bench.words().excerpt(answer));
                    }
                    failures.push(failure);
                }
                _ => {
                    let mut failure = failure::evaluation(error, bench.words());
                    failure.message.extend(no_body(expr, answer).map(|reason| format!("; {reason}")));
                    failures.push(failure);
                }
            },
        }
    }
    if failures.is_empty() {
        return Ok(Verdict::Good(captures));
    }
    let only_missing = missing == failures.len();
    Ok(Verdict::Wrong { failures, captures, only_missing })
}
