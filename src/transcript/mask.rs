//! Masking by place: what the marks of a request or an answer say, and what an id's own name says.

use std::collections::HashMap;

use super::ids::Ids;
use crate::event::{Mark, MarkKind};
use crate::jsonpath::name_segment;
use crate::value::{Object, Value};

/// What stands in place of what `volatile` names.
const VOLATILE: &str = "[volatile]";

/// Encloses a placeholder, which is no text to be looked into. Of private use, and taken out of all that comes from
/// outside before anything is masked.
pub(super) const FENCE: char = '\u{e000}';

/// A placeholder that the later stages leave alone.
pub(super) fn placeholder(name: &str) -> String {
    format!("{FENCE}[{name}]{FENCE}")
}

/// What is masked in one body.
pub(super) struct Masks<'a> {
    /// The marks by their places.
    marks: HashMap<&'a str, Vec<&'a MarkKind>>,
    /// What the marks' places begin with: `` for a body, `parts[0]` for a part.
    prefix: &'a str,
    ids: &'a Ids,
}

impl<'a> Masks<'a> {
    /// The masks of a request or an answer.
    pub(super) fn new(marks: &'a [Mark], prefix: &'a str, ids: &'a Ids) -> Self {
        let mut by_place: HashMap<&str, Vec<&MarkKind>> = HashMap::new();
        for mark in marks {
            by_place.entry(&mark.at).or_default().push(&mark.kind);
        }
        Masks { marks: by_place, prefix, ids }
    }

    /// Masks a body.
    pub(super) fn apply(&self, value: &Value) -> Value {
        self.walk(value, &mut format!("{}$", self.prefix), None)
    }

    /// Masks a text that stands at a place of its own, such as `url`. The text is clean, or masked already.
    pub(super) fn text(&self, text: &str, at: &str) -> String {
        let masked = self.at(at).iter().fold(text.to_owned(), |text, kind| match kind {
            MarkKind::Part { name, text: part } => replace_segment(&text, part, name),
            MarkKind::Id(_) if self.ids.is_unique(&text) => text,
            MarkKind::Id(name) => placeholder(name),
            MarkKind::Volatile => format!("{FENCE}{VOLATILE}{FENCE}"),
            MarkKind::Unordered => text,
        });
        self.ids.free(&masked)
    }

    /// Whether anything is known of that place.
    pub(super) fn knows(&self, at: &str) -> bool {
        self.marks.contains_key(at)
    }

    fn at(&self, at: &str) -> &[&'a MarkKind] {
        self.marks.get(at).map_or(&[], Vec::as_slice)
    }

    fn walk(&self, value: &Value, at: &mut String, member: Option<&str>) -> Value {
        if value.as_str().is_some_and(|text| text.contains(FENCE)) {
            return self.walk(&Value::from(clean(value.as_str().unwrap_or_default())), at, member);
        }
        let mut unordered = false;
        let mut text = None;
        for kind in self.at(at) {
            match kind {
                MarkKind::Volatile => return Value::from(format!("{FENCE}{VOLATILE}{FENCE}")),
                // A unique id has the name under which it was met first, here as anywhere.
                MarkKind::Id(_) if value.is_null() || value.as_str().is_some_and(|text| self.ids.is_unique(text)) => {}
                MarkKind::Id(name) => return Value::from(placeholder(name)),
                MarkKind::Part { name, text: part } => {
                    let whole = text.take().or_else(|| value.as_str().map(str::to_owned));
                    text = whole.map(|whole| replace_segment(&whole, part, name));
                }
                MarkKind::Unordered => unordered = true,
            }
        }
        if let Some(text) = text.as_deref().or(value.as_str()) {
            let masked = self.ids.free(text);
            if masked != value.as_str().unwrap_or_default() {
                return Value::from(masked);
            }
        }
        if let Some(name) = member.and_then(|member| self.ids.of_member(member, value)) {
            return Value::from(placeholder(name));
        }
        self.walk_inside(value, at, unordered)
    }

    fn walk_inside(&self, value: &Value, at: &mut String, unordered: bool) -> Value {
        let length = at.len();
        match value {
            Value::Array(items) => {
                let mut masked = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    at.push_str(&format!("[{index}]"));
                    masked.push(self.walk(item, at, None));
                    at.truncate(length);
                }
                let items = Value::array(masked);
                // Sorted where the origins of the run are known: see `normal`.
                if unordered { super::normal::unordered(items) } else { items }
            }
            Value::Object(members) => {
                let mut masked = Object::with_capacity_and_hasher(members.len(), Default::default());
                for (name, value) in members.iter() {
                    at.push_str(&name_segment(name));
                    masked.insert(self.ids.free(&clean(name)).into(), self.walk(value, at, Some(name)));
                    at.truncate(length);
                }
                Value::object(masked)
            }
            other => other.clone(),
        }
    }
}

/// A text from outside, without the character that encloses placeholders.
pub(super) fn clean(text: &str) -> String {
    text.replace(FENCE, "\u{fffd}")
}

/// Replaces a text where it stands between other characters than letters and digits: the 5 of `fraud-5`, not of `15`.
fn replace_segment(text: &str, part: &str, name: &str) -> String {
    if part.is_empty() {
        return text.to_owned();
    }
    let mut result = String::new();
    let mut from = 0;
    for (at, found) in text.match_indices(part) {
        let end = at + found.len();
        let before = text[..at].ends_with(char::is_alphanumeric);
        let after = text[end..].starts_with(char::is_alphanumeric);
        if !before && !after && at >= from {
            result.push_str(&text[from..at]);
            result.push_str(&placeholder(name));
            from = end;
        }
    }
    result.push_str(&text[from..]);
    result
}
