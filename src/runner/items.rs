//! `foreach`: a step that is made of one step for each of its items.
//!
//! All items are known before the first begins, also those that are records of another `foreach`: what such a record
//! has captured is filled in when its own step has passed. So order and names never depend on who was faster.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::frames::Frame;
use super::outcomes::{Skip, StepState};
use super::scheduler::Scheduler;
use crate::check::EdgeKind;
use crate::event::{Event, Outcome, PlannedStep};
use crate::expression::{EvalError, EvalErrorKind, Template};
use crate::id::Address;
use crate::playbook::Axis;
use crate::render::{Draft, Item, Listed, Lists, hands_over_secrets, items, listed};
use crate::value::{Object, Value};
use crate::wire::sha256;

/// A step that is done for one item.
#[derive(Clone, Debug)]
pub(super) struct Instance {
    /// The step that it is one of.
    pub(super) of: usize,
    pub(super) item: Item,
    /// The steps whose records are part of the item, by their names in it.
    sources: Vec<(Arc<str>, usize)>,
    /// Whether it counts for `max_parallel`.
    active: bool,
}

/// The steps that a `foreach` is made of.
#[derive(Clone, Debug, Default)]
pub(super) struct Instances {
    /// In the order of the items.
    all: Vec<usize>,
    /// Those that could begin, were it not for `max_parallel`.
    waiting: BTreeSet<usize>,
    running: usize,
    left: usize,
}

