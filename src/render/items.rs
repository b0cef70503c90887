//! The items of a `foreach`: the product of its lists, and what each item is called.
//!
//! Before a run the same items are made as far as the inputs tell them, for a plan to show.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::values::{Files, Item, Published};
use super::view::View;
use crate::expression::{EvalError, EvalErrorKind, Facts, Scope, Target, Template};
use crate::id::Address;
use crate::limits::{Limit, Limits};
use crate::plan::{Invocation, Plan, Step, Work};
use crate::playbook::{Axis, Foreach, Over};
use crate::secret::Redactor;
use crate::value::{Object, Value};

/// An item is called by its number where its own name would be longer, in characters.
const LONGEST_KEY: usize = 80;

/// An item, and the step behind each of its values that is a record.
#[derive(Clone, Debug)]
pub(crate) struct Draft<S> {
    /// The item.
    pub item: Item,
    /// The sources of its records, by their names in it.
    pub sources: Vec<(Arc<str>, S)>,
    /// What each list calls its part.
    names: Vec<String>,
}

/// The items of one list, each with the step whose record it is, if it is one.
pub(crate) type Listed<S> = Vec<(Value, Option<S>)>;

/// What the items of a `foreach` are made from.
pub(crate) trait Lists {
    /// Stands for the step whose record an item is.
    type Source: Clone;

    /// The items of one list; `above` has those of the lists above it.
    fn list(&self, axis: &Axis, above: &Item) -> Result<Listed<Self::Source>, EvalError>;

    /// An item's own key.
    fn key(&self, key: &Template, item: &Item) -> Result<String, EvalError>;

    /// Whether a text holds what must not be shown.
    fn is_secret(&self, text: &str) -> bool;

    /// Whether the items of a list become secrets later on.
    fn is_hidden(&self, axis: &Axis) -> bool;

    /// How many items there may be.
    fn limits(&self) -> &Limits;
}

/// Every item: the last list varies fastest, each sees the items of those above it, and no two have the same key.
pub(crate) fn items<L: Lists>(foreach: &Foreach, lists: &L) -> Result<Vec<Draft<L::Source>>, EvalError> {
    let mut drafts = vec![Draft { item: Item::default(), sources: Vec::new(), names: Vec::new() }];
    for axis in &foreach.axes {
        let mut longer = Vec::new();
        for draft in drafts {
            for (number, (value, source)) in lists.list(axis, &draft.item)?.into_iter().enumerate() {
                if longer.len() == lists.limits().size(Limit::ForeachItems) {
                    return Err(too_many(foreach, longer.len()));
                }
                let mut draft = draft.clone();
                let name = if lists.is_hidden(axis) { number.to_string() } else { name_of(&value, number, lists) };
                draft.names.push(name);
                draft.sources.extend(source.map(|source| (Arc::clone(&axis.name.text), source)));
                draft.item.values.push((Arc::clone(&axis.name.text), value));
                longer.push(draft);
            }
        }
        drafts = longer;
    }
    name_all(foreach, &mut drafts, lists)?;
    Ok(drafts)
}

/// The items of a list that is no step's records, in that scope; `shown` makes what is no list fit for a message.
pub(crate) fn listed(
    axis: &Axis,
    scope: &dyn Scope,
    shown: impl Fn(&Value) -> String,
) -> Result<Vec<Value>, EvalError> {
    let value = match &axis.over {
        Over::Expr(expr) => expr.evaluate(scope)?,
        Over::List(list) => list.render(scope)?,
    };
    match value.as_array() {
        Some(items) => Ok(items.to_vec()),
        None => {
            let message = format!("the list of `{}` is no list: it is {}", axis.name.text, shown(&value));
            Err(EvalError::new(axis.span(), EvalErrorKind::Type, message)
                .with_help("write an expression that gives a list, such as `[1, 2]`"))
        }
    }
}

