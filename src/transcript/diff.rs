//! What differs between two transcripts: step by step, path by path.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use regex::Regex;

use super::Transcript;
use crate::value::Value;

/// One place that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The step, `cleanup of STEP`, or `outputs`.
    pub step: String,
    /// The place inside it: `exchanges[0].answer.json.models[0].name`.
    pub path: String,
    /// What was expected there; `None` where nothing was.
    pub expected: Option<Value>,
    /// What is there; `None` where nothing is.
    pub found: Option<Value>,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = |value: &Option<Value>| value.as_ref().map_or("nothing".to_owned(), |value| value.preview(120));
        let place = if self.path.is_empty() { self.step.clone() } else { format!("{} · {}", self.step, self.path) };
        write!(formatter, "{place}\n  expected {}\n  found    {}", shown(&self.expected), shown(&self.found))
    }
}

/// Every place that differs, in the order of the expected transcript; what is only in the other comes after.
///
/// Numbers of placeholders are compared by what they stand for: one new UUID shifts all numbers behind it, and is one
/// difference all the same.
pub fn differences(expected: &Transcript, found: &Transcript) -> Vec<Difference> {
    let mut first = Comparison::default();
    first.transcripts(expected, found);
    let mut second = Comparison { same: first.pairs(), ..Comparison::default() };
    second.transcripts(expected, found);
    second.found
}

/// One walk over two transcripts.
#[derive(Default)]
struct Comparison {
    /// Which placeholder of the expected transcript is which of the other; while empty, pairs are counted.
    same: HashMap<String, String>,
    counts: HashMap<(String, String), usize>,
    found: Vec<Difference>,
}

impl Comparison {
    fn transcripts(&mut self, expected: &Transcript, found: &Transcript) {
        for (name, _) in self.names(&expected.0, &found.0) {
            let (left, right) = (expected.0.get(&name), found.0.get(&name));
            match name.as_str() {
                "steps" | "cleanup" => {
                    let (left, right) = (left.cloned().unwrap_or_default(), right.cloned().unwrap_or_default());
                    for (step, _) in self.names(&left, &right) {
                        let title = if name == "cleanup" { format!("cleanup of {step}") } else { step.clone() };
                        self.compare(left.get(&step), right.get(&step), &title, "");
                    }
                }
                name => self.compare(left, right, name, ""),
            }
        }
    }

    /// Each placeholder goes with the one that it meets most often.
    fn pairs(&self) -> HashMap<String, String> {
        let mut counted: Vec<(&(String, String), &usize)> = self.counts.iter().collect();
        counted.sort_by_key(|(pair, count)| (std::cmp::Reverse(**count), *pair));
        let (mut same, mut taken) = (HashMap::new(), HashSet::new());
        for ((left, right), _) in counted {
            if !same.contains_key(left) && taken.insert(right) {
                same.insert(left.clone(), right.clone());
            }
        }
        same
    }

    /// The members of both, paired by name: as it stands in the expected one, and as in the other.
    fn names(&mut self, left: &Value, right: &Value) -> Vec<(String, Option<String>)> {
        let names = |value: &Value| -> Vec<String> {
            value.as_object().into_iter().flat_map(|members| members.keys().map(|name| name.to_string())).collect()
        };
        let mut rest = names(right);
        let mut pairs: Vec<(String, Option<String>)> = Vec::new();
        for name in names(left) {
            let looks = rest.iter().position(|other| *other == self.translated(&name));
            // While nothing is known of placeholders, those that look alike are paired in their order.
            let looks = looks.or_else(|| rest.iter().position(|other| shape(other) == shape(&name)));
            let other = looks.map(|place| rest.remove(place));
            if let Some(other) = &other {
                self.count(&name, other);
            }
            pairs.push((name, other));
        }
        pairs.extend(rest.into_iter().map(|name| (name.clone(), Some(name))));
        pairs
    }

