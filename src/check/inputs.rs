//! Rules about inputs: what they are made of, and what `simulate` binds.

use super::early::Early;
use super::fresh::check_default;
use super::names::Names;
use super::places::Place;
use crate::diagnostic::{Diagnostic, did_you_mean, rule};
use crate::graph::Graph;
use crate::playbook::{Input, InputKind, InputPlace, Playbook};
use crate::source::Span;

/// Defaults of inputs and the places they come from may use other inputs, in no circle; `simulate` binds inputs that exist.
pub(super) fn check_inputs(playbook: &Playbook, names: &Names, found: &mut Vec<Diagnostic>) {
    let mut graph = Graph::new(playbook.inputs.len());
    for (index, input) in playbook.inputs.iter().enumerate() {
        if input.secret && input.kind == InputKind::File {
            let message = format!("the input `{}` is a file and cannot be secret", input.name.text);
            found.push(
                Diagnostic::new(rule::BAD_INPUT, input.name.span, message)
                    .help("a file's path is shown in messages; take the secret itself with `from: \"file:PATH\"`"),
            );
        }
        check_default(input, found);
        check_places(input, playbook, names, found);
        input.each_reference(&mut |reference| {
            let mut early = Early::new(Place::Early, playbook, names);
            early.follow(reference, found);
            early.inputs.iter().for_each(|other| graph.add(*other, index, reference.span));
        });
    }
    if let Err(cycles) = graph.order() {
        found.extend(cycles.iter().map(|cycle| circle_of_inputs(playbook, cycle)));
    }
    for binding in &playbook.simulate {
        let name = &binding.name;
        if !playbook.inputs.iter().any(|input| input.name.text == name.text) {
            let message = format!("`simulate` binds `{}`, which is no input", name.text);
            let diagnostic = Diagnostic::new(rule::UNDEFINED_NAME, name.span, message);
            let inputs = playbook.inputs.iter().map(|input| &*input.name.text);
            found.push(match did_you_mean(&name.text, inputs) {
                Some(help) => diagnostic.help(help),
                None => diagnostic,
            });
        }
        Early::new(Place::Simulate, playbook, names).value(&binding.value, found);
    }
}

/// Where an input comes from is told in messages, and so is made of no secret.
fn check_places(input: &Input, playbook: &Playbook, names: &Names, found: &mut Vec<Diagnostic>) {
    for source in &input.from {
        let InputPlace::Open(template) = &source.place else { continue };
        let mut early = Early::new(Place::Early, playbook, names);
        // What does not resolve is reported with the rest of the input.
        template.references().for_each(|reference| early.follow(reference, &mut Vec::new()));
        for secret in early.inputs.iter().map(|index| &playbook.inputs[*index]).filter(|input| input.secret) {
            let message =
                format!("`from` is made of the secret input `{}`, and is shown in messages", secret.name.text);
            found.push(
                Diagnostic::new(rule::BAD_SOURCE, source.span, message)
                    .also(secret.name.span, "declared here")
                    .help("use an input that is no secret, such as the axis of a matrix"),
            );
        }
    }
}

fn circle_of_inputs(playbook: &Playbook, cycle: &[(usize, usize, &Span)]) -> Diagnostic {
    let name = |index: usize| &*playbook.inputs[index].name.text;
    let mut circle: Vec<&str> = cycle.iter().map(|(from, ..)| name(*from)).collect();
    circle.extend(cycle.first().map(|(from, ..)| name(*from)));
    let message = match &circle[..] {
        [alone, _] => format!("the input `{alone}` is made of itself"),
        _ => format!("inputs are made of each other: {}", circle.join(" → ")),
    };
    let span = cycle.first().map(|(.., span)| **span).unwrap_or_default();
    let diagnostic = Diagnostic::new(rule::CYCLE, span, message);
    let rest = cycle.iter().skip(1);
    rest.fold(diagnostic, |diagnostic, (from, to, span)| {
        diagnostic.also(**span, format!("`{}` uses `{}`", name(*to), name(*from)))
    })
    .help("give one of them a value of its own")
}
