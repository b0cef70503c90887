//! Why a query found nothing: the last place that exists on its way, what is there, and what was probably meant.
//!
//! Walks the segments one by one, which the walker does not, since here the step that lost everything is the
//! question. Values are shown whole or not at all, so that whoever redacts text later recognizes them.

use std::fmt;
use std::ops::ControlFlow;

use super::filter::{self, Scope};
use super::fuel::Fuel;
use super::location;
use super::query::{Comparison, Logical, Operand, Segment, Selector};
use super::walk::{Mark, Steps, walk};
use crate::diagnostic::closest;
use crate::value::Value;

/// Names and values listed at most.
const SHOWN: usize = 12;
/// Characters of a value that is still shown.
const VALUE_LIMIT: usize = 40;
/// Nodes looked through for a name that is close.
const SEARCHED: usize = 10_000;

/// What there is where a query found nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miss {
    /// The normalized path of the deepest node that exists on the way.
    pub nearest: String,
    /// The kind of that node.
    pub found: &'static str,
    /// The names of its members in order, at most 12.
    pub keys: Vec<String>,
    /// How many items it has, if it is an array.
    pub length: Option<usize>,
    /// The segment that found nothing, as it was written.
    pub missing: String,
    place: String,
    members: usize,
    /// How many nodes the segment was applied to, all in vain.
    tried: usize,
    filtered: bool,
    hints: Vec<String>,
    /// Whether the document was only in part there: of an array nobody reads an item of, none is.
    in_part: bool,
    /// The path as it is written up to there.
    written: String,
    /// Whether the segment that found nothing names a member.
    by_name: bool,
}

/// An explanation looks at no more values; whoever asks has mostly looked at far fewer.
const EXPLAINING: u64 = 500_000_000;

/// Explains a query that selects nothing; `written` gives the text of a segment.
pub(super) fn explain<'t>(segments: &[Segment], written: impl Fn(usize) -> &'t str, root: &Value) -> Miss {
    let steps = Steps::default();
    let scope = Scope::new(root, Fuel::of(EXPLAINING));
    let mut nodes = vec![(root, Mark::root(&steps))];
    let mut lost = 0;
    for index in 0..segments.len() {
        lost = index;
        let next = apply(&segments[index..=index], &scope, &nodes);
        if next.is_empty() || index + 1 == segments.len() {
            break;
        }
        nodes = next;
    }
    let segment = segments.get(lost);
    let (node, mark) = *nodes.iter().find(|(node, _)| suits(segment, node)).unwrap_or(&nodes[0]);
    let path = mark.path();
    let keys = names(node).take(SHOWN).map(str::to_owned).collect();
    let values: Vec<&Value> = nodes.iter().map(|(node, _)| *node).collect();
    Miss {
        nearest: location::normalized(&path),
        found: node.kind(),
        keys,
        length: node.as_array().map(<[Value]>::len),
        missing: written(lost).to_owned(),
        place: location::readable(&path),
        members: node.as_object().map_or(0, |members| members.len()),
        tried: nodes.len(),
        filtered: condition(segment).is_some(),
        hints: hints(segment, &scope, node, &values),
        in_part: false,
        written: format!("${}", (0..lost).map(&written).collect::<String>()),
        by_name: matches!(segment.and_then(|segment| segment.selectors.first()), Some(Selector::Name(_))),
    }
}

impl fmt::Display for Miss {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.filtered {
            write!(formatter, "nothing at `{}`: ", self.missing)?;
        }
        // The positions of a part are not those of the whole.
        let place = if self.in_part { &self.written } else { &self.place };
        if self.tried > 1 {
            write!(formatter, "the first of {} nodes, `{place}`, is ", self.tried)?;
        } else {
            write!(formatter, "`{place}` is ")?;
        }
        self.describe(formatter)?;
        if self.filtered {
            match self.length.or((self.members > 0).then_some(self.members)) {
                Some(1) => write!(formatter, ", which does not match `{}`", self.missing)?,
                Some(2..) => write!(formatter, ", none of which matches `{}`", self.missing)?,
                _ => write!(formatter, ", so nothing matches `{}`", self.missing)?,
            }
        }
        self.hints.iter().try_for_each(|hint| write!(formatter, "; {hint}"))
    }
}

impl Miss {
    /// The same, told of a document of which only the part that the query reads was there.
    pub fn in_part(self) -> Miss {
        Miss { in_part: true, ..self }
    }

    fn describe(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.length, self.found) {
            (Some(_), _) if self.in_part && self.by_name => formatter.write_str("an array"),
            (Some(0), _) => formatter.write_str("an empty array"),
            (Some(1), _) => formatter.write_str("an array of 1 item"),
            (Some(length), _) => write!(formatter, "an array of {length} items"),
            (None, "object") if self.keys.is_empty() && self.in_part => formatter.write_str("an object"),
            (None, "object") if self.keys.is_empty() => formatter.write_str("an empty object"),
            (None, "object") => {
                let plural = if self.members == 1 { "" } else { "s" };
                write!(formatter, "an object with the key{plural} {}", listed(&self.keys, self.members))
            }
            (None, "null") => formatter.write_str("null"),
            (None, kind) => write!(formatter, "a {kind}"),
        }
    }
}

