//! A run that was stopped, on its way to the process that goes on with it.
//!
//! Everything that can be known before the first request is found out here, and said at once: inputs that are others
//! than before, requests of which nobody knows whether they were done, names that are no steps.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use indexmap::IndexMap;

use super::changes::changes;
use super::step_at::captures_of;
use super::unknown::{Unknown, found_again, perhaps_created, unknown};
use crate::diagnostic::did_you_mean;
use crate::event::{Envelope, Extent, FORMAT, Failure, FailureKind, LeftBehind, LeftOut, Outcome, Resumed, StepReport};
use crate::id::Address;
use crate::plan::Plan;
use crate::record::{CleanupRecord, Record, StepRecord, Try};
use crate::runner::{CLEANUP, Exchange, Past, PastStep, ReadBody};
use crate::secret::PLACEHOLDER;
use crate::value::Value;

/// A run that did not come to its end, or to a good one.
pub struct Stopped {
    record: Record,
    events: u64,
    calls: u64,
    body: ReadBody,
}

/// How a run is gone on with.
#[derive(Clone, Debug, Default)]
pub struct Resumption {
    /// Steps that may be done again although they were done, or perhaps were: their addresses. `cleanup:` in front means
    /// what cleans up after the step.
    pub redo: Vec<String>,
    /// Steps and cleanups that count as done.
    pub assume_done: Vec<String>,
    /// Captures of steps that count as done: `name`, or `address.name` where several have that name.
    pub values: Vec<(String, Value)>,
    /// Whether only the cleanups that are owed are done.
    pub cleanup_only: bool,
    /// When that is.
    pub now: jiff::Timestamp,
}

/// Why a run is not gone on with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unresumable {
    /// There is nothing left to do.
    Done(String),
    /// What was asked for cannot be: everything that is wrong with it.
    Refused(Vec<Failure>),
    /// Someone has to say first whether something is done again: each of the questions.
    Undecided(Vec<Failure>),
}

impl Stopped {
    /// A run from its events; `body` reads what is kept beside the journal. `None` where the journal is empty.
    pub fn new(events: Vec<Envelope>, body: impl Fn(&str) -> Option<Vec<u8>> + Send + Sync + 'static) -> Option<Self> {
        let number = events.len() as u64;
        let record = Record::fold(events);
        record.started.as_ref()?;
        let calls = record.last_call();
        Some(Stopped { record, events: number, calls, body: Box::new(body) })
    }

    /// What happened so far.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// The inputs that were no secrets, but for those in which one stands.
    pub fn inputs(&self) -> impl Iterator<Item = (&str, &Value)> {
        let inputs = self.record.started.iter().flat_map(|started| &started.inputs);
        inputs.filter(|(_, value)| !is_masked(value)).map(|(name, value)| (&**name, value))
    }

    /// Leaves out of a plan what the run had left out.
    pub fn leave_out(&self, plan: &mut Plan) {
        plan.leave_out_as(|step| {
            let known = self.record.step(&step.address)?;
            let planned = known.planned.as_ref().and_then(|planned| planned.left_out);
            planned.or_else(|| LeftOut::of_words(known.reason()?))
        });
    }