impl Scheduler<'_> {
    /// The item that a step is done for.
    pub(super) fn item_of(&self, index: usize) -> Option<&Item> {
        self.steps[index].instance.as_ref().map(|instance| &instance.item)
    }

    /// Makes the steps of a `foreach`, or ends it where its items cannot be had.
    pub(super) fn expand(&mut self, index: usize) {
        let Some(foreach) = &self.step(index).foreach else { return };
        let drafts = match items(foreach, &Expanding { scheduler: self, index }) {
            Ok(drafts) => drafts,
            Err(error) => return self.refuse(index, error),
        };
        self.note_started(index);
        let digest = self.digest(index, &drafts);
        let state = &self.steps[index];
        let (frame, planned, address) = (state.frame, state.planned, state.address.clone());
        let mut instances = Instances { left: drafts.len(), ..Instances::default() };
        let mut steps = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let place = self.steps.len();
            let mut state = StepState::new(frame, planned, address.instance(&draft.item.key));
            steps.push(self.planned_instance(index, &state.address, &draft));
            self.wait_for_sources(index, place, &mut state, &draft);
            let Draft { item, sources, .. } = draft;
            state.instance = Some(Box::new(Instance { of: index, item, sources, active: false }));
            self.steps.push(state);
            self.dependents.push(Vec::new());
            instances.all.push(place);
        }
        if !self.is_made_of_the_same(index, &digest) {
            self.journal(Event::Expanded { step: address, steps, digest });
        }
        let free = instances.all.iter().filter(|place| self.steps[**place].waits_for == 0);
        self.ready.extend(free);
        let is_empty = instances.all.is_empty();
        self.steps[index].instances = Some(Box::new(instances));
        self.release_records(index);
        if is_empty {
            self.end_foreach(index);
        }
    }

    fn planned_instance(&self, index: usize, address: &Address, draft: &Draft<usize>) -> PlannedStep {
        PlannedStep {
            step: address.clone(),
            title: None,
            summary: self.step(index).summary(),
            after: draft.sources.iter().map(|(_, source)| self.address_of(*source).clone()).collect(),
            finally: self.is_finally(index),
            left_out: None,
        }
    }

    /// An item that is a record waits for the step whose record it is, and is skipped with it.
    fn wait_for_sources(&mut self, index: usize, place: usize, state: &mut StepState, draft: &Draft<usize>) {
        let edge = self.step(index).links.edges.iter().position(|edge| edge.kind == EdgeKind::Each).unwrap_or(0);
        for (_, source) in &draft.sources {
            match self.steps[*source].outcome {
                None => {
                    self.dependents[*source].push((place, EdgeKind::Each, edge));
                    state.waits_for += 1;
                }
                Some(outcome) if outcome.is_passed() => {}
                Some(_) if self.options.refresh && !self.steps[*source].broken => {
                    state.after_foreseen |= self.is_foreseen(*source);
                    state.after_unsure |= self.is_unsure(*source);
                }
                Some(outcome) => {
                    let reason = format!("needs `{}`, which {}", self.address_of(*source), ended(outcome));
                    let broken = self.steps[*source].broken && !self.step(*source).continue_on_error;
                    state.skip.get_or_insert(Skip { reason, broken: false }).broken |= broken;
                }
            }
        }
    }

    /// Those who take the records one by one may begin: it is known which ones there will be.
    fn release_records(&mut self, index: usize) {
        let (each, rest) =
            std::mem::take(&mut self.dependents[index]).into_iter().partition(|(_, kind, _)| *kind == EdgeKind::Each);
        self.dependents[index] = rest;
        let each: Vec<(usize, EdgeKind, usize)> = each;
        for (dependent, ..) in each {
            self.steps[dependent].waits_for -= 1;
            if self.steps[dependent].waits_for == 0 {
                self.ready.push_back(dependent);
            }
        }
    }

    /// Whether a step may begin as far as `max_parallel` is concerned; one that may not is put aside.
    pub(super) fn may_begin(&mut self, index: usize) -> bool {
        let Some(instance) = self.steps[index].instance.as_ref().filter(|instance| !instance.active) else {
            return true;
        };
        let (of, sources) = (instance.of, instance.sources.clone());
        let most = self.most_parallel(index);
        let Some(instances) = self.steps[of].instances.as_mut() else { return true };
        if instances.running >= most {
            instances.waiting.insert(index);
            return false;
        }
        instances.running += 1;
        let records: Vec<(Arc<str>, Value)> =
            sources.into_iter().map(|(name, source)| (name, self.record(source))).collect();
        if let Some(instance) = &mut self.steps[index].instance {
            instance.active = true;
            for (name, value) in &mut instance.item.values {
                if let Some((_, record)) = records.iter().find(|(known, _)| known == name) {
                    *value = record.clone();
                }
            }
        }
        true
    }

    fn most_parallel(&self, index: usize) -> usize {
        let most = self.step(index).foreach.as_ref().and_then(|foreach| foreach.max_parallel);
        most.map_or(usize::MAX, |most| most as usize)
    }

    /// One of the steps of a `foreach` has ended.
    pub(super) fn instance_ended(&mut self, index: usize, of: usize) {
        let active = self.steps[index].instance.as_mut().is_some_and(|instance| std::mem::take(&mut instance.active));
        let most = self.most_parallel(index);
        let Some(instances) = self.steps[of].instances.as_mut() else { return };
        instances.left -= 1;
        instances.running -= usize::from(active);
        let is_over = instances.left == 0;
        // One that ends without having begun leaves no room.
        let next = if instances.running < most { instances.waiting.pop_first() } else { None };
        self.ready.extend(next);
        if is_over {
            self.end_foreach(of);
        }
    }

    /// The outcome of a `foreach` is the worst of its steps; its captures are lists of those that passed.
    fn end_foreach(&mut self, index: usize) {
        let all = self.instances_of(index).to_vec();
        let outcomes = || all.iter().filter_map(|place| self.steps[*place].outcome);
        // A list that lacks what went wrong elsewhere would be taken for the whole.
        let undone = all.iter().filter(|place| self.steps[**place].broken).count();
        let outcome = if outcomes().any(|outcome| outcome == Outcome::Failed) {
            Outcome::Failed
        } else if outcomes().any(Outcome::is_bad) {
            Outcome::Errored
        } else if undone > 0 || !all.is_empty() && outcomes().all(|outcome| outcome == Outcome::Skipped) {
            Outcome::Skipped
        } else {
            Outcome::Passed
        };
        if outcome == Outcome::Passed && self.is_made_of_foreseen(index) {
            // A part of the list is not the list.
            return self.settle(index, Outcome::Skipped, HashMap::new(), None);
        }
        let passed: Vec<usize> = self.passed(index).collect();
        let list = |name: &Arc<str>| {
            let values = passed.iter().filter_map(|place| self.steps[*place].own.get(name).cloned());
            (Arc::clone(name), Value::array(values.collect()))
        };
        let captures = self.step(index).captures.iter().map(|(name, _)| list(name)).collect();
        self.steps[index].broken = undone > 0;
        let reason = (outcome == Outcome::Skipped).then(|| match undone {
            0 => "every item was skipped".to_owned(),
            undone => format!("{undone} of its {} items were not done", all.len()),
        });
        self.settle(index, outcome, captures, reason);
    }

    /// The steps whose records an item holds.
    pub(super) fn sources_of(&self, index: usize) -> Vec<usize> {
        let instance = self.steps[index].instance.as_ref();
        instance.map_or_else(Vec::new, |instance| instance.sources.iter().map(|(_, source)| *source).collect())
    }

    pub(super) fn instances_of(&self, index: usize) -> &[usize] {
        self.steps[index].instances.as_ref().map_or(&[], |instances| &instances.all)
    }

    /// Whether a step is made of one that would do something, in a refresh.
    pub(super) fn is_made_of_foreseen(&self, index: usize) -> bool {
        let inside = |frame: &Frame<'_>| {
            (frame.first..frame.first + frame.plan.steps.len()).any(|index| self.is_foreseen(index))
        };
        let called = || self.frames.iter().filter(|frame| frame.owner == Some(index)).any(inside);
        self.options.refresh && (self.instances_of(index).iter().any(|place| self.is_foreseen(*place)) || called())
    }

    fn passed(&self, index: usize) -> impl Iterator<Item = usize> {
        let all = self.instances_of(index).iter().copied();
        all.filter(|place| self.steps[*place].outcome.is_some_and(Outcome::is_passed))
    }

    /// What others see of a `foreach`: one record for each item that passed. `None` where it never had items.
    pub(super) fn records(&self, index: usize) -> Option<Value> {
        self.steps[index].instances.as_ref()?;
        Some(Value::array(self.passed(index).map(|place| self.record(place)).collect()))
    }

    /// What an item's step leaves: the key, the item, and what was captured for it so far.
    fn record(&self, place: usize) -> Value {
        let state = &self.steps[place];
        let mut members = Object::default();
        if let Some(instance) = &state.instance {
            members.insert("key".into(), Value::from(&*instance.item.key));
            members.extend(instance.item.values.iter().cloned());
        }
        if state.outcome.is_some_and(Outcome::is_passed) {
            for (name, _) in &self.step(place).captures {
                members.extend(state.own.get(name).map(|value| (Arc::clone(name), value.clone())));
            }
        }
        Value::object(members)
    }

    /// The step of that id in the same playbook.
    fn beside_named(&self, index: usize, id: &str) -> Option<usize> {
        let frame = self.frame_of(index);
        let names = &frame.plan.checked.names;
        let finally = || names.finally(id).map(|place| frame.plan.steps.len() + place);
        names.step(id).or_else(finally).map(|place| frame.first + place)
    }

    /// The digest of all items: a run that is gone on with must meet the same ones.
    fn digest(&self, index: usize, drafts: &[Draft<usize>]) -> String {
        let step = self.step(index);
        let axis = |name: &str| step.foreach.as_ref().and_then(|foreach| foreach.axis(name));
        let hidden = |name: &str| axis(name).is_some_and(|(_, axis)| hands_over_secrets(step, axis));
        let item = |draft: &Draft<usize>| {
            let known = draft.item.values.iter().filter(|(name, _)| !hidden(name));
            // What a record has captured by now is a matter of time, and what that means is its own step's.
            let is_record = |name: &Arc<str>| draft.sources.iter().any(|(source, _)| source == name);
            let lasting = |(name, value): &(Arc<str>, Value)| {
                let value = if is_record(name) { value.get("key").unwrap_or(&Value::Null) } else { value };
                (Arc::clone(name), value.clone())
            };
            let mut members: Object = known.map(lasting).collect();
            members.insert("key".into(), Value::from(&*draft.item.key));
            self.redactor.redact_value(&Value::object(members))
        };
        let text = Value::array(drafts.iter().map(item).collect()).to_string();
        sha256(text.as_bytes())
    }
}