/// Whether a step hands the items of a list over to an input that is secret.
pub(crate) fn hands_over_secrets(step: &Step, axis: &Axis) -> bool {
    let Work::Call(invocation) = &step.work else { return false };
    let secret =
        |name: &str| invocation.callee.playbook.inputs.iter().any(|input| input.secret && &*input.name.text == name);
    let mut hands_over = false;
    for binding in invocation.with.iter().filter(|binding| secret(&binding.name.text)) {
        binding.value.each_reference(&mut |reference| {
            hands_over |= matches!(&reference.target, Target::Name(name) if *name == axis.name.text);
        });
    }
    hands_over
}

/// What an item is called: a record by its key, a scalar by itself, an object by its `name`, else by its number.
fn name_of<L: Lists>(value: &Value, number: usize, lists: &L) -> String {
    let named = value.get("key").filter(|_| value.as_object().is_some()).or_else(|| value.get("name"));
    let name = match named.unwrap_or(value) {
        Value::String(text) => text.to_string(),
        Value::Number(_) | Value::Bool(_) => named.unwrap_or(value).to_string(),
        _ => String::new(),
    };
    let fits = !name.trim().is_empty() && name.chars().count() <= LONGEST_KEY && !lists.is_secret(&name);
    if fits { name } else { number.to_string() }
}

/// A name among several; one that would be taken for two is written as a JSON string.
fn quoted(name: &str, among: usize) -> String {
    let plain = among == 1 || !name.contains([',', '"']);
    if plain { name.to_owned() } else { Value::from(name).to_string() }
}

fn name_all<L: Lists>(foreach: &Foreach, drafts: &mut [Draft<L::Source>], lists: &L) -> Result<(), EvalError> {
    let mut known = HashSet::new();
    let count = drafts.len();
    for (number, draft) in drafts.iter_mut().enumerate() {
        (draft.item.index, draft.item.count) = (number, count);
        let key = match &foreach.key {
            Some(key) => lists.key(key, &draft.item)?,
            None => draft.names.iter().map(|name| quoted(name, draft.names.len())).collect::<Vec<_>>().join(","),
        };
        let key = if key.is_empty() || lists.is_secret(&key) { number.to_string() } else { key };
        if !known.insert(key.clone()) {
            let span = foreach.key.as_ref().map_or(foreach.span, Template::span);
            let name = &foreach.axes[0].name.text;
            return Err(EvalError::new(span, EvalErrorKind::Type, format!("two items are called `{key}`")).with_help(
                format!("tell them apart: `key: \"{{{{ loop.index }}}}\"`, or by what differs in `{name}`"),
            ));
        }
        draft.item.key = key.into();
    }
    Ok(())
}

fn too_many(foreach: &Foreach, most: usize) -> EvalError {
    let limit = Limit::ForeachItems;
    let message = format!("`foreach` has more than {most} items: `{}` is {most}", limit.name());
    EvalError::new(foreach.span, EvalErrorKind::Type, message).with_help(format!(
        "take a part of the list, such as `items[:100]`, split it over several playbooks, or {}",
        limit.remedy()
    ))
}

/// The items of a step as far as they are known before a run; `None` where only a run can tell.
pub fn planned_items(plan: &Plan, step: &Step, facts: &Facts) -> Option<Vec<Item>> {
    let redactor = plan.redactor();
    let (published, files) = (Published::default(), Files::default());
    let mut known: HashMap<Arc<str>, Option<Vec<Item>>> = HashMap::new();
    for step in sources(plan, step) {
        let lists =
            Planned { plan, step, known: &known, published: &published, files: &files, facts, redactor: &redactor };
        let drafts = step.foreach.as_ref().and_then(|foreach| items(foreach, &lists).ok());
        let made = drafts.map(|drafts| drafts.into_iter().map(|draft| draft.item).collect());
        known.insert(Arc::clone(&step.id), made);
    }
    known.remove(&step.id).flatten()
}

