//! The values of a `set`, each of which sees those above it.

use std::collections::HashMap;

use crate::diagnostic::{Diagnostic, rule};
use crate::expression::Target;
use crate::playbook::{Binding, Step, Work};

/// Refuses a value that uses itself or one below it.
pub(super) fn check_set(step: &Step, found: &mut Vec<Diagnostic>) {
    let Work::Set(bindings) = &step.work else { return };
    let places: HashMap<&str, usize> =
        bindings.iter().enumerate().map(|(place, binding)| (&*binding.name.text, place)).collect();
    for (place, binding) in bindings.iter().enumerate() {
        binding.value.each_reference(&mut |reference| {
            let Target::Name(name) = &reference.target else { return };
            if let Some(other) = places.get(&**name).filter(|other| **other >= place) {
                found.push(too_soon(binding, &bindings[*other], reference.span));
            }
        });
    }
}

fn too_soon(binding: &Binding, used: &Binding, span: crate::source::Span) -> Diagnostic {
    let name = &used.name.text;
    if binding.name == used.name {
        return Diagnostic::new(rule::OWN_CAPTURE, span, format!("`{name}` is made of itself"))
            .help("use another name for the new value");
    }
    Diagnostic::new(rule::OWN_CAPTURE, span, format!("`{name}` is computed below this"))
        .also(used.name.span, "computed here")
        .help(format!("values are computed from top to bottom: move `{name}` above `{}`", binding.name.text))
}