fn apply<'a, 's>(
    segment: &[Segment],
    scope: &Scope<'a>,
    nodes: &[(&'a Value, Mark<'a, 's>)],
) -> Vec<(&'a Value, Mark<'a, 's>)> {
    let mut found = Vec::new();
    for (node, mark) in nodes {
        let _ = walk(segment, scope, node, *mark, &mut |child, mark| {
            found.push((child, mark));
            ControlFlow::Continue(())
        });
    }
    found
}

/// Whether the segment could have found something in a node of this kind.
fn suits(segment: Option<&Segment>, node: &Value) -> bool {
    match segment.and_then(|segment| segment.selectors.first()) {
        Some(Selector::Name(_)) => node.as_object().is_some(),
        Some(Selector::Index(_) | Selector::Slice { .. }) => node.as_array().is_some(),
        _ => node.as_object().is_some() || node.as_array().is_some(),
    }
}

fn condition(segment: Option<&Segment>) -> Option<&Logical> {
    match segment?.selectors.as_slice() {
        [Selector::Filter(condition)] if !segment?.deep => Some(condition),
        _ => None,
    }
}

fn hints<'a>(segment: Option<&Segment>, scope: &Scope<'a>, node: &'a Value, tried: &[&'a Value]) -> Vec<String> {
    let Some(segment) = segment else { return Vec::new() };
    if let Some(condition) = condition(Some(segment)) {
        let children = children(node);
        return comparisons(condition)
            .iter()
            .filter_map(|comparison| compared(comparison, scope, &children))
            .take(2)
            .collect();
    }
    let Some(Selector::Name(name)) = segment.selectors.first() else { return Vec::new() };
    let around = if segment.deep { below(tried) } else { tried.to_vec() };
    if let Some(close) = closest(name, around.iter().copied().flat_map(names).take(SEARCHED)) {
        return vec![format!("did you mean `{close}`?")];
    }
    match node.as_array() {
        Some(items) if items.iter().take(SEARCHED).any(|item| item.get(name).is_some()) => {
            vec![format!("its items have `{name}`, so put an index or `[*]` before it")]
        }
        _ => Vec::new(),
    }
}

/// The nodes and what is below them, as far as it is looked through.
fn below<'a>(nodes: &[&'a Value]) -> Vec<&'a Value> {
    let mut found = nodes.to_vec();
    let mut next = 0;
    while next < found.len() && found.len() < SEARCHED {
        found.extend(children(found[next]));
        next += 1;
    }
    found
}

fn names(node: &Value) -> impl Iterator<Item = &str> {
    node.as_object().into_iter().flat_map(|members| members.keys().map(AsRef::as_ref))
}

/// The children, as many as are looked through.
fn children(node: &Value) -> Vec<&Value> {
    match node {
        Value::Array(items) => items.iter().take(SEARCHED).collect(),
        Value::Object(members) => members.values().take(SEARCHED).collect(),
        _ => Vec::new(),
    }
}

/// The comparisons that all had to hold.
fn comparisons(condition: &Logical) -> Vec<&Comparison> {
    match condition {
        Logical::Compare(comparison) => vec![comparison],
        Logical::And(parts) => parts.iter().flat_map(comparisons).collect(),
        _ => Vec::new(),
    }
}

/// What the compared member was in the children: "their `name`: "a", "b"".
fn compared<'a>(comparison: &Comparison, scope: &Scope<'a>, children: &[&'a Value]) -> Option<String> {
    let reference = match (&comparison.left, &comparison.right) {
        (Operand::Singular(reference), Operand::Literal(_)) => reference,
        (Operand::Literal(_), Operand::Singular(reference)) => reference,
        _ => return None,
    };
    if reference.from_root || children.is_empty() {
        return None;
    }
    let steps = reference.segments.iter().filter_map(|segment| match segment.selectors.first() {
        Some(Selector::Name(name)) => Some(location::member(name)),
        Some(Selector::Index(index)) => Some(format!("[{index}]")),
        _ => None,
    });
    let member = steps.collect::<String>();
    let shown = member.trim_start_matches('.');
    let operand = Operand::Singular(reference.clone());
    let mut values: Vec<String> = Vec::new();
    for value in children.iter().filter_map(|child| filter::value_of(&operand, scope, child)) {
        let text = shown_value(&value);
        if !values.contains(&text) {
            values.push(text);
        }
        if values.len() > SHOWN {
            break;
        }
    }
    if values.is_empty() {
        return Some(absent(reference.segments.first()?, shown, children));
    }
    let more = if values.len() > SHOWN { ", …" } else { "" };
    values.truncate(SHOWN);
    let their = match (shown, children.len()) {
        ("", 1) => "the value".to_owned(),
        ("", _) => "the values".to_owned(),
        (_, 1) => format!("its `{shown}`"),
        _ => format!("their `{shown}`"),
    };
    Some(format!("{their}: {}{more}", values.join(", ")))
}

/// None of the children has the compared member.
fn absent(first: &Segment, member: &str, children: &[&Value]) -> String {
    let mut keys: Vec<String> = Vec::new();
    for name in children.iter().copied().flat_map(names).take(SEARCHED) {
        if keys.len() <= SHOWN && !keys.iter().any(|known| known == name) {
            keys.push(name.to_owned());
        }
    }
    if let Some(Selector::Name(name)) = first.selectors.first()
        && let Some(close) = closest(name, keys.iter().map(String::as_str))
        && close != name.as_ref()
    {
        return format!("none has `{member}`, did you mean `{close}`?");
    }
    if keys.is_empty() {
        return format!("none has `{member}`");
    }
    let count = keys.len();
    keys.truncate(SHOWN);
    format!("none has `{member}`, their keys are {}", listed(&keys, count))
}

/// A value as JSON; a long or composed one is only described, since a part of a secret could not be redacted.
fn shown_value(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("an array of {}", items.len()),
        Value::Object(_) => "an object".to_owned(),
        Value::String(text) if text.chars().count() > VALUE_LIMIT => {
            format!("a string of {} characters", text.chars().count())
        }
        scalar => scalar.to_string(),
    }
}

fn listed(keys: &[String], total: usize) -> String {
    let shown: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    let more = if total > keys.len() { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}
