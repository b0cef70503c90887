//! A playbook that a step calls: what is known of it before the run, and its own plan when its inputs are.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::bind::{NamedValues, outside};
use super::inputs::Given;
use super::typed::mistyped;
use super::{Inputs, Plan};
use crate::check::Checked;
use crate::diagnostic::{Diagnostic, rule};
use crate::playbook::{self, Binding, InputKind, Playbook};
use crate::secret::Redactor;
use crate::source::{SourceId, normal};
use crate::value::Value;

/// A playbook that a step calls.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// Its file as written.
    pub file: Arc<str>,
    /// The playbook.
    pub callee: Arc<Checked>,
    /// Its inputs.
    pub with: Vec<Binding>,
    /// The outputs that are taken: the name in the caller, and the output's own.
    pub outputs: Vec<(Arc<str>, Arc<str>)>,
    /// The way from its folder to its caller's: what paths in `with` begin with.
    back: PathBuf,
}

/// What is known of a playbook that calls others before its run.
pub(super) struct Caller<'a> {
    pub(super) playbook: &'a Playbook,
    /// The values of its inputs.
    pub(super) values: &'a HashMap<Arc<str>, Value>,
    /// Those of them that must not be shown.
    pub(super) secrets: &'a Redactor,
}

/// What the outside has for the inputs of every playbook that is called, looked up before the run begins.
#[derive(Clone, Default)]
pub(super) struct Outside(HashMap<SourceId, HashMap<String, Given>>);

impl Outside {
    /// Looks at the inputs of every playbook that is called from `checked`, however deep.
    pub(super) fn of(checked: &Checked, inputs: &Inputs, found: &mut Vec<Diagnostic>) -> Self {
        let mut all = Outside::default();
        all.add(checked, inputs, found);
        all
    }

    fn add(&mut self, checked: &Checked, inputs: &Inputs, found: &mut Vec<Diagnostic>) {
        for callee in checked.callees.values() {
            if let Entry::Vacant(free) = self.0.entry(callee.playbook.source) {
                free.insert(outside(&callee.playbook, inputs, found));
                self.add(callee, inputs, found);
            }
        }
    }

    /// What it has for that input.
    pub(super) fn value(&self, playbook: &Playbook, input: &str) -> Option<&Value> {
        Some(&self.get(playbook)?.get(input)?.value)
    }

    fn get(&self, playbook: &Playbook) -> Option<&HashMap<String, Given>> {
        self.0.get(&playbook.source)
    }
}

impl std::fmt::Debug for Outside {
    /// Says nothing of the values: there may be secrets among them.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Outside({} playbooks)", self.0.len())
    }
}

impl Invocation {
    pub(super) fn new(written: &playbook::Invocation, caller: &Checked) -> Option<Self> {
        let callee = caller.callees.get(&written.file.text)?;
        let names = |(name, output): &(crate::source::Text, crate::source::Text)| {
            (Arc::clone(&name.text), Arc::clone(&output.text))
        };
        Some(Invocation {
            file: Arc::clone(&written.file.text),
            callee: Arc::clone(callee),
            with: written.with.clone(),
            outputs: written.outputs.iter().map(names).collect(),
            back: way(&callee.playbook.directory, &caller.playbook.directory),
        })
    }

    /// What can be told to be wrong with its inputs before the run: those that nothing gives, and values of the wrong
    /// type that are known already.
    pub(super) fn check(
        &self,
        written: &playbook::Invocation,
        caller: &Caller<'_>,
        outside: &Outside,
        found: &mut Vec<Diagnostic>,
    ) {
        let given = outside.get(&self.callee.playbook);
        for input in &self.callee.playbook.inputs {
            let name = &input.name.text;
            let Some(binding) = self.with.iter().find(|binding| binding.name.text == *name) else {
                let outside = given.is_some_and(|given| given.contains_key(&**name));
                if !outside && input.default.is_none() && !input.optional {
                    let message = format!("the input `{name}` of `{}` has no value", self.file);
                    found.push(
                        Diagnostic::new(rule::MISSING_INPUT, written.file.span, message)
                            .also(input.name.span, "declared here")
                            .help(format!("write `with: {{ {name}: … }}` beside `call`")),
                    );
                }
                continue;
            };
            let scope = NamedValues::of(caller.playbook, caller.values);
            if let Ok(value) = binding.value.render(&scope)
                && input.kind != InputKind::Json
            {
                let hidden = caller.secrets.finds(&value.to_string());
                found.extend(mistyped(input, &value, hidden).map(|(message, help)| {
                    Diagnostic::new(rule::BAD_INPUT, binding.value.span, message)
                        .also(input.name.span, "declared here")
                        .help(help)
                }));
            }
        }
    }
}

