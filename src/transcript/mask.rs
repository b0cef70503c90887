//! Masking by place: what the marks of a request or an answer say, and what an id's own name says.

use super::shapes::is_uuid;
use crate::event::{Mark, MarkKind};
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

/// An id that was captured: the names under which it is met, and its value.
#[derive(Clone, Debug)]
pub(super) struct Id {
    pub(super) name: String,
    /// Member names that mean this id and nothing else.
    pub(super) members: Vec<String>,
    pub(super) value: Value,
}

impl Id {
    /// The id as a text that means nothing else wherever it stands, if it is one: a UUID is given out only once.
    fn unique(&self) -> Option<&str> {
        self.value.as_str().filter(|text| is_uuid(text))
    }
}

/// A text that was found to have ids in it, and what it looks like with their placeholders.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) text: String,
    pub(super) masked: String,
}

/// What is masked in one body.
#[derive(Clone, Copy)]
pub(super) struct Masks<'a> {
    pub(super) marks: &'a [Mark],
    /// What the marks' places begin with: `` for a body, `parts[0]` for a part.
    pub(super) prefix: &'a str,
    pub(super) ids: &'a [Id],
    pub(super) known: &'a [Known],
}

impl Masks<'_> {
    /// Masks a body.
    pub(super) fn apply(&self, value: &Value) -> Value {
        self.walk(value, &format!("{}$", self.prefix), None)
    }

    /// Masks a text that stands at a place of its own, such as `url`.
    pub(super) fn text(&self, text: &str, at: &str) -> String {
        let marks = self.marks.iter().filter(|mark| mark.at == at);
        let masked = marks.fold(text.to_owned(), |text, mark| match &mark.kind {
            MarkKind::Part { name, text: part } => replace_segment(&text, part, name),
            MarkKind::Id(_) if self.unique(&text).is_some() => text,
            MarkKind::Id(name) => placeholder(name),
            MarkKind::Volatile => format!("{FENCE}{VOLATILE}{FENCE}"),
            MarkKind::Unordered => text,
        });
        self.free(&masked)
    }

    /// Masks what can be told without its place: unique ids, and texts that were met before.
    fn free(&self, text: &str) -> String {
        let known = self.known.iter().find(|known| known.text == text);
        let mut masked = known.map_or(text, |known| &known.masked).to_owned();
        for id in self.ids {
            if let Some(unique) = id.unique()
                && masked.contains(unique)
            {
                masked = masked.replace(unique, &placeholder(&id.name));
            }
        }
        masked
    }

    /// The first id with this unique text.
    fn unique(&self, text: &str) -> Option<&Id> {
        self.ids.iter().find(|id| id.unique() == Some(text))
    }

    fn walk(&self, value: &Value, at: &str, member: Option<&str>) -> Value {
        let mut unordered = false;
        let mut text = None;
        for mark in self.marks.iter().filter(|mark| mark.at == at) {
            match &mark.kind {
                MarkKind::Volatile => return Value::from(format!("{FENCE}{VOLATILE}{FENCE}")),
                // A unique id has the name under which it was met first, here as anywhere.
                MarkKind::Id(_)
                    if value.is_null() || value.as_str().is_some_and(|text| self.unique(text).is_some()) => {}
                MarkKind::Id(name) => return Value::from(placeholder(name)),
                MarkKind::Part { name, text: part } => {
                    let whole = text.take().or_else(|| value.as_str().map(str::to_owned));
                    text = whole.map(|whole| replace_segment(&whole, part, name));
                }
                MarkKind::Unordered => unordered = true,
            }
        }
        if let Some(text) = text.as_deref().or(value.as_str()) {
            let masked = self.free(text);
            if masked != value.as_str().unwrap_or_default() {
                return Value::from(masked);
            }
        }
        if let Some(id) = member.and_then(|member| self.known(member, value)) {
            return Value::from(placeholder(&id.name));
        }
        match value {
            Value::Array(items) => {
                let items =
                    items.iter().enumerate().map(|(index, item)| self.walk(item, &format!("{at}[{index}]"), None));
                let items: Vec<Value> = items.collect();
                Value::array(if unordered { super::normal::sorted(items) } else { items })
            }
            Value::Object(members) => {
                let masked = members.iter().map(|(name, value)| {
                    let place = format!("{at}['{}']", name.replace('\\', "\\\\").replace('\'', "\\'"));
                    (self.free(name).into(), self.walk(value, &place, Some(name)))
                });
                Value::object(masked.collect::<Object>())
            }
            other => other.clone(),
        }
    }

    fn known(&self, member: &str, value: &Value) -> Option<&Id> {
        self.ids.iter().find(|id| id.members.iter().any(|name| name == member) && id.value == *value)
    }
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