    /// Makes a run ready to be gone on with by that plan.
    pub fn prepare(self, plan: &Plan, how: &Resumption) -> Result<(Past, Record), Unresumable> {
        let Some(started) = &self.record.started else { return Err(Unresumable::Done("nothing was begun".to_owned())) };
        if let Some(to) = &self.record.handed_over {
            return Err(Unresumable::Refused(vec![refusal(
                format!("run `{}` has begun with what it has done, and owes its cleanups", to.0),
                format!("`callsheet resume {}` goes on with that one", to.0),
            )]));
        }
        let extent = self.extent(how).map_err(|why| self.in_vain(plan, how, why))?;
        let mut wrong = self.changed_inputs(plan);
        let assumed = self.assumed(plan, how, &mut wrong);
        self.unknown_names(plan, how, &mut wrong);
        if !wrong.is_empty() {
            return Err(Unresumable::Refused(wrong));
        }
        let open: Vec<Failure> = self
            .open_questions(plan, how, extent)
            .map(|unknown| unknown.question(&captures_of(plan, &unknown.step).unwrap_or_default()))
            .collect();
        if !open.is_empty() {
            return Err(Unresumable::Undecided(open));
        }
        let inputs = plan
            .inputs
            .iter()
            .filter(|(name, _)| !plan.secret_inputs.contains(*name) && !started.inputs.contains_key(&***name));
        let resumed = Resumed {
            format: FORMAT,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            resumed: how.now,
            extent,
            sources: Vec::new(),
            inputs: inputs.map(|(name, value)| (name.to_string(), value.clone())).collect(),
            redo: how.redo.clone(),
            assumed: how.assume_done.clone(),
            steps: Vec::new(),
        };
        let past = Past {
            started: started.started,
            seed: started.seed,
            events: self.events,
            at: Duration::from_millis(self.record.at),
            calls: self.calls,
            sources: started.sources.clone(),
            steps: self.steps(plan),
            owed: self.owed().map(|cleanup| (cleanup.step.clone(), exchanges(cleanup.counted_tries()))).collect(),
            undone: self.record.undone().cloned().collect(),
            changed: changes(&started.sources, plan),
            assumed,
            perhaps_created: perhaps_created(&self.record),
            left_behind: self.left_behind(plan, extent),
            doubts: if extent == Extent::Steps { self.record.in_doubt().collect() } else { Vec::new() },
            resumed,
            body: self.body,
        };
        Ok((past, self.record))
    }

    /// How far the run is gone on with.
    fn extent(&self, how: &Resumption) -> Result<Extent, Unresumable> {
        let record = &self.record;
        let owes = self.owed().next().is_some();
        if how.cleanup_only {
            let nothing = || Unresumable::Done("nothing is left to be cleaned up".to_owned());
            return if owes { Ok(Extent::Cleanups) } else { Err(nothing()) };
        }
        let is_over = record.finished.is_some();
        let passed = record.outcome().is_some_and(Outcome::is_passed);
        if is_over && passed && !record.is_interrupted() {
            let kept = if owes { "; `--cleanup-only` cleans up what it has kept" } else { "" };
            return Err(Unresumable::Done(format!("it passed: there is nothing to go on with{kept}")));
        }
        let at_its_end = record.closing.is_some() && (!is_over || self.main_steps_held());
        Ok(if at_its_end { Extent::Closing } else { Extent::Steps })
    }

    /// Whether nothing went wrong before the end of the run began.
    fn main_steps_held(&self) -> bool {
        let mut main = self.record.steps().filter(|step| step.depth() == 0 && !step.finally());
        !self.record.was_stopped_early() && main.all(|step| step.report.as_ref().is_some_and(StepReport::stands))
    }

    /// The cleanups that are owed, in order of creation.
    fn owed(&self) -> impl Iterator<Item = &CleanupRecord> {
        let mut owed: Vec<&CleanupRecord> = self.record.cleanups.iter().filter(|cleanup| cleanup.is_owed()).collect();
        owed.sort_by_key(|cleanup| cleanup.since);
        owed.into_iter()
    }

    fn steps(&self, plan: &Plan) -> HashMap<Address, PastStep> {
        let mut steps: HashMap<_, _> =
            self.record.steps().map(|step| (step.step.clone(), self.step(plan, step))).collect();
        for step in self.record.steps().filter(|step| step.reopened.is_some()) {
            for address in step.step.lineage() {
                if let Some(known) = steps.get_mut(&address) {
                    known.reopened = known.reopened.max(step.reopened);
                }
            }
        }
        steps
    }

    fn step(&self, plan: &Plan, step: &StepRecord) -> PastStep {
        PastStep {
            report: step.standing().cloned(),
            began: step.began,
            ended: step.over,
            reopened: step.reopened,
            digest: step.digest.clone(),
            exchanges: exchanges(step.counted_tries()),
            changed_file: super::files::changed(&self.record, step, &plan.playbook().directory),
        }
    }

