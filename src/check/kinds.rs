//! Conditions that are neither true nor false, and lists that are none, where their kind is known: from literals, from
//! operators, from the types of inputs, from what variables are.

use super::names::{Definition, Names};
use super::rules::each_step;
use crate::diagnostic::{Diagnostic, rule};
use crate::expression::{Expr, Kind, Piece};
use crate::playbook::{Cleanup, InputKind, JsonData, Over, Playbook, Request, Step, Work};

/// Looks at every condition and at the lists of every `foreach`.
pub(super) fn check_kinds(playbook: &Playbook, names: &Names, found: &mut Vec<Diagnostic>) {
    let kind_of = |name: &str| known(name, playbook, names);
    for (step, _) in each_step(playbook) {
        for axis in step.foreach.iter().flat_map(|foreach| &foreach.axes) {
            let Over::Expr(expr) = &axis.over else { continue };
            let Some(kind) = expr.kind(&kind_of).filter(|kind| *kind != Kind::Array) else { continue };
            // A literal has been told of as what it is.
            if expr.constant().is_none_or(|value| !matches!(Kind::of(&value), Kind::String | Kind::Number)) {
                let (name, text) = (&axis.name.text, expr.text().trim());
                let message = format!("`{name}` is taken from `{text}`, which is {} and no list", kind.name());
                found.push(Diagnostic::new(rule::NO_LIST, axis.span(), message).help(list_of(text, kind)));
            }
        }
        each_condition(step, &mut |condition| {
            let Some(kind) = condition.kind(&kind_of).filter(|kind| *kind != Kind::Boolean) else { return };
            let text = condition.text().trim();
            let message = format!("a condition is `true` or `false`, and `{text}` is {}", kind.name());
            found.push(Diagnostic::new(rule::NO_CONDITION, condition.span(), message).help(
                match condition.constant() {
                    Some(_) => CONDITION.to_owned(),
                    None => comparison(text, kind),
                },
            ));
        });
    }
}

fn list_of(text: &str, kind: Kind) -> String {
    match kind {
        Kind::String => format!("write `{text} | split(',')`, or take a list: an input of `type: json`, say"),
        Kind::Number => format!("write `range({text})` for the numbers below it, or take a list"),
        Kind::Object => format!("write `{text} | keys` or `{text} | values`, or take a list"),
        _ => "take a list: a variable, or an input of `type: json`".to_owned(),
    }
}

const CONDITION: &str = "write what must hold, such as `status == 200`";

fn comparison(text: &str, kind: Kind) -> String {
    match kind {
        Kind::String => format!("compare it, `{text} == \"yes\"`; an input that is a condition has `type: bool`"),
        Kind::Number if text == "status" => CONDITION.to_owned(),
        Kind::Number => format!("compare it: `{text} > 0`, say"),
        Kind::Array | Kind::Object => format!("write `{text} | length > 0`"),
        Kind::Null | Kind::Boolean => CONDITION.to_owned(),
    }
}

/// Calls `visit` with each condition of a step.
fn each_condition<'a>(step: &'a Step, visit: &mut dyn FnMut(&'a Expr)) {
    step.when.iter().for_each(&mut *visit);
    match &step.work {
        Work::Request(request) => of_request(request, visit),
        Work::Exec(exec) => of_request(&exec.judged, visit),
        Work::Ensure(ensure) => {
            [&ensure.absent, &ensure.conflict, &ensure.differs].into_iter().flatten().for_each(&mut *visit);
            let requests = ensure.find.iter().chain([&ensure.create]).chain(&ensure.update);
            requests.for_each(|request| of_request(request, visit));
        }
        Work::Set(_) | Work::Wait(_) | Work::Call(_) => {}
    }
    for cleanup in &step.cleanup {
        if let Cleanup::Request(request) = cleanup {
            of_request(request, visit);
        }
    }
}

fn of_request<'a>(request: &'a Request, visit: &mut dyn FnMut(&'a Expr)) {
    let poll = request.poll.iter().flat_map(|poll| std::iter::once(&poll.until).chain(&poll.fail_when));
    poll.chain(&request.expect.that).for_each(visit);
}

/// The kind of a name, where it is the same in every run.
fn known(name: &str, playbook: &Playbook, names: &Names) -> Option<Kind> {
    match names.get(name) {
        Some(Definition::Input(index)) => match playbook.inputs[index].kind {
            // One that may be missing is `null` then.
            _ if playbook.inputs[index].optional => None,
            InputKind::Bool => Some(Kind::Boolean),
            InputKind::Int | InputKind::Number => Some(Kind::Number),
            InputKind::String | InputKind::Url | InputKind::File => Some(Kind::String),
            InputKind::Json => None,
        },
        Some(Definition::Var(index)) => match &playbook.vars[index].value.data {
            JsonData::Value(value) => Some(Kind::of(value)),
            JsonData::List(_) => Some(Kind::Array),
            JsonData::Map(_) => Some(Kind::Object),
            JsonData::Template(template) => match template.pieces() {
                [Piece::Expr(expr)] => expr.kind(&|_| None),
                _ => Some(Kind::String),
            },
        },
        Some(_) => None,
        None if name == "status" => Some(Kind::Number),
        None => None,
    }
}
