//! Inputs get their values: found, typed, and refused with a reason.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Inputs;
use super::inputs::Given;
use super::secrecy::masked;
use super::short::short_part;
use super::typed::mistyped;
use crate::diagnostic::{Diagnostic, did_you_mean, rule};
use crate::expression::{EvalError, EvalErrorKind, Facts, FileNeed, Lookup, Reference, Scope, Target};
use crate::playbook::{Binding, Input, InputKind, InputPlace, JsonData, Playbook};
use crate::secret::{Redactor, SHORTEST};
use crate::value::Value;

/// The value of each input that has one; every mistake otherwise.
pub(super) fn bind(playbook: &Playbook, inputs: &Inputs) -> Result<HashMap<Arc<str>, Value>, Vec<Diagnostic>> {
    let mut found = Vec::new();
    unknown_names(playbook, inputs, &mut found);
    let mut binder = Binder {
        playbook,
        inputs,
        values: HashMap::new(),
        simulated: simulated(playbook, inputs, &mut found),
        missing: HashSet::new(),
        secrets: Redactor::default(),
    };
    // Defaults may use other inputs, in any order of writing; `check` has proven that there is no circle.
    let mut pending: Vec<&Input> = playbook.inputs.iter().collect();
    while !pending.is_empty() {
        let waiting: Vec<&str> = pending.iter().map(|input| &*input.name.text).collect();
        let waits = |input: &Input| needs(input, playbook).iter().any(|name| waiting.contains(name));
        let (later, now): (Vec<&Input>, Vec<&Input>) = pending.iter().copied().partition(|input| waits(input));
        now.iter().for_each(|input| binder.bind(input, &mut found));
        if now.is_empty() {
            break;
        }
        pending = later;
    }
    if found.is_empty() { Ok(binder.values) } else { Err(masked(found, &binder.secrets)) }
}

/// The names that an input's default and its places use, through variables too.
fn needs<'a>(input: &'a Input, playbook: &'a Playbook) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    let mut new: Vec<&str> = Vec::new();
    input.each_reference(&mut |reference| new.extend(reference_name(reference)));
    while !new.is_empty() {
        new.retain(|name| !names.contains(name));
        names.extend(&new);
        let used = |var: &&'a Binding| new.contains(&&*var.name.text);
        let vars: Vec<&Binding> = playbook.vars.iter().filter(used).collect();
        new.clear();
        vars.iter().for_each(|var| var.value.each_reference(&mut |reference| new.extend(reference_name(reference))));
    }
    names
}

fn reference_name(reference: &Reference) -> Option<&str> {
    match &reference.target {
        Target::Name(name) => Some(name),
        _ => None,
    }
}

fn unknown_names(playbook: &Playbook, inputs: &Inputs, found: &mut Vec<Diagnostic>) {
    let known = || playbook.inputs.iter().map(|input| &*input.name.text);
    let mut unknown: Vec<&String> = inputs.given.keys().filter(|name| !known().any(|known| known == *name)).collect();
    unknown.sort_unstable();
    for name in unknown {
        let message = format!("`{}` has no input `{name}`", playbook.id.text);
        let diagnostic = Diagnostic::unplaced(rule::UNKNOWN_INPUT, message);
        found.push(match did_you_mean(name, known()) {
            Some(help) => diagnostic.help(help),
            None => diagnostic.help("this playbook takes no inputs"),
        });
    }
}

/// The playbook's `simulate`, rendered with the simulator's values.
fn simulated(playbook: &Playbook, inputs: &Inputs, found: &mut Vec<Diagnostic>) -> HashMap<Arc<str>, Value> {
    let Some(simulator) = &inputs.simulator else { return HashMap::new() };
    let values = HashMap::from([("simulator".into(), simulator.clone())]);
    let scope = NamedValues::alone(&values);
    let mut values = HashMap::new();
    for binding in &playbook.simulate {
        match binding.value.render(&scope) {
            Ok(value) => {
                values.insert(Arc::clone(&binding.name.text), value);
            }
            Err(error) => found.push(evaluation(error)),
        }
    }
    values
}