impl Plan {
    /// The plan of a playbook that a step of this one calls with these inputs. Reaches nothing outside.
    pub fn of_call(&self, invocation: &Invocation, with: Vec<(Arc<str>, Value)>) -> Result<Plan, Vec<Diagnostic>> {
        self.called(invocation, with, false)
    }

    /// The same for a preview, where inputs may be without a value.
    pub fn preview_of_call(
        &self,
        invocation: &Invocation,
        with: Vec<(Arc<str>, Value)>,
    ) -> Result<Plan, Vec<Diagnostic>> {
        self.called(invocation, with, true)
    }

    fn called(
        &self,
        invocation: &Invocation,
        with: Vec<(Arc<str>, Value)>,
        may_miss: bool,
    ) -> Result<Plan, Vec<Diagnostic>> {
        let playbook = &invocation.callee.playbook;
        let mut inputs = Inputs { may_miss, outside: Some(Arc::clone(&self.outside)), ..Inputs::default() };
        inputs.fallback = self.outside.get(playbook).cloned().unwrap_or_default();
        let kind = |name: &str| playbook.inputs.iter().find(|input| &*input.name.text == name).map(|input| input.kind);
        let mut ids = Vec::new();
        for (name, value) in with {
            let value = match (kind(&name), value.as_str()) {
                (Some(InputKind::File), Some(path)) => {
                    Value::from(invocation.back.join(path).to_string_lossy().into_owned())
                }
                // It is JSON already, while a text from a command line would be read.
                (Some(InputKind::Json), Some(_)) => Value::from(value.to_string()),
                _ => value,
            };
            if super::ids::says_id(&name) {
                ids.push(Arc::clone(&name));
            }
            inputs = inputs.var_from("`with`", &*name, value);
        }
        let mut plan = Plan::new(Arc::clone(&invocation.callee), Arc::clone(&self.sources), &inputs)?;
        plan.handed_secrets = self.secrets().cloned().collect();
        // What a server has given to the caller is an id here too.
        plan.ids.extend(ids);
        Ok(plan)
    }
}

/// The way from one folder to another, relative where both begin at the same place.
fn way(from: &Path, to: &Path) -> PathBuf {
    let (from, to) = (normal(from), normal(to));
    let (from, to): (Vec<_>, Vec<_>) = (from.components().collect(), to.components().collect());
    let shared = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
    let is_plain = |parts: &[Component<'_>]| parts.iter().all(|part| matches!(part, Component::Normal(_)));
    if !is_plain(&from[shared..]) {
        // Only the file system knows where `..` leads.
        return std::path::absolute(to.iter().collect::<PathBuf>()).unwrap_or_default();
    }
    let up = std::iter::repeat_n(Component::ParentDir, from.len() - shared);
    up.chain(to[shared..].iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_leads_from_the_called_playbook_to_its_caller() {
        let table = [
            ("", "", ""),
            ("parts", "", ".."),
            ("a/b/../c", "a", ".."),
            ("flows/x/y", "flows/z", "../../z"),
            ("../shared", "flows", "../flows"),
            ("/a/b", "/a", ".."),
        ];
        for (from, to, expected) in table {
            let found = way(Path::new(from), Path::new(to));
            if from.starts_with("..") {
                assert!(found.is_absolute(), "{from} {to}: {}", found.display());
            } else {
                assert_eq!(found, Path::new(expected), "{from} {to}");
            }
        }
    }
}
