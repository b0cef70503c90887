//! Whether a tree has the shape that the tables ask for.
//!
//! Reports everything about keys and kinds of values: unknown, missing and conflicting keys, wrong types, words that
//! are none of those allowed, durations without a unit. Templates, expressions and JSONPaths are read elsewhere.

use super::shape::{Choice, Field, Key, Kind, Shape, Table};
use super::tree::{Data, Entry, Mapping, Node};
use crate::diagnostic::{Diagnostic, closest, did_you_mean};
use crate::expression::parse_duration;
use crate::id::{is_identifier, is_playbook_name, to_identifier};
use crate::source::Text;
use crate::value::Value;

/// Adds a diagnostic for every place where the node has not the shape.
pub fn conform(node: &Node, shape: &Shape, at: &str, found: &mut Vec<Diagnostic>) {
    match shape {
        Shape::Json => {}
        Shape::Object(table) => match node.as_mapping() {
            Some(mapping) => conform_table(node, mapping, table, found),
            None => found.push(wrong_type(node, shape, at)),
        },
        Shape::Map(key, value) => conform_map(node, *key, value, at, found),
        Shape::List(item) => match node.as_sequence() {
            Some(items) => items.iter().for_each(|node| conform(node, item, at, found)),
            None => found.push(wrong_type(node, shape, at)),
        },
        Shape::OneOrMany(item) => match node.as_sequence() {
            Some(items) => items.iter().for_each(|node| conform(node, item, at, found)),
            None => conform(node, item, at, found),
        },
        Shape::Either(shapes) => match shapes.iter().find(|shape| shape.takes(kind(node))) {
            Some(shape) => conform(node, shape, at, found),
            None => found.push(wrong_type(node, shape, at)),
        },
        _ => conform_scalar(node, shape, at, found),
    }
}

fn kind(node: &Node) -> Kind {
    match node.data {
        Data::Scalar(_) => Kind::Scalar,
        Data::Sequence(_) => Kind::Sequence,
        Data::Mapping(_) => Kind::Mapping,
    }
}

fn wrong_type(node: &Node, shape: &Shape, at: &str) -> Diagnostic {
    let expected = shape.describe();
    let message = format!("`{at}` takes {expected}, not {}", node.kind());
    let diagnostic = Diagnostic::error("wrong-type", node.span, message).label(format!("this is {}", node.kind()));
    match (shape, node.as_scalar()) {
        (Shape::List(_), Some(scalar)) => diagnostic.help(format!("write a list: `{at}: [ {} ]`", scalar.text.text)),
        (Shape::Expression | Shape::Either(_), None) if node.as_mapping().is_some() => {
            diagnostic.help("an expression that contains `: ` must stand in quotes as a whole")
        }
        (Shape::Text | Shape::Template, None) => diagnostic.help("put the value in quotes if it is meant as text"),
        _ => diagnostic,
    }
}

fn conform_table(node: &Node, mapping: &Mapping, table: &'static Table, found: &mut Vec<Diagnostic>) {
    for entry in mapping {
        match table.field(&entry.key.text) {
            Some(field) => conform(&entry.value, &field.shape, field.name, found),
            None => found.push(unknown_key(entry, mapping, table)),
        }
    }
    for field in table.all().filter(|field| field.required && mapping.get(field.name).is_none()) {
        found.push(missing_key(node, field, table));
    }
    for choice in table.all_choices() {
        conform_choice(node, mapping, choice, table, found);
    }
}