/// The steps whose records a step takes, through others too, and the step itself, in an order in which they can run.
fn sources<'p>(plan: &'p Plan, step: &'p Step) -> Vec<&'p Step> {
    let mut wanted: HashSet<&str> = HashSet::new();
    let mut open = vec![step];
    while let Some(step) = open.pop() {
        if wanted.insert(&*step.id) {
            let axes = step.foreach.iter().flat_map(|foreach| &foreach.axes);
            open.extend(axes.filter_map(|axis| step_of(plan, axis.records_of()?)));
        }
    }
    let main = plan.checked.order.iter().map(|index| &plan.steps[*index]);
    main.chain(&plan.finally).filter(|step| wanted.contains(&*step.id)).collect()
}

fn step_of<'p>(plan: &'p Plan, id: &str) -> Option<&'p Step> {
    let names = &plan.checked.names;
    let finally = || names.finally(id).map(|index| &plan.finally[index]);
    names.step(id).map(|index| &plan.steps[index]).or_else(finally)
}

/// The plan of a playbook that a step calls, with those of its inputs that are known before a run.
pub fn planned_call(plan: &Plan, invocation: &Invocation, item: Option<&Item>, facts: &Facts) -> Option<Plan> {
    let (published, files) = (Published::default(), Files::default());
    let view = View::new(plan, &published, &files, facts.clone()).with_item(item);
    let known = invocation.with.iter().filter_map(|binding| {
        let value = binding.value.render(&view).ok()?;
        // What a record will hold stands for a value and is none.
        (!value.to_string().contains('‹')).then(|| (Arc::clone(&binding.name.text), value))
    });
    plan.preview_of_call(invocation, known.collect()).ok()
}

struct Planned<'a> {
    plan: &'a Plan,
    step: &'a Step,
    known: &'a HashMap<Arc<str>, Option<Vec<Item>>>,
    published: &'a Published,
    files: &'a Files,
    facts: &'a Facts,
    redactor: &'a Redactor,
}

impl<'a> Planned<'a> {
    fn view<'v>(&'v self, item: &'v Item) -> View<'v> {
        View::new(self.plan, self.published, self.files, self.facts.clone()).with_item(Some(item))
    }

    /// A record of a step that has not run: what it will capture is named.
    fn record(&self, step: &Step, item: Item) -> Value {
        let address: Address = step.address.instance(&item.key);
        let mut members = Object::default();
        members.insert("key".into(), Value::from(&*item.key));
        members.extend(item.values);
        let captured = step.captures.iter().map(|(name, _)| (Arc::clone(name), format!("‹{address}.{name}›")));
        members.extend(captured.map(|(name, text)| (name, Value::from(text))));
        Value::object(members)
    }
}

impl Lists for Planned<'_> {
    type Source = ();

    fn list(&self, axis: &Axis, above: &Item) -> Result<Listed<()>, EvalError> {
        if let Some(step) = axis.records_of().and_then(|id| step_of(self.plan, id)) {
            let unknown = || EvalError::new(axis.span(), EvalErrorKind::Unavailable, "known when the step has run");
            let items = self.known.get(&step.id).and_then(Option::as_ref).ok_or_else(unknown)?;
            return Ok(items.iter().map(|item| (self.record(step, item.clone()), None)).collect());
        }
        let items = listed(axis, &self.view(above), |value| value.preview(60))?;
        Ok(items.into_iter().map(|item| (item, None)).collect())
    }

    fn key(&self, key: &Template, item: &Item) -> Result<String, EvalError> {
        key.render_text(&self.view(item))
    }

    fn is_secret(&self, text: &str) -> bool {
        self.redactor.finds(text)
    }

    fn is_hidden(&self, axis: &Axis) -> bool {
        hands_over_secrets(self.step, axis)
    }

    fn limits(&self) -> &Limits {
        &self.plan.playbook().limits
    }
}
