//! `matrix` as it is written: axes, further cells, cells to leave out.
//!
//! An axis is an input. One that `inputs` does not name becomes an input by its axis, of the type that its values
//! have. Which cells there are is `check`'s to find out.

use std::path::PathBuf;

use super::model::{Input, InputKind};
use super::tree::{self, Mapping, Node};
use crate::diagnostic::{Diagnostic, closest, rule};
use crate::source::{Span, Text};
use crate::value::Value;

/// As many cells as a playbook has without a word about it.
const MAX_CELLS: usize = 256;

/// The keys of a matrix that are no axes.
const OWN_KEYS: &[&str] = &["include", "exclude", "max_cells"];

/// The combinations that a playbook runs once for each.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// Its key.
    pub span: Span,
    /// The axes, in the order of a cell's name.
    pub axes: Vec<Axis>,
    /// Whether the axes are written with their values. If not, they are what all entries of `include` name.
    pub is_product: bool,
    /// `include`
    pub include: Vec<Entry>,
    /// `exclude`
    pub exclude: Vec<Entry>,
    /// How many cells there may be.
    pub max_cells: usize,
}

/// An input that takes one value after the other.
#[derive(Clone, Debug)]
pub struct Axis {
    /// Its name.
    pub name: Text,
    /// Its values; empty where only `include` gives some.
    pub values: Vec<AxisValue>,
}

/// A value with its place.
#[derive(Clone, Debug)]
pub struct AxisValue {
    /// Where it is written.
    pub span: Span,
    /// The value, not yet as its input's type.
    pub value: Value,
}

/// An entry of `include` or `exclude`.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The whole of it.
    pub span: Span,
    /// Axes or other inputs, and their values.
    pub values: Vec<(Text, AxisValue)>,
}

impl Matrix {
    /// The inputs that it declares: its axes that are none yet.
    pub(super) fn new_inputs(&self, declared: &[Input]) -> Vec<Input> {
        let is_new = |axis: &&Axis| !declared.iter().any(|input| input.name.text == axis.name.text);
        let input = |axis: &Axis| Input {
            name: axis.name.clone(),
            kind: self.kind_of(axis),
            from: Vec::new(),
            default: None,
            secret: false,
            optional: false,
            description: None,
            base: PathBuf::new(),
        };
        self.axes.iter().filter(is_new).map(input).collect()
    }

    /// The type that fits all values of an axis.
    fn kind_of(&self, axis: &Axis) -> InputKind {
        let included = self.include.iter().filter_map(|entry| entry.get(&axis.name.text));
        let values: Vec<&Value> = axis.values.iter().chain(included).map(|value| &value.value).collect();
        let all = |test: fn(&Value) -> bool| !values.is_empty() && values.iter().all(|value| test(value));
        if all(|value| value.as_i64().is_some()) {
            InputKind::Int
        } else if all(|value| value.as_f64().is_some()) {
            InputKind::Number
        } else if all(|value| value.as_bool().is_some()) {
            InputKind::Bool
        } else {
            InputKind::String
        }
    }
}

impl Entry {
    /// The value that it gives to a name.
    pub fn get(&self, name: &str) -> Option<&AxisValue> {
        self.values.iter().find(|(key, _)| &*key.text == name).map(|(_, value)| value)
    }
}

/// Reads a matrix; [`super::conform`] has said what is wrong with its shape.
pub(super) fn read_matrix(matrix: &tree::Entry, found: &mut Vec<Diagnostic>) -> Option<Matrix> {
    let mapping = matrix.value.as_mapping()?;
    let entries = |key: &str, found: &mut Vec<Diagnostic>| -> Vec<Entry> {
        let items = mapping.get(key).and_then(|entry| entry.value.as_sequence());
        items.into_iter().flatten().filter_map(|item| Some(read_entry(item, item.as_mapping()?, found))).collect()
    };
    let (include, exclude) = (entries("include", found), entries("exclude", found));
    let written = mapping.iter().filter(|entry| !OWN_KEYS.contains(&&*entry.key.text));
    let mut axes: Vec<Axis> = written.map(|entry| read_axis(&entry.key, &entry.value, found)).collect();
    let is_product = !axes.is_empty();
    if !is_product {
        axes = common_axes(&include);
    }
    let max_cells = mapping.get("max_cells").and_then(|entry| entry.value.as_scalar()?.value.as_i64());
    let max_cells = max_cells.and_then(|cells| usize::try_from(cells).ok()).unwrap_or(MAX_CELLS);
    Some(Matrix { span: matrix.key.span, axes, is_product, include, exclude, max_cells })
}

fn read_axis(name: &Text, node: &Node, found: &mut Vec<Diagnostic>) -> Axis {
    let items = node.as_sequence().unwrap_or_default();
    if items.is_empty() && node.as_sequence().is_some() {
        let message = format!("the axis `{}` has no values", name.text);
        let diagnostic = Diagnostic::new(rule::BAD_AXIS, node.span, message);
        found.push(diagnostic.help("write at least one, such as `[dev, prod]`"));
    }
    let mut values = Vec::with_capacity(items.len());
    for item in items {
        match &item.as_scalar().filter(|_| !item.is_null()) {
            Some(_) => values.extend(read_value(item, found)),
            None => {
                found.push(no_axis_value(name, item));
                break;
            }
        }
    }
    Axis { name: name.clone(), values }
}

fn no_axis_value(name: &Text, item: &Node) -> Diagnostic {
    let message = format!("a value of the axis `{}` is a text, a number or a boolean, not {}", name.text, item.kind());
    let diagnostic = Diagnostic::new(rule::BAD_AXIS, item.span, message);
    match closest(&name.text, OWN_KEYS.iter().copied()).filter(|_| item.as_mapping().is_some()) {
        Some(key) => diagnostic.help(format!("did you mean `{key}`?")).suggest(name.span, key),
        None => diagnostic
            .help("write one value for each cell, such as `[dev, prod]`; `include` gives cells further inputs"),
    }
}

fn read_entry(node: &Node, mapping: &Mapping, found: &mut Vec<Diagnostic>) -> Entry {
    let values = mapping.iter().filter_map(|entry| Some((entry.key.clone(), read_value(&entry.value, found)?)));
    Entry { span: node.span, values: values.collect() }
}

/// A value that is written out: what cells there are is known before anything is bound.
fn read_value(node: &Node, found: &mut Vec<Diagnostic>) -> Option<AxisValue> {
    let value = node.to_value();
    if has_template(&value) {
        found.push(
            Diagnostic::new(rule::BAD_AXIS, node.span, "a matrix holds values, and no expressions")
                .help("write the value out, or give another input a `default` that uses the axis"),
        );
        return None;
    }
    Some(AxisValue { span: node.span, value })
}

fn has_template(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains("{{") || text.contains("{%"),
        Value::Array(items) => items.iter().any(has_template),
        Value::Object(members) => members.values().any(has_template),
        _ => false,
    }
}

/// What all entries name, as the first one lists it.
fn common_axes(include: &[Entry]) -> Vec<Axis> {
    let Some((first, others)) = include.split_first() else { return Vec::new() };
    let scalar = |value: &AxisValue| !matches!(value.value, Value::Null | Value::Array(_) | Value::Object(_));
    let is_common = |name: &Text| {
        first.get(&name.text).is_some_and(scalar)
            && others.iter().all(|entry| entry.get(&name.text).is_some_and(scalar))
    };
    let names = first.values.iter().map(|(name, _)| name).filter(|name| is_common(name));
    names.map(|name| Axis { name: name.clone(), values: Vec::new() }).collect()
}