    fn changed_inputs(&self, plan: &Plan) -> Vec<Failure> {
        let changed = self.inputs().filter_map(|(name, was)| {
            let now = plan.inputs.get(name);
            if now == Some(was) || !plan.playbook().inputs.iter().any(|input| &*input.name.text == name) {
                return None;
            }
            let is_secret = plan.secret_inputs.contains(name);
            let message = match now {
                // The value that it had may well be the one that it has in another place.
                _ if is_secret => {
                    format!("the input `{name}` is secret, and has another value now than when the run began")
                }
                Some(now) => format!("the input `{name}` was {was} when the run began, and is {now} now"),
                None => format!("the input `{name}` was {was} when the run began, and has no value now"),
            };
            Some(refusal(
                message,
                format!("leave `{name}` as it was, or start a new run: what was done was done with the old value"),
            ))
        });
        changed.collect()
    }

    /// Who names a step wants something done, and hears why nothing is.
    fn in_vain(&self, plan: &Plan, how: &Resumption, why: Unresumable) -> Unresumable {
        let Unresumable::Done(what) = &why else { return why };
        let mut wrong = Vec::new();
        self.unknown_names(plan, how, &mut wrong);
        if wrong.is_empty() {
            let redone = how.redo.iter().map(|named| format!("--redo {named}"));
            let asked = redone.chain(how.assume_done.iter().map(|named| format!("--assume-done {named}")));
            let help = "leave it out; `callsheet run` starts a new run, which does everything again";
            wrong.extend(asked.map(|asked| refusal(format!("`{asked}`: {what}"), help.to_owned())));
        }
        if wrong.is_empty() { why } else { Unresumable::Refused(wrong) }
    }

    /// The captures of the steps that count as done.
    fn assumed(
        &self,
        plan: &Plan,
        how: &Resumption,
        wrong: &mut Vec<Failure>,
    ) -> HashMap<Address, IndexMap<String, Value>> {
        let mut assumed = HashMap::new();
        let mut used: HashSet<&str> = HashSet::new();
        for text in how.assume_done.iter().filter(|text| !text.starts_with(CLEANUP)) {
            let step = self.record.steps().find(|step| step.step.as_str() == text);
            let Some(step) = step.filter(|step| step.parts() == 0) else { continue };
            let Some(names) = captures_of(plan, &step.step) else { continue };
            let before = step.last_passed.as_ref().map(|report| &report.captures);
            let mut captures = IndexMap::new();
            let mut missing = Vec::new();
            for name in names {
                let long = format!("{text}.{name}");
                let given = how.values.iter().rev().find(|(given, _)| *given == long || **given == *name);
                used.extend(given.map(|(given, _)| given.as_str()));
                let value = given.map(|(_, value)| value);
                match value.or_else(|| before?.get(&*name).filter(|value| !is_masked(value))) {
                    Some(value) => drop(captures.insert(name.to_string(), value.clone())),
                    None => missing.push(format!("--var {name}=…")),
                }
            }
            if !missing.is_empty() {
                wrong.push(refusal(
                    format!("`{text}` counts as done, and what it captures is not known"),
                    format!("add `{}`", missing.join(" ")),
                ));
            }
            assumed.insert(step.step.clone(), captures);
        }
        for (name, _) in how.values.iter().filter(|(name, _)| !used.contains(&**name)) {
            wrong.push(refusal(
                format!("`{name}` is neither an input nor a capture of a step that counts as done"),
                "give values of captures together with `--assume-done STEP`".to_owned(),
            ));
        }
        assumed
    }