/// A step whose items are made.
struct Expanding<'a, 'p> {
    scheduler: &'a Scheduler<'p>,
    index: usize,
}

impl Lists for Expanding<'_, '_> {
    type Source = usize;

    fn list(&self, axis: &Axis, above: &Item) -> Result<Listed<usize>, EvalError> {
        let Expanding { scheduler, index } = *self;
        if let Some(id) = axis.records_of() {
            let source = scheduler.beside_named(index, id);
            let source = source.filter(|source| scheduler.steps[*source].instances.is_some());
            let unknown =
                || EvalError::new(axis.span(), EvalErrorKind::Unavailable, format!("step `{id}` has no items"));
            let instances = scheduler.instances_of(source.ok_or_else(unknown)?);
            return Ok(instances.iter().map(|place| (scheduler.record(*place), Some(*place))).collect());
        }
        let view = scheduler.view(index).with_item(Some(above));
        let items = listed(axis, &view, |value| scheduler.words().preview(value, 60))?;
        Ok(items.into_iter().map(|item| (item, None)).collect())
    }

    fn key(&self, key: &Template, item: &Item) -> Result<String, EvalError> {
        key.render_text(&self.scheduler.view(self.index).with_item(Some(item)))
    }

    fn is_secret(&self, text: &str) -> bool {
        self.scheduler.redactor.finds(text)
    }

    fn is_hidden(&self, axis: &Axis) -> bool {
        hands_over_secrets(self.scheduler.step(self.index), axis)
    }

    fn limits(&self) -> &crate::limits::Limits {
        &self.scheduler.frame_of(self.index).plan.playbook().limits
    }
}

/// "which failed", "which was skipped"
pub(super) fn ended(outcome: Outcome) -> &'static str {
    if outcome == Outcome::Skipped { "was skipped" } else { outcome.as_str() }
}