pub(super) fn evaluation(error: EvalError) -> Diagnostic {
    let diagnostic = Diagnostic::new(rule::BAD_INPUT, error.span, error.message);
    match error.help {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

/// What the environment, files and the simulator have for the inputs of a playbook that is called.
pub(super) fn outside(playbook: &Playbook, inputs: &Inputs, found: &mut Vec<Diagnostic>) -> HashMap<String, Given> {
    let simulated = simulated(playbook, inputs, found);
    let (values, missing, secrets) = (HashMap::new(), HashSet::new(), Redactor::default());
    let binder = Binder { playbook, inputs, values, simulated, missing, secrets };
    let mut values = HashMap::new();
    for input in &playbook.inputs {
        let name = &input.name.text;
        let value = match binder.simulated.get(name) {
            Some(value) => Some((value.clone(), "the simulator's value".to_owned())),
            None => binder.look_up(input, found),
        };
        values.extend(value.map(|(value, origin)| (name.to_string(), Given { value, origin })));
    }
    values
}

pub(super) struct Binder<'a> {
    pub(super) playbook: &'a Playbook,
    pub(super) inputs: &'a Inputs,
    pub(super) values: HashMap<Arc<str>, Value>,
    simulated: HashMap<Arc<str>, Value>,
    /// Inputs that have no value although they must.
    missing: HashSet<Arc<str>>,
    /// Finds the values of the secret inputs that have been bound.
    secrets: Redactor,
}

impl Binder<'_> {
    /// Binds one input; everything that its default uses has been bound before, or has no value.
    fn bind(&mut self, input: &Input, found: &mut Vec<Diagnostic>) {
        let name = &*input.name.text;
        let cell = &self.inputs.cell;
        let given = self.inputs.given(name);
        if let Some(value) = cell.axis(name).filter(|_| given.is_some() || !self.simulated.contains_key(name)) {
            // What is given has chosen the cell.
            self.accept(input, value.clone(), "the matrix", found);
        } else if let Some(Given { value, origin }) = given.cloned() {
            let value = self.against_working_directory(input, value);
            self.accept(input, value, &origin, found);
        } else if let Some(value) = self.simulated.get(&input.name.text).cloned() {
            self.accept(input, value, "the simulator's value", found);
        } else if let Some(value) = cell.value(name) {
            self.accept(input, value.clone(), "the matrix", found);
        } else if let Some((value, place)) = self.look_up(input, found) {
            self.accept(input, value, &place, found);
        } else if let Some(value) = self.inputs.recorded.get(name) {
            self.accept(input, value.clone(), "the run that is gone on with", found);
        } else if let Some(default) = &input.default {
            let scope = NamedValues::of(self.playbook, &self.values);
            match default.render(&scope) {
                Ok(value) => self.accept(input, against_base(input, value), "its default", found),
                // An input that needs one that was not given is itself not given.
                Err(error) if error.kind == EvalErrorKind::Unavailable && (input.optional || self.inputs.may_miss) => {}
                // One that is missing has been told of.
                Err(error) if error.kind == EvalErrorKind::Unavailable && self.needs_missing(input) => {
                    self.missing.insert(Arc::clone(&input.name.text));
                }
                Err(error) => found.push(evaluation(error).also(input.name.span, "for the default of this input")),
            }
        } else if !input.optional && !self.inputs.may_miss {
            // Where the place to look at needs one that is missing, that one has been told of.
            if !self.needs_missing(input) {
                found.push(self.no_value(input));
            }
            self.missing.insert(Arc::clone(&input.name.text));
        }
    }

    fn needs_missing(&self, input: &Input) -> bool {
        needs(input, self.playbook).iter().any(|name| self.missing.contains(*name))
    }

    /// A path given on the command line is relative to where the person stands.
    fn against_working_directory(&self, input: &Input, value: Value) -> Value {
        match (input.kind, value.as_str()) {
            (InputKind::File, Some(path)) => {
                Value::from(self.inputs.working_directory.join(path).to_string_lossy().into_owned())
            }
            _ => value,
        }
    }

    fn no_value(&self, input: &Input) -> Diagnostic {
        let name = &input.name;
        let mut ways = vec![format!("`--var {}=…`", name.text), format!("`CALLSHEET_VAR_{}`", name.text)];
        ways.extend(input.from.iter().map(|source| {
            match self.place_of(source).ok().flatten().unwrap_or_else(|| source.place.clone()) {
                InputPlace::Open(template) => format!("`{}`", template.text()),
                InputPlace::Env(variable) => format!("`${variable}`"),
                InputPlace::File { path, .. } => format!("the file `{}`", path.display()),
            }
        }));
        let message = match &input.description {
            Some(description) => format!("the input `{}` has no value ({})", name.text, description.text.trim()),
            None => format!("the input `{}` has no value", name.text),
        };
        Diagnostic::new(rule::MISSING_INPUT, name.span, message)
            .label("declared here")
            .help(format!("give it by {}", ways.join(" or ")))
    }

    /// Gives the value its type, or says why it has not got it.
    fn accept(&mut self, input: &Input, value: Value, whence: &str, found: &mut Vec<Diagnostic>) {
        let name = &input.name;
        let secret = self.inputs.is_secret(input);
        if secret {
            self.secrets.learn_value(&value);
        }
        // A default may be made of a secret.
        let hidden = secret || self.secrets.finds(&value.to_string());
        let label = format!("its value comes from {whence}");
        if let Some((message, help)) = mistyped(input, &value, hidden) {
            found.push(Diagnostic::new(rule::BAD_INPUT, name.span, message).label(label).help(help));
            self.values.insert(Arc::clone(&name.text), value);
            return;
        }
        let value = input.kind.typed(&value).unwrap_or(value);
        if secret {
            self.secrets.learn_value(&value);
            if let Some((place, length)) = short_part(&value) {
                let (message, help) = match place.as_str() {
                    "" => (
                        format!("the secret `{}` is shorter than {SHORTEST} bytes", name.text),
                        "use a longer secret: masking so short a text would mask half of every output",
                    ),
                    place => (
                        format!("`${place}` in the secret `{}` has {length} bytes, less than {SHORTEST}", name.text),
                        "every text in a secret is masked, and masking so short a one would mask half of every output: \
                         hand over what is not secret by an input of its own",
                    ),
                };
                found.push(Diagnostic::new(rule::SHORT_SECRET, name.span, message).label(label).help(help));
            }
        }
        if input.kind == InputKind::File {
            self.check_file(input, &value, whence, found);
        }
        self.values.insert(Arc::clone(&name.text), value);
    }

    fn check_file(&self, input: &Input, value: &Value, whence: &str, found: &mut Vec<Diagnostic>) {
        let (Some(loader), Some(path)) = (&self.inputs.loader, value.as_str()) else { return };
        let whole = self.playbook.directory.join(path);
        if !loader.exists(&whole) {
            let message = format!("the input `{}` names a file that is not there: `{path}`", input.name.text);
            found.push(
                Diagnostic::new(rule::MISSING_FILE, input.name.span, message)
                    .label(format!("its value comes from {whence}"))
                    .help(format!("looked for `{}`", whole.display())),
            );
        }
    }
}

