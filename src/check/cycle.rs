//! Circles of steps, and of variables, shown edge by edge.

use super::{Because, Links};
use crate::diagnostic::{Diagnostic, rule};
use crate::graph::Graph;
use crate::playbook::{Playbook, Step};
use crate::source::Span;

/// The longest circle that is shown whole.
const SHOWN: usize = 8;

/// A circle of steps, from its edges.
pub(super) fn report(steps: &[Step], cycle: &[(usize, usize, &Because)]) -> Diagnostic {
    // Begins with what a person can mend: nobody wrote that a step is listed after the one above it.
    let written = cycle.iter().position(|(.., because)| **because != Because::Listed).unwrap_or(0);
    let cycle = &[&cycle[written..], &cycle[..written]].concat();
    let id = |index: usize| &*steps[index].id.text;
    let mut circle: Vec<&str> = cycle.iter().take(SHOWN).map(|(from, ..)| id(*from)).collect();
    if cycle.len() > SHOWN {
        circle.push("…");
    }
    circle.extend(cycle.first().map(|(from, ..)| id(*from)));
    let message = match &circle[..] {
        [alone, _] if cycle.len() == 1 => format!("the step `{alone}` waits for itself"),
        _ => format!("steps wait for each other: {}", circle.join(" → ")),
    };
    let reason = |(from, to, because): &(usize, usize, &Because)| match because {
        Because::Reference { name, span, through: Some(var) } => {
            (*span, format!("`{}` needs `{name}` of `{}` through `{var}`", id(*to), id(*from)))
        }
        Because::Reference { name, span, .. } => (*span, format!("`{}` needs `{name}` of `{}`", id(*to), id(*from))),
        Because::Needs(span) => (*span, format!("`{}` waits for `{}`", id(*to), id(*from))),
        Because::Listed => (steps[*to].id.span, format!("`{}` is listed after `{}`", id(*to), id(*from))),
    };
    let mut reasons = cycle.iter().take(SHOWN).map(reason);
    let (span, text) = reasons.next().unwrap_or((Span::default(), String::new()));
    let diagnostic = Diagnostic::new(rule::CYCLE, span, message).label(text);
    let listed = cycle.iter().any(|(.., because)| **because == Because::Listed);
    let help = if cycle.len() == 1 {
        "take it away: a step cannot wait for itself"
    } else if listed {
        "with `order: listed` a step can only use values of the steps above it: move it down"
    } else {
        "take one of these references away, or split a step in two"
    };
    reasons.fold(diagnostic, |diagnostic, (span, text)| diagnostic.also(span, text)).help(help)
}

/// A circle of variables, from its edges.
pub(super) fn report_vars(playbook: &Playbook, cycle: &[(usize, usize, &Span)]) -> Diagnostic {
    let name = |index: usize| &*playbook.vars[index].name.text;
    let mut circle: Vec<&str> = cycle.iter().map(|(from, ..)| name(*from)).collect();
    circle.extend(cycle.first().map(|(from, ..)| name(*from)));
    let span = cycle.first().map(|(.., span)| **span).unwrap_or_default();
    let message = match &circle[..] {
        [alone, _] => format!("the variable `{alone}` is made of itself"),
        _ => format!("variables are made of each other: {}", circle.join(" → ")),
    };
    let diagnostic = Diagnostic::new(rule::CYCLE, span, message);
    let rest = cycle.iter().skip(1);
    rest.fold(diagnostic, |diagnostic, (from, to, span)| {
        diagnostic.also(**span, format!("`{}` uses `{}`", name(*to), name(*from)))
    })
    .help("give one of them a value of its own")
}

/// Circles among the steps of `finally`.
pub(super) fn check_finally(playbook: &Playbook, finally: &[Links], found: &mut Vec<Diagnostic>) {
    let mut graph = Graph::new(finally.len());
    for (to, links) in finally.iter().enumerate() {
        for edge in &links.edges {
            graph.add(edge.from, to, edge.because.clone());
        }
    }
    if let Err(cycles) = graph.order() {
        found.extend(cycles.iter().map(|cycle| report(&playbook.finally, cycle)));
    }
}