    fn compare(&mut self, left: Option<&Value>, right: Option<&Value>, step: &str, path: &str) {
        match (left, right) {
            (Some(Value::String(left)), Some(Value::String(right))) if shape(left) == shape(right) => {
                self.count(left, right);
                if self.translated(left) != **right {
                    self.differs(&Value::from(&**left), &Value::from(&**right), step, path);
                }
            }
            (Some(left), Some(right)) if left == right && left.as_object().is_none() && left.as_array().is_none() => {}
            (Some(left @ Value::Object(_)), Some(right @ Value::Object(_))) => {
                for (name, other) in self.names(left, right) {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    let other = other.unwrap_or_else(|| name.clone());
                    self.compare(left.get(&name), right.get(&other), step, &path);
                }
            }
            (Some(Value::Array(left)), Some(Value::Array(right))) => {
                for index in 0..left.len().max(right.len()) {
                    self.compare(left.get(index), right.get(index), step, &format!("{path}[{index}]"));
                }
            }
            (left, right) => self.found.push(Difference {
                step: step.to_owned(),
                path: path.to_owned(),
                expected: left.cloned(),
                found: right.cloned(),
            }),
        }
    }

    fn differs(&mut self, left: &Value, right: &Value, step: &str, path: &str) {
        let (expected, found) = (Some(left.clone()), Some(right.clone()));
        self.found.push(Difference { step: step.to_owned(), path: path.to_owned(), expected, found });
    }

    fn count(&mut self, left: &str, right: &str) {
        if self.same.is_empty() && left.contains('[') {
            for (left, right) in numbered(left).zip(numbered(right)) {
                *self.counts.entry((left.to_owned(), right.to_owned())).or_default() += 1;
            }
        }
    }

    /// The text with the other transcript's placeholders.
    fn translated(&self, text: &str) -> String {
        if self.same.is_empty() || !text.contains('[') {
            return text.to_owned();
        }
        let same =
            |found: &regex::Captures<'_>| self.same.get(&found[0]).cloned().unwrap_or_else(|| found[0].to_owned());
        NUMBERED.replace_all(text, same).into_owned()
    }
}

/// A placeholder with a number: `[uuid:3]`.
static NUMBERED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\[[a-z]+:[0-9]+\]").expect("a constant"));

fn numbered(text: &str) -> impl Iterator<Item = &str> {
    NUMBERED.find_iter(text).map(|found| found.as_str())
}

/// A text without the numbers of its placeholders.
fn shape(text: &str) -> String {
    if text.contains('[') { NUMBERED.replace_all(text, "[]").into_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_changed_field_is_one_difference_with_step_and_path() {
        let text = |name: &str| {
            format!(
                "transcript: 1\nsteps:\n  a: {{ exchanges: [ {{ answer: {{ json: {{ n: [1, {name}] }} }} }} ] }}\n  b: {{}}\n"
            )
        };
        let read = |name| Transcript::read(&text(name)).expect("a transcript");
        let found = differences(&read("x"), &read("y"));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].step.as_str(), found[0].path.as_str()), ("a", "exchanges[0].answer.json.n[1]"));
        assert!(differences(&read("x"), &read("x")).is_empty());
    }

    #[test]
    fn one_new_uuid_is_one_difference_though_it_shifts_all_numbers() {
        let text = |first: u32, others: [u32; 3]| {
            format!(
                "transcript: 1\nsteps:\n  a: {{ x: '[uuid:{first}]', users: {{ '[uuid:{}]': {{ id: '[uuid:{}]' }} }} }}\n  b: {{ y: 'see [uuid:{}]' }}\n",
                others[0], others[1], others[2]
            )
        };
        let read = |first, others| Transcript::read(&text(first, others)).expect("a transcript");
        let found = differences(&read(1, [1, 1, 1]), &read(1, [2, 2, 2]));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].step.as_str(), found[0].path.as_str()), ("a", "x"));
        assert!(differences(&read(1, [2, 2, 3]), &read(5, [1, 1, 4])).is_empty());
    }
}
