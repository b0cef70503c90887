//! The JSON Schemas of a playbook, of what it includes and of a plan of faults (draft 2020-12), made from the same tables that read the file.

use serde_json::{Map, Value, json};

use super::documented::{describe_words, document};
use super::fields::{FAULT_PLAN, INCLUDED, PLAYBOOK};
use super::shape::{Choice, Key, Shape, Table};

/// The schema as a JSON value, for editors and for `schemas/playbook.schema.json`.
pub fn schema() -> Value {
    schema_of(&PLAYBOOK, "A Callsheet playbook")
}

/// The schema of a file that playbooks include, for `schemas/included.schema.json`.
pub fn included_schema() -> Value {
    schema_of(&INCLUDED, "What Callsheet playbooks share")
}

/// The schema of a plan of faults, for `schemas/faults.schema.json`.
pub fn faults_schema() -> Value {
    schema_of(&FAULT_PLAN, "A plan of faults for Callsheet's simulator")
}

fn schema_of(table: &'static Table, title: &str) -> Value {
    let mut definitions = Map::new();
    let root = table_schema(table, &mut definitions);
    let mut schema = Map::new();
    schema.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
    schema.insert("title".into(), title.into());
    if let Value::Object(root) = root {
        schema.extend(root);
    }
    schema.insert("$defs".into(), Value::Object(definitions));
    Value::Object(schema)
}

fn table_schema(table: &'static Table, definitions: &mut Map<String, Value>) -> Value {
    let mut properties = Map::new();
    for field in table.all() {
        let mut property = shape_schema(&field.shape, definitions);
        if let Value::Object(property) = &mut property {
            document(property, field);
            if field.required && matches!(field.shape, Shape::Map(..)) {
                property.insert("minProperties".into(), 1.into());
            }
        }
        properties.insert(field.name.into(), property);
    }
    let required: Vec<&str> = table.all().filter(|field| field.required).map(|field| field.name).collect();
    let mut schema = json!({
        "type": "object",
        "description": table.doc,
        "properties": properties,
        "additionalProperties": false,
    });
    if let Some(rest) = table.rest {
        schema["additionalProperties"] = shape_schema(rest, definitions);
        schema["propertyNames"] = json!({ "pattern": "^[a-z][a-z0-9_]*$" });
    }
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    let choices: Vec<Value> = table.all_choices().map(choice_schema).collect();
    if !choices.is_empty() {
        schema["allOf"] = json!(choices);
    }
    schema
}

/// Exactly one of the keys, or at most one.
fn choice_schema(choice: &Choice) -> Value {
    let each = choice.names.iter().map(|name| json!({ "required": [name] }));
    if choice.required {
        return json!({ "oneOf": each.collect::<Vec<_>>() });
    }
    let none = json!({ "not": { "anyOf": each.clone().collect::<Vec<_>>() } });
    json!({ "oneOf": each.chain([none]).collect::<Vec<_>>() })
}

fn reference(table: &'static Table, definitions: &mut Map<String, Value>) -> Value {
    if !definitions.contains_key(table.id) {
        // Holds the place, should the table contain itself.
        definitions.insert(table.id.into(), Value::Null);
        let schema = table_schema(table, definitions);
        definitions.insert(table.id.into(), schema);
    }
    json!({ "$ref": format!("#/$defs/{}", table.id) })
}

fn shape_schema(shape: &Shape, definitions: &mut Map<String, Value>) -> Value {
    let scalar = || json!(["string", "number", "boolean"]);
    match shape {
        Shape::Text | Shape::Template => json!({ "type": scalar() }),
        Shape::Expression => json!({ "type": ["string", "boolean"] }),
        Shape::Path => json!({ "type": "string", "pattern": r"^\$" }),
        Shape::Identifier => json!({ "type": "string", "pattern": "^[a-z][a-z0-9_]*$" }),
        Shape::PlaybookName => json!({ "type": "string", "pattern": "^[a-z]([a-z0-9_-]*[a-z0-9_])?$" }),
        Shape::Duration => json!({
            "type": "string",
            // The last alternative is a template.
            "pattern": "^([0-9.]+d)?([0-9.]+h)?([0-9.]+m)?([0-9.]+s)?([0-9.]+ms)?$|[{][{]",
            "minLength": 1,
            "examples": ["500ms", "30s", "10m"],
        }),
        Shape::Size => json!({ "anyOf": [
            { "type": "integer", "minimum": 0 },
            { "type": "string", "pattern": "^[0-9.]+ ?([KMG]iB|[kKMG]B|B)?$", "examples": ["256KiB", "1MB"] },
        ] }),
        Shape::Limit(limit) if limit.is_size() => shape_schema(&Shape::Size, definitions),
        Shape::Limit(_) => json!({ "type": "integer", "minimum": 1 }),
        Shape::Boolean => json!({ "type": "boolean" }),
        Shape::UpTo(maximum) => json!({ "type": "integer", "minimum": 0, "maximum": maximum }),
        Shape::Integer(minimum) => json!({ "type": "integer", "minimum": minimum }),
        Shape::Number { minimum, maximum } if maximum.is_finite() => {
            json!({ "type": "number", "minimum": minimum, "maximum": maximum })
        }
        Shape::Number { minimum, .. } => json!({ "type": "number", "minimum": minimum }),
        Shape::Status => json!({ "anyOf": [
            { "type": "integer", "minimum": 100, "maximum": 599 },
            { "type": "string", "pattern": "^([1-5]xx|[1-5][0-9][0-9])$" },
        ] }),
        Shape::Word(words) => describe_words(words),
        Shape::Json => json!({}),
        Shape::List(item) => json!({ "type": "array", "items": shape_schema(item, definitions) }),
        Shape::OneOrMany(item) => {
            let item = shape_schema(item, definitions);
            json!({ "anyOf": [item.clone(), { "type": "array", "items": item }] })
        }
        Shape::Map(key, value) => map_schema(*key, shape_schema(value, definitions)),
        Shape::Object(table) => reference(table, definitions),
        Shape::Either(shapes) => {
            let any: Vec<Value> = shapes.iter().map(|shape| shape_schema(shape, definitions)).collect();
            json!({ "anyOf": any })
        }
    }
}

fn map_schema(key: Key, value: Value) -> Value {
    match key {
        Key::Any => json!({ "type": "object", "additionalProperties": value }),
        Key::Identifier => json!({
            "type": "object",
            "patternProperties": { "^[a-z][a-z0-9_]*$": value },
            "additionalProperties": false,
        }),
        Key::Path => json!({
            "type": "object",
            "patternProperties": { r"^\$": value },
            "additionalProperties": false,
        }),
    }
}
