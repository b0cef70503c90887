//! What is known of ids and of texts that hold them, found by a look-up and not by a search.

use std::collections::{HashMap, HashSet};

use super::mask::{Masks, placeholder};
use super::shapes::{is_uuid, uuids};
use crate::arrow;
use crate::event::{BodyRecord, MarkKind};
use crate::jsonpath::Path;
use crate::record::{Record, Try};
use crate::value::Value;
use crate::wire::Headers;

/// Reads a body that is kept beside the journal.
pub(super) type ReadBody<'a> = &'a dyn Fn(&str) -> Option<Vec<u8>>;

/// The ids that were captured in a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Ids {
    /// By a member name that means this id and nothing else, and by the value as JSON: the capture's name.
    by_member: HashMap<String, HashMap<String, String>>,
    /// UUIDs are given out only once, and mean the same wherever they stand.
    unique: HashMap<String, String>,
    /// Texts of answers that were found to have ids in them, and what they look like masked.
    texts: HashMap<String, String>,
}

impl Ids {
    /// Collects them from the marks of a run's answers.
    pub(super) fn of(record: &Record, read_body: ReadBody<'_>) -> Self {
        let mut ids = Ids::default();
        let mut known = HashSet::new();
        let answers = || record.steps().flat_map(|step| &step.tries).filter_map(Try::answer);
        for step in record.steps() {
            for answer in step.tries.iter().filter_map(Try::answer).filter(|answer| !answer.marks.is_empty()) {
                let body = json_of(&answer.body, &answer.headers, read_body);
                let mut captured = HashSet::new();
                for mark in &answer.marks {
                    let MarkKind::Id(name) = &mark.kind else { continue };
                    let value = match &body {
                        Some(body) => at(body, &mark.at),
                        // Of a body that is not kept there is what was captured, the same for each of its places.
                        None if !captured.insert(name) => continue,
                        None => step.captures().and_then(|captures| captures.get(name)).cloned(),
                    };
                    // Where an id was met first says under which member it goes.
                    if let Some(value) = value
                        && known.insert((name.clone(), value.to_string()))
                    {
                        ids.add(name, &mark.at, &value);
                    }
                }
            }
        }
        let mut texts = HashMap::new();
        for answer in answers() {
            let parts = || answer.marks.iter().filter(|mark| matches!(mark.kind, MarkKind::Part { .. }));
            let Some(body) = parts().next().and_then(|_| json_of(&answer.body, &answer.headers, read_body)) else {
                continue;
            };
            let masks = Masks::new(&answer.marks, "", &ids);
            for mark in parts() {
                if let Some(Value::String(text)) = at(&body, &mark.at) {
                    texts.entry(text.to_string()).or_insert_with(|| masks.text(&text, &mark.at));
                }
            }
        }
        Ids { texts, ..ids }
    }

    fn add(&mut self, name: &str, at: &str, value: &Value) {
        let last = at.rsplit("['").next().and_then(|last| last.strip_suffix("']")).unwrap_or_default();
        // A plain `id` may be anybody's.
        let members = [Some(name), Some(last).filter(|last| !matches!(*last, "id" | ""))];
        for member in members.into_iter().flatten() {
            let values = self.by_member.entry(member.to_owned()).or_default();
            values.entry(value.to_string()).or_insert_with(|| name.to_owned());
        }
        if let Some(text) = value.as_str().filter(|text| is_uuid(text)) {
            self.unique.entry(text.to_owned()).or_insert_with(|| name.to_owned());
        }
    }

    /// The id that a value is under that member name.
    pub(super) fn of_member(&self, member: &str, value: &Value) -> Option<&str> {
        self.by_member.get(member)?.get(&value.to_string()).map(String::as_str)
    }

    /// Whether the text is a unique id.
    pub(super) fn is_unique(&self, text: &str) -> bool {
        self.unique.contains_key(text)
    }

    /// Masks what can be told without its place: unique ids, and texts that were met before.
    pub(super) fn free(&self, text: &str) -> String {
        let text = self.texts.get(text).map_or(text, String::as_str);
        if self.unique.is_empty() || text.len() < 36 {
            return text.to_owned();
        }
        let mut masked = String::new();
        let mut done = 0;
        for range in uuids(text) {
            if let Some(name) = self.unique.get(&text[range.clone()]) {
                masked += &text[done..range.start];
                masked += &placeholder(name);
                done = range.end;
            }
        }
        masked + &text[done..]
    }
}

/// The value at a normalized path.
fn at(body: &Value, path: &str) -> Option<Value> {
    let path = Path::parse(path).ok()?;
    path.select(body).first().map(|value| (*value).clone())
}

/// A body as JSON, if it is JSON or has records, and was kept.
pub(super) fn json_of(body: &BodyRecord, headers: &Headers, read_body: ReadBody<'_>) -> Option<Value> {
    // Records with a secret in them were kept masked, which makes them JSON.
    if is_arrow(headers)
        && let Some(bytes) = body.bytes(read_body)
        && let Ok(records) = arrow::all_records(bytes.into())
    {
        return Some(records);
    }
    match body {
        BodyRecord::Text(text) => Value::read(text.as_bytes()).ok(),
        BodyRecord::Stored { name, .. } => Value::read(&read_body(name)?).ok(),
        _ => None,
    }
}

/// Whether a body with these headers has records.
pub(super) fn is_arrow(headers: &Headers) -> bool {
    headers.get("content-type").is_some_and(arrow::is_arrow)
}
