//! Whether a tree has the shape that the tables ask for.
//!
//! Reports everything about keys and kinds of values: unknown, missing and conflicting keys, wrong types, words that
//! are none of those allowed, durations without a unit. Templates, expressions and JSONPaths are read elsewhere.

use super::elsewhere;
use super::fields::{INCLUDED, PLAYBOOK};
use super::limits::bad_limit;
use super::shape::{Choice, Field, Key, Kind, Shape, Table, Word};
use super::size::parse_size;
use super::tree::{Data, Entry, Mapping, Node, Scalar, Style};
use super::wrong_type::wrong_type;
use crate::diagnostic::{Diagnostic, closest, did_you_mean, rule};
use crate::expression::parse_duration;
use crate::id::{is_identifier, is_playbook_name, to_identifier};
use crate::source::Text;

/// Adds a diagnostic for every place where the node has not the shape.
pub fn conform(node: &Node, shape: &Shape, at: &str, found: &mut Vec<Diagnostic>) {
    match shape {
        Shape::Json => {}
        Shape::Object(table) => match node.as_mapping() {
            Some(mapping) => conform_table(node, mapping, table, found),
            None => found.push(wrong_type(node, shape, at)),
        },
        Shape::Map(key, value) => match node.as_mapping() {
            Some(mapping) => conform_map(mapping, *key, value, at, found),
            None => found.push(wrong_type(node, shape, at)),
        },
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

fn conform_table(node: &Node, mapping: &Mapping, table: &'static Table, found: &mut Vec<Diagnostic>) {
    for entry in mapping {
        match table.field(&entry.key.text) {
            Some(field) => conform(&entry.value, &field.shape, field.name, found),
            None => match table.rest {
                Some(shape) => conform_named(entry, Key::Identifier, shape, table.id, found),
                None => found.push(unknown_key(entry, mapping, table)),
            },
        }
    }
    for field in table.all().filter(|field| field.required) {
        match mapping.get(field.name) {
            Some(entry) => conform_filled(entry, &field.shape, found),
            // A misspelt key has been named already.
            None if unknown_keys(mapping, table).any(|key| closest(key, [field.name]).is_some()) => {}
            None => found.push(missing_key(node, field, table)),
        }
    }
    for choice in table.all_choices() {
        conform_choice(node, mapping, choice, table, found);
    }
}

fn unknown_keys<'a>(mapping: &'a Mapping, table: &'static Table) -> impl Iterator<Item = &'a str> {
    mapping.iter().map(|entry| &*entry.key.text).filter(|key| table.field(key).is_none())
}

/// A mapping that must be there must have something in it.
fn conform_filled(entry: &Entry, shape: &Shape, found: &mut Vec<Diagnostic>) {
    let empty = entry.value.as_mapping().is_some_and(Mapping::is_empty);
    if empty && matches!(shape, Shape::Map(..)) {
        let key = &entry.key.text;
        let message = format!("`{key}` is empty");
        found.push(Diagnostic::new(rule::WRONG_TYPE, entry.value.span, message).help(format!("give `{key}` an entry")));
    }
}

fn unknown_key(entry: &Entry, mapping: &Mapping, table: &'static Table) -> Diagnostic {
    let key = &entry.key;
    let message = format!("unknown key `{}` in {}", key.text, table.name);
    let diagnostic = Diagnostic::new(rule::UNKNOWN_KEY, key.span, message);
    let free: Vec<&str> = table.names().into_iter().filter(|name| !is_taken(name, mapping, table)).collect();
    let free = || free.iter().copied();
    if let Some(name) = closest(&key.text, free()) {
        return diagnostic.help(format!("did you mean `{name}`?")).fix_word(key.span, &key.text, free());
    }
    let homes = homes(&key.text, table);
    if !homes.is_empty() {
        return diagnostic.help(format!("`{}` is a key of {}: move it there", key.text, homes.join(" and of ")));
    }
    if let Some(help) = elsewhere::as_written_here(&key.text, table) {
        return diagnostic.help(help);
    }
    match did_you_mean(&key.text, free()) {
        Some(help) => diagnostic.help(help),
        None => diagnostic.help("leave it out: every key of this is there already"),
    }
}

/// Whether a key is there, or another that excludes it.
fn is_taken(name: &str, mapping: &Mapping, table: &'static Table) -> bool {
    let mut rivals = table.all_choices().filter(|choice| choice.names.contains(&name)).flat_map(|choice| choice.names);
    mapping.get(name).is_some() || rivals.any(|rival| mapping.get(rival).is_some())
}

/// The mappings of a playbook that have that key, as they are called in messages; none where the table is not part of
/// a playbook.
fn homes(key: &str, of: &'static Table) -> Vec<&'static str> {
    let mut homes = Vec::new();
    let mut is_part = std::ptr::eq(of, &INCLUDED);
    let mut pending = vec![&PLAYBOOK];
    let mut seen: Vec<&str> = Vec::new();
    while let Some(table) = pending.pop() {
        if seen.contains(&table.name) {
            continue;
        }
        seen.push(table.name);
        is_part |= std::ptr::eq(table, of);
        // What a request has, everything has that includes one.
        if table.fields.iter().any(|field| field.name == key) {
            homes.push(table.name);
        }
        pending.extend(table.includes);
        table.all().for_each(|field| field.shape.each_table(&mut |inner| pending.push(inner)));
    }
    if is_part { homes } else { Vec::new() }
}

fn missing_key(node: &Node, field: &Field, table: &Table) -> Diagnostic {
    let message = format!("{} needs the key `{}`", table.name, field.name);
    Diagnostic::new(rule::MISSING_KEY, first_line(node), message).help(format!(
        "add `{}:` with {}",
        field.name,
        field.shape.describe()
    ))
}

fn conform_choice(node: &Node, mapping: &Mapping, choice: &Choice, table: &'static Table, found: &mut Vec<Diagnostic>) {
    let mut present = mapping.iter().filter(|entry| choice.names.contains(&&*entry.key.text));
    let names = || choice.names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let Some(first) = present.next() else {
        // Unknown keys that are close to one of these, or that are all there is, have been named already.
        let near = |key: &str| closest(key, choice.names.iter().copied()).is_some();
        let misspelt = unknown_keys(mapping, table).any(near);
        let misspelt = misspelt || !mapping.is_empty() && unknown_keys(mapping, table).count() == mapping.len();
        if choice.required && !misspelt {
            let diagnostic =
                Diagnostic::new(rule::MISSING_KEY, first_line(node), format!("{} is missing", choice.what));
            found.push(diagnostic.help(format!("add one of {}", names())));
        }
        return;
    };
    for second in present {
        let message = format!("`{}` and `{}` exclude each other", first.key.text, second.key.text);
        found.push(
            Diagnostic::new(rule::CONFLICTING_KEYS, second.key.span, message)
                .label(format!("{} is already chosen", choice.what))
                .also(first.key.span, "by this key")
                .help(format!("keep one of {}", names())),
        );
    }
}

fn conform_map(mapping: &Mapping, key: Key, value: &Shape, at: &str, found: &mut Vec<Diagnostic>) {
    mapping.iter().for_each(|entry| conform_named(entry, key, value, at, found));
}

fn conform_named(entry: &Entry, key: Key, value: &Shape, at: &str, found: &mut Vec<Diagnostic>) {
    if key == Key::Identifier && !is_identifier(&entry.key.text) {
        found.push(bad_identifier(&entry.key, at));
    }
    conform(&entry.value, value, &entry.key.text, found);
}

fn bad_identifier(key: &Text, at: &str) -> Diagnostic {
    let diagnostic = Diagnostic::new(rule::BAD_NAME, key.span, format!("`{}` cannot be a name in `{at}`", key.text))
        .help("names are lower-case letters, digits and `_`, beginning with a letter");
    if key.text.chars().any(char::is_alphanumeric) {
        diagnostic.suggest(key.span, to_identifier(&key.text))
    } else {
        diagnostic
    }
}

fn bad_playbook_name(name: &Text) -> Diagnostic {
    let message = format!("`{}` cannot be the name of a playbook", name.text);
    let diagnostic = Diagnostic::new(rule::BAD_NAME, name.span, message)
        .help("it is lower-case letters, digits and `-`, beginning with a letter, such as `deploy-and-infer`");
    if name.text.chars().any(char::is_alphanumeric) {
        diagnostic.suggest(name.span, to_identifier(&name.text).replace('_', "-"))
    } else {
        diagnostic
    }
}

fn conform_scalar(node: &Node, shape: &Shape, at: &str, found: &mut Vec<Diagnostic>) {
    let Some(scalar) = node.as_scalar().filter(|scalar| has_type(scalar, shape)) else {
        found.push(wrong_type(node, shape, at));
        return;
    };
    let text = &scalar.text;
    match shape {
        Shape::Identifier if !is_identifier(&text.text) => found.push(bad_identifier(text, at)),
        Shape::PlaybookName if !is_playbook_name(&text.text) => found.push(bad_playbook_name(text)),
        Shape::Word(words) if !words.iter().any(|word| word.name == &*text.text) => {
            found.push(bad_word(text, words, at))
        }
        // What inputs give is read when they are bound.
        Shape::Duration if !text.text.contains("{{") => {
            found.extend(parse_duration(&text.text).err().map(|problem| bad_duration(text, at, &problem)));
        }
        Shape::Size => {
            let bad_size =
                |(message, help)| Diagnostic::new(rule::BAD_SIZE, text.span, format!("`{at}`: {message}")).help(help);
            found.extend(parse_size(&text.text).err().map(bad_size));
        }
        Shape::Limit(limit) => found.extend(bad_limit(*limit, text)),
        Shape::Expression if scalar.style == Style::Plain => found.extend(glued_dash(text)),
        _ => {}
    }
}

fn has_type(scalar: &Scalar, shape: &Shape) -> bool {
    let value = &scalar.value;
    match shape {
        _ if value.is_null() => false,
        Shape::Boolean => value.as_bool().is_some(),
        Shape::UpTo(maximum) => value.as_i64().is_some_and(|number| (0..=*maximum).contains(&number)),
        Shape::Integer(minimum) => value.as_i64().is_some_and(|number| number >= *minimum),
        Shape::Number { minimum, maximum } => {
            value.as_f64().is_some_and(|number| (*minimum..=*maximum).contains(&number))
        }
        Shape::Path => value.as_str().is_some(),
        Shape::Expression => value.as_f64().is_none(),
        Shape::Status => is_status(&scalar.text.text),
        _ => true,
    }
}

/// Whether a text is a status or a class of statuses.
pub(super) fn is_status(text: &str) -> bool {
    let digits = |text: &str| text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    let first = text.bytes().next().is_some_and(|first| (b'1'..=b'5').contains(&first));
    first && (digits(text) || text.len() == 3 && text.ends_with("xx"))
}

fn bad_duration(text: &Text, at: &str, problem: &str) -> Diagnostic {
    let (message, help) = problem.split_once(": write ").unwrap_or((problem, "a duration such as `30s`"));
    Diagnostic::new(rule::BAD_DURATION, text.span, format!("`{at}`: {message}")).help(format!("write {help}"))
}

/// `-status == 200`, which YAML reads as a text and not as an item of a list.
fn glued_dash(text: &Text) -> Option<Diagnostic> {
    let rest = text.text.strip_prefix('-').filter(|rest| rest.starts_with(char::is_alphabetic))?;
    let dash = text.locate(0..1);
    let diagnostic = Diagnostic::new(rule::GLUED_DASH, dash, "a list item needs a space behind its `-`")
        .help(format!("write `- {}`", rest.split_whitespace().collect::<Vec<_>>().join(" ")));
    Some(diagnostic.fix(dash, "- "))
}

fn bad_word(text: &Text, words: &[Word], at: &str) -> Diagnostic {
    let message = format!("`{at}` cannot be `{}`", text.text);
    let names = words.iter().map(|word| word.name);
    let diagnostic = Diagnostic::new(rule::BAD_WORD, text.span, message).fix_word(text.span, &text.text, names);
    let allowed: Vec<String> = words.iter().map(|word| format!("`{}`", word.name)).collect();
    match &allowed[..] {
        [only] => diagnostic.help(format!("write {only}, or leave `{at}` out")),
        _ => diagnostic.help(format!("write one of {}", allowed.join(", "))),
    }
}

/// The first bytes of a node: a whole step underlined says nothing.
fn first_line(node: &Node) -> crate::source::Span {
    match node.as_mapping().and_then(|mapping| mapping.entries.first()) {
        Some(entry) => entry.key.span,
        None => node.span,
    }
}
