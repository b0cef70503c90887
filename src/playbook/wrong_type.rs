//! What to say about a value that has not the type its key takes.

use super::shape::{Shape, Table};
use super::tree::{Data, Node, Scalar, Style};
use crate::diagnostic::{Diagnostic, rule};
use crate::value::Value;

/// So many characters of a value are repeated in a message.
const SHOWN: usize = 40;

/// The diagnostic for a value of the key `at` that has not that shape.
pub(super) fn wrong_type(node: &Node, shape: &Shape, at: &str) -> Diagnostic {
    if node.is_null() {
        return no_value(node, shape, at);
    }
    let described = shape.describe();
    let message = match described.strip_suffix(at) {
        // `poll` takes a poll: nobody would know more. A whole file has no key at all.
        Some("a ") if matches!(shape, Shape::Object(_)) && at.contains(' ') => {
            format!("{described} is a mapping, not {}", found(node))
        }
        Some("a ") if matches!(shape, Shape::Object(_)) => format!("`{at}` takes a mapping, not {}", found(node)),
        _ => format!("`{at}` takes {described}, not {}", found(node)),
    };
    let diagnostic = Diagnostic::new(rule::WRONG_TYPE, node.span, message);
    match &node.data {
        Data::Scalar(scalar) => scalar_remedy(diagnostic, node, scalar, shape, at),
        _ => container_remedy(diagnostic, node, shape, at),
    }
}

fn no_value(node: &Node, shape: &Shape, at: &str) -> Diagnostic {
    let message = format!("`{at}` has no value");
    let diagnostic = Diagnostic::new(rule::WRONG_TYPE, node.span, message);
    match shape {
        Shape::Map(..) | Shape::Object(_) => diagnostic.help(format!("write entries below `{at}:`, or take it out")),
        _ => diagnostic.help(format!("write {} here, or take the key out", shape.describe())),
    }
}

fn found(node: &Node) -> String {
    match (&node.data, node.kind()) {
        (Data::Scalar(scalar), kind) => {
            let text = &scalar.text.text;
            let shown = match text.char_indices().nth(SHOWN) {
                Some((end, _)) => format!("`{}…`", &text[..end]),
                None => format!("`{text}`"),
            };
            if matches!(scalar.value, Value::String(_)) { format!("{kind}: {shown}") } else { shown }
        }
        (_, kind) => kind.to_owned(),
    }
}

fn scalar_remedy(diagnostic: Diagnostic, node: &Node, scalar: &Scalar, shape: &Shape, at: &str) -> Diagnostic {
    let text = &*scalar.text.text;
    match shape {
        Shape::Boolean => match boolean(text) {
            Some(meant) => diagnostic.help(format!("write `{meant}`, without quotes")).fix(node.span, meant),
            None => diagnostic.help("write `true` or `false`"),
        },
        Shape::Integer(_) | Shape::UpTo(_) | Shape::Number { .. }
            if scalar.style != Style::Plain && text.parse::<f64>().is_ok() =>
        {
            diagnostic.help(format!("leave the quotes out: `{text}`")).fix(node.span, text)
        }
        Shape::Integer(minimum) => diagnostic.help(format!("write a number such as `{}`", minimum.max(&3))),
        Shape::Number { minimum, maximum } => {
            let example = if maximum.is_finite() { (minimum + maximum) / 2.0 } else { minimum * 2.0 };
            diagnostic.help(format!("write a number such as `{example}`"))
        }
        Shape::Status => status_remedy(diagnostic, node, text),
        Shape::Expression if scalar.value.as_f64().is_some() => {
            let meant = format!("status == {text}");
            diagnostic.help(format!("if the status is meant, write `{meant}`")).suggest(node.span, meant)
        }
        Shape::Path => diagnostic.help("a JSONPath begins with `$`, which is the whole answer"),
        Shape::List(_) => diagnostic.help(format!("write a list: `{at}: [ {text} ]`")),
        Shape::Object(table) => diagnostic.help(keys_of(table)),
        Shape::Map(..) => diagnostic.help(format!("write `{at}: {{ name: value }}`, or an entry a line below `{at}:`")),
        _ => diagnostic.help(format!("write {}", shape.describe())),
    }
}

/// `yes` and `on` are texts in YAML 1.2.
fn boolean(text: &str) -> Option<&'static str> {
    match &*text.to_ascii_lowercase() {
        "yes" | "y" | "on" | "true" | "1" => Some("true"),
        "no" | "n" | "off" | "false" | "0" => Some("false"),
        _ => None,
    }
}

fn status_remedy(diagnostic: Diagnostic, node: &Node, text: &str) -> Diagnostic {
    let lower = text.to_ascii_lowercase();
    if super::conform::is_status(&lower) {
        return diagnostic.help(format!("write `{lower}`")).fix(node.span, lower);
    }
    diagnostic.help("statuses go from 100 to 599; several are a list: `[200, 404]`")
}

fn container_remedy(diagnostic: Diagnostic, node: &Node, shape: &Shape, at: &str) -> Diagnostic {
    let diagnostic = diagnostic.label(format!("this is {}", node.kind()));
    match shape {
        Shape::Expression | Shape::Either(_) if node.as_mapping().is_some() => {
            let diagnostic = diagnostic.help("an expression that contains `: ` must stand in quotes as a whole");
            let status = node.as_mapping().and_then(|mapping| mapping.get("status")).is_some();
            if status { diagnostic.help("as an expression, a status is written `status == 200`") } else { diagnostic }
        }
        Shape::Identifier | Shape::PlaybookName => diagnostic.help("write one name here"),
        Shape::Object(table) if node.as_sequence().is_none() => diagnostic.help(keys_of(table)),
        Shape::Object(table) => diagnostic.help(keys_of(table).replacen("a mapping", "a mapping without dashes", 1)),
        Shape::Map(..) => diagnostic.help(format!("below `{at}:` write entries such as `name: value`, without dashes")),
        Shape::List(_) => diagnostic.help("begin each item with `- `"),
        Shape::Boolean => diagnostic.help("write `true` or `false`"),
        Shape::Text | Shape::Template | Shape::Path => {
            diagnostic.help("put the value in quotes if it is meant as text")
        }
        _ => diagnostic.help(format!("write {}", shape.describe())),
    }
}

fn keys_of(table: &'static Table) -> String {
    let names: Vec<String> = table.names().into_iter().map(|name| format!("`{name}`")).collect();
    match names.len() {
        0..=12 => format!("write a mapping; its keys are {}", names.join(", ")),
        _ => format!("write a mapping; it has keys such as {}", names[..10].join(", ")),
    }
}
