//! Which cells a matrix has, and what is wrong with it.
//!
//! The cells are the combinations of the axes' values, the last axis varying fastest, without those that `exclude`
//! names; then `include`, as GitHub Actions reads it: an entry adds its other inputs to every combination that has its
//! values of axes, and is a cell of its own where there is none.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use super::Checked;
use crate::diagnostic::{Diagnostic, did_you_mean, rule};
use crate::playbook::{AxisValue, Input, Matrix, MatrixAxis, MatrixEntry, Playbook};
use crate::source::{Span, Text};
use crate::value::Value;

/// One combination: what the axes are, and what `include` says beside them.
///
/// A playbook without a matrix has no cells. Prints as the end of its name: `[dev,eu]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    axes: Vec<(Arc<str>, Value)>,
    others: Vec<(Arc<str>, Value)>,
}

impl Cell {
    /// The axes and their values, in the order of the matrix.
    pub fn axes(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.axes.iter().map(|(name, value)| (&**name, value))
    }

    /// The value of an axis.
    pub fn axis(&self, name: &str) -> Option<&Value> {
        self.axes().find(|(axis, _)| *axis == name).map(|(_, value)| value)
    }

    /// The value that the cell gives to an input: an axis or another one.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.axis(name).or_else(|| self.others.iter().find(|(other, _)| &**other == name).map(|(_, value)| value))
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.axes.is_empty() {
            return Ok(());
        }
        let values: Vec<String> = self.axes().map(|(_, value)| key(value)).collect();
        write!(formatter, "[{}]", values.join(","))
    }
}

/// A value as a part of a name; one that would be misread is written as a JSON string.
fn key(value: &Value) -> String {
    match value.as_str() {
        Some(text) => {
            let plain = !text.is_empty() && !text.contains(['[', ']', '"', ',']) && !text.contains(char::is_control);
            if plain && text.trim() == text { text.to_owned() } else { value.to_string() }
        }
        None => value.to_string(),
    }
}

impl Checked {
    /// The playbook as one of its cells: with the cell in its name and its title.
    pub fn in_cell(&self, cell: &Cell) -> Checked {
        let named =
            |text: &Text, between: &str| Text { text: format!("{}{between}{cell}", text.text).into(), ..text.clone() };
        let mut playbook = Playbook::clone(&self.playbook);
        playbook.id = named(&playbook.id, "");
        playbook.title = playbook.title.as_ref().map(|title| named(title, " "));
        Checked { playbook: Arc::new(playbook), ..self.clone() }
    }
}

/// The cells of a playbook; none where it has no matrix, or a wrong one.
pub(super) fn cells(playbook: &Playbook, found: &mut Vec<Diagnostic>) -> Vec<Cell> {
    let Some(matrix) = &playbook.matrix else { return Vec::new() };
    let before = found.len();
    if matrix.axes.is_empty() {
        found.push(no_axes(matrix));
    }
    let axes: Vec<Vec<Value>> = matrix.axes.iter().map(|axis| values(axis, playbook, found)).collect();
    let exclude: Vec<Setting> =
        matrix.exclude.iter().map(|entry| excluded(entry, matrix, &axes, playbook, found)).collect();
    let include: Vec<Setting> = matrix.include.iter().map(|entry| included(entry, playbook, found)).collect();
    if found.len() > before {
        return Vec::new();
    }
    let count = axes.iter().fold(1_usize, |count, values| count.saturating_mul(values.len()));
    if count > matrix.max_cells {
        found.push(too_many(matrix, count));
        return Vec::new();
    }
    let mut cells = if matrix.is_product { product(matrix, &axes) } else { Vec::new() };
    for (setting, entry) in exclude.iter().zip(&matrix.exclude) {
        let all = cells.len();
        cells.retain(|cell| !setting.iter().all(|(name, value)| cell.axis(name) == Some(value)));
        if cells.len() == all {
            found.push(
                Diagnostic::new(rule::BAD_MATRIX, entry.span, "this entry of `exclude` leaves nothing out")
                    .help("other entries have left these cells out already: remove it"),
            );
        }
    }
    include_all(&mut cells, matrix, include, found);
    if found.len() == before {
        if cells.is_empty() && !matrix.exclude.is_empty() {
            let message = "`exclude` leaves out every cell of the matrix";
            found.push(
                Diagnostic::new(rule::BAD_MATRIX, matrix.span, message)
                    .help("take an entry of `exclude` out, so that one cell at least is left"),
            );
        } else if cells.len() > matrix.max_cells {
            found.push(too_many(matrix, cells.len()));
        }
    }
    cells
}

/// Names and values as their inputs' types.
type Setting = Vec<(Arc<str>, Value)>;