fn unknown_key(entry: &Entry, mapping: &Mapping, table: &'static Table) -> Diagnostic {
    let key = &entry.key;
    let message = format!("unknown key `{}` in {}", key.text, table.name);
    let diagnostic = Diagnostic::error("unknown-key", key.span, message);
    let free = || table.all().map(|field| field.name).filter(|name| mapping.get(name).is_none());
    let diagnostic = match closest(&key.text, free()) {
        Some(name) => diagnostic.fix(key.span, name),
        None => diagnostic,
    };
    match did_you_mean(&key.text, free()) {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

fn missing_key(node: &Node, field: &Field, table: &Table) -> Diagnostic {
    let message = format!("{} needs the key `{}`", table.name, field.name);
    let doc = field.doc.trim_end_matches('.');
    Diagnostic::error("missing-key", first_line(node), message).help(format!(
        "add `{}`: {} ({doc})",
        field.name,
        field.shape.describe()
    ))
}

fn conform_choice(node: &Node, mapping: &Mapping, choice: &Choice, table: &Table, found: &mut Vec<Diagnostic>) {
    let mut present = mapping.iter().filter(|entry| choice.names.contains(&&*entry.key.text));
    let names = || choice.names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let Some(first) = present.next() else {
        // An unknown key that is close to one of these has been named already.
        let misspelt = mapping.iter().any(|entry| {
            table.field(&entry.key.text).is_none() && closest(&entry.key.text, choice.names.iter().copied()).is_some()
        });
        if choice.required && !misspelt {
            let message = format!("{} needs {}: one of {}", table.name, choice.what, names());
            found.push(Diagnostic::error("missing-key", first_line(node), message).help(format!(
                "add one of these keys, for example `{}:`",
                choice.names.get(1).or(choice.names.first()).copied().unwrap_or_default()
            )));
        }
        return;
    };
    for second in present {
        let message = format!("`{}` and `{}` exclude each other", first.key.text, second.key.text);
        found.push(
            Diagnostic::error("conflicting-keys", second.key.span, message)
                .label(format!("{} is already chosen", choice.what))
                .also(first.key.span, "by this key")
                .help(format!("keep one of {}", names())),
        );
    }
}

fn conform_map(node: &Node, key: Key, value: &Shape, at: &str, found: &mut Vec<Diagnostic>) {
    let Some(mapping) = node.as_mapping() else {
        if !node.is_null() {
            found.push(wrong_type(node, &Shape::Map(key, &Shape::Json), at));
        } else {
            let message = format!("`{at}` is empty");
            found.push(Diagnostic::error("wrong-type", node.span, message).help("give it an entry, or leave it out"));
        }
        return;
    };
    for entry in mapping {
        if key == Key::Identifier && !is_identifier(&entry.key.text) {
            found.push(bad_identifier(&entry.key, at));
        }
        conform(&entry.value, value, &entry.key.text, found);
    }
}

fn bad_identifier(key: &Text, at: &str) -> Diagnostic {
    let better = to_identifier(&key.text);
    Diagnostic::error("bad-name", key.span, format!("`{}` cannot be a name in `{at}`", key.text))
        .help(format!("names are lower-case letters, digits and `_`, beginning with a letter: `{better}`"))
        .fix(key.span, better)
}

fn conform_scalar(node: &Node, shape: &Shape, at: &str, found: &mut Vec<Diagnostic>) {
    let Some(scalar) = node.as_scalar() else {
        found.push(wrong_type(node, shape, at));
        return;
    };
    let text = &scalar.text;
    let wrong = match (shape, &scalar.value) {
        (_, Value::Null) if !matches!(shape, Shape::Template | Shape::Expression) => true,
        (Shape::Template | Shape::Expression, Value::Null) => true,
        (Shape::Boolean, value) => value.as_bool().is_none(),
        (Shape::Integer(minimum), value) => value.as_i64().is_none_or(|number| number < *minimum),
        (Shape::Number(minimum), value) => value.as_f64().is_none_or(|number| number < *minimum),
        (Shape::Path, value) => value.as_str().is_none(),
        (Shape::Status, _) => !is_status(&text.text),
        _ => false,
    };
    if wrong {
        found.push(wrong_type(node, shape, at));
        return;
    }
    match shape {
        Shape::Identifier if !is_identifier(&text.text) => found.push(bad_identifier(text, at)),
        Shape::PlaybookName if !is_playbook_name(&text.text) => found.push(bad_identifier(text, at)),
        Shape::Word(words) if !words.contains(&&*text.text) => found.push(bad_word(text, words, at)),
        // What inputs give is read when they are bound.
        Shape::Duration if !text.text.contains("{{") => {
            if let Err(message) = parse_duration(&text.text) {
                found.push(Diagnostic::error("bad-duration", text.span, format!("`{at}`: {message}")));
            }
        }
        _ => {}
    }
}

fn is_status(text: &str) -> bool {
    let class = text.len() == 3 && text.ends_with("xx") && (b'1'..=b'5').contains(&text.as_bytes()[0]);
    class || text.parse::<u16>().is_ok_and(|status| (100..=599).contains(&status))
}

fn bad_word(text: &Text, words: &[&str], at: &str) -> Diagnostic {
    let message = format!("`{at}` cannot be `{}`", text.text);
    let diagnostic = Diagnostic::error("bad-word", text.span, message);
    let diagnostic = match closest(&text.text, words.iter().copied()) {
        Some(word) => diagnostic.fix(text.span, word),
        None => diagnostic,
    };
    let allowed: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    diagnostic.help(format!("write one of {}", allowed.join(", ")))
}

/// The first bytes of a node: a whole step underlined says nothing.
fn first_line(node: &Node) -> crate::source::Span {
    match node.as_mapping().and_then(|mapping| mapping.entries.first()) {
        Some(entry) => entry.key.span,
        None => node.span,
    }
}
