//! What an expression sees at its place.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::values::{AnswerValues, Files, Item, Published};
use crate::check::{Definition, STEP_FIELDS};
use crate::expression::{EvalError, EvalErrorKind, Facts, FileNeed, Lookup, Scope};
use crate::limits::Limits;
use crate::plan::Plan;
use crate::source::Span;
use crate::value::Value;

/// The scope of one evaluation.
pub struct View<'a> {
    plan: &'a Plan,
    published: &'a Published,
    files: &'a Files,
    facts: Facts,
    own: Option<&'a HashMap<Arc<str>, Value>>,
    item: Option<&'a Item>,
    /// The step that calls the playbook.
    caller: Option<&'a str>,
    answer: Option<&'a AnswerValues>,
    created: Option<bool>,
    var_depth: Cell<usize>,
    /// Variables that have been evaluated: one is made of others, and each is evaluated once.
    memo: Rc<RefCell<HashMap<usize, Lookup>>>,
}

impl<'a> View<'a> {
    /// A view of everything that is published.
    pub fn new(plan: &'a Plan, published: &'a Published, files: &'a Files, facts: Facts) -> Self {
        View {
            plan,
            published,
            files,
            facts,
            own: None,
            item: None,
            caller: None,
            answer: None,
            created: None,
            var_depth: Cell::new(0),
            memo: Rc::default(),
        }
    }

    /// The same with a step's own captures.
    pub fn with_own(mut self, own: &'a HashMap<Arc<str>, Value>) -> Self {
        self.own = Some(own);
        self
    }

    /// The same with the item that the step is done for.
    pub fn with_item(mut self, item: Option<&'a Item>) -> Self {
        self.item = item;
        self
    }

    /// The same in a playbook that a step calls, which sets its random values apart.
    pub fn with_caller(mut self, caller: Option<&'a str>) -> Self {
        self.caller = caller;
        self
    }

    /// The item that the step is done for.
    pub fn item(&self) -> Option<&'a Item> {
        self.item
    }

    /// The same with an answer.
    pub fn with_answer(mut self, answer: &'a AnswerValues) -> Self {
        self.answer = Some(answer);
        self
    }

    /// The same with `created`.
    pub fn with_created(mut self, created: Option<bool>) -> Self {
        self.created = created;
        self
    }

    /// The plan.
    pub fn plan(&self) -> &'a Plan {
        self.plan
    }

    fn var(&self, index: usize) -> Lookup {
        let var = &self.plan.playbook().vars[index];
        // `check` has refused circles; the count guards the stack against a chain of thousands of variables.
        if self.var_depth.get() > 256 {
            return fault("variables are nested too deeply".to_owned());
        }
        if let Some(known) = self.memo.borrow().get(&index) {
            return known.clone();
        }
        let site = match self.caller {
            Some(caller) => format!("{caller}.{}", var.name.text).into(),
            None => Arc::clone(&var.name.text),
        };
        let facts = Facts { site, ..self.facts.clone() };
        let inner = View {
            facts,
            var_depth: Cell::new(self.var_depth.get() + 1),
            own: self.own,
            memo: Rc::clone(&self.memo),
            ..*self
        };
        let found = match var.value.render(&inner) {
            Ok(value) => Lookup::Found(value),
            Err(error) => Lookup::Failed(Box::new(error)),
        };
        self.memo.borrow_mut().insert(index, found.clone());
        found
    }

    fn special(&self, name: &str) -> Option<Value> {
        match name {
            "run" => self.published.run.clone(),
            "created" => self.created.map(Value::from),
            name => self.answer.and_then(|answer| answer.get(name)),
        }
    }
}

/// A mistake in the playbook that only a run can see: not a value that happens to be missing.
fn fault(message: String) -> Lookup {
    Lookup::Failed(Box::new(EvalError::new(Span::default(), EvalErrorKind::Other, message)))
}

impl Scope for View<'_> {
    fn name(&self, name: &str) -> Lookup {
        let own = || self.own.and_then(|own| own.get(name).cloned());
        let item = || self.item.and_then(|item| item.get(name));
        if let Some(value) = self.special(name).or_else(own).or_else(item) {
            return Lookup::Found(value);
        }
        match self.plan.checked.names.get(name) {
            Some(Definition::Input(_)) => match self.plan.inputs.get(name) {
                Some(value) => Lookup::Found(value.clone()),
                None => Lookup::Unavailable(format!("the input `{name}` was not given")),
            },
            Some(Definition::Var(index)) => self.var(index),
            Some(Definition::Capture(_) | Definition::Finally(_)) => match self.published.captures.get(name) {
                Some(value) => Lookup::Found(value.clone()),
                None => match self.published.missing.get(name) {
                    Some(reason) => Lookup::Unavailable(reason.clone()),
                    // Of the step in hand: whoever judges has told why, or asks again when it is there.
                    None if self.answer.is_some() => Lookup::Unavailable(format!("`{name}` is not captured")),
                    None => fault(format!("`{name}` is not captured yet")),
                },
            },
            None => Lookup::Undefined,
        }
    }

    fn step(&self, id: &str, field: Option<&str>) -> Lookup {
        let Some(step) = self.published.steps.get(id) else {
            let names = &self.plan.checked.names;
            return match names.step(id).or(names.finally(id)) {
                Some(_) => fault(format!("step `{id}` has not ended")),
                None => Lookup::Undefined,
            };
        };
        let Some(field) = field else { return Lookup::Found(step.whole()) };
        match step.get(field) {
            Some(value) => Lookup::Found(value),
            None => match &step.reason {
                Some(reason) => Lookup::Unavailable(reason.clone()),
                None if STEP_FIELDS.contains(&field) => fault(format!("step `{id}` has no `{field}`")),
                None => Lookup::Undefined,
            },
        }
    }

    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn file(&self, need: &FileNeed) -> Option<Result<Value, String>> {
        self.files.value(need)
    }

    fn names(&self) -> Vec<String> {
        self.plan.checked.names.all().map(str::to_owned).collect()
    }

    fn limits(&self) -> Limits {
        self.plan.playbook().limits
    }
}
