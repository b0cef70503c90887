//! What starts, and what the end of a step means for the others.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;

use super::failure;
use super::frames::ROOT;
use super::items::ended;
use super::length::millis;
use super::machine::{End, Owner};
use super::outcomes::Skip;
use super::scheduler::{Scheduler, Waiter};
use crate::check::{Because, EdgeKind};
use crate::event::{Event, FailureKind, Foreseen, Outcome, Role, StepReport};
use crate::expression::{EvalError, EvalErrorKind, parse_duration};
use crate::plan::Work;
use crate::playbook::Binding;
use crate::render::{self, StepValues};
use crate::value::Value;

impl Scheduler<'_> {
    /// Starts a step whose turn it is, or skips it.
    pub(super) fn start(&mut self, index: usize) {
        if self.steps[index].outcome.is_some() {
            return;
        }
        if self.adopt(index) {
            return;
        }
        if let Some(skip) = self.steps[index].skip.take().or_else(|| self.stopped(index)) {
            self.skip(index, skip);
            return;
        }
        let step = self.step(index);
        if step.foreach.is_some() && self.steps[index].instance.is_none() {
            return self.expand(index);
        }
        if !self.steps[index].started && !self.may_begin(index) {
            return;
        }
        if let Some(when) = &step.when
            && !self.steps[index].started
        {
            match when.holds(&self.view(index)) {
                Ok(true) => {}
                Ok(false) => {
                    let reason = format!("`when` is false: `{}`", when.text().trim());
                    self.skip(index, Skip { reason, broken: false });
                    return;
                }
                Err(error) if self.is_unseen(index, &error.kind) => {
                    self.end_foreseen(index, Foreseen::Later);
                    return;
                }
                Err(error) => {
                    self.refuse(index, error);
                    return;
                }
            }
        }
        match self.take_lock(index) {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => return self.refuse(index, error),
        }
        self.note_started(index);
        self.begin_work(index);
    }

    pub(super) fn note_started(&mut self, index: usize) {
        if !self.steps[index].started {
            self.steps[index].started = true;
            self.steps[index].started_at = self.now;
            if self.begins_silently(index) {
                return;
            }
            self.note_fresh(index);
            let again = self.steps[index].stand.fetched;
            self.journal(Event::StepStarted { step: self.address_of(index).clone(), again });
        }
    }

    fn begin_work(&mut self, index: usize) {
        if let Some(foreseen) = self.foresee(index) {
            return self.end_foreseen(index, foreseen);
        }
        let step = self.step(index);
        match &step.work {
            Work::Request(_) | Work::Exec(_) => self.want_request(index, Role::Main),
            Work::Ensure(_) => self.want_request(index, Role::Find(0)),
            Work::Set(bindings) => match self.compute(index, bindings) {
                Ok(captures) => self.end_step(index, End::Passed { captures }),
                Err(error) => self.refuse(index, error),
            },
            Work::Call(invocation) => self.call(index, invocation),
            Work::Wait(duration) => {
                let text = duration.render_text(&self.view(index));
                match text.map(|text| parse_duration(&text).map_err(|message| (duration.span(), message))) {
                    Ok(Ok(_)) if self.options.refresh => self.end_wait(index),
                    Ok(Ok(duration)) => self.sleep(duration, Waiter::Wait(index)),
                    Ok(Err((span, message))) => {
                        let failure = failure::at(FailureKind::Template, message, span, self.words());
                        self.end_step(index, End::errored(failure));
                    }
                    Err(error) => self.refuse(index, error),
                }
            }
        }
    }

    /// Values of `set`, each seeing those above it.
    fn compute(&mut self, index: usize, bindings: &[Binding]) -> Result<HashMap<Arc<str>, Value>, EvalError> {
        for binding in bindings {
            let value = binding.value.render(&self.view(index))?;
            self.steps[index].own.insert(Arc::clone(&binding.name.text), value);
        }
        let derived = render::derived_in_bindings(bindings, &self.view(index));
        self.learn_derived(&derived);
        Ok(self.steps[index].own.clone())
    }

    pub(super) fn want_request(&mut self, step: usize, role: Role) {
        self.enqueue(Owner::Step { step, role }, false);
    }

    /// A `wait` step's time is over.
    pub(super) fn end_wait(&mut self, index: usize) {
        self.end_step(index, End::Passed { captures: HashMap::new() });
    }

    /// An expression of a step that has no value: it waits for a file, is skipped, or ends.
    pub(super) fn refuse(&mut self, index: usize, error: EvalError) {
        match error.kind {
            EvalErrorKind::NeedsFile(need) => self.need_file(self.steps[index].frame, need, Waiter::Step(index)),
            ref kind if self.is_unseen(index, kind) => self.end_unseen(index),
            EvalErrorKind::Unavailable => self.skip(index, Skip { reason: error.message, broken: false }),
            _ => {
                let failure = failure::evaluation(error, self.words());
                self.end_step(index, End::errored(failure));
            }
        }
    }

    /// Why a step that could start does not, since the run is stopping.
    fn stopped(&self, index: usize) -> Option<Skip> {
        if self.steps[index].started {
            return None;
        }
        self.stop_reason(index).map(|reason| Skip { reason, broken: true })
    }

    pub(super) fn skip(&mut self, index: usize, skip: Skip) {
        self.steps[index].broken = skip.broken;
        self.settle(index, Outcome::Skipped, HashMap::new(), Some(skip.reason));
    }

    /// Takes the end of a step's work.
    pub(super) fn end_step(&mut self, index: usize, end: End) {
        let Some(end) = self.foreseen_end(index, end) else { return };
        match end {
            End::Passed { captures } => {
                let outcome = if self.steps[index].retried { Outcome::Flaky } else { Outcome::Passed };
                self.settle(index, outcome, captures, None);
            }
            End::Bad { skipped: Some(skip), .. } => self.skip(index, skip),
            End::Bad { outcome, failures, captures, .. } => {
                self.steps[index].failures.extend(failures);
                self.steps[index].broken = true;
                self.settle(index, outcome, captures, None);
            }
            End::Absent | End::Conflict => unreachable!("`ensure` takes these before the step ends"),
        }
    }

    /// Publishes, reports, and lets go those who waited.
    pub(super) fn settle(
        &mut self,
        index: usize,
        outcome: Outcome,
        captures: HashMap<Arc<str>, Value>,
        reason: Option<String>,
    ) {
        let step = self.step(index);
        self.steps[index].outcome = Some(outcome);
        if !captures.is_empty() {
            self.steps[index].own = captures;
        }
        self.publish(index, outcome, reason.clone());
        let state = &self.steps[index];
        let shown = step.captures.iter().filter_map(|(name, secret)| {
            let value = state.own.get(name)?;
            let value = if *secret { Value::from(crate::secret::PLACEHOLDER) } else { value.clone() };
            Some((name.to_string(), value))
        });
        let report = StepReport {
            step: state.address.clone(),
            outcome,
            reason,
            cut: outcome == Outcome::Skipped && state.broken,
            failures: state.failures.clone(),
            captures: if outcome == Outcome::Skipped { IndexMap::new() } else { shown.collect() },
            attempts: state.attempts,
            polls: state.polls,
            created: state.created,
            ids: self.ids_handed_back(index),
            foreseen: state.foreseen,
            tolerated: outcome.is_bad() && self.around(index).any(|index| self.step(index).continue_on_error),
            elapsed: if state.started { millis(self.now.saturating_sub(state.started_at)) } else { 0 },
        };
        let is_told = self.ends_silently(index, outcome);
        if !is_told {
            self.journal(Event::StepFinished(Box::new(report)));
        }
        if !is_told
            && !self.is_finally(index)
            && outcome.is_bad()
            && !step.continue_on_error
            && !self.options.keep_going
        {
            self.stop_around(index);
        }
        self.release(index, outcome);
        self.give_lock_back(index);
        match self.steps[index].instance.as_ref().map(|instance| instance.of) {
            Some(of) => self.instance_ended(index, of),
            None => {
                let frame = self.steps[index].frame;
                self.frames[frame].unfinished -= 1;
                if frame != ROOT && self.frames[frame].unfinished == 0 {
                    self.over.push_back(frame);
                }
            }
        }
    }

    fn publish(&mut self, index: usize, outcome: Outcome, reason: Option<String>) {
        let step = self.step(index);
        let records = self.records(index);
        let state = &mut self.steps[index];
        if state.instance.is_some() {
            // What others see of it is in its step's records.
            state.answer = None;
            return;
        }
        let why = match outcome {
            Outcome::Skipped => Some(format!("step `{}` was skipped", step.id)),
            outcome if outcome.is_bad() => Some(format!("step `{}` {}", step.id, outcome.as_str())),
            _ => None,
        };
        let restored = self.past.is_some() && state.stand.restored;
        let address = state.address.clone();
        let published = &mut self.frames[state.frame].published;
        for (name, secret) in &step.captures {
            match (&why, state.own.get(name)) {
                (None, Some(value)) => {
                    published.captures.insert(Arc::clone(name), value.clone());
                }
                (why, _) => {
                    let why = why.clone().unwrap_or_else(|| match restored && *secret {
                        true => format!(
                            "it is a secret and was not kept: write `effect: read` at `{}` if that may be sent again, or \
                             give it by `callsheet resume --assume-done {address} --var {name}=…`",
                            step.id
                        ),
                        false => format!("step `{}` did not capture it", step.id),
                    });
                    published.missing.insert(Arc::clone(name), why);
                }
            }
        }
        let mut answer = state.answer.take().filter(|_| step.links.answer_is_read);
        if let Some(answer) = answer.as_mut().filter(|_| step.links.body_read.is_nothing()) {
            answer.body = Value::Null;
        }
        let missing = why.map(|why| match reason {
            Some(reason) => format!("{why} ({reason})"),
            None => why,
        });
        let values = StepValues {
            outcome,
            reason: missing,
            answer,
            duration: self.now.saturating_sub(state.started_at).as_secs_f64(),
            attempts: state.attempts,
            created: state.created,
            captures: if outcome.is_passed() { state.own.clone() } else { HashMap::new() },
            records: step.foreach.is_some().then(|| records.unwrap_or_else(|| Value::array(Vec::new()))),
        };
        published.steps.insert(Arc::clone(&step.id), values);
    }

    /// Whoever waited for this step has one thing less to wait for.
    fn release(&mut self, index: usize, outcome: Outcome) {
        for (dependent, kind, edge) in std::mem::take(&mut self.dependents[index]) {
            let broken = self.steps[index].broken;
            let tolerated = outcome.is_bad() && self.step(index).continue_on_error;
            self.steps[dependent].after_foreseen |= self.is_foreseen(index);
            self.steps[dependent].after_unsure |= self.is_unsure(index);
            let skips = match kind {
                _ if self.options.refresh && self.is_foreseen(index) => false,
                EdgeKind::Value | EdgeKind::Each => !outcome.is_passed(),
                EdgeKind::Order => broken && !tolerated,
                EdgeKind::End => false,
            };
            if skips {
                let reason = self.dependence(dependent, edge, index, outcome);
                let skip = self.steps[dependent].skip.get_or_insert(Skip { reason, broken: false });
                skip.broken |= broken && !tolerated;
            }
            self.steps[dependent].waits_for -= 1;
            if self.steps[dependent].waits_for == 0 {
                self.ready.push_back(dependent);
            }
        }
    }

    fn dependence(&self, dependent: usize, edge: usize, index: usize, outcome: Outcome) -> String {
        let id = self.address_of(index);
        let word = ended(outcome);
        match &self.step(dependent).links.edges[edge].because {
            _ if self.steps[index].instance.is_some() => format!("needs `{id}`, which {word}"),
            Because::Reference { name, .. } => format!("needs `{name}` of step `{id}`, which {word}"),
            Because::Needs(_) | Because::Listed => format!("needs step `{id}`, which {word}"),
        }
    }
}
