//! Masking by place: what the marks of a request or an answer say, and what an id's own name says.

use std::borrow::Cow;
use std::sync::Arc;

use foldhash::HashMap;

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
        let mut masks = Masks { marks: HashMap::default(), prefix, ids };
        for mark in marks {
            masks.marks.entry(&mark.at).or_default().push(&mark.kind);
        }
        masks
    }

    /// Masks a body.
    pub(super) fn apply(&self, value: &Value) -> Value {
        self.walk(value, &mut format!("{}$", self.prefix), None).unwrap_or_else(|| value.clone())
    }

    /// Masks a text that stands at a place of its own, such as `url`. The text is clean, or masked already.
    pub(super) fn text(&self, text: &str, at: &str) -> String {
        let masked = self.at(at).iter().fold(Cow::Borrowed(text), |text, kind| match kind {
            MarkKind::Part { name, text: part } => {
                // What stands in the origin of a URL is no id, whatever it looks like.
                let (origin, rest) = text.split_at(if at == "url" { origin_length(&text) } else { 0 });
                (origin.to_owned() + &replace_segment(rest, part, name)).into()
            }
            MarkKind::Id(_) if self.ids.is_unique(&text) => text,
            MarkKind::Id(name) => placeholder(name).into(),
            MarkKind::Volatile => format!("{FENCE}{VOLATILE}{FENCE}").into(),
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

    /// What a value looks like masked; `None` where it stays as it is, as nearly all do.
    fn walk(&self, value: &Value, at: &mut String, member: Option<&str>) -> Option<Value> {
        if let Some(text) = value.as_str().filter(|text| text.contains(FENCE)) {
            let value = Value::from(clean(text).into_owned());
            return Some(self.walk(&value, at, member).unwrap_or(value));
        }
        let mut unordered = false;
        let mut text = None;
        for kind in self.at(at) {
            match kind {
                MarkKind::Volatile => return Some(Value::from(format!("{FENCE}{VOLATILE}{FENCE}"))),
                // A unique id has the name under which it was met first, here as anywhere.
                MarkKind::Id(_) if value.is_null() || value.as_str().is_some_and(|text| self.ids.is_unique(text)) => {}
                MarkKind::Id(name) => return Some(Value::from(placeholder(name))),
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
                return Some(Value::from(masked));
            }
        }
        if let Some(name) = member.and_then(|member| self.ids.of_member(member, value)) {
            return Some(Value::from(placeholder(name)));
        }
        match value {
            Value::Array(items) => self.walk_items(items, at, unordered, member),
            Value::Object(members) => self.walk_members(members, at),
            _ => None,
        }
    }

    /// What an id's name says of a list it says of its items: what `foreach` has captured.
    fn walk_items(&self, items: &[Value], at: &mut String, unordered: bool, member: Option<&str>) -> Option<Value> {
        let mask = |(index, item)| self.walk_below(item, at, || format!("[{index}]"), member);
        let masked: Vec<Option<Value>> = items.iter().enumerate().map(mask).collect();
        if !unordered && masked.iter().all(Option::is_none) {
            return None;
        }
        let masked = masked.into_iter().zip(items).map(|(masked, item)| masked.unwrap_or_else(|| item.clone()));
        let masked = Value::array(masked.collect());
        // Sorted where the origins of the run are known: see `normal`.
        Some(if unordered { super::normal::unordered(masked) } else { masked })
    }

    fn walk_members(&self, members: &Object, at: &mut String) -> Option<Value> {
        let mask = |(name, value): (&Arc<str>, &Value)| {
            (self.name(name), self.walk_below(value, at, || name_segment(name), Some(name)))
        };
        let masked: Vec<(Option<Arc<str>>, Option<Value>)> = members.iter().map(mask).collect();
        if masked.iter().all(|(name, value)| name.is_none() && value.is_none()) {
            return None;
        }
        let masked = masked.into_iter().zip(members.iter()).map(|((masked, value), (name, unmasked))| {
            (masked.unwrap_or_else(|| Arc::clone(name)), value.unwrap_or_else(|| unmasked.clone()))
        });
        Some(Value::object(masked.collect()))
    }

    /// Masks what stands one segment below. The place is spelled only where some place is marked.
    fn walk_below(
        &self,
        value: &Value,
        at: &mut String,
        segment: impl FnOnce() -> String,
        member: Option<&str>,
    ) -> Option<Value> {
        let length = at.len();
        if !self.marks.is_empty() {
            at.push_str(&segment());
        }
        let masked = self.walk(value, at, member);
        at.truncate(length);
        masked
    }

    /// What a member's name looks like masked; `None` where it stays as it is.
    fn name(&self, name: &str) -> Option<Arc<str>> {
        let masked = self.ids.free(&clean(name));
        (masked != name).then(|| masked.into())
    }
}

/// A text from outside, without the character that encloses placeholders.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    if text.contains(FENCE) { text.replace(FENCE, "\u{fffd}").into() } else { text.into() }
}

/// How many bytes of a URL come before its path.
fn origin_length(url: &str) -> usize {
    let host = url.find("://").map_or(0, |at| at + 3);
    url[host..].find('/').map_or(0, |at| host + at)
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