fn no_axes(matrix: &Matrix) -> Diagnostic {
    let (message, help) = match matrix.include.is_empty() {
        true => ("the matrix has no axis", "write an axis and its values, such as `env: [dev, prod]`"),
        false => (
            "the matrix has no axis, and its `include` names no input in every entry",
            "give one input a value in each entry: it tells the cells apart",
        ),
    };
    Diagnostic::new(rule::BAD_MATRIX, matrix.span, message).help(help)
}

fn too_many(matrix: &Matrix, count: usize) -> Diagnostic {
    let message = format!("the matrix has {count} cells, more than {}", matrix.max_cells);
    Diagnostic::new(rule::BAD_MATRIX, matrix.span, message)
        .help(format!("leave some out with `exclude`, or write `max_cells: {count}` in the matrix"))
}

/// The values of an axis; each once, and none a secret.
fn values(axis: &MatrixAxis, playbook: &Playbook, found: &mut Vec<Diagnostic>) -> Vec<Value> {
    let name = &axis.name;
    let Some(input) = input(&name.text, playbook) else { return Vec::new() };
    if input.secret {
        let message = format!("the axis `{}` is a secret input", name.text);
        found.push(
            Diagnostic::new(rule::BAD_AXIS, name.span, message)
                .also(input.name.span, "declared here")
                .help("the values of an axis are in the playbook and in the names of runs: let another input be the axis, and the secret come `from` elsewhere"),
        );
        return Vec::new();
    }
    let mut values: Vec<(Value, Span)> = Vec::new();
    for written in &axis.values {
        let Some(value) = typed(name, written, input, found) else { continue };
        match values.iter().find(|(known, _)| *known == value) {
            Some((_, first)) => found.push(
                Diagnostic::new(
                    rule::BAD_AXIS,
                    written.span,
                    format!("`{}` has the value `{}` twice", name.text, key(&value)),
                )
                .also(*first, "first here")
                .help("each value makes cells of its own: write it once"),
            ),
            None => values.push((value, written.span)),
        }
    }
    values.into_iter().map(|(value, _)| value).collect()
}

fn input<'a>(name: &str, playbook: &'a Playbook) -> Option<&'a Input> {
    playbook.inputs.iter().find(|input| &*input.name.text == name)
}

fn typed(name: &Text, written: &AxisValue, input: &Input, found: &mut Vec<Diagnostic>) -> Option<Value> {
    let expected = match input.kind.typed(&written.value) {
        Ok(value) => return Some(value),
        Err(expected) => expected,
    };
    let message = format!("the input `{}` takes {expected}, not {}", name.text, written.value.preview(60));
    let diagnostic =
        Diagnostic::new(rule::BAD_INPUT, written.span, message).help(format!("write {}", input.kind.example()));
    let declared_here = input.name.span == name.span;
    found.push(if declared_here { diagnostic } else { diagnostic.also(input.name.span, "declared here") });
    None
}

/// An entry of `exclude`: values of axes.
fn excluded(
    entry: &MatrixEntry,
    matrix: &Matrix,
    axes: &[Vec<Value>],
    playbook: &Playbook,
    found: &mut Vec<Diagnostic>,
) -> Setting {
    if entry.values.is_empty() {
        found.push(empty_entry(entry, "exclude"));
    }
    let mut setting = Setting::new();
    for (name, written) in &entry.values {
        let Some(at) = matrix.axes.iter().position(|axis| axis.name.text == name.text) else {
            let known = matrix.axes.iter().map(|axis| &*axis.name.text);
            found.extend(unknown(name, "no axis of the matrix", did_you_mean(&name.text, known), playbook));
            continue;
        };
        let Some(value) = input(&name.text, playbook).and_then(|input| typed(name, written, input, found)) else {
            continue;
        };
        // Of an axis without values something has been said already.
        if !axes[at].contains(&value) && (!axes[at].is_empty() || !matrix.is_product) {
            let values: Vec<String> = axes[at].iter().map(|value| format!("`{}`", key(value))).collect();
            let message = format!("the axis `{}` has no value `{}`, so nothing is left out", name.text, key(&value));
            let diagnostic = Diagnostic::new(rule::BAD_MATRIX, written.span, message);
            found.push(match values.is_empty() {
                true => diagnostic.help("take the entry out of `include` instead"),
                false => diagnostic.help(format!("its values are {}", values.join(", "))),
            });
        }
        setting.push((Arc::clone(&name.text), value));
    }
    setting
}

