//! The sections about keys: one for each mapping that a playbook may have, made from the tables that read it.

use super::document::Section;
use crate::playbook::fields::{FAULT_PLAN, INCLUDED, PLAYBOOK, REQUEST, STEP};
use crate::playbook::shape::{Choice, Field, Shape, Table};

/// A section for each table, those first that stand outside.
pub(super) fn sections() -> Vec<Section> {
    tables().into_iter().filter(|table| !table.fields.is_empty()).map(section).collect()
}

/// Every table, each once.
pub(super) fn tables() -> Vec<&'static Table> {
    let mut tables: Vec<&'static Table> = vec![&PLAYBOOK, &STEP, &REQUEST];
    // A table that is met on the way is looked through in its turn.
    let mut next = 0;
    while next < tables.len() || !has(&tables, &FAULT_PLAN) {
        if next == tables.len() {
            tables.extend([&INCLUDED, &FAULT_PLAN] as [&'static Table; 2]);
        }
        for field in tables[next].all() {
            field.shape.each_table(&mut |table| {
                if !has(&tables, table) {
                    tables.push(table);
                }
            });
        }
        next += 1;
    }
    tables
}

fn has(tables: &[&'static Table], wanted: &'static Table) -> bool {
    tables.iter().any(|table| std::ptr::eq(*table, wanted))
}

fn section(table: &'static Table) -> Section {
    let mut body = format!("{}\n", table.doc);
    let places = places(table);
    if !places.is_empty() {
        body += &format!("\nIt stands under {}.\n", places.join(", "));
    }
    for included in table.includes {
        body += &format!("\nIt takes the keys of {} as well.\n", included.name);
    }
    for choice in table.choices {
        body += &format!("\n{}\n", chosen(choice));
    }
    if let Some(rest) = table.rest {
        body += &format!("\nEvery other key is a name of your own and takes {}.\n", rest.describe());
    }
    for field in table.fields {
        body += &format!("\n{}", key(field));
    }
    // In a section's title the article would stand in the way.
    let name = table.name.split_once(' ').map_or(table.name, |(_, name)| name).replace('`', "");
    Section { topic: table.id, title: format!("Keys of {name}"), summary: table.doc, body, of_keys: true }
}

/// The keys under which a table stands.
fn places(table: &'static Table) -> Vec<String> {
    let mut places: Vec<String> = Vec::new();
    for parent in tables() {
        for field in parent.fields {
            field.shape.each_table(&mut |found| {
                let place = format!("`{}` of {}", field.name, parent.name);
                if (std::ptr::eq(found, table) || has(found.includes, table)) && !places.contains(&place) {
                    places.push(place);
                }
            });
        }
    }
    places
}

fn chosen(choice: &Choice) -> String {
    let names: Vec<String> = choice.names.iter().map(|name| format!("`{name}`")).collect();
    let how_many = if choice.required { "Exactly one" } else { "At most one" };
    format!("{how_many} of {} says {}.", names.join(", "), choice.what)
}

/// One key: what it is for, what it takes, examples.
pub(super) fn key(field: &'static Field) -> String {
    let needed = if field.required { " It is needed." } else { "" };
    let (takes, inner) = (field.shape.describe(), inner_keys(&field.shape));
    let mut text = format!("### `{}`\n\n{}\n\nTakes {takes}.{needed}{inner}\n", field.name, field.doc);
    if let Shape::Word(words) = &field.shape {
        text.push('\n');
        text.extend(words.iter().map(|word| format!("- `{}`: {}\n", word.name, word.doc)));
    }
    let examples: String = field.examples.iter().map(|example| format!("{}: {example}\n", field.name)).collect();
    text + &format!("\n```yaml\n{examples}```\n")
}

/// The keys of the mappings that a shape may be.
fn inner_keys(shape: &'static Shape) -> String {
    let mut text = String::new();
    shape.each_table(&mut |table| {
        let names: Vec<String> = table.fields.iter().map(|field| format!("`{}`", field.name)).collect();
        if !names.is_empty() {
            text += &format!(" The keys of {} are {}.", table.name, names.join(", "));
        }
    });
    text
}

/// Every place where a key of that name stands.
pub(super) fn named(name: &str) -> Option<String> {
    let found = tables().into_iter().filter_map(|table| {
        let field = table.fields.iter().find(|field| field.name == name)?;
        Some(format!("In {}:\n\n{}", table.name, key(field)))
    });
    let text = found.collect::<Vec<_>>().join("\n");
    (!text.is_empty()).then_some(text)
}

/// The names of all keys.
pub(super) fn all_names() -> impl Iterator<Item = &'static str> {
    tables().into_iter().flat_map(|table| table.fields).map(|field| field.name)
}