/// A default that is a path is relative to the file that it is written in, unless it begins with another input, whose
/// value leads the way already.
fn against_base(input: &Input, value: Value) -> Value {
    let begins_with_value = match input.default.as_ref().map(|default| &default.data) {
        Some(JsonData::Template(template)) => template.text().trim_start().starts_with("{{"),
        _ => false,
    };
    match (input.kind, value.as_str()) {
        (InputKind::File, Some(path)) if !begins_with_value && !input.base.as_os_str().is_empty() => {
            Value::from(input.base.join(path).to_string_lossy().into_owned())
        }
        _ => value,
    }
}

/// A scope of plain values: what defaults of inputs and `simulate` see.
pub(super) struct NamedValues<'a> {
    values: &'a HashMap<Arc<str>, Value>,
    /// Variables, which `check` has proven to use nothing but inputs and each other.
    vars: &'a [Binding],
    /// Inputs that there are, whether or not they have a value.
    inputs: &'a [Input],
    memo: RefCell<HashMap<Arc<str>, Lookup>>,
    depth: Cell<usize>,
}

impl<'a> NamedValues<'a> {
    /// The values of a playbook's inputs, and its variables.
    pub(super) fn of(playbook: &'a Playbook, values: &'a HashMap<Arc<str>, Value>) -> Self {
        NamedValues { vars: &playbook.vars, inputs: &playbook.inputs, ..NamedValues::alone(values) }
    }

    /// These values and nothing else.
    fn alone(values: &'a HashMap<Arc<str>, Value>) -> Self {
        NamedValues { values, vars: &[], inputs: &[], memo: RefCell::default(), depth: Cell::new(0) }
    }
}

/// Variables may be made of others, but not without end: the stack would not hold it.
const DEEPEST: usize = 256;

impl NamedValues<'_> {
    /// Each variable is evaluated once.
    fn var(&self, var: &Binding) -> Lookup {
        if let Some(known) = self.memo.borrow().get(&*var.name.text) {
            return known.clone();
        }
        if self.depth.get() > DEEPEST {
            let message = "variables are nested too deeply".to_owned();
            return Lookup::Failed(Box::new(EvalError::new(var.name.span, EvalErrorKind::Other, message)));
        }
        self.depth.set(self.depth.get() + 1);
        let found = match var.value.render(self) {
            Ok(value) => Lookup::Found(value),
            Err(error) => Lookup::Failed(Box::new(error)),
        };
        self.depth.set(self.depth.get() - 1);
        self.memo.borrow_mut().insert(Arc::clone(&var.name.text), found.clone());
        found
    }
}

impl Scope for NamedValues<'_> {
    fn name(&self, name: &str) -> Lookup {
        match self.values.get(name) {
            Some(value) => Lookup::Found(value.clone()),
            None if self.inputs.iter().any(|input| &*input.name.text == name) => {
                Lookup::Unavailable(format!("the input `{name}` was not given"))
            }
            None => match self.vars.iter().find(|var| &*var.name.text == name) {
                Some(var) => self.var(var),
                None => Lookup::Undefined,
            },
        }
    }

    fn step(&self, _id: &str, _field: Option<&str>) -> Lookup {
        Lookup::Undefined
    }

    fn facts(&self) -> &Facts {
        static FACTS: std::sync::OnceLock<Facts> = std::sync::OnceLock::new();
        FACTS.get_or_init(|| Facts { seed: 0, started: jiff::Timestamp::UNIX_EPOCH, site: "inputs".into() })
    }

    fn file(&self, _need: &FileNeed) -> Option<Result<Value, String>> {
        Some(Err("files cannot be read while inputs are bound".to_owned()))
    }

    fn names(&self) -> Vec<String> {
        self.values.keys().map(|name| name.to_string()).collect()
    }
}
