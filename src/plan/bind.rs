//! Inputs get their values: found, typed, and refused with a reason.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Inputs;
use super::inputs::Given;
use super::typed::{example, typed};
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::expression::{EvalError, EvalErrorKind, Facts, FileNeed, Lookup, Scope, Target};
use crate::playbook::{Binding, Input, InputKind, InputPlace, JsonTemplate, Playbook};
use crate::secret::{SHORTEST, is_too_short};
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
    if found.is_empty() { Ok(binder.values) } else { Err(found) }
}

/// The names that an input's default uses, through variables too.
fn needs<'a>(input: &'a Input, playbook: &'a Playbook) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    let mut open: Vec<&JsonTemplate> = input.default.iter().collect();
    while let Some(value) = open.pop() {
        let mut new: Vec<&str> = Vec::new();
        value.each_reference(&mut |reference| match &reference.target {
            Target::Name(name) if !names.contains(&&**name) && !new.contains(&&**name) => new.push(name),
            _ => {}
        });
        open.extend(playbook.vars.iter().filter(|var| new.contains(&&*var.name.text)).map(|var| &var.value));
        names.extend(new);
    }
    names
}

fn unknown_names(playbook: &Playbook, inputs: &Inputs, found: &mut Vec<Diagnostic>) {
    let known = || playbook.inputs.iter().map(|input| &*input.name.text);
    let mut unknown: Vec<&String> = inputs.given.keys().filter(|name| !known().any(|known| known == *name)).collect();
    unknown.sort_unstable();
    for name in unknown {
        let message = format!("`{}` has no input `{name}`", playbook.id.text);
        let diagnostic = Diagnostic::unplaced("unknown-input", message);
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
    let scope = NamedValues::new(&values, &[], &[]);
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
    let diagnostic = Diagnostic::error("bad-input", error.span, error.message);
    match error.help {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

/// What the environment, files and the simulator have for the inputs of a playbook that is called.
pub(super) fn outside(playbook: &Playbook, inputs: &Inputs, found: &mut Vec<Diagnostic>) -> HashMap<String, Given> {
    let simulated = simulated(playbook, inputs, found);
    let binder = Binder { playbook, inputs, values: HashMap::new(), simulated, missing: HashSet::new() };
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

struct Binder<'a> {
    playbook: &'a Playbook,
    inputs: &'a Inputs,
    values: HashMap<Arc<str>, Value>,
    simulated: HashMap<Arc<str>, Value>,
    /// Inputs that have no value although they must.
    missing: HashSet<Arc<str>>,
}

impl Binder<'_> {
    /// Binds one input; everything that its default uses has been bound before, or has no value.
    fn bind(&mut self, input: &Input, found: &mut Vec<Diagnostic>) {
        let name = &*input.name.text;
        let given = self.inputs.given.get(name).or_else(|| self.inputs.fallback.get(name));
        if let Some(Given { value, origin }) = given.cloned() {
            let value = self.against_working_directory(input, value);
            self.accept(input, value, &origin, found);
        } else if let Some(value) = self.simulated.get(&input.name.text).cloned() {
            self.accept(input, value, "the simulator's value", found);
        } else if let Some((value, place)) = self.look_up(input, found) {
            self.accept(input, value, &place, found);
        } else if let Some(default) = &input.default {
            let unbound: Vec<&str> = self.playbook.inputs.iter().map(|input| &*input.name.text).collect();
            let scope = NamedValues::new(&self.values, &self.playbook.vars, &unbound);
            match default.render(&scope) {
                Ok(value) => self.accept(input, value, "its default", found),
                // An input that needs one that was not given is itself not given.
                Err(error) if error.kind == EvalErrorKind::Unavailable && (input.optional || self.inputs.may_miss) => {}
                // One that is missing has been told of.
                Err(error) if error.kind == EvalErrorKind::Unavailable && self.needs_missing(input) => {
                    self.missing.insert(Arc::clone(&input.name.text));
                }
                Err(error) => found.push(evaluation(error).also(input.name.span, "for the default of this input")),
            }
        } else if !input.optional && !self.inputs.may_miss {
            self.missing.insert(Arc::clone(&input.name.text));
            found.push(missing(input));
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

    fn look_up(&self, input: &Input, found: &mut Vec<Diagnostic>) -> Option<(Value, String)> {
        input.from.iter().find_map(|source| match &source.place {
            InputPlace::Env(variable) => {
                let value = self.inputs.environment.as_ref().and_then(|lookup| lookup(variable));
                value.filter(|value| !value.is_empty()).map(|value| (Value::from(value), format!("`${variable}`")))
            }
            InputPlace::File { path, pointer } => {
                let loader = self.inputs.loader.as_ref()?;
                let text = loader.read(&self.playbook.directory.join(path)).ok()?;
                let shown = format!("the file `{}`", path.display());
                let Some(pointer) = pointer else {
                    return Some((Value::from(text.trim_end_matches(['\r', '\n'])), shown));
                };
                let read = Value::read(text.as_bytes()).map_err(|error| format!("is not JSON: {error}"));
                match read
                    .and_then(|json| at_pointer(&json, pointer).ok_or_else(|| format!("has nothing at `{pointer}`")))
                {
                    Ok(value) => Some((value, shown)),
                    Err(reason) => {
                        found.push(
                            Diagnostic::error("bad-input", source.span, format!("{shown} {reason}"))
                                .help("a pointer is written `file:PATH#/member/0`, as RFC 6901 says"),
                        );
                        None
                    }
                }
            }
        })
    }

    /// Gives the value its type, or says why it has not got it. A secret's value is not shown.
    fn accept(&mut self, input: &Input, value: Value, whence: &str, found: &mut Vec<Diagnostic>) {
        let name = &input.name;
        // A secret is not shown, not even in part.
        let shown = match &value {
            _ if input.secret => " what is given".to_owned(),
            value => format!(" `{}`", value.preview(60).trim_matches('"')),
        };
        match typed(input.kind, &value) {
            Ok(value) => {
                let secret = input.secret || self.inputs.secrets.contains(&*name.text);
                if secret && is_too_short(&value) {
                    let message = format!("the secret `{}` is shorter than {SHORTEST} bytes", name.text);
                    found.push(
                        Diagnostic::error("short-secret", name.span, message)
                            .label(format!("its value comes from {whence}"))
                            .help("use a longer secret: masking so short a text would mask half of every output"),
                    );
                }
                if input.kind == InputKind::File {
                    self.check_file(input, &value, whence, found);
                }
                self.values.insert(Arc::clone(&name.text), value);
            }
            Err(expected) => {
                let message = format!("the input `{}` takes {expected}, not{shown}", name.text);
                found.push(
                    Diagnostic::error("bad-input", name.span, message)
                        .label(format!("its value comes from {whence}"))
                        .help(format!("write {}", example(input.kind))),
                );
                self.values.insert(Arc::clone(&name.text), value);
            }
        }
    }

    fn check_file(&self, input: &Input, value: &Value, whence: &str, found: &mut Vec<Diagnostic>) {
        let (Some(loader), Some(path)) = (&self.inputs.loader, value.as_str()) else { return };
        let whole = self.playbook.directory.join(path);
        if !loader.exists(&whole) {
            let message = format!("the input `{}` names a file that is not there: `{path}`", input.name.text);
            found.push(
                Diagnostic::error("missing-file", input.name.span, message)
                    .label(format!("its value comes from {whence}"))
                    .help(format!("looked for `{}`", whole.display())),
            );
        }
    }
}

fn missing(input: &Input) -> Diagnostic {
    let name = &input.name;
    let mut ways = vec![format!("`--var {}=…`", name.text), format!("`CALLSHEET_VAR_{}`", name.text)];
    ways.extend(input.from.iter().map(|source| match &source.place {
        InputPlace::Env(variable) => format!("`${variable}`"),
        InputPlace::File { path, .. } => format!("the file `{}`", path.display()),
    }));
    let message = match &input.description {
        Some(description) => format!("the input `{}` has no value ({})", name.text, description.text.trim()),
        None => format!("the input `{}` has no value", name.text),
    };
    Diagnostic::error("missing-input", name.span, message)
        .label("declared here")
        .help(format!("give it by {}", ways.join(", ")))
}

/// RFC 6901.
fn at_pointer(json: &Value, pointer: &str) -> Option<Value> {
    let mut value = json;
    for token in pointer.strip_prefix('/').map(|rest| rest.split('/')).into_iter().flatten() {
        let token = token.replace("~1", "/").replace("~0", "~");
        value = match value {
            Value::Array(items) => items.get(token.parse::<usize>().ok()?)?,
            other => other.get(&token)?,
        };
    }
    Some(value.clone())
}

/// A scope of plain values: what defaults of inputs and `simulate` see.
pub(super) struct NamedValues<'a> {
    values: &'a HashMap<Arc<str>, Value>,
    /// Variables, which `check` has proven to use nothing but inputs and each other.
    vars: &'a [Binding],
    /// Inputs that there are, whether or not they have a value.
    unbound: &'a [&'a str],
    memo: RefCell<HashMap<Arc<str>, Lookup>>,
    depth: Cell<usize>,
}

impl<'a> NamedValues<'a> {
    pub(super) fn new(values: &'a HashMap<Arc<str>, Value>, vars: &'a [Binding], unbound: &'a [&'a str]) -> Self {
        NamedValues { values, vars, unbound, memo: RefCell::default(), depth: Cell::new(0) }
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
            None if self.unbound.contains(&name) => Lookup::Unavailable(format!("the input `{name}` was not given")),
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
