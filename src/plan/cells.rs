//! Which cells of a matrix are wanted: a value that is given to an axis leaves the others out.

use super::Inputs;
use crate::check::{Cell, Checked};
use crate::diagnostic::{Diagnostic, closest, rule};
use crate::playbook::{InputKind, MatrixAxis};
use crate::value::Value;

/// The cells that the inputs choose, in order; without a matrix the one cell that has no axes.
pub(crate) fn choose(checked: &Checked, inputs: &Inputs) -> Result<Vec<Cell>, Vec<Diagnostic>> {
    let Some(matrix) = &checked.playbook.matrix else { return Ok(vec![Cell::default()]) };
    let mut found = Vec::new();
    let mut cells = checked.cells.clone();
    let mut chosen = Vec::new();
    for axis in &matrix.axes {
        let name = &*axis.name.text;
        let input = checked.playbook.inputs.iter().find(|input| *input.name.text == *name);
        if input.is_some_and(|input| inputs.is_secret(input)) {
            let message = format!("the input `{name}` is an axis of the matrix and cannot be secret");
            found.push(Diagnostic::new(rule::BAD_INPUT, axis.name.span, message).help("give it by `Inputs::var`"));
            // Nothing more is said of it: that would show its value.
            continue;
        }
        let Some(given) = inputs.given(name) else { continue };
        let value = input.map_or(InputKind::String, |input| input.kind).typed(&given.value).ok();
        let fits = |cell: &Cell| value.is_some() && cell.axis(name) == value.as_ref();
        if checked.cells.iter().any(fits) {
            cells.retain(fits);
            chosen.push(format!("`{name}` {}", text(&given.value)));
        } else {
            found.push(no_value(axis, given, &checked.cells));
        }
    }
    if found.is_empty() && cells.is_empty() {
        let message = format!("no cell of the matrix has {}", chosen.join(" and "));
        found.push(Diagnostic::new(rule::NO_CELL, matrix.span, message).help(there_are(&checked.cells)));
    }
    if found.is_empty() { Ok(cells) } else { Err(found) }
}

fn no_value(axis: &MatrixAxis, given: &super::inputs::Given, cells: &[Cell]) -> Diagnostic {
    let name = &axis.name.text;
    let given_text = text(&given.value);
    let mut values: Vec<String> = Vec::new();
    for value in cells.iter().filter_map(|cell| cell.axis(name)) {
        let value = text(value);
        if !values.contains(&value) {
            values.push(value);
        }
    }
    let message = format!("the axis `{name}` has no value {given_text}");
    let diagnostic = Diagnostic::new(rule::BAD_INPUT, axis.name.span, message)
        .label(format!("its value comes from {}", given.origin));
    match closest(&given_text, values.iter().map(String::as_str)) {
        Some(close) => diagnostic.help(format!("did you mean {close}? its values are {}", values.join(", "))),
        None => diagnostic.help(format!("its values are {}", values.join(", "))),
    }
}

/// A value between backticks.
fn text(value: &Value) -> String {
    match value.as_str() {
        Some(text) => format!("`{text}`"),
        None => format!("`{value}`"),
    }
}

fn there_are(cells: &[Cell]) -> String {
    let shown: Vec<String> = cells.iter().take(12).map(|cell| format!("`{cell}`")).collect();
    let rest = if cells.len() > 12 { format!(" and {} more", cells.len() - 12) } else { String::new() };
    format!("there are {}{rest}", shown.join(", "))
}
