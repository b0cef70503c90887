//! What a JSON Schema tells an editor about a key, besides what it takes: a description, examples, and snippets to insert.
//!
//! All of it is written in the tables ([`super::fields`]). `markdownDescription`, `markdownEnumDescriptions` and
//! `defaultSnippets` are what YAML language servers read; validators pass over them.

use serde_json::{Map, Value, json};

use super::shape::{Field, Word};
use super::tree;
use crate::source::SourceId;

/// Adds to a key's schema what it is for.
pub(super) fn document(property: &mut Map<String, Value>, field: &Field) {
    property.insert("description".into(), field.doc.into());
    property.insert("markdownDescription".into(), in_markdown(field).into());
    let examples: Vec<Value> = field.examples.iter().map(|example| value_of(example)).collect();
    let snippets: Vec<Value> = examples.iter().filter_map(|value| snippet(field, value)).collect();
    if !snippets.is_empty() {
        property.insert("defaultSnippets".into(), snippets.into());
    }
    property.insert("examples".into(), examples.into());
}

/// The words that a key takes, and what each means.
pub(super) fn describe_words(words: &[Word]) -> Value {
    let names: Vec<&str> = words.iter().map(|word| word.name).collect();
    let meanings: Vec<&str> = words.iter().map(|word| word.doc).collect();
    json!({ "enum": names, "markdownEnumDescriptions": meanings })
}

fn in_markdown(field: &Field) -> String {
    let needed = if field.required { " This key is needed." } else { "" };
    let lines: String = field.examples.iter().map(|example| format!("{}: {example}\n", field.name)).collect();
    format!("{}\n\nTakes {}.{needed}\n\n```yaml\n{lines}```", field.doc, field.shape.describe())
}

/// What an example means as JSON.
fn value_of(example: &str) -> Value {
    let value = tree::parse(SourceId::default(), example).root.map(|node| node.to_value());
    serde_json::to_value(value).unwrap_or_default()
}

/// A mapping or a list that an editor may insert. It writes texts as they are, so all of them must do without quotes.
fn snippet(field: &Field, value: &Value) -> Option<Value> {
    let has_parts = value.is_object() || value.is_array();
    (has_parts && is_plain(value)).then(|| json!({ "label": field.name, "description": field.doc, "body": value }))
}

/// Whether all texts in it mean the same without quotes, in YAML and in a snippet (where `$` begins a place to fill in).
fn is_plain(value: &Value) -> bool {
    let is_plain_text = |text: &str| {
        let has_meaning = text.contains(['$', '}', '\\', ',', '[', ']']) || text.starts_with(['\'', '"']);
        !has_meaning && value_of(text).as_str().is_some_and(|read| read == text)
    };
    match value {
        Value::String(text) => is_plain_text(text),
        Value::Array(items) => items.iter().all(is_plain),
        Value::Object(members) => members.iter().all(|(key, value)| is_plain_text(key) && is_plain(value)),
        _ => true,
    }
}