/// An entry of `include`: values of axes and of other inputs.
fn included(entry: &MatrixEntry, playbook: &Playbook, found: &mut Vec<Diagnostic>) -> Setting {
    if entry.values.is_empty() {
        found.push(empty_entry(entry, "include"));
    }
    let mut setting = Setting::new();
    for (name, written) in &entry.values {
        match input(&name.text, playbook) {
            Some(input) if input.secret => found.push(
                Diagnostic::new(rule::BAD_MATRIX, name.span, format!("the input `{}` is secret", name.text))
                    .also(input.name.span, "declared here")
                    .help("no secret stands in a playbook: let it come `from` elsewhere, perhaps by an input that the cells give"),
            ),
            Some(input) => setting.extend(typed(name, written, input, found).map(|value| (Arc::clone(&name.text), value))),
            None => {
                let known = playbook.inputs.iter().map(|input| &*input.name.text);
                found.extend(unknown(name, "neither an axis nor an input", did_you_mean(&name.text, known), playbook));
            }
        }
    }
    setting
}

fn empty_entry(entry: &MatrixEntry, key: &str) -> Diagnostic {
    Diagnostic::new(rule::BAD_MATRIX, entry.span, format!("this entry of `{key}` is empty"))
        .help("name an axis and its value, such as `env: dev`, or remove it")
}

fn unknown(name: &Text, what: &str, help: Option<String>, playbook: &Playbook) -> Option<Diagnostic> {
    if playbook.mistaken.defines(&name.text) {
        return None;
    }
    let diagnostic = Diagnostic::new(rule::UNDEFINED_NAME, name.span, format!("`{}` is {what}", name.text));
    Some(match help {
        Some(help) => diagnostic.help(help),
        None => diagnostic.help("declare it under `inputs`"),
    })
}

fn product(matrix: &Matrix, axes: &[Vec<Value>]) -> Vec<Cell> {
    let mut cells = vec![Cell::default()];
    for (axis, values) in matrix.axes.iter().zip(axes) {
        let with = |cell: &Cell, value: &Value| {
            let mut cell = cell.clone();
            cell.axes.push((Arc::clone(&axis.name.text), value.clone()));
            cell
        };
        cells = cells.iter().flat_map(|cell| values.iter().map(move |value| with(cell, value))).collect();
    }
    cells
}

/// Only the combinations of the axes are extended, never a cell that another entry has made.
fn include_all(cells: &mut Vec<Cell>, matrix: &Matrix, include: Vec<Setting>, found: &mut Vec<Diagnostic>) {
    let combinations = cells.len();
    let is_axis = |name: &str| matrix.axes.iter().any(|axis| &*axis.name.text == name);
    let mut names: HashSet<String> = cells.iter().map(ToString::to_string).collect();
    for (setting, entry) in include.into_iter().zip(&matrix.include) {
        let (axes, others): (Setting, Setting) = setting.into_iter().partition(|(name, _)| is_axis(name));
        let fits = |cell: &Cell| axes.iter().all(|(name, value)| cell.axis(name) == Some(value));
        let fitting: Vec<usize> = (0..combinations).filter(|index| fits(&cells[*index])).collect();
        if !fitting.is_empty() && others.is_empty() {
            found.push(
                Diagnostic::new(
                    rule::BAD_MATRIX,
                    entry.span,
                    "this entry of `include` adds nothing: there is such a cell",
                )
                .help("name an input that it gives a value to, or remove it"),
            );
            continue;
        }
        for index in &fitting {
            let cell = &mut cells[*index];
            cell.others.retain(|(name, _)| !others.iter().any(|(other, _)| other == name));
            cell.others.extend(others.iter().cloned());
        }
        if !fitting.is_empty() {
            continue;
        }
        let missing = matrix.axes.iter().find(|axis| !axes.iter().any(|(name, _)| *name == axis.name.text));
        if let Some(axis) = missing {
            found.push(incomplete(entry, axis));
            continue;
        }
        // In the order of the axes, however the entry lists them.
        let value = |axis: &MatrixAxis| axes.iter().find(|(name, _)| *name == axis.name.text).cloned();
        let cell = Cell { axes: matrix.axes.iter().filter_map(value).collect(), others };
        if names.insert(cell.to_string()) {
            cells.push(cell);
        } else {
            found.push(
                Diagnostic::new(rule::BAD_MATRIX, entry.span, format!("the cell `{cell}` is there twice"))
                    .help("cells are told apart by their axes: write each once"),
            );
        }
    }
}

fn incomplete(entry: &MatrixEntry, axis: &MatrixAxis) -> Diagnostic {
    let name = &axis.name.text;
    let message = format!("no cell has these values, and a cell of its own needs one for the axis `{name}` too");
    Diagnostic::new(rule::BAD_MATRIX, entry.span, message)
        .help(format!("add `{name}` to the entry, or write values that cells have"))
}