    fn unknown_names(&self, plan: &Plan, how: &Resumption, wrong: &mut Vec<Failure>) {
        let steps: Vec<&str> = self.record.steps().map(|step| step.step.as_str()).collect();
        let owed: Vec<String> = self.owed().map(|cleanup| format!("{CLEANUP}{}", cleanup.step)).collect();
        let options = [("--redo", &how.redo), ("--assume-done", &how.assume_done)];
        for (option, named) in options.into_iter().flat_map(|(option, all)| all.iter().map(move |one| (option, one))) {
            let known: Vec<&str> = match named.starts_with(CLEANUP) {
                true => owed.iter().map(String::as_str).collect(),
                false => steps.clone(),
            };
            if !known.contains(&&**named) {
                let what = if named.starts_with(CLEANUP) { "no cleanup that is owed" } else { "no step of this run" };
                let help = did_you_mean(named, known.iter().copied());
                let help = help.unwrap_or_else(|| "`callsheet show` lists the steps of a run".to_owned());
                wrong.push(refusal(format!("`{option} {named}`: {what}"), help));
            } else if option == "--assume-done" && !named.starts_with(CLEANUP) {
                let mut steps = self.record.steps();
                let step = steps.find(|step| step.step.as_str() == *named && step.parts() == 0);
                if step.and_then(|step| captures_of(plan, &step.step)).is_none() {
                    wrong.push(refusal(
                        format!("`--assume-done {named}`: it is made of other steps"),
                        "name those of its steps that count as done".to_owned(),
                    ));
                }
            }
            if how.cleanup_only && option == "--redo" && !named.starts_with(CLEANUP) {
                wrong.push(refusal(
                    format!("`--redo {named}`: with `--cleanup-only` no step is done"),
                    format!("leave out one of the two; `--redo {CLEANUP}{named}` sends what cleans up after it again"),
                ));
            }
            if how.redo.contains(named) && how.assume_done.contains(named) && option == "--redo" {
                wrong.push(refusal(
                    format!("`{named}` is named by `--redo` and by `--assume-done`"),
                    "say one of the two".to_owned(),
                ));
            }
        }
    }

    /// What nobody has decided yet.
    fn open_questions<'a>(
        &'a self,
        plan: &'a Plan,
        how: &'a Resumption,
        extent: Extent,
    ) -> impl Iterator<Item = Unknown> + 'a {
        let decided = |text: &str| {
            let covers = |named: &String| {
                *named == *text || text.strip_prefix(&**named).is_some_and(|rest| rest.starts_with(['.', '[']))
            };
            how.redo.iter().any(covers) || how.assume_done.iter().any(|named| *named == *text)
        };
        let planned = |address: &Address| {
            let root = address.as_str().split(['.', '[']).next().unwrap_or_default();
            let mut all = plan.steps.iter().chain(&plan.finally);
            all.any(|step| *step.id == *root)
        };
        let asks = move |unknown: &Unknown| match extent {
            _ if unknown.is_cleanup => true,
            Extent::Steps => planned(&unknown.step),
            Extent::Closing => unknown.finally,
            Extent::Cleanups => false,
        };
        unknown(&self.record).filter(asks).filter(move |unknown| !decided(&unknown.named()))
    }

    /// What may still exist of what was done before, and is not owed a cleanup.
    fn left_behind(&self, plan: &Plan, extent: Extent) -> Vec<LeftBehind> {
        if extent != Extent::Steps {
            return self.record.doubts();
        }
        self.record.done_again().chain(found_again(&self.record, plan)).collect()
    }
}

/// The last request in each role.
fn exchanges(tries: &[Try]) -> Vec<Exchange> {
    let mut last: Vec<Exchange> = Vec::new();
    for one in tries {
        let exchange = Exchange {
            call: one.call,
            role: one.role.clone(),
            attempt: one.attempt,
            request: one.request.clone(),
            answer: one.answer().cloned(),
            is_unknown: one.is_doubtful(),
        };
        match last.iter_mut().find(|known| known.role == exchange.role) {
            Some(known) => *known = exchange,
            None => last.push(exchange),
        }
    }
    last
}

fn is_masked(value: &Value) -> bool {
    value.to_string().contains(PLACEHOLDER)
}

pub(super) fn refusal(message: String, help: String) -> Failure {
    Failure { kind: FailureKind::Undecided, message, place: None, help: Some(help) }
}
