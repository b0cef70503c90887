//! A topic of the reference by its name: a section, else every key, filter, test or function that is called so.

use super::document::{one, sections, whole};
use super::{keys, names};
use crate::diagnostic::closest;
use crate::expression::{self, Described};

/// What is known of a topic.
pub(super) enum Found {
    /// Its text, as Markdown.
    Told(String),
    /// Nothing; this topic has a name like it.
    Near(String),
    /// Nothing.
    Nothing,
}

/// Looks a topic up.
pub(super) fn find(topic: &str) -> Found {
    let topic = topic.trim().to_lowercase();
    if topic == "all" {
        return Found::Told(whole());
    }
    let sections = sections();
    if let Some(section) = sections.iter().find(|section| section.topic == topic) {
        return Found::Told(one(section));
    }
    let described: Vec<Described> = described().filter(|entry| entry.name == topic).collect();
    let mut parts: Vec<String> = keys::named(&topic).into_iter().collect();
    if !described.is_empty() {
        parts.push(names::table(&described));
    }
    if !parts.is_empty() {
        return Found::Told(format!("## `{topic}`\n\n{}", parts.join("\n")));
    }
    let known = sections.iter().map(|section| section.topic).chain(keys::all_names());
    let known = known.chain(self::described().map(|entry| entry.name));
    closest(&topic, known).map_or(Found::Nothing, |near| Found::Near(near.to_owned()))
}

fn described() -> impl Iterator<Item = Described> {
    [expression::filters(), expression::tests(), expression::functions()].into_iter().flatten().copied()
}
